#include "train/optimizer.h"

#include "base/error.h"
#include "base/mem.h"
#include "train/chunks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct feri_optimizer {
    struct feri_optimizer_options opt;
    struct feri_slot *slots;
    size_t n_slots;
    float *state; /* all m and v */
    struct feri_chunks chunks;
    double *squares; /* [chunks.n] partial sums of the norm */
    uint64_t steps;
};

/* ---- creation ---- */

/* Each array of the state starts on a cache line of its own. */
static size_t padded(size_t count)
{
    const size_t line = FERI_ALIGN / sizeof(float);
    return (count + line - 1) / line * line;
}

static fer_status make_state(struct feri_optimizer *o, fer_error *err)
{
    size_t arrays = o->opt.train.optimizer == FER_ADAMW ? 2 : 1, total = 0;
    for (size_t i = 0; i < o->n_slots; i++) total += padded(o->slots[i].count);
    o->state = feri_alloc_zero(arrays * total * sizeof *o->state);
    if (!o->state) return feri_fail_memory(err, arrays * total * sizeof *o->state);
    float *at = o->state;
    for (size_t i = 0; i < o->n_slots; i++) {
        struct feri_slot *s = &o->slots[i];
        s->m = at;
        s->v = arrays == 2 ? at + total : NULL;
        at += padded(s->count);
    }
    return FER_OK;
}

static fer_status make_chunks(struct feri_optimizer *o, fer_error *err)
{
    fer_status st = FER_OK;
    for (size_t i = 0; st == FER_OK && i < o->n_slots; i++) st = feri_chunks_add(&o->chunks, i, o->slots[i].count, err);
    if (st != FER_OK) return st;
    o->squares = calloc(o->chunks.n + 1, sizeof *o->squares);
    return o->squares ? FER_OK : feri_fail_memory(err, o->chunks.n * sizeof *o->squares);
}

fer_status feri_optimizer_new(const struct feri_optimizer_options *opt, size_t n_slots, const struct feri_slot *slots,
                              struct feri_optimizer **out, fer_error *err)
{
    *out = NULL;
    if (n_slots == 0) return feri_fail(err, FER_ERR_ARGUMENT, "optimizer: there are no parameters to train");
    struct feri_optimizer *o = calloc(1, sizeof *o);
    if (!o) return feri_fail_memory(err, sizeof *o);
    *o = (struct feri_optimizer){.opt = *opt, .n_slots = n_slots, .slots = malloc(n_slots * sizeof *slots)};
    fer_status st = o->slots ? FER_OK : feri_fail_memory(err, n_slots * sizeof *slots);
    if (st == FER_OK) {
        memcpy(o->slots, slots, n_slots * sizeof *slots);
        st = make_state(o, err);
    }
    if (st == FER_OK) st = make_chunks(o, err);
    if (st != FER_OK) {
        feri_optimizer_free(o);
        return st;
    }
    *out = o;
    return FER_OK;
}

void feri_optimizer_free(struct feri_optimizer *o)
{
    if (!o) return;
    free(o->slots);
    feri_free(o->state);
    feri_chunks_free(&o->chunks);
    free(o->squares);
    free(o);
}

/* ---- the gradient's norm ---- */

static void square_task(void *arg, size_t task, size_t worker)
{
    (void)worker;
    struct feri_optimizer *o = arg;
    const struct feri_chunk *c = &o->chunks.items[task];
    o->squares[task] = o->opt.kernels->sum_squares(c->n, o->slots[c->array].grad + c->first);
}

double feri_optimizer_grad_norm(struct feri_optimizer *o)
{
    double sum = 0;
    feri_pool_run(o->opt.pool, o->chunks.n, square_task, o);
    for (size_t i = 0; i < o->chunks.n; i++) sum += o->squares[i];
    return sqrt(sum);
}

struct scale_job {
    const struct feri_optimizer *o;
    float factor;
};

static void scale_task(void *arg, size_t task, size_t worker)
{
    (void)worker;
    const struct scale_job *j = arg;
    const struct feri_chunk *c = &j->o->chunks.items[task];
    j->o->opt.kernels->scale(c->n, j->factor, j->o->slots[c->array].grad + c->first);
}

/* Like PyTorch's clip_grad_norm_: multiply by clip / (norm + 1e-6) if that is below 1. */
static fer_status clip(struct feri_optimizer *o, fer_error *err)
{
    double norm = feri_optimizer_grad_norm(o);
    if (!isfinite(norm)) return feri_fail(err, FER_ERR_NUMERIC, "the gradient's norm is %g", norm);
    double factor = (double)o->opt.train.clip / (norm + 1e-6);
    if (factor >= 1) return FER_OK;
    struct scale_job j = {o, (float)factor};
    feri_pool_run(o->opt.pool, o->chunks.n, scale_task, &j);
    return FER_OK;
}

/* ---- steps ---- */

struct step_job {
    const struct feri_optimizer *o;
    struct feri_adamw adamw; /* without weight decay */
};

static void adamw_task(void *arg, size_t task, size_t worker)
{
    (void)worker;
    const struct step_job *j = arg;
    const struct feri_chunk *c = &j->o->chunks.items[task];
    const struct feri_slot *s = &j->o->slots[c->array];
    struct feri_adamw a = j->adamw;
    a.weight_decay = s->decay ? j->o->opt.train.weight_decay : 0;
    j->o->opt.kernels->adamw(&a, c->n, s->weight + c->first, s->grad + c->first, s->m + c->first, s->v + c->first);
}

static void sgd_task(void *arg, size_t task, size_t worker)
{
    (void)worker;
    const struct step_job *j = arg;
    const struct feri_optimizer_options *opt = &j->o->opt;
    const struct feri_chunk *c = &j->o->chunks.items[task];
    const struct feri_slot *s = &j->o->slots[c->array];
    float decay = s->decay ? opt->train.weight_decay : 0;
    opt->kernels->sgd(c->n, j->adamw.lr, opt->train.momentum, decay, opt->train.nesterov, s->weight + c->first,
                      s->grad + c->first, s->m + c->first);
}

fer_status feri_optimizer_step(struct feri_optimizer *o, float lr, fer_error *err)
{
    const struct feri_optimizer_options *opt = &o->opt;
    if (opt->train.clip > 0) {
        fer_status st = clip(o, err);
        if (st != FER_OK) return st;
    }
    double t = (double)++o->steps;
    struct step_job j = {.o = o};
    j.adamw =
        (struct feri_adamw){.lr = lr, .beta1 = opt->train.beta1, .beta2 = opt->train.beta2, .eps = opt->train.eps};
    j.adamw.bias1 = (float)(1 - pow((double)opt->train.beta1, t));
    j.adamw.bias2_sqrt = (float)sqrt(1 - pow((double)opt->train.beta2, t));
    feri_pool_run(opt->pool, o->chunks.n, opt->train.optimizer == FER_ADAMW ? adamw_task : sgd_task, &j);
    return FER_OK;
}

size_t feri_optimizer_n_slots(const struct feri_optimizer *o)
{
    return o->n_slots;
}

struct feri_slot *feri_optimizer_slot(struct feri_optimizer *o, size_t i)
{
    return &o->slots[i];
}

uint64_t feri_optimizer_steps(const struct feri_optimizer *o)
{
    return o->steps;
}

void feri_optimizer_set_steps(struct feri_optimizer *o, uint64_t steps)
{
    o->steps = steps;
}
