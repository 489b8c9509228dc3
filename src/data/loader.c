/* Worker threads fill the slots of a ring in the order of batch numbers; the consumer takes them in the same order. A
 * batch is the unit of work: its content depends only on (seed, epoch, number). Decoded pictures are kept in memory if
 * all of them fit in CACHE_MAX. */
#include "data/loader.h"

#include "base/error.h"
#include "base/mem.h"
#include "data/draws.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* bytes of decoded pictures to keep, if all of them fit */
#define CACHE_MAX      ((size_t)128 << 20)
#define STREAM_ORDER   0x0DE5                       /* random streams: the order of an epoch */
#define STREAM_AUGMENT 0xA0617                      /* and of the samples' augmentation */
#define STREAM_VIEW    UINT64_C(0x7669657700000000) /* and of views that come again */
#define STREAM_MIX     UINT64_C(0x6D697800000000)   /* and of the mixing within batches */
#define STREAM_DEGRADE 0x51D0                       /* of the samples' noise */
#define STREAM_WORSEN  UINT64_C(0x776F720000000000) /* of the random degradations */

enum slot_state { SLOT_FREE, SLOT_FILLING, SLOT_READY };

struct slot {
    enum slot_state state;
    size_t number; /* of the batch */
    size_t n, total;
    float *images, *clean, *targets; /* clean: NULL if clean images are not kept */
    size_t *labels, *indices, *others;
    double lambda;
    fer_status status;
    fer_error error;
    char skipped[400]; /* why the first picture was left out, if one was */
};

struct feri_loader {
    const struct feri_dataset *ds;
    struct feri_loader_options opt;
    size_t sample_size; /* floats of an image */
    size_t *order;      /* samples of this epoch */
    size_t n_order, n_batches;
    size_t n_mine;   /* batches that this rank takes */
    size_t capacity; /* samples of a slot */
    struct feri_draws *draws;
    uint64_t epoch;
    struct slot *slots;
    size_t n_slots;
    size_t next_fill, next_take; /* batch numbers */
    size_t taken;                /* slot the consumer holds, or n_slots */
    size_t n_skipped;
    char skipped[400]; /* the sentence about the first */
    bool stop;
    uint64_t generation; /* of the epoch, so that a worker notices a restart */
    pthread_mutex_t lock, cache_lock;
    pthread_cond_t filled, freed;
    pthread_t *threads;
    unsigned n_threads;
    pid_t process; /* process of the workers */
    struct feri_pixels *cache;
    size_t cache_size;
};

/* ---- decoded pictures ---- */

/* *owned is true if the caller must free *out. */
static fer_status picture(struct feri_loader *l, size_t i, struct feri_pixels *out, bool *owned, fer_error *err)
{
    pthread_mutex_lock(&l->cache_lock);
    *out = l->cache[i];
    pthread_mutex_unlock(&l->cache_lock);
    *owned = false;
    if (out->data) return FER_OK;
    fer_status st = feri_dataset_read(l->ds, i, out, err);
    if (st != FER_OK) return st;
    size_t size = out->w * out->h * out->c;
    pthread_mutex_lock(&l->cache_lock);
    bool all_fit = size <= CACHE_MAX / feri_dataset_size(l->ds);
    bool keep = all_fit && !l->cache[i].data && l->cache_size + size <= CACHE_MAX;
    if (keep) {
        l->cache[i] = *out;
        l->cache_size += size;
    }
    pthread_mutex_unlock(&l->cache_lock);
    *owned = !keep;
    return FER_OK;
}

/* ---- one batch ---- */

/* Replace src by its degraded copy. The noise depends on the sample. */
static fer_status degrade(const struct feri_loader *l, size_t sample, struct feri_pixels *src, bool *owned,
                          fer_error *err)
{
    struct feri_pixels worse;
    if (l->opt.degradation == FER_DEGRADE_NONE) return FER_OK;
    struct feri_rng rng = feri_rng_new(l->opt.seed, STREAM_DEGRADE, sample);
    fer_status st = feri_degrade(l->opt.degradation, &rng, src, &worse, err);
    if (st != FER_OK) return st;
    if (*owned) feri_pixels_free(src);
    *src = worse;
    *owned = true;
    return FER_OK;
}

/* Write image i of the slot: first the clean one if it is kept, then the degraded one. */
static fer_status finish(const struct feri_loader *l, struct slot *s, struct feri_rng *rng, struct feri_pixels *px,
                         fer_error *err)
{
    size_t at = s->n * l->sample_size;
    if (s->clean) feri_preprocess_apply(&l->opt.preprocess, px, s->clean + at);
    fer_status st = l->opt.degrade > 0 ? feri_degrade_randomly(l->opt.degrade, rng, px, err) : FER_OK;
    if (st == FER_OK) feri_preprocess_apply(&l->opt.preprocess, px, s->images + at);
    return st;
}

static size_t view_of(const struct feri_loader *l, uint64_t epoch)
{
    return l->opt.views ? (size_t)(epoch % l->opt.views) : 0;
}

/* A view depends on its number and the sample, wherever the sample lies in the epoch's order. */
static struct feri_rng augmentation(const struct feri_loader *l, uint64_t epoch, size_t position)
{
    if (l->opt.views) return feri_rng_new(l->opt.seed, STREAM_VIEW + view_of(l, epoch), l->order[position]);
    return feri_rng_new(l->opt.seed, STREAM_AUGMENT + epoch, position);
}

/* Load the sample at a position of the epoch's order as the slot's next image. */
static fer_status prepare(struct feri_loader *l, uint64_t epoch, size_t position, struct slot *s, fer_error *err)
{
    size_t sample = l->order[position];
    struct feri_pixels src, sized = {0}, other = {0};
    bool owned;
    fer_status st = picture(l, sample, &src, &owned, err);
    if (st != FER_OK) return st;
    struct feri_rng rng = augmentation(l, epoch, position);
    st = degrade(l, sample, &src, &owned, err);
    if (st == FER_OK) st = feri_augment_apply(&l->opt.augment, &rng, &src, l->opt.w, l->opt.h, &sized, err);
    if (owned) feri_pixels_free(&src);
    if (st == FER_OK && sized.c != l->opt.c) {
        st = feri_image_convert(&sized, l->opt.c, &other, err);
        feri_pixels_free(&sized);
        sized = other;
    }
    struct feri_rng worsen = feri_rng_new(l->opt.seed, STREAM_WORSEN + epoch, position);
    if (st == FER_OK) st = finish(l, s, &worsen, &sized, err);
    feri_pixels_free(&sized);
    return st;
}

static size_t label_of(const struct feri_loader *l, size_t sample)
{
    size_t label = feri_dataset_label(l->ds, sample);
    return l->opt.class_map ? l->opt.class_map[label] : label;
}

static void fill_targets(const struct feri_loader *l, struct slot *s, size_t at, size_t sample)
{
    size_t k = l->opt.n_classes;
    const float *target = feri_dataset_target(l->ds, sample);
    memset(s->targets + at * k, 0, k * sizeof *s->targets);
    for (size_t i = 0; i < feri_dataset_n_classes(l->ds); i++)
        s->targets[at * k + (l->opt.class_map ? l->opt.class_map[i] : i)] += target[i];
    s->labels[at] = label_of(l, sample);
    s->indices[at] = sample;
}

static bool mixes(const struct feri_loader *l)
{
    return l->opt.mix.mixup > 0 || l->opt.mix.cutmix > 0;
}

static double mix_slot(const struct feri_loader *l, struct slot *s, uint64_t epoch, float *images, bool labels)
{
    struct feri_rng rng = feri_rng_new(l->opt.seed, STREAM_MIX + epoch, s->number);
    struct feri_mix_batch b = {
        s->n, l->opt.h, l->opt.w, l->opt.c, l->opt.n_classes, images, labels ? s->targets : NULL, s->labels};
    return feri_mix_apply(&l->opt.mix, &rng, &b);
}

static void mix(const struct feri_loader *l, struct slot *s, uint64_t epoch)
{
    for (size_t i = 0; i < s->n; i++) s->others[i] = s->indices[s->n - 1 - i];
    s->lambda = mix_slot(l, s, epoch, s->images, true);
    if (s->clean) mix_slot(l, s, epoch, s->clean, false);
}

/* Load the sample at a position. With replace_bad, another one if necessary: each position has the same substitute on
 * every rank. */
static fer_status load(struct feri_loader *l, uint64_t epoch, size_t position, struct slot *s, size_t *skipped)
{
    fer_status st = FER_OK;
    for (size_t i = 0; i < l->n_order; i++) {
        size_t at = (position + i) % l->n_order;
        st = prepare(l, epoch, at, s, &s->error);
        if (st == FER_OK) fill_targets(l, s, s->n++, l->order[at]);
        if (st == FER_OK || !(l->opt.skip_bad || l->opt.replace_bad) || st == FER_ERR_MEMORY) return st;
        if ((*skipped)++ == 0) snprintf(s->skipped, sizeof s->skipped, "%.399s", s->error.text);
        if (!l->opt.replace_bad) return FER_OK;
    }
    return feri_fail(&s->error, FER_ERR_FORMAT, "none of the pictures could be read; the last: %.300s", s->skipped);
}

/* This rank's samples of a batch of n from position `begin` on. If they are mixed, the partner of each follows, in the
 * order in which feri_mix_apply() pairs them. */
static fer_status fill_own(struct feri_loader *l, struct slot *s, uint64_t epoch, size_t begin, size_t *skipped)
{
    const struct feri_slots *slots = &l->opt.slots;
    size_t n = s->total, first = feri_slots_begin(slots, slots->rank, n),
           own = feri_slots_samples(slots, slots->rank, n);
    fer_status st = FER_OK;
    size_t uncounted = 0; /* a partner's rank counts it */
    bool mixed = mixes(l) && n > 1;
    for (size_t i = 0; st == FER_OK && i < own; i++) st = load(l, epoch, begin + first + i, s, skipped);
    for (size_t i = own; st == FER_OK && mixed && i-- > 0;)
        st = load(l, epoch, begin + n - 1 - (first + i), s, &uncounted);
    if (st != FER_OK) return st;
    if (mixed) mix(l, s, epoch);
    else s->lambda = 1;
    s->n = own;
    size_t middle = n / 2;
    if (!mixed || n % 2 == 0 || middle < first || middle >= first + own) return FER_OK;
    s->n = middle - first; /* the middle one has no partner */
    st = load(l, epoch, begin + middle, s, &uncounted);
    s->n = own;
    return st;
}

static fer_status fill_all(struct feri_loader *l, struct slot *s, uint64_t epoch, size_t begin, size_t *skipped)
{
    fer_status st = FER_OK;
    for (size_t i = 0; st == FER_OK && i < s->total; i++) st = load(l, epoch, begin + i, s, skipped);
    mix(l, s, epoch);
    return st;
}

/* Returns the number of pictures left out. order and epoch are those of the moment when the batch was assigned. */
static size_t fill(struct feri_loader *l, struct slot *s, uint64_t epoch)
{
    size_t number = l->opt.turns ? s->number * l->opt.turns + l->opt.turn : s->number, begin = number * l->opt.batch,
           end = begin + l->opt.batch, skipped = 0;
    if (end > l->n_order) end = l->n_order;
    s->n = 0;
    s->total = end - begin;
    s->status = l->opt.slots.size > 1 ? fill_own(l, s, epoch, begin, &skipped) : fill_all(l, s, epoch, begin, &skipped);
    if (l->opt.slots.size < 2) s->total = s->n;
    return skipped;
}

/* ---- workers ---- */

static struct slot *free_slot(struct feri_loader *l)
{
    if (l->next_fill >= l->n_mine || l->next_fill >= l->next_take + l->n_slots - 1) return NULL;
    for (size_t i = 0; i < l->n_slots; i++)
        if (l->slots[i].state == SLOT_FREE) return &l->slots[i];
    return NULL;
}

static void *worker_main(void *arg)
{
    struct feri_loader *l = arg;
    pthread_mutex_lock(&l->lock);
    while (!l->stop) {
        struct slot *s = free_slot(l);
        if (!s) {
            pthread_cond_wait(&l->freed, &l->lock);
            continue;
        }
        s->state = SLOT_FILLING;
        s->number = l->next_fill++;
        uint64_t epoch = l->epoch, generation = l->generation;
        pthread_mutex_unlock(&l->lock);
        size_t skipped = fill(l, s, epoch);
        pthread_mutex_lock(&l->lock);
        if (skipped && l->n_skipped == 0) snprintf(l->skipped, sizeof l->skipped, "%.399s", s->skipped);
        l->n_skipped += skipped;
        s->state = generation == l->generation ? SLOT_READY : SLOT_FREE;
        pthread_cond_broadcast(&l->filled);
    }
    pthread_mutex_unlock(&l->lock);
    return NULL;
}

/* ---- epochs ---- */

static void make_order(struct feri_loader *l)
{
    struct feri_rng rng = feri_rng_new(l->opt.seed, STREAM_ORDER, l->epoch);
    bool by_chance = l->opt.shuffle || l->opt.oversample > 0;
    feri_draws_make(l->draws, by_chance ? &rng : NULL, l->order);
}

/* A child after fork() has a copy of the loader's memory, but neither its threads nor locks that it can take. */
static bool is_of_parent(const struct feri_loader *l)
{
    return l->process != getpid();
}

static fer_status refuse_child(fer_error *err)
{
    return feri_fail(err, FER_ERR_UNSUPPORTED,
                     "a run that began before fork() cannot go on in the child: start it in the child");
}

fer_status feri_loader_start(struct feri_loader *l, uint64_t epoch, fer_error *err)
{
    if (is_of_parent(l)) return refuse_child(err);
    pthread_mutex_lock(&l->lock);
    l->generation++;
    l->next_fill = l->n_mine; /* assign no batch while the order changes */
    for (size_t i = 0; i < l->n_slots; i++)
        while (l->slots[i].state == SLOT_FILLING) pthread_cond_wait(&l->filled, &l->lock);
    for (size_t i = 0; i < l->n_slots; i++) l->slots[i].state = SLOT_FREE;
    l->taken = l->n_slots;
    l->epoch = epoch;
    make_order(l);
    l->next_fill = l->next_take = 0;
    pthread_cond_broadcast(&l->freed);
    pthread_mutex_unlock(&l->lock);
    return FER_OK;
}

static struct slot *ready_slot(struct feri_loader *l)
{
    for (size_t i = 0; i < l->n_slots; i++)
        if (l->slots[i].state == SLOT_READY && l->slots[i].number == l->next_take) return &l->slots[i];
    return NULL;
}

fer_status feri_loader_next(struct feri_loader *l, struct feri_batch *batch, fer_error *err)
{
    struct slot *s = NULL;
    fer_status st = FER_OK;
    *batch = (struct feri_batch){0};
    if (is_of_parent(l)) return refuse_child(err);
    pthread_mutex_lock(&l->lock);
    do {
        if (l->taken < l->n_slots) {
            l->slots[l->taken].state = SLOT_FREE;
            l->taken = l->n_slots;
            pthread_cond_broadcast(&l->freed);
        }
        if (l->next_take >= l->n_mine) break;
        while (!(s = ready_slot(l))) pthread_cond_wait(&l->filled, &l->lock);
        l->taken = (size_t)(s - l->slots);
        l->next_take++;
        pthread_cond_broadcast(&l->freed);
        st = s->status;
    } while (st == FER_OK && s->n == 0 && !l->opt.turns); /* all of its pictures were left out */
    if (st != FER_OK) feri_fail(err, st, "%s", s->error.text);
    else if (s && s->n)
        *batch = (struct feri_batch){.n = s->n,
                                     .total = s->total,
                                     .images = s->images,
                                     .clean = s->clean,
                                     .targets = s->targets,
                                     .labels = s->labels,
                                     .indices = s->indices,
                                     .view = view_of(l, l->epoch),
                                     .others = s->others,
                                     .lambda = s->lambda};
    pthread_mutex_unlock(&l->lock);
    return st;
}

size_t feri_loader_n_batches(const struct feri_loader *l)
{
    return l->n_batches;
}

/* Only feri_loader_start() changes the order, and the caller does not call it at the same time. */
void feri_loader_class_counts(const struct feri_loader *l, size_t *counts)
{
    size_t end = l->n_batches * l->opt.batch; /* samples after the last whole batch may be left out */
    if (end > l->n_order) end = l->n_order;
    memset(counts, 0, l->opt.n_classes * sizeof *counts);
    for (size_t i = 0; i < end; i++) counts[label_of(l, l->order[i])]++;
}

void feri_loader_class_shares(const struct feri_loader *l, double *shares)
{
    size_t n = feri_dataset_size(l->ds);
    double least = 0.5 / (double)n;
    for (size_t k = 0; k < l->opt.n_classes; k++) shares[k] = 0;
    for (size_t i = 0; i < n; i++) {
        const float *target = feri_dataset_target(l->ds, i);
        double weight = feri_draws_share(l->draws, i);
        for (size_t k = 0; k < feri_dataset_n_classes(l->ds); k++)
            shares[l->opt.class_map ? l->opt.class_map[k] : k] += weight * (double)target[k];
    }
    for (size_t k = 0; k < l->opt.n_classes; k++)
        if (shares[k] <= 0) shares[k] = least;
}

const char *feri_loader_skipped(const struct feri_loader *l)
{
    return l->skipped;
}

size_t feri_loader_n_skipped(const struct feri_loader *l)
{
    struct feri_loader *m = (struct feri_loader *)(uintptr_t)l;
    if (is_of_parent(l)) return l->n_skipped;
    pthread_mutex_lock(&m->lock);
    size_t n = l->n_skipped;
    pthread_mutex_unlock(&m->lock);
    return n;
}

/* ---- creation and end ---- */

/* Samples of a slot: with ranks, this rank's and those with which they are mixed. */
static size_t capacity_of(const struct feri_loader *l)
{
    if (l->opt.slots.size < 2) return l->opt.batch;
    return feri_slots_samples_max(&l->opt.slots, l->opt.batch) * (mixes(l) ? 2 : 1);
}

static bool new_slot(const struct feri_loader *l, struct slot *s)
{
    size_t n = l->capacity;
    s->images = feri_alloc(n * l->sample_size * sizeof *s->images);
    s->targets = calloc(n * l->opt.n_classes, sizeof *s->targets);
    s->labels = calloc(n, sizeof *s->labels);
    s->indices = calloc(n, sizeof *s->indices);
    s->others = calloc(n, sizeof *s->others);
    if (l->opt.keep_clean) s->clean = feri_alloc(n * l->sample_size * sizeof *s->clean);
    return s->images && (!l->opt.keep_clean || s->clean) && s->targets && s->labels && s->indices && s->others;
}

static fer_status new_slots(struct feri_loader *l, fer_error *err)
{
    size_t floats;
    l->capacity = capacity_of(l);
    if (!feri_size_mul(l->capacity, l->sample_size, &floats) || floats > SIZE_MAX / 8)
        return feri_fail(err, FER_ERR_MEMORY, "out of memory for a batch of %zu images", l->opt.batch);
    l->n_slots = 2 + l->n_threads;
    l->slots = calloc(l->n_slots, sizeof *l->slots);
    for (size_t i = 0; l->slots && i < l->n_slots; i++)
        if (!new_slot(l, &l->slots[i])) return feri_fail_memory(err, floats * sizeof(float));
    return l->slots ? FER_OK : feri_fail_memory(err, l->n_slots * sizeof *l->slots);
}

/* Batches that this rank takes. */
static size_t count_mine(const struct feri_loader *l)
{
    if (!l->opt.turns) return l->n_batches;
    return l->n_batches > l->opt.turn ? (l->n_batches - l->opt.turn + l->opt.turns - 1) / l->opt.turns : 0;
}

static fer_status set_up(struct feri_loader *l, fer_error *err)
{
    size_t n = feri_dataset_size(l->ds);
    fer_status st;
    l->sample_size = l->opt.h * l->opt.w * l->opt.c;
    l->n_order = feri_draws_count(l->ds, l->opt.oversample);
    l->n_batches = l->opt.drop_last ? l->n_order / l->opt.batch : (l->n_order + l->opt.batch - 1) / l->opt.batch;
    l->n_mine = count_mine(l);
    l->order = calloc(l->n_order, sizeof *l->order);
    l->cache = calloc(n, sizeof *l->cache);
    l->threads = calloc(l->opt.workers ? l->opt.workers : 1, sizeof *l->threads);
    if (!l->order || !l->cache || !l->threads) return feri_fail_memory(err, l->n_order * sizeof *l->order);
    unsigned wanted = l->opt.workers ? l->opt.workers : 1;
    l->n_threads = wanted;
    st = new_slots(l, err);
    l->n_threads = 0;
    if (st != FER_OK || (st = feri_draws_new(l->ds, l->opt.oversample, &l->draws, err)) != FER_OK) return st;
    l->taken = l->n_slots;
    l->next_fill = l->next_take = l->n_mine; /* nothing to do before feri_loader_start() */
    while (l->n_threads < wanted && pthread_create(&l->threads[l->n_threads], NULL, worker_main, l) == 0)
        l->n_threads++; /* fewer workers do the same work */
    if (l->n_threads == 0)
        return feri_fail(err, FER_ERR_MEMORY,
                         "cannot start a thread that reads pictures: the system is out of memory "
                         "or the user's limit of threads (ulimit -u) is reached");
    return FER_OK;
}

fer_status feri_loader_new(const struct feri_dataset *ds, const struct feri_loader_options *opt,
                           struct feri_loader **out, fer_error *err)
{
    *out = NULL;
    if (opt->batch == 0 || opt->workers > 256)
        return feri_fail(err, FER_ERR_ARGUMENT, "batch %zu (at least 1), %u workers (at most 256)", opt->batch,
                         opt->workers);
    struct feri_loader *l = calloc(1, sizeof *l);
    if (!l) return feri_fail_memory(err, sizeof *l);
    l->ds = ds;
    l->opt = *opt;
    l->process = getpid();
    pthread_mutex_init(&l->lock, NULL);
    pthread_mutex_init(&l->cache_lock, NULL);
    pthread_cond_init(&l->filled, NULL);
    pthread_cond_init(&l->freed, NULL);
    fer_status st = set_up(l, err);
    if (st != FER_OK) {
        feri_loader_free(l);
        return st;
    }
    *out = l;
    return FER_OK;
}

static void stop_workers(struct feri_loader *l)
{
    pthread_mutex_lock(&l->lock);
    l->stop = true;
    pthread_cond_broadcast(&l->freed);
    pthread_mutex_unlock(&l->lock);
    for (unsigned i = 0; i < l->n_threads; i++) pthread_join(l->threads[i], NULL);
    pthread_cond_destroy(&l->filled);
    pthread_cond_destroy(&l->freed);
    pthread_mutex_destroy(&l->lock);
    pthread_mutex_destroy(&l->cache_lock);
}

void feri_loader_free(struct feri_loader *l)
{
    if (!l) return;
    if (!is_of_parent(l)) stop_workers(l);
    for (size_t i = 0; l->slots && i < l->n_slots; i++) {
        feri_free(l->slots[i].images);
        feri_free(l->slots[i].clean);
        free(l->slots[i].targets);
        free(l->slots[i].labels);
        free(l->slots[i].indices);
        free(l->slots[i].others);
    }
    for (size_t i = 0; l->cache && i < feri_dataset_size(l->ds); i++) feri_pixels_free(&l->cache[i]);
    free(l->slots);
    free(l->cache);
    free(l->threads);
    free(l->order);
    feri_draws_free(l->draws);
    free(l);
}
