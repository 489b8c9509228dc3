#include "data/rows.h"

#include <stdlib.h>
#include <string.h>

#define CHUNK   ((size_t)1 << 20)
#define ROW_MAX ((size_t)64 << 20) /* bytes of a row */

struct feri_rows {
    const struct feri_source *source;
    uint32_t entry;
    uint64_t size, next; /* position in the table, after the current chunk */
    uint64_t chunk_at;
    size_t line_base;
    uint8_t *chunk;
    size_t cap;
    struct feri_csv_form form; /* of the table */
    struct feri_csv *csv;      /* reader of the chunk; NULL: the next call reads a new chunk */
};

fer_status feri_source_read(const struct feri_source *s, uint32_t entry, uint64_t at, size_t size, uint8_t *out,
                            fer_error *err)
{
    switch (s->kind) {
    case FERI_SOURCE_ARCHIVE: return feri_archive_read_part(s->archive, entry, (size_t)at, size, out, err);
    case FERI_SOURCE_PACK: return feri_pack_read(s->pack, feri_pack_table_at(s->pack) + at, size, out, err);
    case FERI_SOURCE_FILES: break;
    }
    return feri_open_file_read(&s->table, at, size, out, err);
}

uint64_t feri_source_size(const struct feri_source *s, uint32_t entry)
{
    switch (s->kind) {
    case FERI_SOURCE_ARCHIVE: return (uint64_t)feri_archive_size(s->archive, entry);
    case FERI_SOURCE_PACK: return feri_pack_table_size(s->pack);
    case FERI_SOURCE_FILES: break;
    }
    return s->table.size;
}

fer_status feri_rows_open(const struct feri_source *source, uint32_t entry, struct feri_rows **out, fer_error *err)
{
    *out = calloc(1, sizeof **out);
    if (!*out) return feri_fail_memory(err, sizeof **out);
    (*out)->source = source;
    (*out)->entry = entry;
    (*out)->size = feri_source_size(source, entry);
    return FER_OK;
}

void feri_rows_close(struct feri_rows *r)
{
    if (!r) return;
    feri_csv_free(r->csv);
    free(r->chunk);
    free(r);
}

static fer_status read_chunk(struct feri_rows *r, fer_error *err)
{
    fer_status st;
    uint64_t left = r->size - r->next;
    for (size_t want = CHUNK;; want *= 4) {
        size_t n = left < want ? (size_t)left : want, rows;
        if (!feri_grow(&r->chunk, &r->cap, n + 1, 1)) return feri_fail_memory(err, n);
        if ((st = feri_source_read(r->source, r->entry, r->next, n, r->chunk, err)) != FER_OK) return st;
        if (r->next == 0) r->form = feri_csv_form_of(r->chunk, n);
        rows = n == left ? n : feri_csv_whole_rows(r->form, r->chunk, n);
        if (rows) {
            r->chunk_at = r->next;
            r->next += rows;
            return feri_csv_new_as(r->chunk, rows, r->form, &r->csv, err);
        }
        if (want > ROW_MAX)
            return feri_fail(err, FER_ERR_FORMAT,
                             "line %zu: a row of more than %zu bytes, or a quote that is not closed", r->line_base + 1,
                             ROW_MAX);
    }
}

fer_status feri_rows_next(struct feri_rows *r, struct feri_csv_row *row, bool *more, fer_error *err)
{
    fer_status st;
    for (;;) {
        *more = false;
        if (!r->csv && r->next == r->size) return FER_OK;
        if (!r->csv && (st = read_chunk(r, err)) != FER_OK) return st;
        if ((st = feri_csv_next(r->csv, row, more, err)) != FER_OK) return st;
        if (*more) break;
        r->line_base += feri_csv_line(r->csv) - 1;
        feri_csv_free(r->csv);
        r->csv = NULL;
    }
    row->line += r->line_base;
    row->at += r->chunk_at;
    return FER_OK;
}

fer_status feri_row_field(const struct feri_dataset *ds, const struct feri_row_place *place, size_t column, char **text,
                          fer_error *err)
{
    struct feri_csv *csv = NULL;
    struct feri_csv_row row;
    bool more = false;
    *text = NULL;
    uint8_t *bytes = malloc(place->size + 1);
    if (!bytes) return feri_fail_memory(err, place->size);
    fer_status st = feri_source_read(&ds->sources[place->source], place->entry, place->at, place->size, bytes, err);
    if (st == FER_OK) st = feri_csv_new_as(bytes, place->size, place->form, &csv, err);
    if (st == FER_OK) st = feri_csv_next(csv, &row, &more, err);
    if (st == FER_OK && (!more || column >= row.n))
        st = feri_fail(err, FER_ERR_FORMAT, "%s: a row has changed since it was indexed", ds->path);
    if (st == FER_OK && !(*text = feri_strdup(row.fields[column])))
        st = feri_fail_memory(err, strlen(row.fields[column]));
    feri_csv_free(csv);
    free(bytes);
    return st;
}
