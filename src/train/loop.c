/* The epochs of a run.
 *
 * At the end of an epoch the files are written in this order: best.safetensors, last.safetensors, log.csv, config.json
 * (for the time), and after the last epoch final.safetensors. The checkpoint last.safetensors decides what is done:
 * - If the run is killed before the checkpoint is in place, a resumed run repeats the epoch with the same bits and
 * writes
 *   the same best.safetensors again.
 * - If the run is killed after that, log.csv is rebuilt from the copy in the checkpoint, and a missing
 * final.safetensors is
 *   written. */
#include "fer/train.h"

#include "base/clock.h"
#include "base/error.h"
#include "train/config.h"
#include "train/loss.h"
#include "train/run_open.h"
#include "train/va_loss.h"
#include "train/validate.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

struct clock {
    double run_start, epoch_start;
    double waited;         /* seconds of this epoch spent waiting for the next batch */
    double training;       /* seconds of all epochs without their ends */
    uint64_t batches_done; /* in this process */
};

/* ---- one epoch ---- */

static double rate(const struct feri_tally *tally, const struct clock *clock)
{
    double seconds = feri_now() - clock->epoch_start;
    return seconds > 0 ? (double)tally->images / seconds : 0;
}

static fer_status report_progress(const struct feri_run *r, const struct feri_tally *tally, const struct clock *clock,
                                  size_t batch, fer_error *err)
{
    if (!r->events->progress || !feri_ranks_write(r->core.ranks)) return FER_OK;
    uint64_t left = (uint64_t)(r->opt->epochs - r->core.at.epochs) * r->batches;
    left = left > batch ? left - batch : 0;
    double each = (feri_now() - clock->run_start) / (double)clock->batches_done; /* validation included */
    fer_progress p = {.what = "training",
                      .done = batch,
                      .total = r->batches,
                      .per_second = rate(tally, clock),
                      .eta_seconds = each * (double)left,
                      .epoch = r->core.at.epochs,
                      .epochs = r->opt->epochs,
                      .images = tally->images,
                      .loss = feri_tally_loss(tally)};
    if (r->events->progress(r->events->user, &p)) return FER_OK;
    return feri_fail(err, FER_ERR_STOPPED, "%s: stopped in epoch %zu, batch %zu; %zu epochs are saved", r->opt->out,
                     p.epoch + 1, batch, r->core.at.epochs);
}

static fer_status step(struct feri_run *r, const struct feri_batch *batch, double lr, struct feri_tally *tally,
                       fer_error *err)
{
    double loss;
    const struct feri_step s = {.n = batch->total,
                                .images = batch->images,
                                .targets = batch->targets,
                                .taught = batch->clean,
                                .samples = batch->indices,
                                .view = batch->view,
                                .va_truth = r->va_truth};
    if (r->va_truth) feri_va_truth(r->data, batch, r->va_truth);
    fer_status st = feri_trainer_step(r->core.trainer, &s, (float)lr, &loss, err);
    if (st != FER_OK) return st;
    const float *logits = feri_trainer_logits(r->core.trainer);
    size_t correct = feri_count_correct(batch->n, r->core.model->n_classes, logits, batch->labels);
    feri_tally_add(tally, batch->total, loss, correct); /* correct: of this rank, until the epoch ends */
    return FER_OK;
}

static fer_status fail_step(const struct feri_run *r, fer_status st, size_t batch, double lr, fer_error *err)
{
    if (st != FER_ERR_NUMERIC) return st;
    return feri_fail_in(err, st, "%s: epoch %zu, batch %zu, learning rate %g (%zu epochs are saved)", r->opt->out,
                        r->core.at.epochs + 1, batch + 1, lr, r->core.at.epochs);
}

/* The effect of oversampling: "class shares of an epoch: neutral 12.4 %, ...". */
static fer_status note_shares(const struct feri_run *r, fer_error *err)
{
    size_t n = r->core.model->n_classes, drawn = 0, used = 0;
    char text[FER_ERROR_TEXT_MAX] = "";
    size_t *counts = calloc(n + 1, sizeof *counts);
    if (!counts) return feri_fail_memory(err, n * sizeof *counts);
    feri_loader_class_counts(r->loader, counts);
    for (size_t k = 0; k < n; k++) drawn += counts[k];
    for (size_t k = 0; k < n && used < sizeof text; k++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s %.1f %%", k ? ", " : "",
                                 r->core.model->classes[k], 100 * (double)counts[k] / (double)drawn);
    free(counts);
    feri_run_dir_note(&r->core.dir, "class shares of an epoch: %s", text);
    return FER_OK;
}

static fer_status train_epoch(struct feri_run *r, struct clock *clock, struct feri_tally *tally, double *lr_out,
                              fer_error *err)
{
    uint64_t first = (uint64_t)r->core.at.epochs * r->batches;
    *tally = (struct feri_tally){0};
    clock->epoch_start = feri_now();
    clock->waited = 0;
    fer_status st = feri_loader_start(r->loader, r->core.at.epochs, err);
    if (st == FER_OK && r->core.at.epochs == 0 && r->opt->oversample > 0) st = note_shares(r, err);
    for (size_t i = 0; st == FER_OK; i++) {
        struct feri_batch batch;
        double asked = feri_now();
        st = feri_loader_next(r->loader, &batch, err);
        clock->waited += feri_now() - asked;
        if (st != FER_OK || batch.n == 0) break;
        *lr_out = feri_schedule_lr(&r->schedule, first + i);
        if ((st = step(r, &batch, *lr_out, tally, err)) != FER_OK) return fail_step(r, st, i, *lr_out, err);
        clock->batches_done++;
        st = report_progress(r, tally, clock, i + 1, err);
    }
    if (st == FER_OK) st = feri_ranks_sum(r->core.ranks, tally->correct, &tally->correct, err);
    if (st == FER_OK && tally->images == 0)
        st = feri_fail(err, FER_ERR_FORMAT, "data: %s: none of the pictures could be read", r->opt->data.path);
    return st;
}

/* ---- the end of an epoch ---- */

/* In the unit of the log: a run that an earlier version began keeps its own. */
static double logged_loss(const struct feri_run *r, const struct feri_tally *tally)
{
    return feri_log_has_means(&r->core.log) ? feri_tally_loss(tally) : feri_tally_published_loss(tally);
}

static fer_status validate(struct feri_run *r, fer_train_epoch *e, struct feri_log_row *row, fer_error *err)
{
    struct feri_tally tally;
    if (!r->val_loader) return FER_OK;
    struct feri_concordance va[2] = {{0}};
    struct feri_validator v = {.loader = r->val_loader,
                               .data = r->val,
                               .va = va,
                               .batch = r->opt->batch,
                               .ranks = r->core.ranks,
                               .kernels = r->core.kernels,
                               .pool = feri_trainer_pool(r->core.trainer)};
    fer_status st = feri_validate(&v, feri_trainer_result(r->core.trainer), &tally, err);
    if (st != FER_OK) return st;
    e->val_loss = feri_tally_loss(&tally);
    e->val_accuracy = row->val_accuracy = feri_tally_accuracy(&tally);
    row->val_loss = logged_loss(r, &tally);
    e->val_ccc_valence = feri_concordance_ccc(&va[0]);
    e->val_ccc_arousal = feri_concordance_ccc(&va[1]);
    e->best = e->val_accuracy > r->core.at.best; /* the first one among equals */
    return FER_OK;
}

static fer_status save_epoch(struct feri_run *r, const struct clock *clock, const fer_train_epoch *e, fer_error *err)
{
    fer_status st = feri_run_core_save_epoch(&r->core, e->best, err);
    return st == FER_OK ? feri_config_write(r, r->seconds_before + feri_now() - clock->run_start, err) : st;
}

/* An epoch becomes a checkpoint only if its weights and validation results are finite. */
static fer_status check_epoch(struct feri_run *r, fer_train_epoch *e, struct feri_log_row *row, fer_error *err)
{
    fer_status st = feri_trainer_check(r->core.trainer, err);
    if (st == FER_OK) st = feri_ranks_same_weights(r->core.ranks, r->core.model, err);
    if (st == FER_OK) st = validate(r, e, row, err);
    if (st != FER_ERR_NUMERIC) return st;
    return feri_fail_in(err, st, "%s: end of epoch %zu, learning rate %g (%zu epochs are saved)", r->opt->out,
                        e->epoch + 1, e->lr, r->core.at.epochs);
}

static fer_status end_epoch(struct feri_run *r, const struct clock *clock, const struct feri_tally *tally,
                            fer_train_epoch *e, fer_error *err)
{
    struct feri_log_row row = {.epoch = e->epoch,
                               .loss = logged_loss(r, tally),
                               .accuracy = e->accuracy,
                               .val_loss = NAN,
                               .val_accuracy = NAN,
                               .lr = e->lr,
                               .images_per_s = e->images_per_second};
    fer_status st = check_epoch(r, e, &row, err);
    if (st == FER_OK) st = feri_log_append(&r->core.log, &row, err);
    if (st != FER_OK) return st;
    r->core.at.epochs++;
    if (e->best) {
        r->core.at.best = e->val_accuracy;
        r->core.at.best_epoch = e->epoch;
    }
    st = save_epoch(r, clock, e, err);
    if (st == FER_OK && r->events->epoch && feri_ranks_write(r->core.ranks)) r->events->epoch(r->events->user, e);
    return st;
}

/* ---- the run ---- */

static fer_status one_epoch(struct feri_run *r, struct clock *clock, fer_error *err)
{
    struct feri_tally tally;
    fer_train_epoch e = {.epoch = r->core.at.epochs,
                         .val_loss = NAN,
                         .val_accuracy = NAN,
                         .val_ccc_valence = NAN,
                         .val_ccc_arousal = NAN};
    fer_status st = train_epoch(r, clock, &tally, &e.lr, err);
    if (st != FER_OK) return st;
    e.loss = feri_tally_loss(&tally);
    e.accuracy = feri_tally_accuracy(&tally);
    e.images_per_second = rate(&tally, clock);
    e.waiting = clock->waited / (feri_now() - clock->epoch_start);
    clock->training += feri_now() - clock->epoch_start;
    return end_epoch(r, clock, &tally, &e, err);
}

static fer_status note_skipped_of(const struct feri_run *r, const char *path, const struct feri_loader *l,
                                  fer_error *err)
{
    size_t n;
    fer_status st = feri_ranks_sum(r->core.ranks, feri_loader_n_skipped(l), &n, err);
    if (st == FER_OK && n)
        feri_run_dir_note(&r->core.dir, "%s: unreadable pictures were skipped %zu times; the first: %s", path, n,
                          *feri_loader_skipped(l) ? feri_loader_skipped(l) : "one of another rank");
    return st;
}

static fer_status note_skipped(const struct feri_run *r, fer_error *err)
{
    fer_status st = note_skipped_of(r, r->opt->data.path, r->loader, err);
    return st == FER_OK && r->val_loader ? note_skipped_of(r, r->opt->val.path, r->val_loader, err) : st;
}

static fer_status train(struct feri_run *r, fer_error *err)
{
    struct clock clock = {.run_start = feri_now()};
    fer_status st = FER_OK;
    while (st == FER_OK && r->core.at.epochs < r->opt->epochs) st = one_epoch(r, &clock, err);
    if (st != FER_OK) return st;
    if ((st = note_skipped(r, err)) != FER_OK) return st;
    feri_run_core_note_ranks(&r->core, clock.training);
    return feri_run_core_save_model(&r->core, "final.safetensors", err);
}

fer_status fer_train(const fer_train_options *opt, const fer_train_events *events, fer_error *err)
{
    static const fer_train_events silent;
    if (!opt) return feri_fail(err, FER_ERR_ARGUMENT, "fer_train: options must not be NULL");
    struct feri_run r = {.opt = opt, .events = events ? events : &silent};
    fer_status st = feri_run_open(&r, err);
    if (st == FER_OK) st = train(&r, err);
    feri_run_close(&r);
    return st;
}
