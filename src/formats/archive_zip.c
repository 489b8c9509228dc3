/* Zips. The directory at their end (APPNOTE.TXT 4.3.12 - 4.3.16, 4.5.3) says where each entry is, and is read
 * sequentially. libarchive's reader of the directory does not report offsets, and its streaming reader skips entries
 * with damaged headers. So the directory is read here, and libarchive only decodes deflated entries. */
#define _XOPEN_SOURCE 700
#include "base/error.h"
#include "formats/archive_decoder.h"
#include "formats/archive_kinds.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define LOCAL_SIZE    30u
#define CENTRAL_SIZE  46u
#define END_SIZE      22u
#define END64_SIZE    56u
#define LOCATOR_SIZE  20u
#define RECORD_MAX    (CENTRAL_SIZE + 3u * 65535u) /* with name, extra field and comment */
#define BUFFER_SIZE   (1u << 18)
#define DEFLATE_RATIO 1032u /* no deflated stream expands by more than this factor */

#define FLAG_ENCRYPTED  1u
#define FLAG_DESCRIPTOR 8u /* sizes and CRC follow the data */
#define METHOD_STORED   0u
#define METHOD_DEFLATED 8u
#define HOST_UNIX       3u

static uint32_t u16(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8;
}

static uint32_t u32(const uint8_t *p)
{
    return u16(p) | u16(p + 2) << 16;
}

static uint64_t u64(const uint8_t *p)
{
    return (uint64_t)u32(p) | (uint64_t)u32(p + 4) << 32;
}

/* ---- the directory ---- */

struct directory {
    int fd;
    uint64_t at, end; /* its bytes in the file */
    uint64_t shift;   /* bytes before the zip, which its offsets do not count */
    uint64_t count;
    bool count64; /* otherwise count is modulo 65536: some writers of more entries write no zip64 */
    uint8_t *buffer;
    size_t used, filled; /* of the buffer */
};

static fer_status cut_off(fer_error *err)
{
    return feri_fail(err, FER_ERR_FORMAT, "a truncated or damaged zip: it has no directory at its end");
}

static fer_status fill(int fd, void *out, size_t size, uint64_t at, fer_error *err)
{
    ssize_t n = feri_read_at(fd, out, size, at);
    if (n < 0) return feri_fail_errno(err, "cannot be read");
    return (size_t)n == size
               ? FER_OK
               : feri_fail(err, FER_ERR_FORMAT, "truncated at byte %llu", (unsigned long long)(at + (uint64_t)n));
}

/* Read the end record's position. If sizes do not fit its fields, a 64-bit record precedes it. */
static fer_status find_directory64(struct directory *d, uint64_t *size, uint64_t *offset, fer_error *err)
{
    uint8_t locator[LOCATOR_SIZE], end64[END64_SIZE];
    uint64_t locator_at = d->end - LOCATOR_SIZE;
    if (d->end < LOCATOR_SIZE + END64_SIZE) return FER_OK;
    fer_status st = fill(d->fd, locator, sizeof locator, locator_at, err);
    if (st != FER_OK || memcmp(locator, "PK\6\7", 4) != 0) return st;
    uint64_t at = u64(locator + 8);
    if (at > locator_at - END64_SIZE) return cut_off(err);
    st = fill(d->fd, end64, sizeof end64, at, err);
    if (st == FER_OK && memcmp(end64, "PK\6\6", 4) != 0)
        st = fill(d->fd, end64, sizeof end64, at = locator_at - END64_SIZE, err);
    if (st != FER_OK) return st;
    if (memcmp(end64, "PK\6\6", 4) != 0) return cut_off(err);
    d->count = u64(end64 + 32);
    d->count64 = true;
    *size = u64(end64 + 40);
    *offset = u64(end64 + 48);
    d->end = at;
    return FER_OK;
}

/* tail: the last n bytes of the file, which ends at `end`. Find the last end record whose comment fits.
 */
static fer_status find_directory_in(struct directory *d, const uint8_t *tail, size_t n, uint64_t end, fer_error *err)
{
    size_t i = n < END_SIZE ? 0 : n - END_SIZE + 1;
    while (i-- > 0)
        if (memcmp(tail + i, "PK\5\6", 4) == 0 && u16(tail + i + 20) <= n - i - END_SIZE) break;
    if (i == (size_t)-1) return cut_off(err);
    uint64_t size = u32(tail + i + 12), offset = u32(tail + i + 16);
    d->count = u16(tail + i + 10);
    d->end = end - n + i;
    fer_status st = find_directory64(d, &size, &offset, err);
    if (st != FER_OK) return st;
    if (size > d->end || offset > d->end - size)
        return feri_fail(err, FER_ERR_FORMAT,
                         "damaged: a directory of %llu bytes at %llu does not fit before byte %llu",
                         (unsigned long long)size, (unsigned long long)offset, (unsigned long long)d->end);
    d->at = d->end - size;
    d->shift = d->at - offset;
    return FER_OK;
}

static fer_status find_directory(struct directory *d, uint64_t end, fer_error *err)
{
    size_t n = END_SIZE + 65535u < end ? END_SIZE + 65535u : (size_t)end;
    fer_status st = fill(d->fd, d->buffer, n, end - n, err);
    return st == FER_OK ? find_directory_in(d, d->buffer, n, end, err) : st;
}

/* Load the next record into the buffer, completely. */
static fer_status next_record(struct directory *d, const uint8_t **record, fer_error *err)
{
    size_t size = 0;
    uint64_t left = d->end - d->at;
    if (d->filled - d->used < RECORD_MAX && d->filled - d->used < left) {
        size_t n = left < BUFFER_SIZE ? (size_t)left : BUFFER_SIZE;
        fer_status st = fill(d->fd, d->buffer, n, d->at, err);
        if (st != FER_OK) return st;
        d->used = 0;
        d->filled = n;
    }
    const uint8_t *p = d->buffer + d->used;
    if (left < CENTRAL_SIZE || memcmp(p, "PK\1\2", 4) != 0 ||
        left < (size = CENTRAL_SIZE + u16(p + 28) + u16(p + 30) + u16(p + 32)))
        return feri_fail(err, FER_ERR_FORMAT, "its directory is damaged at byte %llu", (unsigned long long)d->at);
    *record = p;
    d->used += size;
    d->at += size;
    return FER_OK;
}

struct facts {
    uint64_t size, packed, offset;
};

/* For each of these fields whose 32 bits are all set, in this order, the extra field with tag 1 has a 64-bit value. */
static void widen(const uint8_t *extra, size_t n, struct facts *f)
{
    uint64_t *fields[] = {&f->size, &f->packed, &f->offset};
    for (size_t length; n >= 4; extra += length, n -= length) {
        length = 4 + u16(extra + 2);
        if (length > n) return;
        if (u16(extra) != 1) continue;
        size_t at = 4;
        for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
            if (*fields[i] == 0xFFFFFFFFu && at + 8 <= length) {
                *fields[i] = u64(extra + at);
                at += 8;
            }
        return;
    }
}

static enum feri_entry_kind kind_of(const uint8_t *record, const struct facts *f, const struct directory *d,
                                    uint64_t begin)
{
    uint32_t method = u16(record + 10);
    if (u16(record + 8) & FLAG_ENCRYPTED) return FERI_ENTRY_ENCRYPTED;
    if (method != METHOD_STORED && method != METHOD_DEFLATED) return FERI_ENTRY_METHOD;
    if (f->offset > begin - d->shift || f->packed > begin) return FERI_ENTRY_DAMAGED;
    if (method == METHOD_STORED) return f->size == f->packed ? FERI_ENTRY_STORED : FERI_ENTRY_DAMAGED;
    return f->size / DEFLATE_RATIO <= f->packed ? FERI_ENTRY_DEFLATED : FERI_ENTRY_DAMAGED;
}

/* Folders have a trailing slash. Links and devices are known if the zip was made on Unix. zip marks what it read from a
 * pipe as a pipe. */
static bool is_file(const uint8_t *record, const char *name, size_t length)
{
    mode_t mode = (mode_t)u16(record + 40), type = mode & S_IFMT;
    if (length == 0 || name[length - 1] == '/') return false;
    return record[5] != HOST_UNIX || type == 0 || type == S_IFREG || type == S_IFIFO;
}

/* What is no file: a folder, or something that is counted. */
static fer_status add_other(struct feri_archive *a, const uint8_t *record, const char *name, size_t length,
                            fer_error *err)
{
    mode_t type = (mode_t)u16(record + 40) & S_IFMT;
    if (length == 0 || name[length - 1] == '/' || type == S_IFDIR)
        return feri_archive_add_folder(a, 0, name, length, err);
    feri_archive_set_aside(a, type == S_IFLNK ? FERI_ASIDE_LINK : FERI_ASIDE_SPECIAL, name, length);
    return FER_OK;
}

static fer_status add_record(struct feri_archive *a, const struct directory *d, const uint8_t *record, uint64_t begin,
                             fer_error *err)
{
    const char *name = (const char *)record + CENTRAL_SIZE;
    size_t length = u16(record + 28);
    struct facts f = {u32(record + 24), u32(record + 20), u32(record + 42)};
    if (!is_file(record, name, length)) return add_other(a, record, name, length, err);
    widen(record + CENTRAL_SIZE + length, u16(record + 30), &f);
    struct feri_entry e = {f.offset + d->shift, f.size, 0, 0, (uint8_t)kind_of(record, &f, d, begin)};
    fer_status st = e.kind == FERI_ENTRY_DEFLATED ? feri_archive_need_lib(a, err) : FER_OK;
    return st == FER_OK ? feri_archive_add(a, e, name, length, err) : st;
}

static fer_status index_directory(struct feri_archive *a, struct directory *d, fer_error *err)
{
    uint64_t n = 0;
    fer_status st = find_directory(d, a->containers[0].end, err);
    if (st != FER_OK) return st;
    const uint64_t begin = d->at;
    for (; st == FER_OK && d->at < d->end; n++) {
        const uint8_t *record = NULL;
        st = next_record(d, &record, err);
        if (st == FER_OK) st = add_record(a, d, record, begin, err);
    }
    if (st == FER_OK && (d->count64 ? n : n & 0xFFFF) != d->count)
        st = feri_fail(err, FER_ERR_FORMAT, "damaged: its directory lists %llu entries, not %llu",
                       (unsigned long long)n, (unsigned long long)d->count);
    return st;
}

fer_status feri_zip_index(struct feri_archive *a, fer_error *err)
{
    struct directory d = {.fd = a->containers[0].fd, .buffer = malloc(BUFFER_SIZE)};
    fer_status st = d.buffer ? index_directory(a, &d, err) : feri_fail_memory(err, BUFFER_SIZE);
    free(d.buffer);
    return st == FER_OK ? FER_OK : feri_container_fail_in(a, 0, err, st);
}

/* ---- a stored entry ---- */

fer_status feri_zip_stored(const struct feri_archive *a, const struct feri_entry *e, uint64_t *at, uint32_t *crc,
                           fer_error *err)
{
    const struct feri_container *c = &a->containers[e->container];
    uint8_t local[LOCAL_SIZE], descriptor[8];
    fer_status st = fill(c->fd, local, sizeof local, e->offset, err);
    if (st != FER_OK) return st;
    if (memcmp(local, "PK\3\4", 4) != 0 || u16(local + 8) != METHOD_STORED)
        return feri_fail(err, FER_ERR_FORMAT, "damaged: no header of a stored entry at byte %llu",
                         (unsigned long long)e->offset);
    *at = e->offset + LOCAL_SIZE + u16(local + 26) + u16(local + 28);
    if (*at > c->end || e->size > c->end - *at)
        return feri_fail(err, FER_ERR_FORMAT, "damaged: its %llu bytes do not fit the zip",
                         (unsigned long long)e->size);
    *crc = u32(local + 14);
    if (!(u16(local + 6) & FLAG_DESCRIPTOR) || *crc) return FER_OK;
    st = fill(c->fd, descriptor, sizeof descriptor, *at + e->size, err);
    /* its signature may be missing */
    *crc = u32(descriptor + (memcmp(descriptor, "PK\7\10", 4) == 0 ? 4 : 0));
    return st;
}
