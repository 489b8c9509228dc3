#include "runs/log.h"

#include "base/csv.h"
#include "base/file.h"
#include "common/cli.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS 6

/* The columns of the training log that are read, in the order of struct run_log. */
static const char *const names[COLUMNS] = {"Epoch", "Loss", "Accuracy", "VAL_Loss", "VAL_Accuracy", "Images_per_s"};

struct reader {
    const char *path;
    struct feri_csv *csv;
    size_t line, cap;
    size_t where[COLUMNS]; /* column of the file, SIZE_MAX: not there */
    double *columns[COLUMNS];
    struct run_log *log;
};

static bool read_header(struct reader *r, const struct feri_csv_row *head)
{
    for (size_t k = 0; k < COLUMNS; k++) {
        r->where[k] = SIZE_MAX;
        for (size_t i = 0; i < head->n; i++)
            if (strcmp(head->fields[i], names[k]) == 0) r->where[k] = i;
    }
    for (size_t k = 0; k < 2; k++)
        if (r->where[k] == SIZE_MAX)
            return cli_refuse("%s: not a training log: its first line has no column %s", r->path, names[k]);
    return true;
}

static bool grow(struct reader *r)
{
    if (r->log->n < r->cap) return true;
    size_t cap = r->cap ? 2 * r->cap : 64;
    for (int k = 0; k < COLUMNS; k++) {
        double *p = realloc(r->columns[k], cap * sizeof *p);
        if (!p) return cli_no_memory();
        r->columns[k] = p;
    }
    r->cap = cap;
    return true;
}

/* An empty field stands for "no number". */
static bool parse_number(const struct reader *r, const char *field, double *out)
{
    char *end;
    *out = NAN;
    if (!*field) return true;
    double v = strtod(field, &end);
    if (end == field || *end) return cli_refuse("%s, line %zu: '%.40s' is not a number", r->path, r->line, field);
    *out = isfinite(v) ? v : NAN;
    return true;
}

static bool read_row(struct reader *r, const struct feri_csv_row *row)
{
    if (!grow(r)) return false;
    size_t i = r->log->n++;
    r->line = row->line;
    for (size_t k = 0; k < COLUMNS; k++) {
        r->columns[k][i] = NAN;
        if (r->where[k] < row->n && !parse_number(r, row->fields[r->where[k]], &r->columns[k][i])) return false;
    }
    if (isnan(r->columns[0][i])) return cli_refuse("%s, line %zu: no epoch", r->path, r->line);
    return true;
}

static bool read_rows(struct reader *r)
{
    struct feri_csv_row row = {0};
    fer_error err;
    bool more = true;
    for (size_t i = 0;; i++) {
        if (feri_csv_next(r->csv, &row, &more, &err) != FER_OK) return cli_refuse("%s, %s", r->path, err.text);
        if (!more) break;
        if (i == 0 ? !read_header(r, &row) : !read_row(r, &row)) return false;
    }
    return r->log->n > 0 || cli_refuse("%s: holds no epoch yet", r->path);
}

static void hand_over(struct reader *r)
{
    for (int k = 0; k < COLUMNS; k++)
        if (r->where[k] == SIZE_MAX) {
            free(r->columns[k]);
            r->columns[k] = NULL;
        }
    struct run_log *log = r->log;
    log->epoch = r->columns[0];
    log->loss = r->columns[1];
    log->accuracy = r->columns[2];
    log->val_loss = r->columns[3];
    log->val_accuracy = r->columns[4];
    log->images_per_s = r->columns[5];
}

bool run_log_read(const char *path, struct run_log *log)
{
    struct reader r = {.path = path, .log = log};
    struct feri_bytes bytes;
    fer_error err;
    *log = (struct run_log){0};
    if (!cli_good(feri_file_load(path, &bytes, &err), &err)) return false;
    if (bytes.size == 0) {
        feri_bytes_free(&bytes);
        return cli_refuse("%s: the file is empty", path);
    }
    bool ok = cli_good(feri_csv_new(bytes.data, bytes.size, &r.csv, &err), &err) && read_rows(&r);
    hand_over(&r);
    if (!ok) run_log_free(log);
    feri_csv_free(r.csv);
    feri_bytes_free(&bytes);
    return ok;
}

void run_log_free(struct run_log *log)
{
    free(log->epoch);
    free(log->loss);
    free(log->accuracy);
    free(log->val_loss);
    free(log->val_accuracy);
    free(log->images_per_s);
    *log = (struct run_log){0};
}

size_t run_log_best(const struct run_log *log)
{
    const double *v = log->val_accuracy;
    size_t best = log->n;
    for (size_t i = 0; v && i < log->n; i++)
        if (!isnan(v[i]) && (best == log->n || v[i] > v[best])) best = i;
    return best;
}
