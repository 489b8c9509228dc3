/* Let P_l be the mean over heads of layer l's softmax(Q K' / sqrt(width)). A residual branch on each side counts as
 * half. With w, the softmax of the pooling's scores, the rollout is
 *   w A_L ... A_1,  A_l = 0.5 I + 0.5 P_l
 * From the left, each layer is a row times a matrix. So the code never multiplies two matrices or stores a P_l: it
 * computes one row of P_l from the queries and keys, uses it and drops it. */
#include "models/rollout.h"

#include "base/error.h"
#include "base/scores.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct layer {
    float *qk; /* [t][2][heads][width] */
    size_t heads, d;
};

struct feri_rollout {
    size_t tokens, n_layers, seen;
    bool pooled, failed;
    struct layer *layers;
    double *weights, *next, *row; /* [tokens] */
};

fer_status feri_rollout_new(size_t tokens, size_t layers, struct feri_rollout **rollout_out, fer_error *err)
{
    *rollout_out = NULL;
    struct feri_rollout *r = calloc(1, sizeof *r);
    if (!r) return feri_fail_memory(err, sizeof *r);
    *r = (struct feri_rollout){.tokens = tokens,
                               .n_layers = layers,
                               .layers = calloc(layers, sizeof *r->layers),
                               .weights = calloc(3 * tokens, sizeof *r->weights)};
    if (!r->layers || !r->weights) {
        feri_rollout_free(r);
        return feri_fail_memory(err, 3 * tokens * sizeof *r->weights);
    }
    r->next = r->weights + tokens;
    r->row = r->next + tokens;
    *rollout_out = r;
    return FER_OK;
}

void feri_rollout_free(struct feri_rollout *r)
{
    if (!r) return;
    for (size_t i = 0; r->layers && i < r->n_layers; i++) free(r->layers[i].qk);
    free(r->layers);
    free(r->weights);
    free(r);
}

/* Values do not influence the weights, so only two thirds of the rows are kept. */
static void take_attention(void *user, const float *qkv, struct feri_shape shape, size_t heads)
{
    struct feri_rollout *r = user;
    size_t d = shape.c / 3;
    if (r->failed || r->seen == r->n_layers || shape.w != r->tokens) {
        r->failed = true;
        return;
    }
    struct layer *l = &r->layers[r->seen++];
    *l = (struct layer){malloc(shape.w * 2 * d * sizeof *l->qk), heads, d};
    r->failed = !l->qk;
    for (size_t t = 0; l->qk && t < shape.w; t++) memcpy(l->qk + t * 2 * d, qkv + t * 3 * d, 2 * d * sizeof *l->qk);
}

static void softmax(size_t n, double *x)
{
    double sum = feri_softmax_terms(n, 1, x, x);
    for (size_t i = 0; i < n; i++) x[i] /= sum;
}

static void take_pooling(void *user, const float *score, size_t tokens)
{
    struct feri_rollout *r = user;
    r->failed |= r->pooled || tokens != r->tokens;
    if (r->failed) return;
    for (size_t t = 0; t < tokens; t++) r->weights[t] = (double)score[t];
    softmax(tokens, r->weights);
    r->pooled = true;
}

struct feri_watch feri_rollout_watch(struct feri_rollout *r)
{
    return (struct feri_watch){.user = r, .attention = take_attention, .sequence_pool = take_pooling};
}

/* row[j] = how much query i of one head attends to key j. */
static void attention_row(const struct feri_rollout *r, const struct layer *l, size_t head, size_t i)
{
    size_t width = l->d / l->heads;
    const float *q = l->qk + i * 2 * l->d + head * width, *k = l->qk + l->d + head * width;
    for (size_t j = 0; j < r->tokens; j++, k += 2 * l->d) {
        double dot = 0;
        for (size_t ch = 0; ch < width; ch++) dot += (double)q[ch] * (double)k[ch];
        r->row[j] = dot / sqrt((double)width);
    }
    softmax(r->tokens, r->row);
}

/* weights = weights A_l */
static void roll_through(struct feri_rollout *r, const struct layer *l)
{
    for (size_t j = 0; j < r->tokens; j++) r->next[j] = 0.5 * r->weights[j];
    for (size_t i = 0; i < r->tokens; i++)
        for (size_t head = 0; head < l->heads; head++) {
            attention_row(r, l, head, i);
            double share = 0.5 * r->weights[i] / (double)l->heads;
            for (size_t j = 0; j < r->tokens; j++) r->next[j] += share * r->row[j];
        }
    memcpy(r->weights, r->next, r->tokens * sizeof *r->weights);
}

static fer_status copy_weights(const struct feri_rollout *r, float *out, fer_error *err)
{
    for (size_t t = 0; t < r->tokens; t++) {
        if (!isfinite(r->weights[t]))
            return feri_fail(err, FER_ERR_NUMERIC, "the weight of token %zu is %g, not a finite number", t,
                             r->weights[t]);
        out[t] = (float)r->weights[t];
    }
    return FER_OK;
}

fer_status feri_rollout_finish(struct feri_rollout *r, float *pooling_out, float *rollout_out, fer_error *err)
{
    if (r->failed || !r->pooled || r->seen != r->n_layers)
        return feri_fail(err, FER_ERR_MEMORY, "out of memory for the attention of %zu layers over %zu tokens",
                         r->n_layers, r->tokens);
    fer_status st = copy_weights(r, pooling_out, err);
    for (size_t i = r->n_layers; i-- > 0;) roll_through(r, &r->layers[i]);
    return st == FER_OK ? copy_weights(r, rollout_out, err) : st;
}
