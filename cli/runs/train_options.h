/* How a run is trained, as `fer train`, recipes and `fer experiment` all understand it: one table of options,
 * bound to a job. */
#ifndef FER_RUNS_TRAIN_OPTIONS_H
#define FER_RUNS_TRAIN_OPTIONS_H

#include "common/args.h"
#include "common/cli.h"
#include "common/data_options.h"

struct train_job {
    fer_train_options opt; /* whole after train_job_finish() */
    int optimizer, schedule, protocol, val_protocol;
    struct cli_pair randaugment;
    struct cli_list freeze;
    struct cli_data_select select;
};

/** With fer_train_defaults(). */
void train_job_init(struct train_job *j);
void train_job_free(struct train_job *j);

enum { TRAIN_OPTIONS_MAX = 80 };
/** The options' rows, bound to j, which must stay where it is. Returns how many they are; `model` alone is
 * required. */
size_t train_job_options(struct train_job *j, struct cli_option rows[TRAIN_OPTIONS_MAX]);

/** Bring what the rows set into j->opt. */
const fer_train_options *train_job_finish(struct train_job *j);
/** Whether the model can be made as the job says; a sentence after `what` says why not. */
bool train_job_check(struct train_job *j, const char *what);

#endif
