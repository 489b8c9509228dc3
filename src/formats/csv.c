#include "formats/csv.h"

#include "base/error.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

struct feri_csv {
    const uint8_t *begin, *at, *end;
    size_t line;
    char *text; /* the row's fields, one after the other */
    size_t text_size, text_cap;
    size_t *starts;
    size_t n, starts_cap;
    char **fields;
    size_t fields_cap;
};

fer_status feri_csv_new(const uint8_t *data, size_t size, struct feri_csv **out, fer_error *err)
{
    *out = calloc(1, sizeof **out);
    if (!*out) return feri_fail_memory(err, sizeof **out);
    (*out)->begin = data;
    if (size >= 3 && memcmp(data, "\xEF\xBB\xBF", 3) == 0) data += 3, size -= 3;
    (*out)->at = data;
    (*out)->end = data + size;
    (*out)->line = 1;
    return FER_OK;
}

void feri_csv_free(struct feri_csv *csv)
{
    if (!csv) return;
    free(csv->text);
    free(csv->starts);
    free(csv->fields);
    free(csv);
}

size_t feri_csv_line(const struct feri_csv *csv)
{
    return csv->line;
}

static bool put_char(struct feri_csv *csv, char c)
{
    if (!feri_grow(&csv->text, &csv->text_cap, csv->text_size + 1, 1)) return false;
    csv->text[csv->text_size++] = c;
    return true;
}

static bool at_line_end(const struct feri_csv *csv)
{
    return csv->at == csv->end || *csv->at == '\n' ||
           (*csv->at == '\r' && (csv->at + 1 == csv->end || csv->at[1] == '\n'));
}

static fer_status quoted_field(struct feri_csv *csv, fer_error *err)
{
    size_t line = csv->line;
    for (csv->at++;; csv->at++) {
        if (csv->at == csv->end) return feri_fail(err, FER_ERR_FORMAT, "line %zu: a quote is not closed", line);
        if (*csv->at == '"') {
            if (csv->at + 1 == csv->end || csv->at[1] != '"') break;
            csv->at++;
        }
        if (*csv->at == '\n') csv->line++;
        if (*csv->at == 0) return feri_fail(err, FER_ERR_FORMAT, "line %zu: a NUL byte", csv->line);
        if (!put_char(csv, (char)*csv->at)) return feri_fail(err, FER_ERR_MEMORY, "line %zu: out of memory", line);
    }
    csv->at++;
    if (!at_line_end(csv) && *csv->at != ',')
        return feri_fail(err, FER_ERR_FORMAT, "line %zu: text behind a closing quote", csv->line);
    return FER_OK;
}

static fer_status plain_field(struct feri_csv *csv, fer_error *err)
{
    const uint8_t *start = csv->at;
    for (; !at_line_end(csv) && *csv->at != ','; csv->at++)
        if (*csv->at == 0) return feri_fail(err, FER_ERR_FORMAT, "line %zu: a NUL byte", csv->line);
    size_t n = (size_t)(csv->at - start);
    if (!feri_grow(&csv->text, &csv->text_cap, csv->text_size + n + 1, 1))
        return feri_fail(err, FER_ERR_MEMORY, "line %zu: out of memory", csv->line);
    memcpy(csv->text + csv->text_size, start, n);
    csv->text_size += n;
    return FER_OK;
}

static void skip_line_end(struct feri_csv *csv)
{
    if (csv->at == csv->end) return;
    if (*csv->at == '\r') csv->at++;
    if (csv->at < csv->end && *csv->at == '\n') csv->at++;
    csv->line++;
}

static fer_status read_fields(struct feri_csv *csv, fer_error *err)
{
    for (;;) {
        if (!feri_grow(&csv->starts, &csv->starts_cap, csv->n + 1, sizeof *csv->starts))
            return feri_fail(err, FER_ERR_MEMORY, "line %zu: out of memory", csv->line);
        csv->starts[csv->n++] = csv->text_size;
        bool quoted = csv->at < csv->end && *csv->at == '"';
        fer_status st = quoted ? quoted_field(csv, err) : plain_field(csv, err);
        if (st != FER_OK) return st;
        if (!put_char(csv, '\0')) return feri_fail(err, FER_ERR_MEMORY, "line %zu: out of memory", csv->line);
        if (at_line_end(csv)) break;
        csv->at++; /* the comma */
    }
    skip_line_end(csv);
    return FER_OK;
}

fer_status feri_csv_next(struct feri_csv *csv, struct feri_csv_row *row, bool *has_row, fer_error *err)
{
    *has_row = false;
    while (csv->at < csv->end && at_line_end(csv)) skip_line_end(csv);
    if (csv->at == csv->end) return FER_OK;
    csv->text_size = csv->n = 0;
    row->line = csv->line;
    row->at = (size_t)(csv->at - csv->begin);
    fer_status st = read_fields(csv, err);
    if (st != FER_OK) return st;
    if (!feri_grow(&csv->fields, &csv->fields_cap, csv->n, sizeof *csv->fields))
        return feri_fail(err, FER_ERR_MEMORY, "out of memory");
    for (size_t i = 0; i < csv->n; i++) csv->fields[i] = csv->text + csv->starts[i];
    row->n = csv->n;
    row->size = (size_t)(csv->at - csv->begin) - row->at;
    row->fields = csv->fields;
    *has_row = true;
    return FER_OK;
}
