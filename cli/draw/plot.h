/* Drawings of results. Without cairo (FER_PLOTS off) every call prints an error message and fails. */
#ifndef FER_DRAW_PLOT_H
#define FER_DRAW_PLOT_H

#include "runs/log.h"

#include "fer/eval.h"
#include "fer/explain.h"

#include <stdbool.h>
#include <stddef.h>

/** False after an error message: this build or machine cannot draw. */
bool plot_available(void);
/** True if drawings can be made and path ends in .png or .svg; otherwise prints why not. */
bool plot_possible(const char *path);

/** Loss and accuracy over the epochs. Returns an exit code. */
int plot_curves(const char *path, const char *title, const struct run_log *log);
/** One of the two, on a page that a narrow screen can show. Returns an exit code. */
enum plot_part { PLOT_LOSS, PLOT_ACCURACY };
int plot_curve(const char *path, enum plot_part part, const struct run_log *log);

/** Validation accuracy of n runs over their epochs. Returns an exit code. */
struct plot_run {
    const char *name;
    const struct run_log *log;
};
int plot_runs(const char *path, const struct plot_run *runs, size_t n);

/** n pictures with truth and prediction. Returns an exit code. */
struct plot_face {
    const fer_image *image;
    const char *truth, *answer;
    double confidence;
};
int plot_faces(const char *path, const struct plot_face *faces, size_t n);

/** A face next to the maps of fer_explain(). Returns an exit code. */
struct plot_explanation {
    const char *name, *model;   /* of the picture, of the model */
    const char *label, *others; /* the class whose score this is; a line about others */
    double score;
    const fer_image *image;
    const fer_explanation *e;
};
int plot_explanation(const char *path, const struct plot_explanation *p);

/** Reliability diagram: accuracy over confidence, and how many images have it. Returns an exit code. */
int plot_reliability(const char *path, const char *title, const fer_evaluation *e);
/** Row-normalised confusion matrix with percentages and counts. Returns an exit code. */
int plot_confusion(const char *path, const char *title, const fer_evaluation *e);

#endif
