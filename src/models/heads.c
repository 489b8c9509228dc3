#include "models/heads.h"

#include "base/error.h"
#include "base/mem.h"

#include <string.h>

/* The layers' names, as in the published checkpoints. */
#define CLASSIFIER      "fc"
#define VALENCE_AROUSAL "va"

feri_value feri_head_classes(struct feri_graph *g, feri_value features, size_t classes)
{
    return feri_linear(g, features, CLASSIFIER, classes, true);
}

feri_value feri_head_valence_arousal(struct feri_graph *g, feri_value logits)
{
    feri_value va = feri_linear(g, feri_linear_input(g, logits), VALENCE_AROUSAL, FERI_VA, true);
    return feri_concat(g, logits, feri_activation(g, va, FERI_ACT_TANH), 'c');
}

struct feri_param *feri_head_bias(const fer_model *m)
{
    return feri_graph_find_param(m->graph, CLASSIFIER ".bias");
}

void feri_heads_in(const struct feri_tensors *t, size_t *n_classes, bool *valence_arousal_out)
{
    const struct feri_tensor *classifier = feri_tensors_find(t, CLASSIFIER ".weight");
    if (classifier && classifier->n_dims == 2) *n_classes = classifier->dims[0];
    *valence_arousal_out = feri_tensors_find(t, VALENCE_AROUSAL ".weight") != NULL;
}

fer_status feri_heads_new(const fer_model *m, size_t batch_max, struct feri_heads *out, fer_error *err)
{
    *out = (struct feri_heads){0};
    if (!m->valence_arousal) return FER_OK;
    size_t size = batch_max * (m->n_classes + FERI_VA) * sizeof *out->block;
    out->block = feri_alloc(size);
    return out->block ? FER_OK : feri_fail_memory(err, size);
}

void feri_heads_free(struct feri_heads *h)
{
    feri_free(h->block);
    *h = (struct feri_heads){0};
}

void feri_heads_take(struct feri_heads *h, const fer_model *m, size_t n, const float *rows)
{
    size_t k = m->n_classes;
    h->logits = rows;
    if (!m->valence_arousal) return;
    float *logits = h->block, *va = h->block + n * k;
    for (size_t i = 0; i < n; i++, rows += k + FERI_VA) {
        memcpy(logits + i * k, rows, k * sizeof *logits);
        memcpy(va + i * FERI_VA, rows + k, FERI_VA * sizeof *va);
    }
    h->logits = logits;
    h->va = va;
}

void feri_heads_join(const fer_model *m, size_t n, const float *logits, const float *va, float *rows)
{
    size_t k = m->n_classes;
    for (size_t i = 0; i < n; i++, rows += k + FERI_VA) {
        memcpy(rows, logits + i * k, k * sizeof *rows);
        memcpy(rows + k, va + i * FERI_VA, FERI_VA * sizeof *rows);
    }
}
