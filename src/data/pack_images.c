#include "data/pack_images.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/pool.h"
#include "base/progress.h"
#include "data/samples.h"
#include "data/table_writer.h"
#include "image/image.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK 128 /* number of images that all threads prepare together before they are written in order */

struct item {
    uint8_t *data;
    size_t size;
    struct feri_pixels raw; /* width 0: data are a file's bytes */
    fer_status status;
    fer_error error;
};

struct job {
    const struct feri_dataset *ds;
    const fer_pack_options *opt;
    struct feri_pool *pool;
    size_t first;
    struct item items[BLOCK];
    struct feri_pack_writer writer;
    struct feri_packed_at *places; /* [size of ds]; size 0: left out */
    struct feri_packed done;
};

static fer_status shape(const fer_pack_options *opt, struct feri_pixels *px, fer_error *err)
{
    struct feri_pixels sized = {0}, converted = {0};
    fer_status st = feri_image_resize(px, opt->side, opt->side, &sized, err);
    if (st == FER_OK) st = feri_image_convert(&sized, opt->channels, &converted, err);
    feri_pixels_free(&sized);
    feri_pixels_free(px);
    *px = converted;
    return st;
}

/* Files are decoded too, so that a pack contains nothing that cannot be read. */
static void prepare(void *arg, size_t task, size_t worker)
{
    struct job *j = arg;
    struct item *item = &j->items[task];
    size_t i = j->first + task;
    (void)worker;
    *item = (struct item){0};
    item->status = feri_dataset_read(j->ds, i, &item->raw, &item->error);
    if (item->status != FER_OK) return;
    if (j->opt->side) {
        item->status = shape(j->opt, &item->raw, &item->error);
        return;
    }
    item->status = feri_dataset_read_file(j->ds, i, &item->data, &item->size, &item->error);
    if (item->status == FER_OK) feri_pixels_free(&item->raw);
    /* it has no file of its own: use its pixels */
    if (item->status == FER_ERR_UNSUPPORTED) item->status = FER_OK;
}

static fer_status write_item(struct job *j, struct item *item, size_t i, fer_error *err)
{
    struct feri_packed_at *at = &j->places[i];
    if (item->status != FER_OK) {
        if (!j->ds->opt.skip_bad || item->status == FER_ERR_MEMORY)
            return feri_fail(err, item->status, "%s", item->error.text);
        j->done.skipped++;
        return FER_OK;
    }
    *at = (struct feri_packed_at){.size = item->size};
    if (item->raw.data)
        *at =
            (struct feri_packed_at){0, item->raw.w * item->raw.h * item->raw.c, item->raw.w, item->raw.h, item->raw.c};
    j->done.images++;
    return feri_pack_add(&j->writer, item->raw.data ? item->raw.data : item->data, at->size, &at->at, err);
}

static fer_status write_block(struct job *j, size_t n, fer_error *err)
{
    fer_status st = FER_OK;
    for (size_t k = 0; k < n; k++) {
        if (st == FER_OK) st = write_item(j, &j->items[k], j->first + k, err);
        free(j->items[k].data);
        feri_pixels_free(&j->items[k].raw);
    }
    return st;
}

static fer_status write_images(struct job *j, fer_error *err)
{
    size_t total = feri_dataset_size(j->ds);
    fer_status st = FER_OK;
    for (; j->first < total && st == FER_OK; j->first += BLOCK) {
        size_t n = total - j->first < BLOCK ? total - j->first : BLOCK;
        feri_pool_run(j->pool, n, prepare, j);
        st = write_block(j, n, err);
        if (st == FER_OK && !feri_progress(j->opt->progress, j->opt->progress_user, "packing", j->first + n, total))
            st = feri_fail(err, FER_ERR_STOPPED, "%s: stopped", feri_dataset_path(j->ds));
    }
    if (st == FER_OK && j->done.images == 0)
        st = feri_fail(err, FER_ERR_FORMAT, "%s: none of its %zu pictures could be read", feri_dataset_path(j->ds),
                       total);
    return st;
}

static fer_status write_table(struct job *j, fer_error *err)
{
    feri_pack_begin_table(&j->writer);
    struct feri_table_writer w = feri_table_writer(j->ds, j->writer.file.f);
    fer_status st = FER_OK;
    w.places = true;
    if (j->opt->side) w.boxes = w.landmarks = false; /* they refer to the uncut picture */
    feri_table_write_header(&w);
    for (size_t i = 0; i < feri_dataset_size(j->ds) && st == FER_OK; i++)
        if (j->places[i].size)
            st = feri_table_write_row(&w, i, feri_dataset_file(j->ds, i), feri_dataset_split(j->ds, i), &j->places[i],
                                      err);
    return st == FER_OK && ferror(j->writer.file.f)
               ? feri_fail(err, FER_ERR_IO, "%s: cannot be written", j->writer.file.path)
               : st;
}

static fer_status write_pack(struct job *j, const char *path, fer_error *err)
{
    fer_status st = feri_pack_create(path, &j->writer, err);
    if (st != FER_OK) return st;
    st = write_images(j, err);
    if (st == FER_OK) st = write_table(j, err);
    if (st == FER_OK) return feri_pack_commit(&j->writer, err);
    feri_pack_abort(&j->writer);
    return st;
}

fer_status feri_pack_images(const struct feri_dataset *ds, const char *path, const fer_pack_options *opt,
                            struct feri_packed *out, fer_error *err)
{
    size_t n = feri_dataset_size(ds);
    struct job *j = calloc(1, sizeof *j);
    struct feri_packed_at *places = calloc(n + 1, sizeof *places);
    struct feri_pool *pool = NULL;
    fer_status st = j && places ? feri_pool_new(opt->threads, &pool, err) : feri_fail_memory(err, n * sizeof *places);
    if (st == FER_OK) {
        j->pool = pool;
        j->ds = ds;
        j->opt = opt;
        j->places = places;
        st = write_pack(j, path, err);
        *out = j->done;
    }
    feri_pool_free(pool);
    free(places);
    free(j);
    return st;
}
