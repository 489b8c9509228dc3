/* Attention with the queries side by side in the lanes of a vector: scores, softmax and the weighted sum of the values then run over the keys
 * without a single reduction across lanes, and nothing larger than t x VL scores, which stay in the first-level cache, is ever stored. */
#include "kernels/simd/table.h"
#include "kernels/simd/vec.h"

#define KEYS 8     /* scores summed together: enough chains to hide a multiply-add's latency */
#define CHANNELS 8 /* channels of the result summed together */

size_t NAME(feri_attention_scratch)(size_t t, size_t width)
{
    return (t + width) * VL;
}

/* queries[c][lane], scaled, of the tokens [first, first + n); the other lanes 0. */
INLINE void gather_queries(const struct feri_attention *a, size_t first, size_t n, float *queries)
{
    for (size_t c = 0; c < a->width; c++)
        for (size_t lane = 0; lane < VL; lane++) queries[c * VL + lane] = lane < n ? a->scale * a->q[(first + lane) * a->ld + c] : 0.0f;
}

INLINE void scores_of(const struct feri_attention *a, size_t key, size_t n_keys, const float *queries, float *scores, vec *top)
{
    vec sum[KEYS];
    const float *k = a->k + key * a->ld;
    for (size_t j = 0; j < n_keys; j++) sum[j] = splat(0.0f);
    for (size_t c = 0; c < a->width; c++) {
        vec q = load(queries + c * VL);
        for (size_t j = 0; j < n_keys; j++) sum[j] += q * splat(k[j * a->ld + c]);
    }
    for (size_t j = 0; j < n_keys; j++) {
        *top = vmax(sum[j], *top);
        store(scores + (key + j) * VL, sum[j]);
    }
}

/* Scores become exp(score - top); returns 1 / their sum. */
INLINE vec exponentials(size_t t, vec top, float *scores)
{
    vec total = splat(0.0f);
    for (size_t j = 0; j < t; j++) {
        vec e = vexp(load(scores + j * VL) - top);
        store(scores + j * VL, e);
        total += e;
    }
    return splat(1.0f) / total;
}

/* Channels [c, c + n_channels) of the results of n tokens. */
INLINE void weighted_sum(const struct feri_attention *a, size_t first, size_t n, size_t c, size_t n_channels, const float *weights, vec norm)
{
    vec sum[CHANNELS];
    for (size_t i = 0; i < n_channels; i++) sum[i] = splat(0.0f);
    for (size_t j = 0; j < a->t; j++) {
        vec w = load(weights + j * VL);
        const float *v = a->v + j * a->ld + c;
        for (size_t i = 0; i < n_channels; i++) sum[i] += w * splat(v[i]);
    }
    for (size_t i = 0; i < n_channels; i++) {
        float lanes[VL];
        store(lanes, sum[i] * norm);
        for (size_t lane = 0; lane < n; lane++) a->out[(first + lane) * a->ld_out + c + i] = lanes[lane];
    }
}

void NAME(feri_attention)(const struct feri_attention *a, float *scratch)
{
    float *scores = scratch, *queries = scratch + a->t * VL;
    for (size_t first = 0; first < a->t; first += VL) {
        size_t n = a->t - first < VL ? a->t - first : VL, key = 0, c = 0;
        vec top = splat(-__builtin_inff());
        gather_queries(a, first, n, queries);
        for (; key + KEYS <= a->t; key += KEYS) scores_of(a, key, KEYS, queries, scores, &top);
        for (; key < a->t; key++) scores_of(a, key, 1, queries, scores, &top);
        vec norm = exponentials(a->t, top, scores);
        for (; c + CHANNELS <= a->width; c += CHANNELS) weighted_sum(a, first, n, c, CHANNELS, scores, norm);
        for (; c < a->width; c++) weighted_sum(a, first, n, c, 1, scores, norm);
    }
}
