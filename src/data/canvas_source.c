#include "data/canvas_source.h"

#include "base/error.h"
#include "image/image.h"

#include <stdlib.h>

#define CROP_BOX_WIDTH  0.76f /* of the crop */
#define CROP_BOX_HEIGHT 1.09f
#define LEVEL_MIN       16 /* pixels of the shorter side */

struct origin {
    const struct feri_scenes *scenes;
    size_t picture;
};

struct feri_canvas_source {
    const struct feri_scene_sets *sets;
    struct feri_canvas_scene *items; /* those with faces first, set by set */
    size_t n, n_faced;
    size_t faced_of[FERI_WEIGHTED_MAX]; /* number of items with faces */
    struct origin *origins;             /* of the items */
    const struct feri_dataset *crops;   /* NULL: none */
    struct feri_canvas_scene *crop_items;
    struct feri_scene_face *crop_faces;
    size_t n_crops;
    fer_status *statuses; /* of items, then of crops */
};

static fer_status halve(const struct feri_pixels *px, struct feri_pixels *out, fer_error *err)
{
    fer_status st = feri_pixels_new(px->w / 2, px->h / 2, px->c, out, err);
    if (st != FER_OK) return st;
    size_t row = px->w * px->c;
    for (size_t y = 0; y < out->h; y++)
        for (size_t x = 0; x < out->w; x++)
            for (size_t ch = 0; ch < px->c; ch++) {
                const uint8_t *p = px->data + 2 * y * row + 2 * x * px->c + ch;
                out->data[(y * out->w + x) * px->c + ch] =
                    (uint8_t)((p[0] + p[px->c] + p[row] + p[row + px->c] + 2) / 4);
            }
    return FER_OK;
}

/* Take over decoded pixels, convert them to RGB and build all sizes. */
static fer_status fill_levels(struct feri_canvas_scene *item, struct feri_pixels px, fer_error *err)
{
    fer_status st = FER_OK;
    if (px.c == 3) item->levels[0] = px;
    else {
        st = feri_image_convert(&px, 3, &item->levels[0], err);
        feri_pixels_free(&px);
    }
    if (st == FER_OK) item->n_levels = 1;
    while (st == FER_OK && item->n_levels < FERI_CANVAS_LEVELS) {
        const struct feri_pixels *last = &item->levels[item->n_levels - 1];
        if (last->w < 2 * LEVEL_MIN || last->h < 2 * LEVEL_MIN) break;
        if ((st = halve(last, &item->levels[item->n_levels], err)) == FER_OK) item->n_levels++;
    }
    return st;
}

/* Faces precede ignored regions. */
static size_t count_faces(const struct feri_scene_face *f, size_t n)
{
    size_t faces = 0;
    while (faces < n && !f[faces].ignored) faces++;
    return faces;
}

static fer_status decode(struct feri_canvas_source *s, size_t i)
{
    struct feri_canvas_scene *item = &s->items[i];
    struct feri_pixels px = {0};
    const struct origin *from = &s->origins[i];
    item->faces = feri_scenes_faces(from->scenes, from->picture, &item->n);
    item->n_faces = count_faces(item->faces, item->n);
    fer_status st = feri_scenes_decode(from->scenes, from->picture, &px, NULL);
    return st == FER_OK ? fill_levels(item, px, NULL) : st;
}

/* Where the detector finds faces in FER2013's crops, by the median: wider and less high than the crop. */
static fer_status decode_crop(struct feri_canvas_source *s, size_t i)
{
    struct feri_canvas_scene *item = &s->crop_items[i];
    struct feri_pixels px = {0};
    fer_status st = feri_dataset_read(s->crops, i, &px, NULL);
    if (st != FER_OK) return st;
    float w = (float)px.w, h = (float)px.h;
    s->crop_faces[i] = (struct feri_scene_face){.x = w * (1 - CROP_BOX_WIDTH) / 2,
                                                .y = h * (1 - CROP_BOX_HEIGHT) / 2,
                                                .w = w * CROP_BOX_WIDTH,
                                                .h = h * CROP_BOX_HEIGHT};
    item->faces = &s->crop_faces[i];
    item->n = item->n_faces = 1;
    return fill_levels(item, px, NULL);
}

static void decode_task(void *arg, size_t task, size_t worker)
{
    (void)worker;
    struct feri_canvas_source *s = arg;
    s->statuses[task] = task < s->n ? decode(s, task) : decode_crop(s, task - s->n);
}

enum use { FACED, EMPTY, UNUSED }; /* unused: nobody knows whether it shows a face */

static enum use use_of(const struct feri_scenes *scenes, size_t picture)
{
    size_t n;
    const struct feri_scene_face *f = feri_scenes_faces(scenes, picture, &n);
    return n == 0 ? EMPTY : count_faces(f, n) > 0 ? FACED : UNUSED;
}

/* Append a set's pictures of one use, ordered by name. */
static size_t append(struct feri_canvas_source *s, const struct feri_scenes *scenes, enum use use, size_t at)
{
    for (size_t i = 0; i < feri_scenes_count(scenes); i++)
        if (use_of(scenes, i) == use) s->origins[at++] = (struct origin){scenes, i};
    return at;
}

static void order_scenes(struct feri_canvas_source *s)
{
    for (size_t k = 0; k < s->sets->list.n; k++) {
        size_t end = append(s, s->sets->scenes[k], FACED, s->n_faced);
        s->faced_of[k] = end - s->n_faced;
        s->n_faced = end;
    }
    size_t at = s->n_faced;
    for (size_t k = 0; k < s->sets->list.n; k++) at = append(s, s->sets->scenes[k], EMPTY, at);
    s->n = at;
}

static fer_status decode_all(struct feri_canvas_source *s, struct feri_pool *pool, fer_error *err)
{
    feri_pool_run(pool, s->n + s->n_crops, decode_task, s);
    for (size_t i = 0; i < s->n_crops; i++)
        if (s->statuses[s->n + i] != FER_OK)
            return feri_fail(err, s->statuses[s->n + i], "%s: %s cannot be read", feri_dataset_path(s->crops),
                             feri_dataset_file(s->crops, i));
    for (size_t i = 0; i < s->n; i++)
        if (s->statuses[i] != FER_OK) { /* decode again to get the message */
            struct feri_pixels px = {0};
            const struct origin *from = &s->origins[i];
            fer_status st = feri_scenes_decode(from->scenes, from->picture, &px, err);
            feri_pixels_free(&px);
            return st != FER_OK ? st
                                : feri_fail(err, s->statuses[i], "%s: out of memory",
                                            feri_scenes_name(from->scenes, from->picture));
        }
    return FER_OK;
}

static fer_status allocate(struct feri_canvas_source *s, fer_error *err)
{
    s->items = calloc(s->n, sizeof *s->items);
    s->origins = calloc(s->n, sizeof *s->origins);
    s->crop_items = calloc(s->n_crops + 1, sizeof *s->crop_items);
    s->crop_faces = calloc(s->n_crops + 1, sizeof *s->crop_faces);
    s->statuses = calloc(s->n + s->n_crops, sizeof *s->statuses);
    bool ok = s->items && s->origins && s->crop_items && s->crop_faces && s->statuses;
    return ok ? FER_OK : feri_fail_memory(err, (s->n + s->n_crops) * sizeof *s->items);
}

fer_status feri_canvas_source_new(const struct feri_scene_sets *sets, const struct feri_dataset *crops,
                                  struct feri_pool *pool, struct feri_canvas_source **out, fer_error *err)
{
    *out = NULL;
    struct feri_canvas_source *s = calloc(1, sizeof *s);
    if (!s) return feri_fail_memory(err, sizeof *s);
    s->sets = sets;
    s->n = feri_scene_sets_count(sets);
    s->crops = crops;
    s->n_crops = crops ? feri_dataset_size(crops) : 0;
    fer_status st = allocate(s, err);
    if (st == FER_OK) order_scenes(s);
    if (st == FER_OK && s->n_faced == 0) st = feri_fail(err, FER_ERR_FORMAT, "no picture has a face");
    if (st == FER_OK) st = decode_all(s, pool, err);
    if (st == FER_OK) *out = s;
    else feri_canvas_source_free(s);
    return st;
}

static void free_items(struct feri_canvas_scene *items, size_t n)
{
    for (size_t i = 0; items && i < n; i++)
        for (size_t level = 0; level < items[i].n_levels; level++) feri_pixels_free(&items[i].levels[level]);
    free(items);
}

void feri_canvas_source_free(struct feri_canvas_source *s)
{
    if (!s) return;
    free_items(s->items, s->n);
    free_items(s->crop_items, s->n_crops);
    free(s->crop_faces);
    free(s->origins);
    free(s->statuses);
    free(s);
}

bool feri_canvas_has_empty(const struct feri_canvas_source *s)
{
    return s->n_faced < s->n;
}

/* A set by its share of the draws, then one of its pictures. */
static const struct feri_canvas_scene *draw_faced(const struct feri_canvas_source *s, struct feri_rng *rng)
{
    size_t k = 0, first = 0;
    if (s->sets->list.n > 1) {
        float sum = 0;
        for (size_t i = 0; i < s->sets->list.n; i++) sum += s->sets->list.items[i].weight * (float)s->faced_of[i];
        float u = feri_rng_uniform(rng) * sum;
        while (k + 1 < s->sets->list.n && u >= s->sets->list.items[k].weight * (float)s->faced_of[k]) {
            u -= s->sets->list.items[k].weight * (float)s->faced_of[k];
            first += s->faced_of[k++];
        }
        if (s->faced_of[k] == 0) return &s->items[feri_rng_below(rng, (uint32_t)s->n_faced)]; /* rounding of the sum */
    }
    return &s->items[first + feri_rng_below(rng, (uint32_t)s->faced_of[k])];
}

const struct feri_canvas_scene *feri_canvas_draw_scene(const struct feri_canvas_source *s, bool with_faces,
                                                       struct feri_rng *rng)
{
    if (with_faces || s->n_faced == s->n) return draw_faced(s, rng);
    return &s->items[s->n_faced + feri_rng_below(rng, (uint32_t)(s->n - s->n_faced))];
}

const struct feri_canvas_scene *feri_canvas_draw_crop(const struct feri_canvas_source *s, struct feri_rng *rng)
{
    return &s->crop_items[feri_rng_below(rng, (uint32_t)s->n_crops)];
}

bool feri_canvas_has_crops(const struct feri_canvas_source *s)
{
    return s->n_crops > 0;
}
