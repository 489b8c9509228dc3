/* The contents of a report. */
#ifndef FER_REPORT_REPORT_H
#define FER_REPORT_REPORT_H

#include "base/json.h"
#include "draw/plot.h"
#include "runs/predictions.h"

#include "fer/eval.h"

#define REPORT_MISTAKES 24

struct report_mistake {
    char *file, *label, *answer;
    double confidence;
    fer_image *image; /* NULL: not there */
};

/* The most confident wrong predictions, the most confident first. */
struct report_mistakes {
    struct report_mistake items[REPORT_MISTAKES];
    size_t n;
    size_t seen, wrong; /* images, wrong predictions */
    bool failed;        /* no memory */
    char *missing;      /* why their pictures are missing; NULL: they are there, or were not needed */
};

struct report_run {
    const char *path;
    char *name; /* shown; unique among the runs */
    char *stem; /* of the names of its drawings; unique among the runs */
    json_t *config;
    struct run_log log;
    size_t best;         /* row of the log with the best validation accuracy, log.n: no validation */
    json_t *test;        /* as `fer eval --format json` prints it; NULL: not evaluated */
    fer_evaluation eval; /* the same; classes in AffectNet's order. n_classes 0: not evaluated */
    struct report_mistakes mistakes;
};

/* How runs without a test.json are evaluated. */
struct report_test {
    fer_data_source data; /* path NULL: not at all */
    unsigned threads;
};

/** Read a run's directory: config.json, log.csv, test.json and predictions.csv; evaluate it if the last two are
 * missing. False after an error message. Close it with report_run_close() in either case. */
bool report_run_open(struct report_run *run, const char *path, const struct report_test *test);
void report_run_close(struct report_run *run);
/** Give the runs distinct names. */
bool report_name_runs(struct report_run *runs, size_t n);

/** Read an evaluation from JSON. False after an error message about `path`. Strings live as long as doc. */
bool report_eval_parse(const char *path, const json_t *doc, fer_evaluation *e);
void report_eval_clear(fer_evaluation *e);

void report_mistakes_add(struct report_mistakes *m, const struct prediction *p);
/** Read the pictures, first from the path `other`, then from data->path (NULL: none). m->missing says why they are
 * missing. */
void report_mistakes_load(struct report_mistakes *m, const fer_data_source *data, const char *other);
void report_mistakes_clear(struct report_mistakes *m);

/** Draw everything and write report.html into a directory. Returns an exit code. */
int report_write(const char *directory, const struct report_run *runs, size_t n);

#endif
