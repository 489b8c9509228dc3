/* CSV by RFC 4180: quoted fields may hold separators, quotes (doubled) and newlines; CRLF or LF. Spreadsheets write
 * other forms of it, which are read, too: separated by semicolons or tabs, with a blank after each separator, with a
 * byte order mark, in UTF-16. Fields are given as UTF-8. */
#ifndef FERI_BASE_CSV_H
#define FERI_BASE_CSV_H

#include "base/encoding.h"
#include "fer/base.h"

#include <stdbool.h>

struct feri_csv_form {
    uint8_t encoding; /* enum feri_encoding */
    char separator;   /* ',', ';' or '\t' */
    bool blanks;      /* those after a separator are not part of the field */
};

/** By the beginning of a table: its mark, and its first line. A comma in that is the separator; without one, a tab or a
 * semicolon is. Blanks are none of the fields if one is after each separator of the line. */
struct feri_csv_form feri_csv_form_of(const uint8_t *data, size_t size);

/** Bytes up to the last line end outside quotes; 0: there is none. */
size_t feri_csv_whole_rows(struct feri_csv_form form, const uint8_t *data, size_t size);

struct feri_csv_row {
    size_t line;     /* 1-based line in the file where the row starts */
    size_t at, size; /* its bytes, line end included */
    size_t n;
    char **fields; /* NUL-terminated, valid until the next row */
    struct feri_csv_form form;
};

struct feri_csv; /* a reader over bytes that stay the caller's */

/** A whole table, or its beginning. */
fer_status feri_csv_new(const uint8_t *data, size_t size, struct feri_csv **out, fer_error *err);
/** Rows from anywhere in a table of that form. */
fer_status feri_csv_new_as(const uint8_t *data, size_t size, struct feri_csv_form form, struct feri_csv **out,
                           fer_error *err);
/** *has_row false at the end. Blank lines are skipped. An unclosed quote, text after a closing quote, a NUL byte or
 * half a character of UTF-16 is FER_ERR_FORMAT with the line. */
fer_status feri_csv_next(struct feri_csv *csv, struct feri_csv_row *row, bool *has_row, fer_error *err);
/** The line that the next row starts in. */
size_t feri_csv_line(const struct feri_csv *csv);
void feri_csv_free(struct feri_csv *csv);

#endif
