#include "train/whole.h"

#include "base/error.h"
#include "base/mem.h"
#include "models/heads.h"

#include <stdlib.h>
#include <string.h>

static fer_status allocate(struct feri_whole *w, size_t batch_max, fer_error *err)
{
    size_t gathered = w->columns + w->classes + FERI_VA + w->teachers * w->classes;
    float *at = feri_alloc(batch_max * (2 * w->width + gathered + w->columns) * sizeof *at);
    w->packed = at;
    if (!at) return feri_fail_memory(err, batch_max * (2 * w->width + gathered) * sizeof *at);
    w->received = at += batch_max * w->width;
    w->rows = at += batch_max * w->width;
    w->targets = at += batch_max * w->columns;
    w->va_truth = at += batch_max * w->classes;
    w->taught = at += batch_max * FERI_VA;
    w->gradient = at + batch_max * w->teachers * w->classes;
    return FER_OK;
}

fer_status feri_whole_new(const fer_model *m, struct feri_crew *crew, size_t batch_max, size_t teachers,
                          struct feri_whole **out, fer_error *err)
{
    *out = NULL;
    if (!crew || m->family->detects) return FER_OK;
    struct feri_whole *w = calloc(1, sizeof *w);
    if (!w) return feri_fail_memory(err, sizeof *w);
    *w = (struct feri_whole){.crew = crew,
                             .columns = m->n_classes + (m->valence_arousal ? FERI_VA : 0),
                             .classes = m->n_classes,
                             .teachers = teachers};
    w->width = w->columns + w->classes + FERI_VA + teachers * w->classes;
    fer_status st = allocate(w, batch_max, err);
    if (st != FER_OK) {
        feri_whole_free(w);
        return st;
    }
    *out = w;
    return FER_OK;
}

void feri_whole_free(struct feri_whole *w)
{
    if (!w) return;
    feri_free(w->packed);
    free(w);
}

/* Teacher j's answers about this rank's samples. In a second pass over a batch those about all are known already. */
static const float *own_answers(const struct feri_whole *w, const struct feri_own_rows *own, size_t total,
                                const struct feri_distill *d, size_t j)
{
    const float *logits = feri_distill_logits(d, j), *whole = w->taught + j * total * w->classes;
    return logits == whole ? whole + own->first * w->classes : logits;
}

/* Copy n floats and step over them. from NULL: zeros. */
static float *put(float *to, const float *from, size_t n)
{
    if (from) memcpy(to, from, n * sizeof *to);
    else memset(to, 0, n * sizeof *to);
    return to + n;
}

static const float *take(const float *from, float *to, size_t n)
{
    memcpy(to, from, n * sizeof *to);
    return from + n;
}

void feri_whole_gather(struct feri_whole *w, const struct feri_own_rows *own, size_t total, struct feri_distill *d)
{
    size_t k = w->classes;
    float *to = w->packed;
    for (size_t i = 0; i < own->n; i++) {
        to = put(to, own->rows + i * w->columns, w->columns);
        to = put(to, own->targets + i * k, k);
        to = put(to, own->va_truth ? own->va_truth + i * FERI_VA : NULL, FERI_VA);
        for (size_t j = 0; j < w->teachers; j++) to = put(to, own_answers(w, own, total, d, j) + i * k, k);
    }
    feri_crew_rows(w->crew, total, w->width, w->packed, w->received);
    const float *from = w->received;
    for (size_t i = 0; i < total; i++) {
        from = take(from, w->rows + i * w->columns, w->columns);
        from = take(from, w->targets + i * k, k);
        from = take(from, w->va_truth + i * FERI_VA, FERI_VA);
        for (size_t j = 0; j < w->teachers; j++) from = take(from, w->taught + (j * total + i) * k, k);
    }
    for (size_t j = 0; j < w->teachers; j++) feri_distill_set_logits(d, j, w->taught + j * total * k);
}
