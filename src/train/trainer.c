#include "train/trainer.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/rng.h"
#include "train/distill.h"
#include "train/loss.h"
#include "train/sam.h"
#include "train/va_head.h"
#include "train/whole.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DROPOUT_STREAM UINT64_C(0x64726F706F7574) /* "dropout" */

struct feri_trainer {
    fer_model *model;
    struct feri_loss loss;
    uint64_t seed;
    size_t batch_max;
    const struct feri_kernels *kernels;
    struct feri_pool *pool;
    struct feri_plan *plan;
    struct feri_exec *exec;
    struct feri_optimizer *optimizer;
    struct feri_ema *ema;
    struct feri_distill *distill; /* NULL: no teachers */
    struct feri_sam *sam;
    float *logits;            /* [batch_max][classes] of the first pass, with sam */
    struct feri_va_head *va;  /* NULL: the model has classes only */
    struct feri_crew *crew;   /* NULL: one process */
    struct feri_whole *whole; /* NULL: one process, or a detector */
    size_t first, n;          /* this rank's samples in the current step's batch */
};

struct feri_trainer_options feri_trainer_defaults(void)
{
    struct feri_trainer_options opt = {.train = fer_train_defaults()};
    opt.train.batch = 1;
    return opt;
}

/* ---- creation ---- */

static fer_status make_exec(struct feri_trainer *t, const struct feri_trainer_options *opt, fer_error *err)
{
    struct feri_plan_options plan = {.mode = FERI_PLAN_TRAIN,
                                     .kernels = t->kernels,
                                     .no_dropout = opt->train.dropout == 0,
                                     .drop_path = opt->train.drop_path,
                                     .frozen = opt->frozen,
                                     .team = feri_crew_team(t->crew)};
    plan.copies =
        (opt->train.optimizer == FER_ADAMW ? 2u : 1u) + (opt->train.ema > 0 ? 1u : 0u) + (opt->train.sam > 0 ? 1u : 0u);
    fer_status st = feri_pool_new(opt->train.threads, &t->pool, err);
    if (st == FER_OK) st = feri_plan_new(t->model->graph, &plan, &t->plan, err);
    if (st == FER_OK) st = feri_exec_new(t->plan, opt->train.batch, t->pool, &t->exec, err);
    return st == FER_OK && t->crew ? feri_crew_attach(t->crew, t->exec, t->kernels, err) : st;
}

static bool trained(const struct feri_param *p, size_t i, const bool *frozen)
{
    return p->used && !feri_param_is_buffer(p) && !(frozen && frozen[i]);
}

static fer_status check_frozen(const struct feri_trainer *t, const struct feri_trainer_options *opt, fer_error *err)
{
    for (size_t i = 0; i < feri_graph_n_params(t->model->graph); i++)
        if (trained(feri_graph_param(t->model->graph, i), i, opt->frozen)) return FER_OK;
    return feri_fail(err, FER_ERR_ARGUMENT, "model '%s': every parameter is frozen, so there is nothing to train",
                     t->model->name);
}

static size_t collect_slots(struct feri_trainer *t, const struct feri_trainer_options *opt, struct feri_slot *slots)
{
    size_t n = 0;
    for (size_t i = 0; i < feri_graph_n_params(t->model->graph); i++) {
        struct feri_param *p = feri_graph_param(t->model->graph, i);
        float *grad = feri_exec_grad(t->exec, i);
        if (!grad || !trained(p, i, opt->frozen)) continue;
        slots[n++] = (struct feri_slot){.param = i,
                                        .count = p->count,
                                        .weight = p->data,
                                        .grad = grad,
                                        .decay = opt->train.decay_all || p->kind == FERI_PARAM_WEIGHT};
    }
    return n;
}

static fer_status make_optimizer(struct feri_trainer *t, const struct feri_trainer_options *opt, fer_error *err)
{
    struct feri_optimizer_options o = {.train = opt->train, .kernels = t->kernels, .pool = t->pool};
    size_t n_params = feri_graph_n_params(t->model->graph);
    struct feri_slot *slots = calloc(n_params + 1, sizeof *slots);
    if (!slots) return feri_fail_memory(err, n_params * sizeof *slots);
    fer_status st = feri_optimizer_new(&o, collect_slots(t, opt, slots), slots, &t->optimizer, err);
    free(slots);
    return st;
}

static fer_status make_ema(struct feri_trainer *t, const struct feri_trainer_options *opt, fer_error *err)
{
    if (opt->train.ema == 0) return FER_OK;
    struct feri_ema_options o = {.decay = opt->train.ema, .kernels = t->kernels, .pool = t->pool};
    return feri_ema_new(t->model, &o, &t->ema, err);
}

static fer_status make_distill(struct feri_trainer *t, const struct feri_trainer_options *opt, fer_error *err)
{
    struct feri_distill_options o = {.teachers = opt->train.teacher,
                                     .weight = opt->train.distill_weight,
                                     .temperature = opt->train.distill_temperature,
                                     .mirror = opt->train.distill_mirror,
                                     .views = opt->train.views,
                                     .samples = opt->samples,
                                     .batch_max = t->batch_max,
                                     .kernels = t->kernels,
                                     .pool = t->pool,
                                     .student = t->model};
    return feri_distill_new(&o, &t->distill, err);
}

static fer_status make_sam(struct feri_trainer *t, const struct feri_trainer_options *opt, fer_error *err)
{
    if (opt->train.sam == 0) return FER_OK;
    struct feri_sam_options o = {.rho = opt->train.sam, .pool = t->pool};
    t->logits = calloc(t->batch_max, t->model->n_classes * sizeof *t->logits);
    if (!t->logits) return feri_fail_memory(err, t->batch_max * t->model->n_classes * sizeof *t->logits);
    return feri_sam_new(t->model, t->optimizer, &o, &t->sam, err);
}

fer_status feri_trainer_new(fer_model *m, const struct feri_trainer_options *opt, struct feri_trainer **out,
                            fer_error *err)
{
    *out = NULL;
    struct feri_trainer *t = calloc(1, sizeof *t);
    if (!t) return feri_fail_memory(err, sizeof *t);
    *t = (struct feri_trainer){
        .model = m,
        .seed = opt->train.seed,
        .batch_max = opt->train.batch,
        .kernels = opt->kernels,
        .loss = {.classes = m->n_classes, .smoothing = opt->train.label_smoothing, .adjust = opt->logit_adjust}};
    if (!t->kernels) t->kernels = feri_kernels_get(FERI_ISA_AUTO);
    fer_status st = check_frozen(t, opt, err);
    if (st == FER_OK) st = feri_crew_new(opt->train.ranks, opt->train.batch, &t->crew, err);
    if (st == FER_OK) st = make_exec(t, opt, err);
    if (st == FER_OK) st = make_optimizer(t, opt, err);
    if (st == FER_OK) st = make_ema(t, opt, err);
    if (st == FER_OK) st = make_distill(t, opt, err);
    if (st == FER_OK) st = make_sam(t, opt, err);
    if (st == FER_OK) st = feri_va_head_new(m, opt->train.batch, opt->train.va_weight, &t->va, err);
    if (st == FER_OK) st = feri_whole_new(m, t->crew, opt->train.batch, feri_distill_count(t->distill), &t->whole, err);
    if (st != FER_OK) {
        feri_trainer_free(t);
        return st;
    }
    *out = t;
    return FER_OK;
}

void feri_trainer_free(struct feri_trainer *t)
{
    if (!t) return;
    feri_whole_free(t->whole);
    feri_va_head_free(t->va);
    feri_distill_free(t->distill);
    feri_sam_free(t->sam);
    free(t->logits);
    feri_ema_free(t->ema);
    feri_optimizer_free(t->optimizer);
    feri_exec_free(t->exec);
    feri_plan_free(t->plan);
    feri_crew_free(t->crew);
    feri_pool_free(t->pool);
    free(t);
}

/* ---- steps ---- */

/* The masks of a step depend only on the seed and the step number, so a resumed run drops the same values. */
static uint64_t dropout_seed(const struct feri_trainer *t)
{
    struct feri_rng r = feri_rng_new(t->seed, DROPOUT_STREAM, feri_optimizer_steps(t->optimizer));
    return feri_rng_u64(&r);
}

/* Loss of the class columns, from labels and teachers. */
static double class_loss(struct feri_trainer *t, const struct feri_step *s, const float *logits, float *dlogits)
{
    double loss = feri_cross_entropy(&t->loss, s->n, logits, s->targets, dlogits);
    return t->distill ? feri_distill_apply(t->distill, s->n, logits, loss, dlogits) : loss;
}

/* Loss of a batch and its derivative, from the network's output. */
static double rows_loss(struct feri_trainer *t, const struct feri_step *s, const float *rows, float *drows)
{
    if (!t->va) return class_loss(t, s, rows, drows);
    feri_va_head_take(t->va, s->n, rows);
    double loss = class_loss(t, s, t->va->out.logits, t->va->dlogits);
    return loss + feri_va_head_loss(t->va, s->n, s->va_truth, drows);
}

/* The same for the batch of all ranks; this rank's part of the derivative is what its backward pass needs. */
static double whole_loss(struct feri_trainer *t, const struct feri_step *s)
{
    struct feri_whole *w = t->whole;
    const struct feri_own_rows own = {t->first, t->n, feri_exec_output(t->exec), s->targets, s->va_truth};
    feri_whole_gather(w, &own, s->n, t->distill);
    const struct feri_step all = {.n = s->n, .targets = w->targets, .va_truth = s->va_truth ? w->va_truth : NULL};
    double loss = rows_loss(t, &all, w->rows, w->gradient);
    memcpy(feri_exec_output_grad(t->exec), w->gradient + t->first * w->columns,
           t->n * w->columns * sizeof *w->gradient);
    return loss;
}

/* Loss of the batch after its forward pass. Its derivative is stored for the backward pass. */
static double batch_loss(struct feri_trainer *t, const struct feri_step *s)
{
    const float *rows = feri_exec_output(t->exec);
    float *drows = feri_exec_output_grad(t->exec);
    if (s->objective) return s->objective->loss(s->objective->user, t->n, rows, drows);
    return t->whole ? whole_loss(t, s) : rows_loss(t, s, rows, drows);
}

/* Forward, loss and backward at the current weights. */
static fer_status pass(struct feri_trainer *t, const struct feri_step *s, double *loss_out, fer_error *err)
{
    const fer_model *m = t->model;
    memcpy(feri_exec_input(t->exec), s->images, t->n * m->h * m->w * m->c * sizeof *s->images);
    feri_exec_forward(t->exec, s->n, dropout_seed(t));
    *loss_out = batch_loss(t, s);
    if (!isfinite(*loss_out)) return feri_fail(err, FER_ERR_NUMERIC, "the loss is %g", *loss_out);
    feri_exec_backward(t->exec, s->n);
    if (t->crew) feri_crew_finish(t->crew);
    return FER_OK;
}

/* The class logits of this rank's samples. */
static const float *class_logits(const struct feri_trainer *t)
{
    if (!t->va) return feri_exec_output(t->exec);
    return t->va->out.logits + (t->whole ? t->first * t->model->n_classes : 0);
}

/* The gradient at the climbed weights, with the same dropout masks. Logits and running statistics remain those of the
 * first pass. */
static fer_status sharp_pass(struct feri_trainer *t, const struct feri_step *s, fer_error *err)
{
    double loss;
    memcpy(t->logits, class_logits(t), t->n * t->model->n_classes * sizeof *t->logits);
    fer_status st = feri_sam_climb(t->sam, err);
    if (st != FER_OK) return st;
    st = pass(t, s, &loss, err);
    feri_sam_restore(t->sam);
    return st;
}

static fer_status ask_teachers(struct feri_trainer *t, const struct feri_step *s, fer_error *err)
{
    const struct feri_distill_batch b = {t->n, s->taught ? s->taught : s->images, s->samples, s->view};
    return t->distill && !s->objective ? feri_distill_ask(t->distill, &b, err) : FER_OK;
}

fer_status feri_trainer_step(struct feri_trainer *t, const struct feri_step *s, float lr, double *loss_out,
                             fer_error *err)
{
    if (s->n < 1 || s->n > t->batch_max)
        return feri_fail(err, FER_ERR_ARGUMENT, "a step of %zu samples, expected 1 to %zu", s->n, t->batch_max);
    const struct feri_slots *slots = feri_trainer_slots(t);
    t->first = feri_slots_begin(slots, slots->rank, s->n);
    t->n = feri_slots_samples(slots, slots->rank, s->n);
    fer_status st = ask_teachers(t, s, err);
    if (st == FER_OK) st = pass(t, s, loss_out, err);
    if (st == FER_OK && t->sam) st = sharp_pass(t, s, err);
    if (st == FER_OK) st = feri_optimizer_step(t->optimizer, lr, err);
    if (st == FER_OK && t->ema) feri_ema_update(t->ema, feri_optimizer_steps(t->optimizer));
    return st;
}

fer_status feri_trainer_check(struct feri_trainer *t, fer_error *err)
{
    for (size_t i = 0; i < feri_graph_n_params(t->model->graph); i++) {
        const struct feri_param *p = feri_graph_param(t->model->graph, i);
        double squares = t->kernels->sum_squares(p->count, p->data);
        if (!isfinite(squares))
            return feri_fail(err, FER_ERR_NUMERIC, "parameter '%s' holds values that are not finite", p->name);
    }
    return FER_OK;
}

/* ---- parts ---- */

const struct feri_slots *feri_trainer_slots(const struct feri_trainer *t)
{
    return feri_exec_slots(t->exec);
}

void feri_trainer_sum(struct feri_trainer *t, size_t count, double *mine, double *out)
{
    feri_crew_sum(t->crew, feri_trainer_slots(t), count, mine, out);
}

const struct feri_crew *feri_trainer_crew(const struct feri_trainer *t)
{
    return t->crew;
}

const float *feri_trainer_logits(const struct feri_trainer *t)
{
    return t->sam ? t->logits : class_logits(t);
}

fer_model *feri_trainer_model(struct feri_trainer *t)
{
    return t->model;
}

fer_model *feri_trainer_result(struct feri_trainer *t)
{
    return t->ema ? feri_ema_model(t->ema) : t->model;
}

struct feri_ema *feri_trainer_ema(struct feri_trainer *t)
{
    return t->ema;
}

struct feri_optimizer *feri_trainer_optimizer(struct feri_trainer *t)
{
    return t->optimizer;
}

struct feri_exec *feri_trainer_exec(struct feri_trainer *t)
{
    return t->exec;
}

struct feri_pool *feri_trainer_pool(struct feri_trainer *t)
{
    return t->pool;
}

const struct feri_kernels *feri_trainer_kernels(const struct feri_trainer *t)
{
    return t->kernels;
}
