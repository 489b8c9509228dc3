/* The table of an evaluation's answers, one row an image: file,label,answer,confidence,score_<class>,...; of a model
 * that tells them, behind it valence,arousal,true_valence,true_arousal, the last two empty where they are not known. */
#ifndef FER_RUNS_PREDICTIONS_H
#define FER_RUNS_PREDICTIONS_H

#include "fer/eval.h"

#include <stdio.h>

struct predictions_table {
    FILE *to;
    fer_model_info model;
    bool valence_arousal; /* the model tells them */
};

/** The columns' names; scores are in the order of the model's classes. */
void predictions_head(const struct predictions_table *t);
void predictions_row(const struct predictions_table *t, const fer_eval_image *im);

/* A row as it is read; strings are valid during the call. */
struct prediction {
    const char *file, *label, *answer;
    double confidence;
};
typedef bool prediction_fn(void *user, const struct prediction *p);

/** Calls `each` for every row; false when it returns false or, with a sentence, when the file cannot be read. */
bool predictions_read(const char *path, prediction_fn *each, void *user);

#endif
