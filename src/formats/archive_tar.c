/* Tars, by libarchive. It finds the members once and seeks past their data. The data of a member is usually in one
 * piece; then a read needs only its offset. Otherwise libarchive is opened again at the member's header, so that
 * libarchive handles every dialect. */
#include "base/error.h"
#include "formats/archive_decoder.h"
#include "formats/archive_kinds.h"
#include "formats/file_kind.h"

#include <string.h>

#define BLOCK        512u  /* of a tar */
#define INDEX_WINDOW 4096u /* while indexing: most of what is read after a header is skipped */

static fer_status add_link(struct feri_archive *a, size_t container, const char *name, const char *target,
                           fer_error *err)
{
    uint32_t at;
    fer_status st = feri_archive_intern(a, container, target, strlen(target), &at, err);
    if (st != FER_OK) return st;
    return feri_archive_add(a, (struct feri_entry){at, 0, 0, (uint16_t)container, FERI_ENTRY_LINK}, name, strlen(name),
                            err);
}

/* The member whose header was just read. Its data is in one piece if libarchive then skips as many bytes. */
static fer_status index_member(struct feri_archive *a, size_t container, struct feri_decoder *d,
                               struct archive_entry *header, fer_error *err)
{
    const uint64_t begin = a->containers[container].begin, end = a->containers[container].end;
    const char *name = a->lib.entry_pathname(header), *target = a->lib.entry_hardlink(header);
    int64_t size = a->lib.entry_size(header);
    uint64_t at = begin + (uint64_t)a->lib.read_header_position(d->handle),
             data = begin + (uint64_t)a->lib.filter_bytes(d->handle, 0);
    bool sparse = a->lib.entry_sparse_count(header) > 0;
    if (!name || size < 0)
        return feri_fail(err, FER_ERR_FORMAT, "the member at byte %llu has no readable name or size",
                         (unsigned long long)at);
    if (target && size == 0) return add_link(a, container, name, target, err);
    if (!sparse && (uint64_t)size > end - at) return feri_fail(err, FER_ERR_FORMAT, "truncated within '%s'", name);
    if (a->lib.read_data_skip(d->handle) < ARCHIVE_WARN)
        return d->error ? feri_decoder_fail(d, err, "cannot be read")
                        : feri_fail(err, FER_ERR_FORMAT, "truncated within '%s'", name);
    uint64_t skipped = begin + (uint64_t)a->lib.filter_bytes(d->handle, 0) - data;
    struct feri_entry e = {data, (uint64_t)size, 0, (uint16_t)container, FERI_ENTRY_PLAIN};
    if (sparse || skipped != ((uint64_t)size + BLOCK - 1) / BLOCK * BLOCK) {
        e.offset = at;
        e.kind = FERI_ENTRY_TAR;
    }
    return feri_archive_add(a, e, name, strlen(name), err);
}

/* What is no file: a folder, or something that is counted. */
static fer_status index_other(struct feri_archive *a, size_t container, struct archive_entry *header, fer_error *err)
{
    const char *name = a->lib.entry_pathname(header);
    size_t length = name ? strlen(name) : 0;
    if (a->lib.entry_filetype(header) == AE_IFDIR)
        return feri_archive_add_folder(a, container, name ? name : "", length, err);
    feri_archive_set_aside(a, a->lib.entry_filetype(header) == AE_IFLNK ? FERI_ASIDE_LINK : FERI_ASIDE_SPECIAL,
                           name ? name : "", length);
    return FER_OK;
}

static fer_status index_members(struct feri_archive *a, size_t container, struct feri_decoder *d, fer_error *err)
{
    struct archive_entry *header;
    int code;
    int64_t at = 0; /* after the last member */
    fer_status st = FER_OK;
    while (st == FER_OK && (code = a->lib.read_next_header(d->handle, &header)) != ARCHIVE_EOF) {
        /* libarchive would continue after a damaged header, and the member would be missing without a message. */
        if (code != ARCHIVE_OK && code != ARCHIVE_WARN) return feri_decoder_fail(d, err, "cannot be read");
        if (a->lib.entry_filetype(header) == AE_IFREG || a->lib.entry_hardlink(header))
            st = index_member(a, container, d, header, err);
        else st = index_other(a, container, header, err);
        at = a->lib.filter_bytes(d->handle, 0);
    }
    /* A tar truncated between two members would look like a smaller tar. A complete one ends with blocks of zeros. */
    if (st == FER_OK && a->lib.filter_bytes(d->handle, 0) == at)
        return feri_fail(err, FER_ERR_FORMAT, "truncated at byte %lld: the zeros that end a tar are missing",
                         (long long)at);
    return st;
}

static fer_status open_tar(struct feri_archive *a, const struct feri_container *c, struct feri_decoder *d,
                           fer_error *err)
{
    fer_status st = feri_archive_need_lib(a, err);
    if (st != FER_OK) return st;
    st = feri_decoder_open(d, a, FERI_DECODE_TAR, c, err);
    if (st != FER_ERR_FORMAT || c->inner) return st;
    uint8_t start[FERI_FILE_KIND_BYTES];
    ssize_t n = feri_read_at(c->fd, start, sizeof start, 0);
    return feri_fail(err, st, "neither a tar nor a zip: %s; expected a directory, an uncompressed .tar or a .zip",
                     feri_file_kind_text(start, n > 0 ? (size_t)n : 0));
}

fer_status feri_tar_index(struct feri_archive *a, size_t container, fer_error *err)
{
    static const struct {
        const char *magic;
        size_t n;
    } compressed[] = {{"\x1F\x8B", 2},
                      {"BZ", 2},
                      {"\xFD"
                       "7",
                       2},
                      {"\x28\xB5", 2}};
    const struct feri_container *c = &a->containers[container];
    struct feri_decoder d;
    uint8_t start[2] = {0};
    if (feri_read_at(c->fd, start, c->end - c->begin < 2 ? 0 : 2, c->begin) < 0)
        return feri_container_fail_in(a, container, err, feri_fail_errno(err, "cannot be read"));
    for (size_t i = 0; i < sizeof compressed / sizeof *compressed; i++)
        if (memcmp(start, compressed[i].magic, compressed[i].n) == 0) {
            fer_status st =
                feri_fail(err, FER_ERR_UNSUPPORTED,
                          "a compressed archive cannot be read at random; unpack it to a .tar or a directory");
            return feri_container_fail_in(a, container, err, st);
        }
    fer_status st = open_tar(a, c, &d, err);
    if (st == FER_OK) {
        d.window = INDEX_WINDOW;
        st = index_members(a, container, &d, err);
        feri_decoder_close(&d);
    }
    return st == FER_OK ? FER_OK : feri_container_fail_in(a, container, err, st);
}
