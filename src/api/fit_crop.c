/* Measures where faces are in a data set's crops. Each crop is placed in a larger grey picture, and the detector finds
 * its face. The medians over the crops are the geometry. With it, a face cut from a photo has the place that the
 * classifier expects.
 */
#include "api/detector.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/sorted.h"
#include "data/dataset.h"
#include "data/open.h"
#include "fer/pipeline.h"
#include "vision/align.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define IMAGES_MAX 2000 /* number of crops that are used, evenly spread over the set */
#define SIDE       192  /* of the larger picture */
#define FACE       96   /* of the crop in it */
#define FOUND_MIN  20

enum { EYE_DISTANCE, EYE_HEIGHT, BOX_SCALE, BOX_X, BOX_Y, MEASURES };

struct fit {
    struct feri_dataset *ds;
    fer_detector *detector;
    struct feri_aligner aligner;
    uint8_t *picture;         /* [SIDE][SIDE], grey */
    double *values[MEASURES]; /* [IMAGES_MAX] */
    size_t n, images;
};

/* Copy the crop into the centre of a middle-grey picture. */
static fer_status lay_out(struct fit *f, const struct feri_pixels *crop, fer_error *err)
{
    fer_view view = {crop->c == 1 ? FER_GRAY8 : FER_RGB8, crop->w, crop->h, {crop->data}, {crop->w * crop->c}};
    struct feri_similarity map = {(double)crop->w / FACE, 0, 0, ((double)crop->h - (double)crop->w) / 2};
    uint8_t face[FACE * FACE];
    struct feri_pixels out = {FACE, FACE, 1, face};
    fer_status st = feri_align_warp(&f->aligner, &view, &map, &out, err);
    if (st != FER_OK) return st;
    memset(f->picture, 128, SIDE * SIDE);
    for (size_t y = 0; y < FACE; y++)
        memcpy(f->picture + ((SIDE - FACE) / 2 + y) * SIDE + (SIDE - FACE) / 2, face + y * FACE, FACE);
    return FER_OK;
}

static void measure(struct fit *f, const fer_face *face)
{
    const float *left = face->points[FER_EYE_LEFT], *right = face->points[FER_EYE_RIGHT];
    double edge = (SIDE - FACE) / 2.0, middle = SIDE / 2.0;
    f->values[EYE_DISTANCE][f->n] = (double)hypotf(right[0] - left[0], right[1] - left[1]) / FACE;
    f->values[EYE_HEIGHT][f->n] = ((double)(left[1] + right[1]) / 2 - edge) / FACE;
    f->values[BOX_SCALE][f->n] = FACE / (double)face->height;
    f->values[BOX_X][f->n] = (middle - (double)(face->x + face->width / 2)) / (double)face->width;
    f->values[BOX_Y][f->n] = (middle - (double)(face->y + face->height / 2)) / (double)face->height;
    f->n++;
}

static fer_status one_image(struct fit *f, size_t i, fer_error *err)
{
    struct feri_pixels crop = {0};
    fer_view view = {FER_GRAY8, SIDE, SIDE, {f->picture}, {SIDE}};
    fer_face face;
    size_t n;
    fer_status st = feri_dataset_read(f->ds, i, &crop, err);
    if (st != FER_OK) return st;
    st = lay_out(f, &crop, err);
    feri_pixels_free(&crop);
    if (st == FER_OK) st = feri_finder_find(f->detector->finder, &view, 1, &face, &n, err);
    if (st == FER_OK && n == 1) measure(f, &face);
    return st;
}

static float median(double *x, size_t n)
{
    feri_sort(n, x);
    return (float)feri_median(n, x);
}

static fer_status run(struct fit *f, fer_crop_fit *out, fer_error *err)
{
    size_t n = feri_dataset_size(f->ds), step = (n + IMAGES_MAX - 1) / IMAGES_MAX;
    for (size_t i = 0; i < n; i += step, f->images++) {
        fer_status st = one_image(f, i, err);
        if (st != FER_OK) return st;
    }
    if (f->n < FOUND_MIN || f->n < f->images / 4)
        return feri_fail(err, FER_ERR_FORMAT,
                         "%s: found a face in %zu of %zu crops, expected at least a quarter of them and at least %d",
                         feri_dataset_path(f->ds), f->n, f->images, FOUND_MIN);
    out->images = f->images;
    out->found = f->n;
    out->crop =
        (fer_crop){median(f->values[EYE_DISTANCE], f->n), median(f->values[EYE_HEIGHT], f->n),
                   median(f->values[BOX_SCALE], f->n), median(f->values[BOX_X], f->n), median(f->values[BOX_Y], f->n)};
    return FER_OK;
}

static fer_status open_fit(struct fit *f, const fer_data_source *source, const fer_detector_options *detector,
                           fer_error *err)
{
    fer_status st = feri_dataset_open(source, FERI_USE_TRAIN, &f->ds, err);
    if (st == FER_OK) st = fer_detector_new(detector, &f->detector, err);
    f->picture = malloc(SIDE * SIDE);
    bool ok = f->picture != NULL;
    for (size_t k = 0; k < MEASURES; k++) ok = (f->values[k] = malloc(IMAGES_MAX * sizeof(double))) != NULL && ok;
    return st == FER_OK && !ok ? feri_fail_memory(err, IMAGES_MAX * sizeof(double)) : st;
}

fer_status fer_fit_crop(const fer_data_source *source, const fer_detector_options *detector, fer_crop_fit *out,
                        fer_error *err)
{
    struct fit f = {0};
    if (!source || !source->path || !out)
        return feri_fail(err, FER_ERR_ARGUMENT, "fer_fit_crop: source, its path and out must not be NULL");
    fer_status st = open_fit(&f, source, detector, err);
    if (st == FER_OK) st = run(&f, out, err);
    for (size_t k = 0; k < MEASURES; k++) free(f.values[k]);
    free(f.picture);
    feri_aligner_free(&f.aligner);
    fer_detector_free(f.detector);
    feri_dataset_close(f.ds);
    return st;
}
