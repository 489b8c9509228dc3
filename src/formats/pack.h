/* A pack: many images in one file for random access, and the table that describes them.
 *
 *   bytes 0..7    "FERPACK" and the version, 1
 *   8..15, 16..23 u64, little-endian: position of the table, its size
 *   24..31        0
 *   then the images, one after the other, then the table: a CSV whose columns `offset` and `size` give the position of
 *   a
 *   row's image (docs/file-formats.md has the other columns).
 */
#ifndef FERI_FORMATS_PACK_H
#define FERI_FORMATS_PACK_H

#include "base/file.h"
#include "fer/base.h"

struct feri_pack;

/** Whether a regular file begins like a pack. */
bool feri_is_pack(const char *path);
fer_status feri_pack_open(const char *path, struct feri_pack **out, fer_error *err);
void feri_pack_close(struct feri_pack *p);
uint64_t feri_pack_table_at(const struct feri_pack *p);
uint64_t feri_pack_table_size(const struct feri_pack *p);
/** Read size bytes from `at` on. Thread-safe. */
fer_status feri_pack_read(const struct feri_pack *p, uint64_t at, size_t size, uint8_t *out, fer_error *err);

struct feri_pack_writer {
    struct feri_atomic_file file;
    uint64_t at, table_at; /* bytes written; 0: the table has not begun */
};

/** First the images, each by feri_pack_add(), then the table, then commit or abort. */
fer_status feri_pack_create(const char *path, struct feri_pack_writer *out, fer_error *err);
fer_status feri_pack_add(struct feri_pack_writer *w, const void *data, size_t size, uint64_t *at, fer_error *err);
/** Begin the table: everything written to w->file.f after this call belongs to it. */
void feri_pack_begin_table(struct feri_pack_writer *w);
fer_status feri_pack_commit(struct feri_pack_writer *w, fer_error *err);
void feri_pack_abort(struct feri_pack_writer *w);

#endif
