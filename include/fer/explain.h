/**
 * @file fer/explain.h
 * Where a model looked: how much each part of a picture weighs in its answer, by its attention.
 *
 * For models whose tokens are the positions of a feature map and that end in sequence pooling (libfer-s, CCT). Others,
 * whose tokens are channels (MCCT, VCCT) or that have none (ResNet), are refused. The maps tell where the answer's
 * numbers came from, not which class they speak for.
 */
#ifndef FER_EXPLAIN_H
#define FER_EXPLAIN_H

#include "fer/image.h"
#include "fer/model.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct fer_explanation {
    size_t rows, columns; /**< of the token grid: token [r][c] stands for that part of the picture, cut evenly */
    size_t layers;        /**< of attention */
    size_t n_classes;
    float *pooling; /**< [rows][columns], sum 1: weight of each token in the sequence pooling */
    /** [rows][columns], sum 1: the same followed down through all layers to the tokens that entered the first, by
     * attention rollout (Abnar, Zuidema 2020): A = 0.5 I + 0.5 mean over heads of the attention, pooling A_L ... A_1 */
    float *rollout;
    float *scores; /**< [n_classes], as of fer_session_predict() */
} fer_explanation;

/** Predict one image (a cropped face of any size) and tell where the model looked. *out is freed by
 * fer_explanation_free(). FER_ERR_UNSUPPORTED: the model has no tokens with a place in the picture; the sentence says
 * why. */
FER_API fer_status fer_explain(fer_session *s, const fer_image *image, fer_explanation **out, fer_error *err);
FER_API void fer_explanation_free(fer_explanation *e);

#ifdef __cplusplus
}
#endif
#endif
