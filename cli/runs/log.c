#include "runs/log.h"

#include "common/cli.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LINE    1024
#define COLUMNS 6

/* The columns of the training log that are read, in the order of struct run_log. */
static const char *const names[COLUMNS] = {"Epoch", "Loss", "Accuracy", "VAL_Loss", "VAL_Accuracy", "Images_per_s"};

struct reader {
    const char *path;
    FILE *f;
    size_t line, cap;
    int where[COLUMNS]; /* column of the file, -1: not there */
    double *columns[COLUMNS];
    struct run_log *log;
};

/* Split off the next field. Fields of this file are plain numbers and names, never quoted. */
static char *cut_field(char **rest)
{
    char *field = *rest;
    if (!field) return NULL;
    size_t n = strcspn(field, ",\r\n");
    *rest = field[n] == ',' ? field + n + 1 : NULL;
    field[n] = '\0';
    return field;
}

static bool read_header(struct reader *r)
{
    char text[LINE], *rest = text, *field;
    for (int k = 0; k < COLUMNS; k++) r->where[k] = -1;
    if (!fgets(text, sizeof text, r->f)) return cli_refuse("%s: the file is empty", r->path);
    r->line = 1;
    for (int column = 0; (field = cut_field(&rest)) != NULL; column++)
        for (int k = 0; k < COLUMNS; k++)
            if (strcmp(field, names[k]) == 0) r->where[k] = column;
    for (int k = 0; k < 2; k++)
        if (r->where[k] < 0)
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

static bool read_row(struct reader *r, char *text)
{
    char *rest = text, *field;
    if (!grow(r)) return false;
    size_t i = r->log->n++;
    for (int k = 0; k < COLUMNS; k++) r->columns[k][i] = NAN;
    for (int column = 0; (field = cut_field(&rest)) != NULL; column++)
        for (int k = 0; k < COLUMNS; k++)
            if (r->where[k] == column && !parse_number(r, field, &r->columns[k][i])) return false;
    if (isnan(r->columns[0][i])) return cli_refuse("%s, line %zu: no epoch", r->path, r->line);
    return true;
}

static bool read_rows(struct reader *r)
{
    char text[LINE];
    while (fgets(text, sizeof text, r->f)) {
        r->line++;
        if (!strchr(text, '\n') && strlen(text) == LINE - 1)
            return cli_refuse("%s, line %zu: too long for a training log", r->path, r->line);
        if (text[strspn(text, "\r\n")] && !read_row(r, text)) return false;
    }
    if (ferror(r->f)) cli_say("%s: cannot be read: %s", r->path, strerror(errno));
    else if (r->log->n == 0) cli_say("%s: holds no epoch yet", r->path);
    else return true;
    return false;
}

static void hand_over(struct reader *r)
{
    for (int k = 0; k < COLUMNS; k++)
        if (r->where[k] < 0) {
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
    *log = (struct run_log){0};
    struct reader r = {.path = path, .f = fopen(path, "r"), .log = log};
    if (!r.f) return cli_refuse("%s: cannot be opened: %s", path, strerror(errno));
    bool ok = read_header(&r) && read_rows(&r);
    hand_over(&r);
    if (!ok) run_log_free(log);
    fclose(r.f);
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
