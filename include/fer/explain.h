/**
 * @file fer/explain.h
 * Where a model looks: how much each part of an image contributes to the prediction, from the model's attention.
 *
 * This needs a model whose tokens are positions of a feature map and that ends in sequence pooling: libfer-s and CCT.
 * The tokens of MCCT and VCCT are channels, and ResNet has none, so these are FER_ERR_UNSUPPORTED. The maps show where
 * the information comes from, not which class it supports.
 */
#ifndef FER_EXPLAIN_H
#define FER_EXPLAIN_H

#include "fer/image.h"
#include "fer/model.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct fer_explanation {
    size_t rows, columns; /**< of the token grid; token [r][c] covers one cell of the image, which is divided evenly */
    size_t layers;        /**< of attention */
    size_t n_classes;
    float *pooling; /**< [rows][columns], sum 1: weight of each token in the sequence pooling */
    /** [rows][columns], sum 1: the pooling weights followed back through all layers to the tokens of the first one.
     * This is attention rollout (Abnar, Zuidema 2020): pooling A_L ... A_1, where A is half the identity plus half the
     * mean attention over the heads. */
    float *rollout;
    float *scores; /**< [n_classes], as fer_session_predict() gives them */
} fer_explanation;

/** Predict one image (a cropped face of any size) and show where the model looks. The caller frees *out with
 * fer_explanation_free(). */
FER_API fer_status fer_explain(fer_session *s, const fer_image *image, fer_explanation **out, fer_error *err);
FER_API void fer_explanation_free(fer_explanation *e);

#ifdef __cplusplus
}
#endif
#endif
