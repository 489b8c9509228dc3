#define _POSIX_C_SOURCE 200809L /* pread, fseeko */
#include "formats/pack.h"

#include "base/error.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEADER 32
static const uint8_t magic[8] = {'F', 'E', 'R', 'P', 'A', 'C', 'K', 1};

struct feri_pack {
    char *path;
    int file;
    uint64_t size, table_at, table_size;
};

static uint64_t read_u64(const uint8_t *p)
{
    uint64_t v = 0;
    for (int i = 0; i < 8; i++) v |= (uint64_t)p[i] << (8 * i);
    return v;
}

static void write_u64(uint8_t *p, uint64_t v)
{
    for (int i = 0; i < 8; i++) p[i] = (uint8_t)(v >> (8 * i));
}

bool feri_is_pack(const char *path)
{
    uint8_t start[8];
    struct stat s;
    if (stat(path, &s) != 0 || !S_ISREG(s.st_mode)) return false;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* what took the file's place is not waited for */
    bool is = file >= 0 && pread(file, start, sizeof start, 0) == (ssize_t)sizeof start && memcmp(start, magic, 7) == 0;
    if (file >= 0) close(file);
    return is;
}

static fer_status read_header(struct feri_pack *p, fer_error *err)
{
    uint8_t h[HEADER];
    struct stat s;
    if (fstat(p->file, &s) != 0) return feri_fail_errno(err, "%s: cannot be read", p->path);
    if (!S_ISREG(s.st_mode)) return feri_fail(err, FER_ERR_IO, "%s: not a regular file", p->path);
    p->size = (uint64_t)s.st_size;
    if (p->size < HEADER)
        return feri_fail(err, FER_ERR_FORMAT, "%s: a pack of %llu bytes is cut off", p->path,
                         (unsigned long long)p->size);
    fer_status st = feri_pack_read(p, 0, HEADER, h, err);
    if (st != FER_OK) return st;
    if (memcmp(h, magic, 7) != 0) return feri_fail(err, FER_ERR_FORMAT, "%s: not a pack", p->path);
    if (h[7] != magic[7])
        return feri_fail(err, FER_ERR_UNSUPPORTED, "%s: a pack of version %d, expected %d", p->path, h[7], magic[7]);
    p->table_at = read_u64(h + 8);
    p->table_size = read_u64(h + 16);
    if (p->table_at < HEADER || p->table_at > p->size || p->table_size > p->size - p->table_at)
        return feri_fail(err, FER_ERR_FORMAT, "%s: the pack's table, at %llu of %llu bytes, is cut off", p->path,
                         (unsigned long long)p->table_at, (unsigned long long)p->size);
    return FER_OK;
}

fer_status feri_pack_open(const char *path, struct feri_pack **out, fer_error *err)
{
    *out = NULL;
    struct feri_pack *p = calloc(1, sizeof *p);
    if (!p || !(p->path = feri_strdup(path))) {
        free(p);
        return feri_fail_memory(err, sizeof *p);
    }
    p->file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    fer_status st = p->file < 0 ? feri_fail_errno(err, "%s: cannot be opened", path) : read_header(p, err);
    if (st != FER_OK) {
        feri_pack_close(p);
        return st;
    }
    *out = p;
    return FER_OK;
}

void feri_pack_close(struct feri_pack *p)
{
    if (!p) return;
    if (p->file >= 0) close(p->file);
    free(p->path);
    free(p);
}

uint64_t feri_pack_table_at(const struct feri_pack *p)
{
    return p->table_at;
}

uint64_t feri_pack_table_size(const struct feri_pack *p)
{
    return p->table_size;
}

fer_status feri_pack_read(const struct feri_pack *p, uint64_t at, size_t size, uint8_t *out, fer_error *err)
{
    if (at > p->size || size > p->size - at)
        return feri_fail(err, FER_ERR_FORMAT, "%s: %zu bytes at %llu are beyond the pack's end", p->path, size,
                         (unsigned long long)at);
    while (size) {
        ssize_t n = pread(p->file, out, size, (off_t)at);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return feri_fail_errno(err, "%s: cannot be read", p->path);
        if (n == 0) return feri_fail(err, FER_ERR_FORMAT, "%s: cut off while it was read", p->path);
        out += n;
        at += (uint64_t)n;
        size -= (size_t)n;
    }
    return FER_OK;
}

/* ---- writing ---- */

fer_status feri_pack_create(const char *path, struct feri_pack_writer *out, fer_error *err)
{
    uint8_t h[HEADER] = {0};
    *out = (struct feri_pack_writer){.at = HEADER};
    fer_status st = feri_atomic_open(path, &out->file, err);
    if (st != FER_OK) return st;
    /* without magic, it is not a pack until it is complete */
    st = feri_atomic_write(&out->file, h, sizeof h, err);
    if (st != FER_OK) feri_pack_abort(out);
    return st;
}

fer_status feri_pack_add(struct feri_pack_writer *w, const void *data, size_t size, uint64_t *at, fer_error *err)
{
    *at = w->at;
    w->at += size;
    return feri_atomic_write(&w->file, data, size, err);
}

void feri_pack_begin_table(struct feri_pack_writer *w)
{
    w->table_at = w->at;
}

fer_status feri_pack_commit(struct feri_pack_writer *w, fer_error *err)
{
    uint8_t h[HEADER] = {0};
    FILE *f = w->file.f;
    off_t end = ftello(f);
    memcpy(h, magic, sizeof magic);
    write_u64(h + 8, w->table_at);
    write_u64(h + 16, end > 0 ? (uint64_t)end - w->table_at : 0);
    fer_status st = end < 0 || fseeko(f, 0, SEEK_SET) != 0 ? feri_fail_errno(err, "%s: cannot be written", w->file.path)
                                                           : feri_atomic_write(&w->file, h, sizeof h, err);
    if (st == FER_OK) return feri_atomic_commit(&w->file, err);
    feri_pack_abort(w);
    return st;
}

void feri_pack_abort(struct feri_pack_writer *w)
{
    feri_atomic_abort(&w->file);
}
