/* An evaluation that keeps what a calibration is fitted on. */
#ifndef FERI_API_EVAL_H
#define FERI_API_EVAL_H

#include "fer/eval.h"

struct feri_kept {
    size_t n;                /* images */
    float *logits, *targets; /* [n][n_classes]; all freed by the caller in any case */
    size_t *labels;          /* [n] */
};

/** fer_evaluate(); keep may be NULL. */
fer_status feri_evaluate_keeping(const fer_model *m, const fer_eval_options *opt, struct feri_kept *keep,
                                 fer_evaluation **out, fer_error *err);

#endif
