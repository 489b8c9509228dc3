#include "data/scan.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/pool.h"
#include "base/progress.h"

#include <stdio.h>
#include <stdlib.h>

#define BLOCK 256 /* pictures between two reports */

struct block {
    const struct feri_dataset *ds;
    size_t first;
    struct feri_scanned found[BLOCK]; /* n: 1, or 0 for a picture that cannot be read */
    fer_status status[BLOCK];
    char sentences[BLOCK][sizeof((struct feri_scan *)0)->first];
};

static void scan_one(void *arg, size_t task, size_t worker)
{
    struct block *b = arg;
    struct feri_pixels px;
    fer_error err;
    (void)worker;
    b->found[task] = (struct feri_scanned){0};
    b->status[task] = feri_dataset_read(b->ds, b->first + task, &px, &err);
    if (b->status[task] != FER_OK) {
        snprintf(b->sentences[task], sizeof b->sentences[task], "%.199s", err.text);
        return;
    }
    b->found[task] = (struct feri_scanned){px.w, px.h, px.c, 1};
    feri_pixels_free(&px);
}

static int by_size(const void *a, const void *b)
{
    const struct feri_scanned *x = a, *y = b;
    if (x->width != y->width) return x->width < y->width ? -1 : 1;
    if (x->height != y->height) return x->height < y->height ? -1 : 1;
    return (x->channels > y->channels) - (x->channels < y->channels);
}

/* One row for each size. */
static void merge_sizes(struct feri_scan *s)
{
    size_t n = 0;
    if (s->n_sizes) qsort(s->sizes, s->n_sizes, sizeof *s->sizes, by_size);
    for (size_t i = 0; i < s->n_sizes; i++) {
        if (n && by_size(&s->sizes[n - 1], &s->sizes[i]) == 0) s->sizes[n - 1].n += s->sizes[i].n;
        else s->sizes[n++] = s->sizes[i];
    }
    s->n_sizes = s->n_merged = n;
}

/* Photographs can have as many sizes as there are: rows are merged when twice as many wait. */
static bool count_size(struct feri_scan *s, const struct feri_scanned *one)
{
    if (s->n_sizes >= 2 * s->n_merged + BLOCK) merge_sizes(s);
    if (!feri_grow(&s->sizes, &s->cap, s->n_sizes + 1, sizeof *s->sizes)) return false;
    s->sizes[s->n_sizes++] = *one;
    return true;
}

static fer_status count_block(struct feri_scan *s, const struct block *b, size_t n, fer_error *err)
{
    for (size_t i = 0; i < n; i++) {
        if (b->status[i] == FER_ERR_MEMORY) return feri_fail(err, FER_ERR_MEMORY, "%s", b->sentences[i]);
        if (b->found[i].n && !count_size(s, &b->found[i])) return feri_fail_memory(err, s->cap * sizeof *s->sizes);
        if (b->found[i].n) continue;
        if (s->unreadable++ == 0) snprintf(s->first, sizeof s->first, "%s", b->sentences[i]);
    }
    return FER_OK;
}

static int by_count(const void *a, const void *b)
{
    const struct feri_scanned *x = a, *y = b;
    if (x->n != y->n) return x->n < y->n ? 1 : -1;
    if (x->width != y->width) return x->width < y->width ? -1 : 1;
    return x->height != y->height ? (x->height < y->height ? -1 : 1)
                                  : (x->channels > y->channels) - (x->channels < y->channels);
}

fer_status feri_scan_pictures(const struct feri_dataset *ds, const fer_data_info_options *opt, struct feri_scan *out,
                              fer_error *err)
{
    size_t total = feri_dataset_size(ds);
    *out = (struct feri_scan){0};
    struct block *b = calloc(1, sizeof *b);
    struct feri_pool *pool = NULL;
    fer_status st = b ? feri_pool_new(opt->threads, &pool, err) : feri_fail_memory(err, sizeof *b);
    if (st == FER_OK) b->ds = ds;
    for (size_t done = 0; done < total && st == FER_OK; done += BLOCK) {
        size_t n = total - done < BLOCK ? total - done : BLOCK;
        b->first = done;
        feri_pool_run(pool, n, scan_one, b);
        st = count_block(out, b, n, err);
        if (st == FER_OK && !feri_progress(opt->progress, opt->progress_user, "reading pictures", done + n, total))
            st = feri_fail(err, FER_ERR_STOPPED, "%s: stopped", feri_dataset_path(ds));
    }
    feri_pool_free(pool);
    free(b);
    merge_sizes(out);
    if (out->n_sizes) qsort(out->sizes, out->n_sizes, sizeof *out->sizes, by_count);
    return st;
}

void feri_scan_free(struct feri_scan *s)
{
    free(s->sizes);
    *s = (struct feri_scan){0};
}
