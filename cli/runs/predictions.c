#include "runs/predictions.h"

#include "base/csv.h"
#include "base/file.h"
#include "common/cli.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void predictions_head(const struct predictions_table *t)
{
    fputs("file,label,answer,confidence,sharpness,occlusion,quality", t->to);
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
    put_number(t->to, im->sharpness);
    put_number(t->to, im->occlusion);
    put_number(t->to, im->quality);
    for (size_t k = 0; k < im->n_classes; k++) put_number(t->to, im->scores[k]);
    for (size_t i = 0; t->valence_arousal && i < sizeof va / sizeof *va; i++) put_number(t->to, va[i]);
    putc('\n', t->to);
}

/* ---- reading ---- */

enum { FILE_NAME, LABEL, ANSWER, CONFIDENCE, WANTED };
static const char *const names[WANTED] = {"file", "label", "answer", "confidence"};

struct reader {
    const char *path;
    struct feri_csv *csv;
    size_t columns, where[WANTED];
};

static bool read_head(struct reader *r, const struct feri_csv_row *head)
{
    r->columns = head->n;
    for (size_t i = 0; i < WANTED; i++) {
        for (r->where[i] = 0; r->where[i] < head->n; r->where[i]++)
            if (strcmp(head->fields[r->where[i]], names[i]) == 0) break;
        if (r->where[i] == head->n)
            return cli_refuse("%s: not a table of predictions: its first line has no column %s", r->path, names[i]);
    }
    return true;
}

static bool hand_row(const struct reader *r, const struct feri_csv_row *row, prediction_fn *each, void *user)
{
    if (row->n != r->columns)
        return cli_refuse("%s, line %zu: %zu fields, expected %zu", r->path, row->line, row->n, r->columns);
    char *end;
    const char *confidence = row->fields[r->where[CONFIDENCE]];
    struct prediction p = {row->fields[r->where[FILE_NAME]], row->fields[r->where[LABEL]],
                           row->fields[r->where[ANSWER]], strtod(confidence, &end)};
    if (end == confidence || *end || !(p.confidence >= 0 && p.confidence <= 1))
        return cli_refuse("%s, line %zu: '%.40s' is not a confidence from 0 to 1", r->path, row->line, confidence);
    return each(user, &p);
}

static bool read_rows(struct reader *r, prediction_fn *each, void *user)
{
    struct feri_csv_row row = {0};
    fer_error err;
    bool more = true;
    for (size_t i = 0;; i++) {
        if (feri_csv_next(r->csv, &row, &more, &err) != FER_OK) return cli_refuse("%s, %s", r->path, err.text);
        if (i == 0 && !read_head(r, &row)) return false;
        if (!more) return true;
        if (i && !hand_row(r, &row, each, user)) return false;
    }
}

bool predictions_read(const char *path, prediction_fn *each, void *user)
{
    struct reader r = {.path = path};
    struct feri_bytes bytes;
    fer_error err;
    if (!cli_good(feri_file_load(path, &bytes, &err), &err)) return false;
    bool ok = cli_good(feri_csv_new(bytes.data, bytes.size, &r.csv, &err), &err) && read_rows(&r, each, user);
    feri_csv_free(r.csv);
    feri_bytes_free(&bytes);
    return ok;
}
