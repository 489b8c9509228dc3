/* The table of an evaluation's predictions, one row per image:
 * file,label,answer,confidence,sharpness,occlusion,quality,score_<class>,... If the model predicts them,
 * valence,arousal,true_valence,true_arousal follow; the last two are empty if unknown. */
#ifndef FER_RUNS_PREDICTIONS_H
#define FER_RUNS_PREDICTIONS_H

#include "fer/eval.h"

#include <stdio.h>

struct predictions_table {
    FILE *to;
    fer_model_info model;
    bool valence_arousal; /* the model predicts them */
};

/** The column names. Scores are in the order of the model's classes. */
void predictions_head(const struct predictions_table *t);
void predictions_row(const struct predictions_table *t, const fer_eval_image *im);

/* A row. Its strings are valid during the call. */
struct prediction {
    const char *file, *label, *answer;
    double confidence;
};
typedef bool prediction_fn(void *user, const struct prediction *p);

/** Call `each` for every row. False if it returns false, or after an error message. */
bool predictions_read(const char *path, prediction_fn *each, void *user);

#endif
