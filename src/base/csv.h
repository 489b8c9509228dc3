/* CSV by RFC 4180: quoted fields may hold separators, quotes (doubled) and newlines; lines end in CRLF or LF. Other
 * forms that spreadsheets write can be read too: separated by semicolons or tabs, with a blank after each separator,
 * with a byte order mark, in UTF-16. Fields are returned as UTF-8. */
#ifndef FERI_BASE_CSV_H
#define FERI_BASE_CSV_H

#include "base/encoding.h"
#include "fer/base.h"

#include <stdbool.h>

struct feri_csv_form {
    uint8_t encoding; /* enum feri_encoding */
    char separator;   /* ',', ';' or '\t' */
    bool blanks;      /* blanks after a separator do not belong to the field */
};

/** Recognise the form from the beginning of a table: its byte order mark and its first line. The separator is a comma
 * if the line has one, otherwise a tab or a semicolon. If a blank follows each separator of the line, blanks are
 * skipped. */
struct feri_csv_form feri_csv_form_of(const uint8_t *data, size_t size);

/** Bytes up to the last line end outside quotes. 0: there is none. */
size_t feri_csv_whole_rows(struct feri_csv_form form, const uint8_t *data, size_t size);

struct feri_csv_row {
    size_t line;     /* 1-based line in the file where the row starts */
    size_t at, size; /* its bytes, line end included */
    size_t n;
    char **fields; /* NUL-terminated, valid until the next row */
    struct feri_csv_form form;
};

struct feri_csv; /* A reader over bytes that belong to the caller. */

/** A whole table, or its beginning. */
fer_status feri_csv_new(const uint8_t *data, size_t size, struct feri_csv **out, fer_error *err);
/** Rows from the middle of a table of that form. */
fer_status feri_csv_new_as(const uint8_t *data, size_t size, struct feri_csv_form form, struct feri_csv **out,
                           fer_error *err);
/** *has_row is false at the end. Blank lines are skipped. An unclosed quote, text after a closing quote, a NUL byte or
 * an incomplete UTF-16 character is FER_ERR_FORMAT; the message has the line. */
fer_status feri_csv_next(struct feri_csv *csv, struct feri_csv_row *row, bool *has_row, fer_error *err);
/** The line in which the next row starts. */
size_t feri_csv_line(const struct feri_csv *csv);
void feri_csv_free(struct feri_csv *csv);

#endif
