/* fer_train_detector(): canvases, steps, validation, files. */
#include "base/clock.h"
#include "base/decimal.h"
#include "base/error.h"
#include "train/face_run.h"
#include "train/face_validate.h"

#include <math.h>
#include <string.h>

#define CANVAS_STREAM UINT64_C(0x63616E766173) /* "canvas" */

/* ---- steps ---- */

static void compose_task(void *arg, size_t task, size_t worker)
{
    (void)worker;
    struct feri_face_run *r = arg;
    struct feri_canvas *c = &r->canvases[task];
    struct feri_rng rng = feri_rng_new(r->opt->seed, CANVAS_STREAM, r->first + task);
    r->statuses[task] = feri_canvas_compose(r->source, &r->canvas, &rng, c, NULL);
    if (r->statuses[task] != FER_OK) return;
    feri_preprocess_apply(&r->core.model->pixels, &c->pixels, r->images + task * 3 * r->opt->size * r->opt->size);
    r->truth[task] = (struct feri_face_truth){c->n, c->faces};
}

/* The sums of one slot as numbers, and back. */
enum { SCORE, BOX, POINTS, POSITIVES, NUMBERS };

static void slot_losses(struct feri_face_run *r, size_t slot, const float *output, float *gradient)
{
    const struct feri_slots *slots = feri_trainer_slots(r->core.trainer);
    size_t begin = feri_slots_local(slots, slot, r->opt->batch), end = feri_slots_local(slots, slot + 1, r->opt->batch),
           size = feri_face_n_cells(r->grid.h, r->grid.w) * FERI_FACE_COLUMNS;
    struct feri_face_losses sum = {0};
    feri_face_loss_add(&r->grid, end - begin, output + begin * size, r->truth + begin, r->face_of,
                       gradient + begin * size, &sum);
    const double numbers[NUMBERS] = {sum.score, sum.box, sum.points, (double)sum.positives};
    memcpy(r->slot_sums + slot * NUMBERS, numbers, sizeof numbers);
}

static double objective(void *user, size_t n, const float *output, float *gradient)
{
    struct feri_face_run *r = user;
    double all[NUMBERS];
    for (size_t slot = 0; slot < feri_slots_mine(feri_trainer_slots(r->core.trainer)); slot++)
        slot_losses(r, slot, output, gradient);
    feri_trainer_sum(r->core.trainer, NUMBERS, r->slot_sums, all);
    struct feri_face_losses parts = {all[SCORE], all[BOX], all[POINTS], (size_t)all[POSITIVES]};
    double loss = feri_face_loss_mean(&r->grid, n, gradient, &parts);
    r->sums.score += parts.score;
    r->sums.box += parts.box;
    r->sums.points += parts.points;
    return loss;
}

static fer_status one_step(struct feri_face_run *r, uint64_t step, double *loss_out, fer_error *err)
{
    const struct feri_objective o = {objective, r};
    const struct feri_step s = {.n = r->opt->batch, .images = r->images, .objective = &o};
    const struct feri_slots *slots = feri_trainer_slots(r->core.trainer);
    size_t own = feri_slots_samples(slots, slots->rank, r->opt->batch);
    r->first = step * r->opt->batch + feri_slots_begin(slots, slots->rank, r->opt->batch);
    feri_pool_run(r->pool, own, compose_task, r);
    for (size_t i = 0; i < own; i++)
        if (r->statuses[i] != FER_OK)
            return feri_fail(err, r->statuses[i], "a canvas cannot be composed: %s", fer_status_name(r->statuses[i]));
    return feri_trainer_step(r->core.trainer, &s, (float)feri_schedule_lr(&r->schedule, step), loss_out, err);
}

/* False: the callback requested a stop. */
static bool report_progress(const struct feri_face_run *r, size_t canvases, double start, double loss)
{
    double rate = (double)canvases / fmax(feri_now() - start, 1e-9);
    size_t each = r->batches * r->opt->batch, epochs_left = r->opt->epochs - r->core.at.epochs - 1;
    fer_progress p = {.what = "training",
                      .done = canvases,
                      .total = each,
                      .per_second = rate,
                      .eta_seconds = (double)(each - canvases + epochs_left * each) / rate,
                      .epoch = r->core.at.epochs,
                      .epochs = r->opt->epochs,
                      .images = canvases,
                      .loss = loss};
    return !r->events->progress || !feri_ranks_write(r->core.ranks) || r->events->progress(r->events->user, &p);
}

static fer_status steps_of_epoch(struct feri_face_run *r, double start, fer_error *err)
{
    double loss;
    memset(&r->sums, 0, sizeof r->sums);
    for (size_t b = 0; b < r->batches; b++) {
        fer_status st = one_step(r, (uint64_t)r->core.at.epochs * r->batches + b, &loss, err);
        if (st != FER_OK)
            return feri_fail_in(err, st, "%s: epoch %zu, batch %zu", r->opt->out, r->core.at.epochs + 1, b + 1);
        if (!report_progress(r, (b + 1) * r->opt->batch, start, loss))
            return feri_fail(err, FER_ERR_STOPPED, "%s: stopped in epoch %zu (%zu epochs are saved)", r->opt->out,
                             r->core.at.epochs + 1, r->core.at.epochs);
    }
    return FER_OK;
}

/* ---- epochs ---- */

static fer_status validate(struct feri_face_run *r, fer_detector_epoch *e, fer_error *err)
{
    static const fer_detector_eval_options defaults;
    struct feri_finder_options fo = {.threshold = FERI_FINDER_EVERY,
                                     .smallest = FERI_FINDER_LEAST,
                                     .longest = FERI_FINDER_LONGEST,
                                     .kernels = r->core.kernels,
                                     .pool = r->pool};
    struct feri_finder *finder;
    if (!r->val) return FER_OK;
    fer_status st = feri_finder_new(feri_trainer_result(r->core.trainer), &fo, &finder, err);
    if (st != FER_OK) return st;
    st = feri_face_validate(finder, r->val, r->core.ranks, &defaults, &e->val, err);
    feri_finder_free(finder);
    e->best = st == FER_OK && e->val.average_precision > r->core.at.best;
    return st;
}

static fer_status append_log(struct feri_face_run *r, const fer_detector_epoch *e, double lr, fer_error *err)
{
    char row[400];
    const double *recall = e->val.recall;
    feri_snprintf(row, sizeof row, "%zu,%.5f,%.5f,%.5f,%.4f,%.4f,%.4f,%.4f,%.4f,%.6f,%.1f\n", e->epoch + 1, e->score,
                  e->box, e->points, e->val.average_precision, recall[0], recall[1], recall[2], recall[3], lr,
                  e->canvases_per_second);
    return feri_log_append_line(&r->core.log, row, err);
}

static fer_status one_epoch(struct feri_face_run *r, fer_error *err)
{
    double start = feri_now(), steps = (double)r->batches;
    fer_detector_epoch e = {.epoch = r->core.at.epochs};
    fer_status st = steps_of_epoch(r, start, err);
    r->seconds += feri_now() - start;
    e.canvases_per_second = steps * (double)r->opt->batch / (feri_now() - start);
    e.score = r->sums.score / steps;
    e.box = r->sums.box / steps;
    e.points = r->sums.points / steps;
    if (st == FER_OK) st = feri_trainer_check(r->core.trainer, err);
    if (st == FER_OK) st = feri_ranks_same_weights(r->core.ranks, r->core.model, err);
    if (st == FER_OK) st = validate(r, &e, err);
    if (st == FER_OK)
        st = append_log(r, &e, feri_schedule_lr(&r->schedule, (uint64_t)(r->core.at.epochs + 1) * r->batches - 1), err);
    if (st != FER_OK) return st;
    r->core.at.epochs++;
    if (e.best) {
        r->core.at.best = e.val.average_precision;
        r->core.at.best_epoch = e.epoch;
    }
    st = feri_run_core_save_epoch(&r->core, e.best, err);
    if (st == FER_OK && r->events->epoch && feri_ranks_write(r->core.ranks)) r->events->epoch(r->events->user, &e);
    return st;
}

fer_status fer_train_detector(const fer_detector_train_options *opt, const fer_detector_train_events *events,
                              fer_error *err)
{
    static const fer_detector_train_events silent;
    if (!opt) return feri_fail(err, FER_ERR_ARGUMENT, "fer_train_detector: options must not be NULL");
    struct feri_face_run r = {.opt = opt, .events = events ? events : &silent};
    fer_status st = feri_face_run_open(&r, err);
    while (st == FER_OK && r.core.at.epochs < opt->epochs) st = one_epoch(&r, err);
    if (st == FER_OK) feri_run_core_note_ranks(&r.core, r.seconds);
    if (st == FER_OK) st = feri_run_core_save_model(&r.core, "final.safetensors", err);
    feri_face_run_close(&r);
    return st;
}
