#include "api/detector.h"

#include "base/error.h"
#include "vision/pose.h"

#include <stdlib.h>
#include <string.h>

#define THRESHOLD 0.5f /* for weights that do not store one */

/* models/detector.safetensors and check.safetensors, which cmake/embed.cmake turns into arrays. */
extern const uint64_t feri_detector_weights[], feri_check_weights[];
extern const size_t feri_detector_weights_size, feri_check_weights_size;

/* Load a file, or the built-in weights if path is NULL. */
static fer_status load_weights(const char *path, fer_model **out, fer_error *err)
{
    if (path) return fer_model_load(path, NULL, out, err);
    return feri_model_load_bytes((const uint8_t *)feri_detector_weights, feri_detector_weights_size,
                                 "the built-in detector", out, err);
}

fer_detector_options fer_detector_defaults(void)
{
    return (fer_detector_options){.smallest = FERI_FINDER_LEAST, .longest = FERI_FINDER_LONGEST};
}

static fer_status check_options(const fer_detector_options *o, fer_error *err)
{
    if (!(o->threshold >= 0 && o->threshold <= 1))
        return feri_fail(err, FER_ERR_ARGUMENT, "a threshold of %g: expected 0 to 1", (double)o->threshold);
    if (!(o->smallest == 0 || (o->smallest >= 2 && o->smallest <= 100000)))
        return feri_fail(err, FER_ERR_ARGUMENT, "smallest face %g pixels wide: expected 2 to 100000",
                         (double)o->smallest);
    if (o->longest && (o->longest < FERI_FACE_STRIDE_MAX || o->longest > 16384))
        return feri_fail(err, FER_ERR_ARGUMENT, "pictures looked at with at most %zu pixels: expected %d to 16384",
                         o->longest, FERI_FACE_STRIDE_MAX);
    if ((int)o->rotate < FER_ROTATE_0 || o->rotate > FER_ROTATE_AUTO)
        return feri_fail(err, FER_ERR_ARGUMENT, "rotation %d: expected one of fer_rotation", (int)o->rotate);
    return FER_OK;
}

/* A detector whose input the built-in check cannot read is used alone. */
static fer_status load_check(const char *path, fer_detector *d, fer_error *err)
{
    if (path && strcmp(path, "none") == 0) return FER_OK;
    if (path) return fer_model_load(path, NULL, &d->check, err);
    fer_status st = feri_model_load_bytes((const uint8_t *)feri_check_weights, feri_check_weights_size,
                                          "the built-in check of the detector's finds", &d->check, err);
    if (st == FER_OK && !feri_check_fits(d->model)) {
        fer_model_free(d->check);
        d->check = NULL;
    }
    return st;
}

static fer_status finder_options(const fer_detector_options *o, const fer_detector *d, struct feri_finder_options *out,
                                 fer_error *err)
{
    enum feri_isa isa;
    fer_status st = check_options(o, err);
    if (st == FER_OK) st = feri_isa_find(o->isa, &isa, err);
    if (st != FER_OK) return st;
    float stored = d->model->threshold > 0 ? (float)d->model->threshold : THRESHOLD;
    float threshold = o->threshold > 0 ? o->threshold : stored;
    *out = (struct feri_finder_options){.threshold = threshold,
                                        .smallest = o->smallest > 0 ? o->smallest : FERI_FINDER_LEAST,
                                        .longest = o->longest ? o->longest : FERI_FINDER_LONGEST,
                                        .check = d->check,
                                        .kernels = feri_kernels_get(isa),
                                        .pool = d->pool};
    return FER_OK;
}

static fer_status open_detector(fer_detector *d, const fer_detector_options *opt, fer_error *err)
{
    struct feri_finder_options fo;
    fer_status st = load_weights(opt->weights, &d->model, err);
    if (st == FER_OK && d->owns_pool) st = feri_pool_new(opt->threads, &d->pool, err);
    if (st == FER_OK) st = load_check(opt->check, d, err);
    if (st == FER_OK) st = finder_options(opt, d, &fo, err);
    d->rotate = opt->rotate;
    return st == FER_OK ? feri_finder_new(d->model, &fo, &d->finder, err) : st;
}

fer_status feri_detector_new(const fer_detector_options *opt, struct feri_pool *pool, fer_detector **out,
                             fer_error *err)
{
    *out = NULL;
    fer_detector *d = calloc(1, sizeof *d);
    if (!d) return feri_fail_memory(err, sizeof *d);
    d->pool = pool;
    d->owns_pool = !pool;
    fer_status st = open_detector(d, opt, err);
    if (st == FER_OK) *out = d;
    else fer_detector_free(d);
    return st;
}

fer_status fer_detector_new(const fer_detector_options *opt, fer_detector **out, fer_error *err)
{
    static const fer_detector_options defaults;
    if (!out) return feri_fail(err, FER_ERR_ARGUMENT, "fer_detector_new: out must not be NULL");
    return feri_detector_new(opt ? opt : &defaults, NULL, out, err);
}

void fer_detector_free(fer_detector *d)
{
    if (!d) return;
    feri_finder_free(d->finder);
    if (d->owns_pool) feri_pool_free(d->pool);
    fer_model_free(d->model);
    fer_model_free(d->check);
    free(d);
}

fer_status fer_detector_find(fer_detector *d, const fer_view *picture, size_t max, fer_face *faces, size_t *n_out,
                             fer_error *err)
{
    if (!d || !picture || !n_out || (max > 0 && !faces))
        return feri_fail(err, FER_ERR_ARGUMENT,
                         "fer_detector_find: detector, picture, faces and n_out must not be NULL");
    fer_status st = feri_detector_find(d, picture, max, faces, n_out, err);
    for (size_t i = 0; st == FER_OK && i < *n_out; i++) feri_pose_of(&faces[i]);
    return st;
}
