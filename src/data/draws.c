#include "data/draws.h"

#include "base/error.h"

#include <math.h>
#include <stdlib.h>

struct feri_draws {
    const struct feri_dataset *ds;
    float oversample;
    size_t n;              /* draws */
    size_t *class_first;   /* [classes + 1] into members */
    size_t *members;       /* samples by class, in each class by number */
    double *sums;          /* [samples] of the members' weights from the class's first one to this; NULL: all are 1 */
    double total;          /* of all weights */
    size_t filled_classes; /* that have members */
};

/* ---- weights ---- */

/* The number of neighbouring samples from i on that have its weight: those of one part of a joined set. */
static size_t run_of(const struct feri_dataset *ds, size_t i)
{
    size_t end = i + 1;
    while (end < feri_dataset_size(ds) && feri_dataset_weight(ds, end) == feri_dataset_weight(ds, i)) end++;
    return end - i;
}

/* n samples are each drawn as often as the whole part of their weight says, and some of them once more. */
static size_t extra_of(size_t n, float weight)
{
    return (size_t)llround((double)n * ((double)weight - floor((double)weight)));
}

size_t feri_draws_count(const struct feri_dataset *ds, float oversample)
{
    size_t n = 0, run;
    for (size_t i = 0; i < feri_dataset_size(ds); i += run) {
        float weight = feri_dataset_weight(ds, i);
        run = run_of(ds, i);
        n += run * (size_t)weight + extra_of(run, weight);
    }
    if (oversample > 0) n = (size_t)((double)oversample * (double)n);
    return n ? n : 1;
}

/* ---- creation ---- */

static void index_classes(struct feri_draws *d)
{
    size_t n = feri_dataset_size(d->ds), k = feri_dataset_n_classes(d->ds);
    size_t *next = d->class_first + 1; /* shifted by one: the counting sort turns it into the table of first members */
    for (size_t i = 0; i < n; i++) next[feri_dataset_label(d->ds, i) + 1]++;
    for (size_t c = 0; c < k; c++) next[c + 1] += next[c];
    for (size_t i = 0; i < n; i++) d->members[next[feri_dataset_label(d->ds, i)]++] = i;
    for (size_t c = 0; c < k; c++) d->filled_classes += d->class_first[c + 1] > d->class_first[c];
}

static void add_weights(struct feri_draws *d)
{
    for (size_t c = 0; c < feri_dataset_n_classes(d->ds); c++) {
        double sum = 0;
        for (size_t i = d->class_first[c]; i < d->class_first[c + 1]; i++)
            d->sums[i] = sum += (double)feri_dataset_weight(d->ds, d->members[i]);
        d->total += sum;
    }
}

fer_status feri_draws_new(const struct feri_dataset *ds, float oversample, struct feri_draws **out, fer_error *err)
{
    size_t n = feri_dataset_size(ds);
    bool weighted = feri_dataset_has_weights(ds);
    struct feri_draws *d = *out = calloc(1, sizeof *d);
    if (!d) return feri_fail_memory(err, sizeof *d);
    *d = (struct feri_draws){.ds = ds, .oversample = oversample, .n = feri_draws_count(ds, oversample)};
    d->class_first = calloc(feri_dataset_n_classes(ds) + 2, sizeof *d->class_first);
    d->members = calloc(n, sizeof *d->members);
    if (weighted) d->sums = calloc(n, sizeof *d->sums);
    if (!d->class_first || !d->members || (weighted && !d->sums)) {
        feri_draws_free(d);
        *out = NULL;
        return feri_fail_memory(err, n * sizeof *d->members);
    }
    index_classes(d);
    if (weighted) add_weights(d);
    return FER_OK;
}

void feri_draws_free(struct feri_draws *d)
{
    if (!d) return;
    free(d->class_first);
    free(d->members);
    free(d->sums);
    free(d);
}

/* ---- drawing ---- */

static void swap(size_t *a, size_t *b)
{
    size_t t = *a;
    *a = *b;
    *b = t;
}

static void shuffle(size_t *order, size_t n, struct feri_rng *rng)
{
    for (size_t i = n; i > 1; i--) swap(&order[i - 1], &order[feri_rng_below(rng, (uint32_t)i)]);
}

/* The member of a class at a share of its sum of weights. */
static size_t find_member(const struct feri_draws *d, size_t class, double share)
{
    size_t low = d->class_first[class], high = d->class_first[class + 1] - 1;
    double at = share * d->sums[high];
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (d->sums[middle] > at) high = middle;
        else low = middle + 1;
    }
    return low;
}

/* Each draw selects a class that has members, uniformly, then one of its samples by their weights. So a sample's share
 * is its weight / (sum of the weights of its class). */
static void draw_balanced(const struct feri_draws *d, struct feri_rng *rng, size_t *order)
{
    uint32_t classes = (uint32_t)feri_dataset_n_classes(d->ds);
    for (size_t i = 0; i < d->n;) {
        size_t k = feri_rng_below(rng, classes), n = d->class_first[k + 1] - d->class_first[k];
        if (n == 0) continue;
        size_t at =
            d->sums ? find_member(d, k, feri_rng_uniform(rng)) : d->class_first[k] + feri_rng_below(rng, (uint32_t)n);
        order[i++] = d->members[at];
    }
}

/* The n samples from `first` on, as often as their weight says: its whole part in rounds, the rest by selection
 * sampling (Knuth, algorithm S). Returns how many draws that are. */
static size_t draw_part(const struct feri_draws *d, size_t first, size_t n, struct feri_rng *rng, size_t *order)
{
    float weight = feri_dataset_weight(d->ds, first);
    size_t at = 0, left = extra_of(n, weight);
    for (size_t round = 0; round < (size_t)weight; round++)
        for (size_t i = 0; i < n; i++) order[at++] = first + i;
    for (size_t i = 0; i < n && left > 0; i++)
        if (feri_rng_below(rng, (uint32_t)(n - i)) < left) {
            order[at++] = first + i;
            left--;
        }
    return at;
}

void feri_draws_make(const struct feri_draws *d, struct feri_rng *rng, size_t *order)
{
    size_t at = 0, run;
    if (d->oversample > 0) {
        draw_balanced(d, rng, order);
        return;
    }
    for (size_t i = 0; i < feri_dataset_size(d->ds); i += run) {
        run = run_of(d->ds, i);
        at += draw_part(d, i, run, rng, order + at);
    }
    if (rng) shuffle(order, at, rng);
}

double feri_draws_share(const struct feri_draws *d, size_t i)
{
    size_t label = feri_dataset_label(d->ds, i), first = d->class_first[label], end = d->class_first[label + 1];
    double weight = d->sums ? (double)feri_dataset_weight(d->ds, i) : 1;
    double classes = (double)d->filled_classes;
    if (d->oversample <= 0) return weight / (d->sums ? d->total : (double)feri_dataset_size(d->ds));
    return weight / (classes * (d->sums ? d->sums[end - 1] : (double)(end - first)));
}
