/* The training log of a run. */
#ifndef FER_RUNS_LOG_H
#define FER_RUNS_LOG_H

#include <stdbool.h>
#include <stddef.h>

/* log.csv of a run, one element per epoch. A missing column is NULL, a field without a number is NaN.
 */
struct run_log {
    size_t n;
    double *epoch, *loss, *accuracy, *val_loss, *val_accuracy; /* accuracies as fractions */
    double *images_per_s;
};

/** Read a log. False after an error message. */
bool run_log_read(const char *path, struct run_log *log);
void run_log_free(struct run_log *log);

/** The epoch with the best validation accuracy, of several the first; log->n: there was no validation. */
size_t run_log_best(const struct run_log *log);

#endif
