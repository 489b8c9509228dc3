/* Several runs of `fer train` by recipes, each followed by `fer eval`, and the table of results. */
#ifndef FER_EXPERIMENT_EXPERIMENT_H
#define FER_EXPERIMENT_EXPERIMENT_H

#include "runs/recipe.h"
#include "runs/train_options.h"

#include <sys/types.h>

enum run_state { RUN_WAITING, RUN_TRAINING, RUN_TESTING, RUN_DONE, RUN_FAILED, RUN_STOPPED };

/* The result of a finished run. Fractions; NaN: unknown. */
struct run_result {
    size_t parameters, epochs, best_epoch; /* epochs count from 1 */
    double accuracy, mean_recall, macro_f1, best_val_accuracy, seconds, images_per_second;
};

enum { RUN_NAME_MAX = 64, RUN_WHY_MAX = 512, RUN_LINE_MAX = 256 };

struct run {
    struct recipe recipe;
    fer_train_options opt;
    struct cli_option options[TRAIN_OPTIONS_MAX];
    size_t n_options;
    char name[RUN_NAME_MAX];
    char *dir;     /* OUT/name */
    char *made_of; /* the text of its run.recipe */
    size_t made_size;

    enum run_state state;
    pid_t pid;                      /* of the child under way */
    double started, seconds_before; /* of training: by feri_now(); in processes before this child */
    double seconds_saved;           /* what its file of seconds holds */
    long log_at;                    /* bytes of train.log that have been read */
    char line[RUN_LINE_MAX];        /* the last whole line of it */
    char why[RUN_WHY_MAX];          /* the last error message in it */
    struct run_result result;
};

struct experiment {
    const char *data, *train, *val, *test, *out;
    struct cli_list set; /* "name=value" */
    unsigned jobs, threads;
    bool resume;
    struct run *runs;
    size_t n;
    bool terminal;
    size_t shown; /* lines of progress on the terminal */
};

/* ---- experiment_runs.c: children ---- */

/** Train and test every unfinished run, x->jobs at a time. False: stopped by a signal, after the children ended. */
bool experiment_go(struct experiment *x);

/* ---- experiment_show.c: the terminal ---- */

/** Skip what train.log already holds; it comes from an earlier process. */
void experiment_skip_log(struct run *r);
/** Read what a child has written since the last call. */
void experiment_follow(struct experiment *x, struct run *r);
/** A line that stays. */
void experiment_say(struct experiment *x, const struct run *r, const char *what);
/** On a terminal, one line for each running child, drawn over the previous ones. */
void experiment_show(struct experiment *x);

/* ---- experiment_table.c: results ---- */

/** Read a run's files into r->result. False after an error message. */
bool experiment_collect(struct run *r);
/** OUT/experiment.md, .csv and .json, each atomically. */
bool experiment_write(const struct experiment *x);

/** "<run>/<name>" in the caller's buffer; the command's own names are short. */
enum { RUN_PATH_MAX = 4096 };
const char *run_path(const struct run *r, const char *name, char path[RUN_PATH_MAX]);

#endif
