#define _POSIX_C_SOURCE 200809L /* strdup */
#include "runs/predictions.h"

#include "common/cli.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

void predictions_head(const struct predictions_table *t)
{
    fputs("file,label,answer,confidence", t->to);
    for (size_t k = 0; k < t->model.n_classes; k++) {
        putc(',', t->to);
        cli_csv_field(t->to, "score_", t->model.classes[k]);
    }
    fputs(t->valence_arousal ? ",valence,arousal,true_valence,true_arousal\n" : "\n", t->to);
}

/* Nine digits identify a float exactly, so every figure can be recomputed from them. */
static void put_number(FILE *to, float v)
{
    putc(',', to);
    if (!isnan(v)) fprintf(to, "%.9g", (double)v);
}

void predictions_row(const struct predictions_table *t, const fer_eval_image *im)
{
    const float va[] = {im->valence, im->arousal, im->true_valence, im->true_arousal};
    cli_csv_field(t->to, "", im->file);
    putc(',', t->to);
    cli_csv_field(t->to, "", t->model.classes[im->label]);
    putc(',', t->to);
    cli_csv_field(t->to, "", t->model.classes[im->answer]);
    put_number(t->to, im->scores[im->answer]);
    for (size_t k = 0; k < im->n_classes; k++) put_number(t->to, im->scores[k]);
    for (size_t i = 0; t->valence_arousal && i < sizeof va / sizeof *va; i++) put_number(t->to, va[i]);
    putc('\n', t->to);
}

/* ---- reading ---- */

enum { FILE_NAME, LABEL, ANSWER, CONFIDENCE, WANTED };
static const char *const names[WANTED] = {"file", "label", "answer", "confidence"};

struct reader {
    const char *path;
    FILE *f;
    size_t line;
    int end;     /* what follows the current field: ',', '\n' or EOF */
    char *field; /* the current field */
    size_t size, cap;
    size_t columns, where[WANTED];
    char *row[WANTED]; /* of the current row; its scores are not kept */
};

static bool put(struct reader *r, int c)
{
    if (r->size == r->cap) {
        size_t cap = r->cap ? 2 * r->cap : 256;
        char *p = realloc(r->field, cap);
        if (!p) return cli_no_memory();
        r->field = p;
        r->cap = cap;
    }
    r->field[r->size++] = (char)c;
    return true;
}

/* A field by RFC 4180. */
static bool read_field(struct reader *r)
{
    bool quoted = false;
    int c = getc(r->f);
    r->size = 0;
    if (c == '"') {
        quoted = true;
        c = getc(r->f);
    }
    for (; c != EOF && (quoted || (c != ',' && c != '\n')); c = getc(r->f)) {
        if (quoted && c == '"' && (c = getc(r->f)) != '"') {
            quoted = false; /* c follows the closing quote */
            ungetc(c, r->f);
            continue;
        }
        if (c == '\n') r->line++;
        if ((quoted || c != '\r') && !put(r, c)) return false;
    }
    r->end = c;
    if (quoted) cli_say("%s, line %zu: a quote is not closed", r->path, r->line);
    return !quoted && put(r, '\0');
}

static bool read_head(struct reader *r)
{
    for (size_t i = 0; i < WANTED; i++) r->where[i] = SIZE_MAX;
    for (r->end = ','; r->end == ','; r->columns++) {
        if (!read_field(r)) return false;
        for (size_t i = 0; i < WANTED; i++)
            if (strcmp(r->field, names[i]) == 0) r->where[i] = r->columns;
    }
    r->line = 2;
    for (size_t i = 0; i < WANTED; i++)
        if (r->where[i] == SIZE_MAX)
            return cli_refuse("%s: not a table of predictions: its first line has no column %s", r->path, names[i]);
    return true;
}

static bool keep_field(struct reader *r, size_t column)
{
    for (size_t i = 0; i < WANTED; i++) {
        if (r->where[i] != column) continue;
        free(r->row[i]);
        r->row[i] = strdup(r->field);
        if (!r->row[i]) cli_no_memory();
        return r->row[i] != NULL;
    }
    return true;
}

static bool hand_row(struct reader *r, size_t columns, prediction_fn *each, void *user)
{
    if (columns != r->columns)
        return cli_refuse("%s, line %zu: %zu fields, expected %zu", r->path, r->line, columns, r->columns);
    char *end;
    struct prediction p = {r->row[FILE_NAME], r->row[LABEL], r->row[ANSWER], strtod(r->row[CONFIDENCE], &end)};
    if (end == r->row[CONFIDENCE] || *end || !(p.confidence >= 0 && p.confidence <= 1))
        return cli_refuse("%s, line %zu: '%.40s' is not a confidence from 0 to 1", r->path, r->line,
                          r->row[CONFIDENCE]);
    return each(user, &p);
}

static bool read_rows(struct reader *r, prediction_fn *each, void *user)
{
    while (r->end != EOF) {
        size_t columns = 0;
        for (r->end = ','; r->end == ','; columns++)
            if (!read_field(r) || !keep_field(r, columns)) return false;
        if (r->end == EOF && columns == 1 && r->size == 1) break; /* after the last line */
        if (!hand_row(r, columns, each, user)) return false;
        r->line++;
    }
    if (ferror(r->f)) cli_say("%s: cannot be read: %s", r->path, strerror(errno));
    return !ferror(r->f);
}

bool predictions_read(const char *path, prediction_fn *each, void *user)
{
    struct reader r = {.path = path, .f = fopen(path, "rb"), .line = 1};
    if (!r.f) return cli_refuse("%s: cannot be opened: %s", path, strerror(errno));
    bool ok = read_head(&r) && read_rows(&r, each, user);
    for (size_t i = 0; i < WANTED; i++) free(r.row[i]);
    free(r.field);
    fclose(r.f);
    return ok;
}
