/* Directories and tar archives behind one list of names. A tar is indexed once by libarchive; each read opens libarchive again on the mapped bytes
 * from that entry's first header on, so that every dialect (pax, GNU long names) is its business, and reads need no lock. */
#define _XOPEN_SOURCE 700 /* nftw would need a global; readdir it is */
#include "formats/archive.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "formats/libarchive.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define DEPTH_MAX 32

struct entry {
    char *name;
    size_t offset; /* of the first header, in a tar */
    size_t size;
};

struct feri_archive {
    char *path;
    bool tar;
    struct feri_libarchive lib; /* of a tar */
    struct feri_bytes bytes;
    struct entry *entries;
    size_t n, cap;
};

static fer_status add_entry(struct feri_archive *a, const char *name, size_t offset, size_t size, fer_error *err)
{
    char *copy = feri_strdup(name);
    if (!copy || !feri_grow(&a->entries, &a->cap, a->n + 1, sizeof *a->entries)) {
        free(copy);
        return feri_fail(err, FER_ERR_MEMORY, "%s: out of memory", a->path);
    }
    a->entries[a->n++] = (struct entry){copy, offset, size};
    return FER_OK;
}

/* ---- directories ---------------------------------------------------------------------------------------------------------------- */

/* An open folder, in the folder above it. */
struct folder {
    const char *relative;
    dev_t device;
    ino_t inode;
    const struct folder *above;
    int depth;
};

static fer_status walk(struct feri_archive *a, struct folder *folder, fer_error *err);

static fer_status walk_into(struct feri_archive *a, const char *relative, const struct stat *s, const struct folder *above, fer_error *err)
{
    for (const struct folder *f = above; f; f = f->above)
        if (f->device == s->st_dev && f->inode == s->st_ino) return FER_OK; /* a link back up: all in it is met anyway */
    return walk(a, &(struct folder){relative, s->st_dev, s->st_ino, above, above->depth + 1}, err);
}

static fer_status walk_one(struct feri_archive *a, const struct folder *in, const char *name, fer_error *err)
{
    char path[4096], child[4096];
    struct stat s;
    int n = snprintf(child, sizeof child, "%s%s%s", in->relative, *in->relative ? "/" : "", name);
    int m = snprintf(path, sizeof path, "%s/%s", a->path, child);
    if (n < 0 || m < 0 || (size_t)m >= sizeof path) return feri_fail(err, FER_ERR_IO, "%s: a path in it is too long", a->path);
    if (stat(path, &s) != 0) return FER_OK; /* a dangling link is no file */
    if (S_ISDIR(s.st_mode)) return walk_into(a, child, &s, in, err);
    return S_ISREG(s.st_mode) ? add_entry(a, child, 0, (size_t)s.st_size, err) : FER_OK;
}

static fer_status walk(struct feri_archive *a, struct folder *folder, fer_error *err)
{
    char path[4096];
    if (folder->depth > DEPTH_MAX) return feri_fail(err, FER_ERR_IO, "%s: folders nested more than %d deep", a->path, DEPTH_MAX);
    snprintf(path, sizeof path, "%s%s%s", a->path, *folder->relative ? "/" : "", folder->relative);
    DIR *dir = opendir(path);
    if (!dir) return feri_fail_errno(err, "%s: cannot be opened", path);
    fer_status st = FER_OK;
    for (struct dirent *d; st == FER_OK && (d = readdir(dir));)
        if (strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0) st = walk_one(a, folder, d->d_name, err);
    closedir(dir);
    return st;
}

static fer_status walk_top(struct feri_archive *a, fer_error *err)
{
    struct stat s;
    if (stat(a->path, &s) != 0) return feri_fail_errno(err, "%s: cannot be opened", a->path);
    return walk(a, &(struct folder){"", s.st_dev, s.st_ino, NULL, 0}, err);
}

/* ---- tar -------------------------------------------------------------------------------------------------------------------------- */

static const char *problem(const struct feri_archive *a, struct archive *t)
{
    const char *text = a->lib.error_string(t);
    return text ? text : "the archive is cut off";
}

static fer_status open_tar(const struct feri_archive *a, size_t offset, struct archive **out, fer_error *err)
{
    struct archive *t = a->lib.read_new();
    *out = t;
    if (!t || a->lib.read_support_format_tar(t) != ARCHIVE_OK) {
        a->lib.read_free(t);
        return feri_fail(err, FER_ERR_MEMORY, "%s: out of memory", a->path);
    }
    if (a->lib.read_open_memory(t, a->bytes.data + offset, a->bytes.size - offset) == ARCHIVE_OK) return FER_OK;
    feri_fail(err, FER_ERR_FORMAT, "%s: not a tar: %s", a->path, problem(a, t)); /* libarchive looks at the first header here */
    a->lib.read_free(t);
    return FER_ERR_FORMAT;
}

static fer_status index_entries(struct feri_archive *a, struct archive *t, fer_error *err)
{
    struct archive_entry *e;
    int code;
    fer_status st = FER_OK;
    while (st == FER_OK && (code = a->lib.read_next_header(t, &e)) != ARCHIVE_EOF) {
        if (code < ARCHIVE_WARN) return feri_fail(err, FER_ERR_FORMAT, "%s: %s", a->path, problem(a, t));
        const char *name = a->lib.entry_pathname(e);
        int64_t at = a->lib.read_header_position(t), size = a->lib.entry_size(e);
        if (a->lib.entry_filetype(e) != AE_IFREG || !name) continue;
        while (strncmp(name, "./", 2) == 0) name += 2;
        if (size < 0 || (uint64_t)size > a->bytes.size - (size_t)at)
            return feri_fail(err, FER_ERR_FORMAT, "%s: cut off within '%s'", a->path, name);
        st = add_entry(a, name, (size_t)at, (size_t)size, err);
    }
    return st;
}

static fer_status index_tar(struct feri_archive *a, fer_error *err)
{
    fer_status st = feri_file_map(a->path, &a->bytes, err);
    if (st != FER_OK) return st;
    const uint8_t *p = a->bytes.data;
    if (a->bytes.size >= 2 && (memcmp(p, "\x1F\x8B", 2) == 0 || memcmp(p, "BZ", 2) == 0 || memcmp(p, "\xFD" "7", 2) == 0 || memcmp(p, "\x28\xB5", 2) == 0))
        return feri_fail(err, FER_ERR_UNSUPPORTED, "%s: a compressed archive cannot be read at random; unpack it to a .tar or a directory", a->path);
    struct archive *t;
    if ((st = feri_libarchive_find(&a->lib, err)) != FER_OK) return st;
    if ((st = open_tar(a, 0, &t, err)) != FER_OK) return st;
    st = index_entries(a, t, err);
    a->lib.read_free(t);
    return st;
}

static int by_name(const void *x, const void *y)
{
    const struct entry *a = x, *b = y;
    int order = strcmp(a->name, b->name);
    return order ? order : (a->offset > b->offset) - (a->offset < b->offset);
}

/* Sorted by name; of several members of one name the last counts, as when the archive is unpacked. */
static void sort_entries(struct feri_archive *a)
{
    size_t n = 0;
    if (a->n) qsort(a->entries, a->n, sizeof *a->entries, by_name);
    for (size_t i = 0; i < a->n; i++) {
        if (i + 1 < a->n && strcmp(a->entries[i].name, a->entries[i + 1].name) == 0)
            free(a->entries[i].name);
        else
            a->entries[n++] = a->entries[i];
    }
    a->n = n;
}

fer_status feri_archive_open(const char *path, struct feri_archive **out, fer_error *err)
{
    *out = NULL;
    struct feri_archive *a = calloc(1, sizeof *a);
    if (!a || !(a->path = feri_strdup(path))) {
        free(a);
        return feri_fail(err, FER_ERR_MEMORY, "%s: out of memory", path);
    }
    a->tar = !feri_is_dir(path);
    fer_status st = a->tar ? index_tar(a, err) : walk_top(a, err);
    if (st != FER_OK) {
        feri_archive_close(a);
        return st;
    }
    sort_entries(a);
    *out = a;
    return FER_OK;
}

void feri_archive_close(struct feri_archive *a)
{
    if (!a) return;
    for (size_t i = 0; i < a->n; i++) free(a->entries[i].name);
    free(a->entries);
    feri_file_unmap(&a->bytes);
    free(a->path);
    free(a);
}

size_t feri_archive_count(const struct feri_archive *a)
{
    return a->n;
}

const char *feri_archive_name(const struct feri_archive *a, size_t i)
{
    return a->entries[i].name;
}

size_t feri_archive_find(const struct feri_archive *a, const char *name)
{
    size_t lo = 0, hi = a->n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        int order = strcmp(a->entries[mid].name, name);
        if (order == 0) return mid;
        if (order < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return (size_t)-1;
}

static fer_status read_from_tar(const struct feri_archive *a, const struct entry *e, uint8_t *data, fer_error *err)
{
    struct archive_entry *header;
    struct archive *t;
    fer_status st = open_tar(a, e->offset, &t, err);
    if (st != FER_OK) return st;
    if (a->lib.read_next_header(t, &header) < ARCHIVE_WARN || a->lib.read_data(t, data, e->size) != (la_ssize_t)e->size)
        st = feri_fail(err, FER_ERR_FORMAT, "%s: '%s' cannot be read: %s", a->path, e->name, problem(a, t));
    a->lib.read_free(t);
    return st;
}

static fer_status read_from_directory(const struct feri_archive *a, const struct entry *e, uint8_t **data, size_t *size, fer_error *err)
{
    char path[8192];
    struct feri_bytes bytes;
    snprintf(path, sizeof path, "%s/%s", a->path, e->name);
    fer_status st = feri_file_map(path, &bytes, err);
    if (st != FER_OK) return st;
    *data = malloc(bytes.size + 1);
    if (*data) memcpy(*data, bytes.data, bytes.size);
    *size = bytes.size;
    feri_file_unmap(&bytes);
    return *data ? FER_OK : feri_fail_memory(err, *size);
}

fer_status feri_archive_read(const struct feri_archive *a, size_t i, uint8_t **data_out, size_t *size_out, fer_error *err)
{
    const struct entry *e = &a->entries[i];
    *data_out = NULL;
    *size_out = 0;
    if (!a->tar) return read_from_directory(a, e, data_out, size_out, err);
    uint8_t *data = malloc(e->size + 1);
    if (!data) return feri_fail_memory(err, e->size);
    fer_status st = read_from_tar(a, e, data, err);
    if (st != FER_OK) {
        free(data);
        return st;
    }
    *data_out = data;
    *size_out = e->size;
    return FER_OK;
}
