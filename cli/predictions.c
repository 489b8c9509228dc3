#define _POSIX_C_SOURCE 200809L /* strdup */
#include "predictions.h"

#include "cli.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void predictions_head(FILE *to, const fer_model_info *model)
{
    fputs("file,label,answer,confidence", to);
    for (size_t k = 0; k < model->n_classes; k++) {
        putc(',', to);
        cli_csv_field(to, "score_", model->classes[k]);
    }
    putc('\n', to);
}

/* Nine digits name a float exactly, so whatever is computed from the scores can be computed again. */
void predictions_row(FILE *to, const fer_model_info *model, const fer_eval_image *im)
{
    cli_csv_field(to, "", im->file);
    putc(',', to);
    cli_csv_field(to, "", model->classes[im->label]);
    putc(',', to);
    cli_csv_field(to, "", model->classes[im->answer]);
    fprintf(to, ",%.9g", (double)im->scores[im->answer]);
    for (size_t k = 0; k < im->n_classes; k++) fprintf(to, ",%.9g", (double)im->scores[k]);
    putc('\n', to);
}

/* ---- reading ------------------------------------------------------------------------------------------ */

enum { FILE_NAME, LABEL, ANSWER, CONFIDENCE, WANTED };
static const char *const names[WANTED] = {"file", "label", "answer", "confidence"};

struct reader {
    const char *path;
    FILE *f;
    size_t line;
    int end;     /* what stands behind the field at hand: ',', '\n' or EOF */
    char *field; /* the field at hand */
    size_t size, cap;
    size_t columns, where[WANTED];
    char *row[WANTED]; /* of the row at hand; its scores are not kept */
};

static bool put(struct reader *r, int c)
{
    if (r->size == r->cap) {
        size_t cap = r->cap ? 2 * r->cap : 256;
        char *p = realloc(r->field, cap);
        if (!p) {
            cli_say("out of memory");
            return false;
        }
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
            quoted = false; /* c is behind the closing quote */
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
        if (r->where[i] == SIZE_MAX) {
            cli_say("%s: no table of predictions: its first line has no column %s", r->path, names[i]);
            return false;
        }
    return true;
}

static bool keep_field(struct reader *r, size_t column)
{
    for (size_t i = 0; i < WANTED; i++) {
        if (r->where[i] != column) continue;
        free(r->row[i]);
        r->row[i] = strdup(r->field);
        if (!r->row[i]) cli_say("out of memory");
        return r->row[i] != NULL;
    }
    return true;
}

static bool hand_row(struct reader *r, size_t columns, prediction_fn *each, void *user)
{
    if (columns != r->columns) {
        cli_say("%s, line %zu: %zu fields, expected %zu", r->path, r->line, columns, r->columns);
        return false;
    }
    char *end;
    struct prediction p = {r->row[FILE_NAME], r->row[LABEL], r->row[ANSWER], strtod(r->row[CONFIDENCE], &end)};
    if (end == r->row[CONFIDENCE] || *end || !(p.confidence >= 0 && p.confidence <= 1)) {
        cli_say("%s, line %zu: '%.40s' is no confidence from 0 to 1", r->path, r->line, r->row[CONFIDENCE]);
        return false;
    }
    return each(user, &p);
}

static bool read_rows(struct reader *r, prediction_fn *each, void *user)
{
    while (r->end != EOF) {
        size_t columns = 0;
        for (r->end = ','; r->end == ','; columns++)
            if (!read_field(r) || !keep_field(r, columns)) return false;
        if (r->end == EOF && columns == 1 && r->size == 1) break; /* behind the last line */
        if (!hand_row(r, columns, each, user)) return false;
        r->line++;
    }
    if (ferror(r->f)) cli_say("%s: cannot be read: %s", r->path, strerror(errno));
    return !ferror(r->f);
}

bool predictions_read(const char *path, prediction_fn *each, void *user)
{
    struct reader r = {.path = path, .f = fopen(path, "rb"), .line = 1};
    if (!r.f) {
        cli_say("%s: cannot be opened: %s", path, strerror(errno));
        return false;
    }
    bool ok = read_head(&r) && read_rows(&r, each, user);
    for (size_t i = 0; i < WANTED; i++) free(r.row[i]);
    free(r.field);
    fclose(r.f);
    return ok;
}
