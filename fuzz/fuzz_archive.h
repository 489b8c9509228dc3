/* Open bytes as an archive: index it, find every entry by name and read it, whole and in part. The bytes are in one
 * file in memory, because archives are opened by path. Include this file first. */
#ifndef FUZZ_ARCHIVE_H
#define FUZZ_ARCHIVE_H

#define _GNU_SOURCE
#include "formats/archive_open.h"
#include "fuzz.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* The file of the input; it is emptied and written again by each. */
static inline int archive_fd(void)
{
    static int fd = -1;
    if (fd < 0) fd = memfd_create("fuzz", MFD_CLOEXEC);
    demand(fd >= 0);
    return fd;
}

static inline const char *write_file(const uint8_t *data, size_t size)
{
    static char path[64];
    int fd = archive_fd();
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    demand(ftruncate(fd, 0) == 0 && pwrite(fd, data, size, 0) == (ssize_t)size);
    return path;
}

/* The middle of the entry, read separately, must equal that of the whole. */
static inline void read_middle(const struct feri_archive *a, size_t i, const uint8_t *data, size_t size)
{
    fer_error err = {0};
    uint8_t *part = malloc(size / 2 + 1);
    demand(part != NULL);
    if (succeeded(feri_archive_read_part(a, i, size / 4, size / 2, part, &err), &err))
        demand(memcmp(part, data + size / 4, size / 2) == 0);
    free(part);
}

static inline void read_entries(const struct feri_archive *a, size_t limit)
{
    for (size_t i = 0; i < feri_archive_count(a); i++) {
        uint8_t *data;
        size_t size, found = feri_archive_find(a, feri_archive_name(a, i));
        fer_error err = {0};
        demand(found == i);
        if (succeeded(feri_archive_read(a, i, &data, &size, &err), &err)) {
            demand(size <= limit && size == feri_archive_size(a, i));
            read_middle(a, i, data, size);
        }
        free(data);
    }
}

/* Reads of a file that has become shorter since it was opened give errors, and nothing worse. */
static inline void read_shrunk(const struct feri_archive *a, size_t size)
{
    demand(ftruncate(archive_fd(), (off_t)(size / 2)) == 0);
    for (size_t i = 0; i < feri_archive_count(a); i++) {
        uint8_t *data;
        size_t n;
        fer_error err = {0};
        succeeded(feri_archive_read(a, i, &data, &n, &err), &err);
        free(data);
    }
}

/* limit: bytes that an entry may hold at most. */
static inline void fuzz_archive(const uint8_t *data, size_t size, size_t limit)
{
    struct feri_archive *a;
    fer_error err = {0};
    if (succeeded(feri_archive_open(write_file(data, size), &a, &err), &err)) {
        read_entries(a, limit);
        read_shrunk(a, size);
    }
    feri_archive_close(a);
}

#endif
