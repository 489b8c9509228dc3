#include "train/face_validate.h"

#include "base/error.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define FACES_MAX 1024

struct work {
    struct feri_finder *finder;
    const struct feri_scenes *scenes;
    const fer_ranks *ranks; /* NULL: one process */
    fer_face *found;        /* [FACES_MAX] */
    size_t n_found;
    struct feri_score_truth *truth;
    size_t cap;
};

static fer_status find(struct work *w, size_t i, fer_error *err)
{
    struct feri_pixels px = {0};
    fer_status st = feri_scenes_decode(w->scenes, i, &px, err);
    if (st != FER_OK) return st;
    fer_view view = {px.c == 1 ? FER_GRAY8 : FER_RGB8, px.w, px.h, {px.data}, {px.w * px.c}};
    st = feri_finder_find(w->finder, &view, FACES_MAX, w->found, &w->n_found, err);
    feri_pixels_free(&px);
    return st;
}

static fer_status count(struct work *w, size_t i, size_t n_found, const fer_face *found, struct feri_score *score,
                        fer_error *err)
{
    size_t n;
    const struct feri_scene_face *faces = feri_scenes_faces(w->scenes, i, &n);
    if (!feri_grow(&w->truth, &w->cap, n + 1, sizeof *w->truth)) return feri_fail_memory(err, n * sizeof *w->truth);
    for (size_t k = 0; k < n; k++)
        w->truth[k] = (struct feri_score_truth){faces[k].x, faces[k].y, faces[k].w, faces[k].h, faces[k].ignored};
    return feri_score_add(score, n, w->truth, n_found, found, err);
}

static fer_status score_alone(struct work *w, struct feri_score *score, fer_error *err)
{
    fer_status st = FER_OK;
    for (size_t i = 0; st == FER_OK && i < feri_scenes_count(w->scenes); i++) {
        st = find(w, i, err);
        if (st == FER_OK) st = count(w, i, w->n_found, w->found, score, err);
    }
    return st;
}

/* Picture first + r is rank r's. All ranks count what all have found, in the order of the pictures. */
struct round {
    struct work *w;
    size_t first;
    struct feri_score *score;
};

static fer_status count_rows(void *user, size_t rank, size_t n, const void *rows, fer_error *err)
{
    const struct round *r = user;
    if (r->first + rank >= feri_scenes_count(r->w->scenes)) return FER_OK;
    return count(r->w, r->first + rank, n, rows, r->score, err);
}

static fer_status score_shared(struct work *w, struct feri_score *score, fer_error *err)
{
    fer_status st = FER_OK;
    for (size_t first = 0; st == FER_OK && first < feri_scenes_count(w->scenes); first += w->ranks->size) {
        w->n_found = 0;
        if (first + w->ranks->rank < feri_scenes_count(w->scenes)) st = find(w, first + w->ranks->rank, err);
        const struct feri_rank_rows rows = {w->n_found, sizeof *w->found, w->found};
        if (st == FER_OK) st = feri_ranks_rows(w->ranks, &rows, count_rows, &(struct round){w, first, score}, err);
    }
    return st;
}

fer_detector_eval feri_face_report(struct feri_score *score, const fer_detector_eval_options *opt)
{
    float threshold = opt->threshold > 0
                          ? opt->threshold
                          : feri_score_threshold(score, opt->false_alarms ? opt->false_alarms : FERI_FACE_FALSE_ALARMS);
    struct feri_score_result r = feri_score_at(score, threshold);
    fer_detector_eval e = {.images = r.images,
                           .faces = r.faces,
                           .hits = r.hits,
                           .false_alarms = r.false_alarms,
                           .precision = r.precision,
                           .average_precision = r.average_precision,
                           .calibration_error = r.calibration_error,
                           .threshold = (double)threshold,
                           .iou = (double)(opt->iou > 0 ? opt->iou : FERI_FACE_IOU)};
    for (size_t k = 0; k < FERI_SCORE_SIZES; k++) {
        e.sizes[k] = (double)feri_score_sizes[k];
        e.faces_of_size[k] = r.faces_of_size[k];
        e.recall[k] = r.recall[k];
    }
    return e;
}

fer_status feri_face_score(struct feri_finder *finder, const struct feri_scenes *scenes, const fer_ranks *ranks,
                           float iou, struct feri_score **out, fer_error *err)
{
    struct work w = {.finder = finder, .scenes = scenes, .ranks = ranks, .found = calloc(FACES_MAX, sizeof *w.found)};
    *out = NULL;
    if (!w.found) return feri_fail_memory(err, FACES_MAX * sizeof *w.found);
    fer_status st = feri_score_new(iou > 0 ? iou : FERI_FACE_IOU, out, err);
    if (st == FER_OK) st = ranks ? score_shared(&w, *out, err) : score_alone(&w, *out, err);
    free(w.found);
    free(w.truth);
    if (st == FER_OK) return FER_OK;
    feri_score_free(*out);
    *out = NULL;
    return st;
}

fer_status feri_face_validate(struct feri_finder *finder, const struct feri_scenes *scenes, const fer_ranks *ranks,
                              const fer_detector_eval_options *opt, fer_detector_eval *out, fer_error *err)
{
    struct feri_score *score;
    fer_status st = feri_face_score(finder, scenes, ranks, opt->iou, &score, err);
    if (st != FER_OK) return st;
    *out = feri_face_report(score, opt);
    feri_score_free(score);
    return FER_OK;
}
