/* An evaluation that keeps the logits and targets for calibration. */
#ifndef FERI_API_EVAL_H
#define FERI_API_EVAL_H

#include "fer/eval.h"

struct feri_kept {
    size_t n;                /* images */
    float *logits, *targets; /* [n][n_classes]; the caller frees all arrays, also after an error */
    size_t *labels;          /* [n] */
};

/** Like fer_evaluate(); keep may be NULL. */
fer_status feri_evaluate_keeping(const fer_model *m, const fer_eval_options *opt, struct feri_kept *keep,
                                 fer_evaluation **out, fer_error *err);

#endif
