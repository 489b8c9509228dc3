#include "base/csv.h"

#include "base/error.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define NOTHING UINT32_MAX /* stands for the end of the text */

struct feri_csv {
    const uint8_t *begin, *at, *end;
    struct feri_csv_form form;
    size_t unit; /* bytes */
    size_t line;
    char *text; /* the row's fields, consecutively */
    size_t text_size, text_cap;
    size_t *starts;
    size_t n, starts_cap;
    char **fields;
    size_t fields_cap;
};

/* ---- recognising the form of a table ---- */

struct first_line {
    /* counts outside quotes; blanks: those after one of the separators */
    size_t commas, tabs, semicolons, blanks;
};

static struct first_line look_at_first_line(enum feri_encoding e, const uint8_t *p, const uint8_t *end)
{
    struct first_line l = {0};
    bool quoted = false, after = false;
    for (size_t unit = feri_unit_size(e); (size_t)(end - p) >= unit; p += unit) {
        uint32_t c = feri_unit(e, p);
        if (c == '"') quoted = !quoted;
        if (quoted) continue;
        if (c == '\n') break;
        l.commas += c == ',';
        l.tabs += c == '\t';
        l.semicolons += c == ';';
        l.blanks += after && c == ' ';
        after = c == ',' || c == '\t' || c == ';';
    }
    return l;
}

struct feri_csv_form feri_csv_form_of(const uint8_t *data, size_t size)
{
    size_t mark;
    enum feri_encoding e = feri_encoding_of(data, size, &mark);
    struct first_line l = look_at_first_line(e, data + mark, data + size);
    struct feri_csv_form form = {.encoding = (uint8_t)e, .separator = ','};
    if (!l.commas && l.tabs) form.separator = '\t';
    else if (!l.commas && l.semicolons) form.separator = ';';
    size_t separators = form.separator == ',' ? l.commas : form.separator == ';' ? l.semicolons : l.tabs;
    form.blanks = separators && l.blanks >= separators;
    return form;
}

size_t feri_csv_whole_rows(struct feri_csv_form form, const uint8_t *data, size_t size)
{
    const enum feri_encoding e = (enum feri_encoding)form.encoding;
    const size_t unit = feri_unit_size(e);
    size_t end = 0;
    bool quoted = false;
    for (size_t i = 0; i + unit <= size; i += unit) {
        uint32_t c = feri_unit(e, data + i);
        if (c == '"') quoted = !quoted;
        if (c == '\n' && !quoted) end = i + unit;
    }
    return end;
}

/* ---- a reader ---- */

fer_status feri_csv_new_as(const uint8_t *data, size_t size, struct feri_csv_form form, struct feri_csv **out,
                           fer_error *err)
{
    size_t mark;
    *out = calloc(1, sizeof **out);
    if (!*out) return feri_fail_memory(err, sizeof **out);
    if (feri_encoding_of(data, size, &mark) != (enum feri_encoding)form.encoding) mark = 0;
    **out = (struct feri_csv){.begin = data, .at = data + mark, .end = data + size, .form = form, .line = 1};
    (*out)->unit = feri_unit_size((enum feri_encoding)form.encoding);
    return FER_OK;
}

fer_status feri_csv_new(const uint8_t *data, size_t size, struct feri_csv **out, fer_error *err)
{
    return feri_csv_new_as(data, size, feri_csv_form_of(data, size), out, err);
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

/* The unit `ahead` units after the current one. */
static inline uint32_t peek(const struct feri_csv *csv, size_t ahead)
{
    const uint8_t *p = csv->at + ahead * csv->unit;
    return (size_t)(csv->end - csv->at) < (ahead + 1) * csv->unit
               ? NOTHING
               : feri_unit((enum feri_encoding)csv->form.encoding, p);
}

static inline bool at_line_end(const struct feri_csv *csv)
{
    uint32_t c = peek(csv, 0);
    return c == NOTHING || c == '\n' || (c == '\r' && (peek(csv, 1) == NOTHING || peek(csv, 1) == '\n'));
}

static bool put_char(struct feri_csv *csv, char c)
{
    if (!feri_grow(&csv->text, &csv->text_cap, csv->text_size + 1, 1)) return false;
    csv->text[csv->text_size++] = c;
    return true;
}

/* Append the characters of [p, p + n). */
static fer_status put_text(struct feri_csv *csv, const uint8_t *p, size_t n, fer_error *err)
{
    if (!feri_grow(&csv->text, &csv->text_cap, csv->text_size + 2 * n + 1, 1))
        return feri_fail(err, FER_ERR_MEMORY, "line %zu: out of memory", csv->line);
    if (csv->unit == 1) {
        memcpy(csv->text + csv->text_size, p, n);
        csv->text_size += n;
        return FER_OK;
    }
    for (size_t taken, written; n; p += taken, n -= taken, csv->text_size += written) {
        taken = feri_utf16_read((enum feri_encoding)csv->form.encoding, p, n, csv->text + csv->text_size, &written);
        if (!taken) return feri_fail(err, FER_ERR_FORMAT, "line %zu: half a character of UTF-16", csv->line);
    }
    return FER_OK;
}

static fer_status quoted_field(struct feri_csv *csv, fer_error *err)
{
    size_t line = csv->line;
    csv->at += csv->unit;
    const uint8_t *start = csv->at;
    fer_status st = FER_OK;
    for (uint32_t c; st == FER_OK; csv->at += csv->unit) {
        c = peek(csv, 0);
        if (c == NOTHING) return feri_fail(err, FER_ERR_FORMAT, "line %zu: a quote is not closed", line);
        if (c == 0) return feri_fail(err, FER_ERR_FORMAT, "line %zu: a NUL byte", csv->line);
        if (c == '\n') csv->line++;
        if (c != '"') continue;
        st = put_text(csv, start, (size_t)(csv->at - start), err);
        if (peek(csv, 1) != '"') break;
        csv->at += csv->unit; /* a doubled quote stands for one quote */
        start = csv->at;
    }
    if (st != FER_OK) return st;
    csv->at += csv->unit;
    if (!at_line_end(csv) && peek(csv, 0) != (uint32_t)csv->form.separator)
        return feri_fail(err, FER_ERR_FORMAT, "line %zu: text after a closing quote", csv->line);
    return FER_OK;
}

static fer_status plain_field(struct feri_csv *csv, fer_error *err)
{
    const uint8_t *start = csv->at;
    const uint32_t separator = (uint32_t)csv->form.separator;
    for (; !at_line_end(csv) && peek(csv, 0) != separator; csv->at += csv->unit)
        if (peek(csv, 0) == 0) return feri_fail(err, FER_ERR_FORMAT, "line %zu: a NUL byte", csv->line);
    return put_text(csv, start, (size_t)(csv->at - start), err);
}

static void skip_line_end(struct feri_csv *csv)
{
    if (peek(csv, 0) == NOTHING) return;
    if (peek(csv, 0) == '\r') csv->at += csv->unit;
    if (peek(csv, 0) == '\n') csv->at += csv->unit;
    csv->line++;
}

static fer_status read_fields(struct feri_csv *csv, fer_error *err)
{
    for (;;) {
        if (!feri_grow(&csv->starts, &csv->starts_cap, csv->n + 1, sizeof *csv->starts))
            return feri_fail(err, FER_ERR_MEMORY, "line %zu: out of memory", csv->line);
        csv->starts[csv->n++] = csv->text_size;
        while (csv->form.blanks && peek(csv, 0) == ' ') csv->at += csv->unit;
        fer_status st = peek(csv, 0) == '"' ? quoted_field(csv, err) : plain_field(csv, err);
        if (st != FER_OK) return st;
        if (!put_char(csv, '\0')) return feri_fail(err, FER_ERR_MEMORY, "line %zu: out of memory", csv->line);
        if (at_line_end(csv)) break;
        csv->at += csv->unit; /* the separator */
    }
    skip_line_end(csv);
    return FER_OK;
}

fer_status feri_csv_next(struct feri_csv *csv, struct feri_csv_row *row, bool *has_row, fer_error *err)
{
    *has_row = false;
    while (peek(csv, 0) != NOTHING && at_line_end(csv)) skip_line_end(csv);
    if (peek(csv, 0) == NOTHING)
        return csv->at == csv->end ? FER_OK
                                   : feri_fail(err, FER_ERR_FORMAT, "line %zu: half a character of UTF-16", csv->line);
    csv->text_size = csv->n = 0;
    row->line = csv->line;
    row->at = (size_t)(csv->at - csv->begin);
    row->form = csv->form;
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
