#include "train/sam.h"

#include "base/error.h"
#include "base/mem.h"
#include "train/chunks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct array {
    float *data, *kept;
    const float *grad; /* NULL: a buffer, which the second pass must not change */
};

struct feri_sam {
    struct feri_sam_options opt;
    struct feri_optimizer *optimizer;
    struct array *arrays;
    size_t n_arrays;
    float *store;
    struct feri_chunks chunks;
};

static bool updated(const struct feri_param *p)
{
    return p->used && p->data && feri_param_is_buffer(p);
}

static fer_status add(struct feri_sam *s, float *data, const float *grad, size_t count, fer_error *err)
{
    s->arrays[s->n_arrays] = (struct array){.data = data, .grad = grad};
    return feri_chunks_add(&s->chunks, s->n_arrays++, count, err);
}

static fer_status list_arrays(struct feri_sam *s, fer_model *m, fer_error *err)
{
    size_t n_params = feri_graph_n_params(m->graph), n_slots = feri_optimizer_n_slots(s->optimizer);
    fer_status st = FER_OK;
    s->arrays = calloc(n_params + n_slots, sizeof *s->arrays);
    if (!s->arrays) return feri_fail_memory(err, (n_params + n_slots) * sizeof *s->arrays);
    for (size_t i = 0; st == FER_OK && i < n_slots; i++) {
        const struct feri_slot *slot = feri_optimizer_slot(s->optimizer, i);
        st = add(s, slot->weight, slot->grad, slot->count, err);
    }
    for (size_t i = 0; st == FER_OK && i < n_params; i++) {
        const struct feri_param *p = feri_graph_param(m->graph, i);
        if (updated(p)) st = add(s, p->data, NULL, p->count, err);
    }
    return st;
}

static fer_status make_store(struct feri_sam *s, fer_error *err)
{
    size_t total = 0;
    for (size_t i = 0; i < s->chunks.n; i++) total += s->chunks.items[i].n;
    s->store = feri_alloc(total * sizeof *s->store);
    if (!s->store) return feri_fail_memory(err, total * sizeof *s->store);
    float *at = s->store;
    for (size_t i = 0; i < s->chunks.n; i++) {
        const struct feri_chunk *c = &s->chunks.items[i];
        if (c->first == 0) s->arrays[c->array].kept = at;
        at += c->n;
    }
    return FER_OK;
}

fer_status feri_sam_new(fer_model *m, struct feri_optimizer *o, const struct feri_sam_options *opt,
                        struct feri_sam **out, fer_error *err)
{
    *out = NULL;
    struct feri_sam *s = calloc(1, sizeof *s);
    if (!s) return feri_fail_memory(err, sizeof *s);
    *s = (struct feri_sam){.opt = *opt, .optimizer = o};
    fer_status st = list_arrays(s, m, err);
    if (st == FER_OK) st = make_store(s, err);
    if (st != FER_OK) {
        feri_sam_free(s);
        return st;
    }
    *out = s;
    return FER_OK;
}

void feri_sam_free(struct feri_sam *s)
{
    if (!s) return;
    free(s->arrays);
    feri_free(s->store);
    feri_chunks_free(&s->chunks);
    free(s);
}

struct job {
    const struct feri_sam *s;
    float step; /* rho / |g| */
};

static void climb_task(void *arg, size_t task, size_t worker)
{
    (void)worker;
    const struct job *j = arg;
    const struct feri_chunk *c = &j->s->chunks.items[task];
    const struct array *a = &j->s->arrays[c->array];
    float *w = a->data + c->first;
    memcpy(a->kept + c->first, w, c->n * sizeof *w);
    for (size_t i = 0; a->grad && i < c->n; i++) w[i] += j->step * a->grad[c->first + i];
}

static void restore_task(void *arg, size_t task, size_t worker)
{
    (void)worker;
    const struct job *j = arg;
    const struct feri_chunk *c = &j->s->chunks.items[task];
    const struct array *a = &j->s->arrays[c->array];
    memcpy(a->data + c->first, a->kept + c->first, c->n * sizeof *a->data);
}

fer_status feri_sam_climb(struct feri_sam *s, fer_error *err)
{
    double norm = feri_optimizer_grad_norm(s->optimizer);
    if (!isfinite(norm)) return feri_fail(err, FER_ERR_NUMERIC, "the gradient's norm is %g", norm);
    struct job j = {s, (float)((double)s->opt.rho / (norm + 1e-12))}; /* 1e-12 as in the authors' program */
    feri_pool_run(s->opt.pool, s->chunks.n, climb_task, &j);
    return FER_OK;
}

void feri_sam_restore(struct feri_sam *s)
{
    struct job j = {s, 0};
    feri_pool_run(s->opt.pool, s->chunks.n, restore_task, &j);
}
