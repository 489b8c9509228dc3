/* An evaluation that keeps the logits and targets for calibration. */
#ifndef FERI_API_EVAL_H
#define FERI_API_EVAL_H

#include "fer/eval.h"

struct feri_kept {
    size_t n;                /* images */
    float *logits, *targets; /* [n][n_classes]; the caller frees all arrays, also after an error */
    size_t *labels;          /* [n] */
    float *quality;          /* [n] */
    bool *second;            /* [n] whether the image is in the second half, by a hash of its file's name */
};

/** Like fer_evaluate(); keep may be NULL. */
fer_status feri_evaluate_keeping(const fer_model *m, const fer_eval_options *opt, struct feri_kept *keep,
                                 fer_evaluation **out, fer_error *err);
/** Free the arrays. */
void feri_kept_free(struct feri_kept *keep);

#endif
