/* CSV by RFC 4180: quoted fields may hold commas, quotes (doubled) and newlines; CRLF or LF; a UTF-8 BOM is skipped. */
#ifndef FERI_FORMATS_CSV_H
#define FERI_FORMATS_CSV_H

#include "fer/base.h"

#include <stdbool.h>

struct feri_csv_row {
    size_t line;     /* 1-based line in the file where the row starts */
    size_t at, size; /* its bytes, line end included */
    size_t n;
    char **fields; /* NUL-terminated, valid until the next row */
};

struct feri_csv; /* a reader over bytes that stay the caller's */

fer_status feri_csv_new(const uint8_t *data, size_t size, struct feri_csv **out, fer_error *err);
/** *has_row false at the end. Blank lines are skipped. An unclosed quote, text after a closing quote or a NUL byte is
 * FER_ERR_FORMAT with the line. */
fer_status feri_csv_next(struct feri_csv *csv, struct feri_csv_row *row, bool *has_row, fer_error *err);
/** The line that the next row starts in. */
size_t feri_csv_line(const struct feri_csv *csv);
void feri_csv_free(struct feri_csv *csv);

#endif
