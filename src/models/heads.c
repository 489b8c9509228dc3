#include "models/heads.h"

#include "base/error.h"
#include "base/mem.h"

#include <string.h>

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
