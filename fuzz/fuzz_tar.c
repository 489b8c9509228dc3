/* A tar as an archive: indexed, every entry found by name and read. The bytes stand in one file in memory, because
 * archives are opened by path. */
#define _GNU_SOURCE
#include "formats/archive.h"
#include "fuzz.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const char *write_file(const uint8_t *data, size_t size)
{
    static char path[64];
    static int fd = -1;
    if (fd < 0) {
        fd = memfd_create("fuzz", MFD_CLOEXEC);
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    }
    demand(fd >= 0 && ftruncate(fd, 0) == 0 && pwrite(fd, data, size, 0) == (ssize_t)size);
    return path;
}

static void read_entries(const struct feri_archive *a, size_t limit)
{
    for (size_t i = 0; i < feri_archive_count(a); i++) {
        uint8_t *data;
        size_t size, found = feri_archive_find(a, feri_archive_name(a, i));
        fer_error err = {0};
        demand(found != (size_t)-1 && strcmp(feri_archive_name(a, found), feri_archive_name(a, i)) == 0);
        if (succeeded(feri_archive_read(a, i, &data, &size, &err), &err)) demand(size <= limit);
        free(data);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct feri_archive *a;
    fer_error err = {0};
    if (succeeded(feri_archive_open(write_file(data, size), &a, &err), &err)) read_entries(a, size);
    feri_archive_close(a);
    return 0;
}
