/**
 * @file fer/eval.h
 * Evaluation of a model on labelled faces.
 */
#ifndef FER_EVAL_H
#define FER_EVAL_H

#include "fer/data.h"
#include "fer/model.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct fer_eval_options {
    const char *data; /**< a data set: fer/data.h */
    fer_data_select select;
    fer_protocol protocol;
    bool skip_bad;
    size_t batch;     /**< 0: 64 */
    unsigned threads; /**< 0: one per processor */
    const char *isa;  /**< NULL: auto */
    void *user;
    bool (*progress)(void *user, size_t done, size_t total); /**< NULL: none; return false to stop */
    uint64_t reserved[4];
} fer_eval_options;

typedef struct fer_class_metrics {
    const char *name;
    size_t support;                /**< images of this class */
    double precision, recall, f1;  /**< 0 where undefined */
} fer_class_metrics;

typedef struct fer_evaluation {
    size_t images, skipped;
    size_t n_classes;
    double accuracy, loss;
    double mean_recall, macro_f1;  /**< over the classes that occur */
    fer_class_metrics *per_class;  /**< [n_classes] */
    size_t *confusion;             /**< [n_classes][n_classes], row truth, column answer */
} fer_evaluation;

/** *out is freed by fer_evaluation_free(); class names live as long as the model. Classes are matched by name. */
FER_API fer_status fer_evaluate(const fer_model *m, const fer_eval_options *opt, fer_evaluation **out, fer_error *err);
FER_API void fer_evaluation_free(fer_evaluation *e);

#ifdef __cplusplus
}
#endif
#endif
