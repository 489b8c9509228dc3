/* Drawings of results. Without cairo (FER_PLOTS off) every call says that this build has none and fails. */
#ifndef FER_CLI_PLOT_H
#define FER_CLI_PLOT_H

#include "fer/eval.h"

#include <stdbool.h>
#include <stddef.h>

/* log.csv of a run, one element per epoch. A column the file lacks is NULL, a field without a number is NaN.
 */
struct plot_log {
    size_t n;
    double *epoch, *loss, *accuracy, *val_loss, *val_accuracy; /* accuracies as fractions */
    double *images_per_s;
};

/** Read a log; false (and a sentence) when it cannot. */
bool plot_log_read(const char *path, struct plot_log *log);
void plot_log_free(struct plot_log *log);

/** True when drawings can be made and path ends in .png or .svg; otherwise says why not. */
bool plot_possible(const char *path);

/** Loss and accuracy over the epochs. Returns an exit code. */
int plot_curves(const char *path, const char *title, const struct plot_log *log);
/** Row-normalised confusion matrix with percentages and counts. Returns an exit code. */
int plot_confusion(const char *path, const char *title, const fer_evaluation *e);

#endif
