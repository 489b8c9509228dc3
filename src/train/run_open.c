#include "train/run_open.h"

#include "base/error.h"
#include "base/file.h"
#include "base/weighted.h"
#include "data/digest.h"
#include "data/draws.h"
#include "data/join.h"
#include "data/match.h"
#include "data/open.h"
#include "data/overlap.h"
#include "data/source_rows.h"
#include "fer/fer.h"
#include "models/heads.h"
#include "train/config.h"
#include "train/init.h"
#include "train/options.h"
#include "train/provenance.h"
#include "train/va_loss.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static fer_status write_start(struct feri_run *r, bool resumed, fer_error *err)
{
    if (!feri_ranks_write(r->core.ranks)) return FER_OK;
    fer_status st = feri_make_dirs(r->opt->out, err);
    feri_config_begin(r, resumed);
    if (st == FER_OK) st = feri_config_write(r, r->seconds_before, err);
    /* If the run stopped between checkpoint and log, the log lacks one row. */
    return st == FER_OK && resumed ? feri_run_core_write_log(&r->core, err) : st;
}

/* ---- data ---- */

static void note_dataset(const struct feri_run *r, const char *path, const struct feri_dataset *ds)
{
    feri_run_dir_note(&r->core.dir, "%s: %zu images, %zu classes, layout %s", path, feri_dataset_size(ds),
                      feri_dataset_n_classes(ds), feri_dataset_layout(ds));
    if (feri_dataset_remark(ds)) feri_run_dir_note(&r->core.dir, "%s: %s", path, feri_dataset_remark(ds));
    for (size_t i = 0; i < feri_dataset_n_left(ds); i++) {
        const struct feri_left_out *l = feri_dataset_left(ds, i);
        feri_run_dir_note(&r->core.dir, "%s: %zu left out: %s (the first: %s)", path, l->n, l->what, l->first);
    }
}

static fer_status open_val(struct feri_run *r, fer_error *err)
{
    fer_data_source source = r->opt->data;
    source.path = r->opt->val.path;
    source.split = r->opt->val.split;
    source.protocol = r->opt->val.protocol;
    fer_status st = feri_dataset_open(&source, FERI_USE_VAL, &r->val, err);
    if (st == FER_OK) note_dataset(r, source.path, r->val);
    return st;
}

static fer_status open_part(const struct feri_run *r, const struct feri_weighted *item, struct feri_dataset **out,
                            fer_error *err)
{
    fer_data_source source = r->opt->data;
    source.path = item->path;
    fer_status st = item->word ? fer_protocol_parse(item->word, &source.protocol, err) : FER_OK;
    if (st == FER_OK) st = feri_dataset_open(&source, FERI_USE_TRAIN, out, err);
    if (st == FER_OK) note_dataset(r, item->path, *out);
    return st;
}

static fer_status open_parts(struct feri_run *r, const struct feri_weighted_list *list, fer_error *err)
{
    struct feri_part parts[FERI_WEIGHTED_MAX];
    size_t n = 0;
    fer_status st = FER_OK;
    while (n < list->n && (st = open_part(r, &list->items[n], &parts[n].ds, err)) == FER_OK) {
        parts[n].weight = list->items[n].weight;
        n++;
    }
    if (st == FER_OK && (n > 1 || parts[0].weight != 1))
        return feri_dataset_join(r->opt->data.path, parts, n, &r->data, err);
    if (st == FER_OK) r->data = parts[0].ds;
    while (st != FER_OK && n > 0) feri_dataset_close(parts[--n].ds);
    return st;
}

static fer_status open_training(struct feri_run *r, fer_error *err)
{
    struct feri_weighted_list list;
    fer_status st = feri_weighted_split(r->opt->data.path, feri_protocol_words, &list, err);
    if (st == FER_OK) st = open_parts(r, &list, err);
    feri_weighted_free(&list);
    return st;
}

/* The network's classes are the training set's. */
static fer_status map_classes(struct feri_run *r, fer_error *err)
{
    size_t n = feri_dataset_n_classes(r->val), k = feri_dataset_n_classes(r->data);
    const char **names = calloc(k + 1, sizeof *names);
    r->val_map = calloc(n + 1, sizeof *r->val_map);
    fer_status st = names && r->val_map ? FER_OK : feri_fail_memory(err, (n + k) * sizeof *r->val_map);
    for (size_t i = 0; st == FER_OK && i < k; i++) names[i] = feri_dataset_class(r->data, i);
    if (st == FER_OK) st = feri_dataset_match(r->val, k, names, r->val_map, err);
    free(names);
    return st == FER_OK ? st : feri_fail_in(err, st, "val");
}

static fer_status prepare_va(struct feri_run *r, fer_error *err)
{
    size_t known = feri_va_known(r->data), n = feri_dataset_size(r->data);
    if (known < 2)
        return feri_fail(err, FER_ERR_ARGUMENT,
                         "valence_arousal: %s: %zu of %zu images have valence and arousal, expected at least 2",
                         r->opt->data.path, known, n);
    if (known < n)
        feri_run_dir_note(&r->core.dir,
                          "%s: %zu of %zu images have valence and arousal; the others train only the classes",
                          r->opt->data.path, known, n);
    r->va_truth = calloc(r->opt->batch, FERI_VA * sizeof *r->va_truth);
    return r->va_truth ? FER_OK : feri_fail_memory(err, r->opt->batch * FERI_VA * sizeof *r->va_truth);
}

static fer_status note_overlap(const struct feri_run *r, fer_error *err)
{
    struct feri_overlap o;
    fer_status st = feri_dataset_overlap(r->data, r->val, &o, err);
    if (st == FER_OK && o.n)
        feri_run_dir_note(
            &r->core.dir,
            "val: %s: %zu of %zu images are training images too (the first: %s); the validation will look "
            "better than it is",
            r->opt->val.path, o.n, feri_dataset_size(r->val), o.first);
    return st;
}

static fer_status open_data(struct feri_run *r, fer_error *err)
{
    const fer_train_options *opt = r->opt;
    fer_status st = open_training(r, err);
    if (st == FER_OK && opt->valence_arousal) st = prepare_va(r, err);
    if (st != FER_OK || !opt->val.path) return st;
    st = open_val(r, err);
    if (st == FER_OK) st = map_classes(r, err);
    return st == FER_OK ? note_overlap(r, err) : st;
}

/* A last batch that is not full is left out, as long as a full one exists: batch norm's statistics of one or
 * two samples would do more harm than the samples are worth, and the shuffle leaves out others every time. */
static bool drops_last(const struct feri_run *r)
{
    return feri_draws_count(r->data, r->opt->oversample) > r->opt->batch;
}

/* What an epoch does not draw. */
static void note_rest(const struct feri_run *r, bool drop_last)
{
    size_t n = feri_draws_count(r->data, r->opt->oversample), batch = r->opt->batch;
    const char *of = r->opt->oversample > 0 || feri_dataset_has_weights(r->data) ? "draws" : "images";
    if (n < batch)
        feri_run_dir_note(&r->core.dir, "data: %s: an epoch has %zu %s, fewer than the batch of %zu", r->opt->data.path,
                          n, of, batch);
    else if (drop_last && n % batch)
        feri_run_dir_note(&r->core.dir,
                          "data: %s: %zu of %zu %s are left over in each epoch, because the batch is %zu; each epoch "
                          "leaves out others",
                          r->opt->data.path, n % batch, n, of, batch);
}

/* Every rank needs a sample of each batch, also where the data has fewer than the batch. */
static fer_status check_shares(const struct feri_run *r, const struct feri_slots *slots, fer_error *err)
{
    size_t n = feri_draws_count(r->data, r->opt->oversample);
    if (n > r->opt->batch) n = r->opt->batch;
    for (size_t rank = 0; rank < slots->size; rank++)
        if (feri_slots_samples(slots, rank, n) == 0)
            return feri_fail(err, FER_ERR_ARGUMENT, "data: %s: its %zu images cannot be shared among %zu ranks",
                             r->opt->data.path, n, slots->size);
    return FER_OK;
}

static fer_status open_loaders(struct feri_run *r, fer_error *err)
{
    const fer_model *m = r->core.model;
    struct feri_loader_options opt = {.h = m->h,
                                      .w = m->w,
                                      .c = m->c,
                                      .batch = r->opt->batch,
                                      .workers = r->opt->workers,
                                      .skip_bad = r->opt->data.skip_bad,
                                      .seed = r->opt->seed,
                                      .n_classes = m->n_classes,
                                      .preprocess = m->pixels};
    struct feri_loader_options val = opt;
    val.class_map = r->val_map;
    opt.augment = r->opt->augment;
    opt.mix = (struct feri_mix){r->opt->mixup, r->opt->cutmix};
    opt.views = r->opt->views;
    opt.degrade = r->opt->degrade;
    opt.keep_clean = r->opt->teacher && opt.degrade > 0;
    opt.shuffle = true;
    opt.oversample = r->opt->oversample;
    opt.drop_last = drops_last(r);
    opt.replace_bad = opt.skip_bad;
    opt.skip_bad = false;
    if (r->core.ranks) {
        opt.slots = feri_slots_of(r->opt->batch, r->core.ranks->rank, r->core.ranks->size);
        val.turn = r->core.ranks->rank;
        val.turns = r->core.ranks->size;
    }
    fer_status st = feri_loader_new(r->data, &opt, &r->loader, err);
    if (st == FER_OK && r->val) st = feri_loader_new(r->val, &val, &r->val_loader, err);
    if (st != FER_OK) return st;
    r->batches = feri_loader_n_batches(r->loader);
    if (r->batches == 0) return feri_fail(err, FER_ERR_ARGUMENT, "data: %s: an epoch has no batch", r->opt->data.path);
    note_rest(r, opt.drop_last);
    return check_shares(r, &opt.slots, err);
}

/* ---- the options that determine the run ---- */

static fer_status make_fingerprint(struct feri_run *r, fer_error *err)
{
    char data[FERI_DIGEST_MAX], val[FERI_DIGEST_MAX] = "none";
    fer_status st = feri_dataset_digest(r->data, data, err);
    if (st == FER_OK && r->val) st = feri_dataset_digest(r->val, val, err);
    if (st != FER_OK) return st;
    r->core.fingerprint = feri_train_fingerprint(r->opt);
    if (!r->core.fingerprint || json_object_set_new(r->core.fingerprint, "data", json_string(data)) != 0 ||
        json_object_set_new(r->core.fingerprint, "val", json_string(val)) != 0)
        return feri_fail(err, FER_ERR_MEMORY, "options: out of memory");
    return FER_OK;
}

static fer_status compare(const struct feri_run *r, const struct feri_checkpoint *c, fer_error *err)
{
    const fer_train_options defaults = fer_train_defaults();
    json_t *missing = feri_train_fingerprint(&defaults);
    if (!missing) return feri_fail(err, FER_ERR_MEMORY, "options: out of memory");
    fer_status st = feri_run_core_compare(&r->core, c, missing, err);
    json_decref(missing);
    if (st != FER_OK || c->at.epochs <= r->opt->epochs) return st;
    return feri_fail(err, FER_ERR_ARGUMENT,
                     "resume: %s: the checkpoint has %zu epochs already, more than the %zu asked for", r->opt->out,
                     c->at.epochs, r->opt->epochs);
}

/* ---- model and trainer ---- */

static fer_status make_model(struct feri_run *r, fer_error *err)
{
    const fer_train_options *opt = r->opt;
    const struct feri_origin origin = {
        .data = opt->data.path, .init = opt->init, .teachers = opt->teacher, .epochs = opt->epochs, .seed = opt->seed};
    char provenance[FERI_PROVENANCE_MAX];
    size_t n = feri_dataset_n_classes(r->data);
    const char **classes = calloc(n + 1, sizeof *classes);
    if (!classes) return feri_fail_memory(err, n * sizeof *classes);
    for (size_t k = 0; k < n; k++) classes[k] = feri_dataset_class(r->data, k);
    feri_provenance(&origin, provenance);
    fer_model_options m = {.height = opt->input,
                           .width = opt->input,
                           .channels = opt->channels,
                           .n_classes = n,
                           .classes = classes,
                           .preprocess = opt->preprocess,
                           .provenance = provenance,
                           .valence_arousal = opt->valence_arousal,
                           .seed = opt->seed};
    fer_status st = fer_model_new(opt->model, &m, &r->core.model, err);
    free(classes);
    return st;
}

/* The scores of a network trained with tau log(share) added to its logits assume the shares to the power 1 - tau. */
static fer_status note_prior(struct feri_run *r, const double *shares, fer_error *err)
{
    size_t n = r->core.model->n_classes;
    double *prior = calloc(n + 1, sizeof *prior);
    if (!prior) return feri_fail_memory(err, n * sizeof *prior);
    for (size_t k = 0; k < n; k++) prior[k] = pow(shares[k], 1 - (double)r->opt->logit_adjust);
    fer_status st = feri_model_set_prior(r->core.model, prior, err);
    free(prior);
    return st;
}

/* tau log(share). The share of a class is that among the targets of the drawn images. */
static fer_status make_adjustment(struct feri_run *r, fer_error *err)
{
    size_t n = r->core.model->n_classes;
    double *shares = calloc(n + 1, sizeof *shares);
    r->logit_adjust = r->opt->logit_adjust != 0 ? calloc(n + 1, sizeof *r->logit_adjust) : NULL;
    fer_status st =
        shares && (r->opt->logit_adjust == 0 || r->logit_adjust) ? FER_OK : feri_fail_memory(err, n * sizeof *shares);
    if (st == FER_OK) feri_loader_class_shares(r->loader, shares);
    if (st == FER_OK) st = note_prior(r, shares, err);
    for (size_t k = 0; st == FER_OK && r->logit_adjust && k < n; k++)
        r->logit_adjust[k] = (float)((double)r->opt->logit_adjust * log(shares[k]));
    free(shares);
    return st;
}

static fer_status make_trainer(struct feri_run *r, fer_error *err)
{
    bool *frozen;
    fer_status st = feri_init_frozen(r, &frozen, err);
    if (st != FER_OK) return st;
    struct feri_trainer_options t = {.train = *r->opt,
                                     .logit_adjust = r->logit_adjust,
                                     .samples = feri_dataset_size(r->data),
                                     .kernels = r->core.kernels,
                                     .frozen = frozen};
    st = feri_trainer_new(r->core.model, &t, &r->core.trainer, err);
    free(frozen);
    return st;
}

static void make_schedule(struct feri_run *r)
{
    const fer_train_options *opt = r->opt;
    r->schedule = (struct feri_schedule){.kind = opt->schedule,
                                         .lr = (double)opt->lr,
                                         .final = (double)opt->lr_final,
                                         .warmup = (uint64_t)llround((double)opt->warmup * (double)r->batches),
                                         .steps = (uint64_t)opt->epochs * r->batches};
}

/* ---- all together ---- */

static fer_status open_with(struct feri_run *r, const struct feri_checkpoint *c, bool resumed, fer_error *err)
{
    fer_status st;
    bool has_crop;
    if ((st = open_data(r, err)) != FER_OK || (st = make_fingerprint(r, err)) != FER_OK) return st;
    if (resumed && (st = compare(r, c, err)) != FER_OK) return st;
    if ((st = feri_run_dir_kernels(&r->core.dir, r->opt->isa, resumed ? c->at.isa : NULL, &r->core.kernels, err)) !=
        FER_OK)
        return st;
    if ((st = feri_run_core_agree(&r->core, r->opt->epochs, resumed ? c : NULL, err)) != FER_OK) return st;
    if ((st = make_model(r, err)) != FER_OK) return st;
    if (r->opt->init && !resumed && (st = feri_init_weights(r, err)) != FER_OK) return st;
    if (resumed && (st = feri_model_take_crop(r->core.model, &c->tensors, &has_crop, err)) != FER_OK) return st;
    if ((st = open_loaders(r, err)) != FER_OK || (st = make_adjustment(r, err)) != FER_OK) return st;
    if ((st = make_trainer(r, err)) != FER_OK) return st;
    make_schedule(r);
    if ((st = feri_run_core_begin(&r->core, resumed ? c : NULL, feri_log_header, err)) != FER_OK) return st;
    if (resumed) feri_run_dir_note(&r->core.dir, "resume: %zu of %zu epochs are done", c->at.epochs, r->opt->epochs);
    return write_start(r, resumed, err);
}

fer_status feri_run_open(struct feri_run *r, fer_error *err)
{
    struct feri_checkpoint c = {0};
    bool resumes = false;
    fer_status st = feri_train_options_check(r->opt, err);
    r->core.ranks = feri_ranks_size(r->opt->ranks) > 1 ? r->opt->ranks : NULL;
    r->core.dir =
        (struct feri_run_dir){r->opt->out, r->opt->resume, feri_ranks_write(r->core.ranks) ? r->events->note : NULL,
                              r->events->user, json_array()};
    if (!r->core.dir.notes) return feri_fail_memory(err, sizeof r->core.dir);
    if (st == FER_OK) st = feri_crew_check(r->core.ranks, r->opt->batch, err);
    if (st == FER_OK) st = feri_run_core_look(&r->core, &c, &resumes, err);
    if (st == FER_OK) st = open_with(r, &c, resumes, err);
    feri_checkpoint_free(&c);
    return st;
}

void feri_run_close(struct feri_run *r)
{
    feri_loader_free(r->loader);
    feri_loader_free(r->val_loader);
    feri_dataset_close(r->data);
    feri_dataset_close(r->val);
    free(r->val_map);
    feri_run_core_close(&r->core);
    free(r->logit_adjust);
    free(r->va_truth);
}
