#include "vision/tracker.h"
#include "api/pipeline.h"
#include "base/error.h"
#include "base/scores.h"
#include "image/view.h"
#include "vision/cuts.h"
#include "vision/pose.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TRIED_EVERY 15
#define SMOOTH      0.5f /* seconds */
#define DOUBT       0.5f /* less sure finds, down to this share of the threshold, can go on with a face but begin none */

struct fer_tracker {
    fer_pipeline *pipeline;
    struct feri_tracker *tracks;
    struct feri_cuts cuts;
    int turn;        /* degrees by which whole frames are turned */
    unsigned doubts; /* searches of whole frames in a row without a sure face */
    unsigned detect_every;
    float smooth, threshold;
    uint64_t frame; /* number of the next frame */
    double seconds; /* time of the last frame */
    bool begun;
    fer_face found[FERI_DETECTIONS_MAX], expected[FERI_TRACKS_MAX];
    float looks[FERI_DETECTIONS_MAX][FERI_LOOKS];
    size_t slots[FERI_DETECTIONS_MAX];
};

fer_tracker_options fer_tracker_defaults(void)
{
    return (fer_tracker_options){.detect_every = 1, .smooth = SMOOTH, .patience = FERI_TRACKER_PATIENCE};
}

static fer_status check_options(const fer_tracker_options *o, fer_error *err)
{
    if (isfinite(o->smooth) && o->patience >= 0 && o->patience <= 3600) return FER_OK;
    return feri_fail(err, FER_ERR_ARGUMENT,
                     "smoothing %g s, patience %g s: expected numbers, and a patience of 0 to 3600", (double)o->smooth,
                     (double)o->patience);
}

fer_status fer_tracker_new(fer_pipeline *p, const fer_tracker_options *opt, fer_tracker **out, fer_error *err)
{
    static const fer_tracker_options defaults;
    if (!p || !out) return feri_fail(err, FER_ERR_ARGUMENT, "fer_tracker_new: pipeline and out must not be NULL");
    *out = NULL;
    if (!opt) opt = &defaults;
    fer_status st = check_options(opt, err);
    if (st != FER_OK) return st;
    fer_tracker *t = calloc(1, sizeof *t);
    if (!t) return feri_fail_memory(err, sizeof *t);
    t->pipeline = p;
    t->detect_every = opt->detect_every ? opt->detect_every : 1;
    t->smooth = opt->smooth == 0 ? SMOOTH : opt->smooth < 0 ? 0 : opt->smooth;
    t->turn = feri_detector_turn(p->detector);
    t->threshold = feri_finder_threshold(p->detector->finder);
    struct feri_tracker_options o = {.sure = t->threshold, .patience = opt->patience};
    if ((st = feri_tracker_new(&o, &t->tracks, err)) != FER_OK) {
        free(t);
        return st;
    }
    *out = t;
    return FER_OK;
}

void fer_tracker_free(fer_tracker *t)
{
    if (!t) return;
    feri_tracker_free(t->tracks);
    free(t);
}

/* ---- a frame ---- */

/* Search around every known face. The results are ordered by confidence, as from a search of the whole picture. */
static fer_status look_around(fer_tracker *t, const fer_view *frame, double seconds, size_t *n_out, fer_error *err)
{
    size_t n = feri_tracker_predict(t->tracks, seconds, FERI_TRACKS_MAX, t->expected);
    *n_out = 0;
    for (size_t i = 0; i < n; i++) {
        bool found;
        fer_face f;
        fer_status st = feri_finder_find_around(t->pipeline->detector->finder, frame, &t->expected[i], &f, &found, err);
        if (st != FER_OK) return st;
        if (!found) continue;
        size_t at = (*n_out)++;
        for (; at > 0 && t->found[at - 1].confidence < f.confidence; at--) t->found[at] = t->found[at - 1];
        t->found[at] = f;
    }
    return FER_OK;
}

/* Where no face is sure, look at a frame in every turn now and then, and stay with the turn that has one. */
static fer_status try_turns(fer_tracker *t, const fer_view *frame, size_t *n, fer_error *err)
{
    fer_detector *d = t->pipeline->detector;
    if (!feri_detector_doubts(d, frame, *n, t->found)) {
        t->doubts = 0;
        return FER_OK;
    }
    if (t->doubts++ % TRIED_EVERY > 0) return FER_OK;
    fer_status st = FER_OK;
    if (t->turn) st = feri_finder_find(d->finder, frame, FERI_DETECTIONS_MAX, t->found, n, err);
    if (st == FER_OK) st = feri_detector_add_turned(d, frame, FERI_DETECTIONS_MAX, t->found, n, err);
    if (st == FER_OK) t->turn = *n > 0 ? t->found[0].turned : 0;
    return st;
}

static fer_status find(fer_tracker *t, const fer_view *frame, double seconds, bool cut, size_t *n_out, fer_error *err)
{
    struct feri_finder *finder = t->pipeline->detector->finder;
    bool whole = cut || t->frame % t->detect_every == 0;
    feri_finder_set_turn(finder, whole ? t->turn : 0);
    feri_finder_set_threshold(finder, DOUBT * t->threshold);
    fer_status st = whole ? feri_finder_find(finder, frame, FERI_DETECTIONS_MAX, t->found, n_out, err)
                          : look_around(t, frame, seconds, n_out, err);
    feri_finder_set_turn(finder, 0);
    feri_finder_set_threshold(finder, t->threshold);
    if (st == FER_OK && whole) st = try_turns(t, frame, n_out, err);
    if (st == FER_OK && !whole)
        *n_out =
            /* two searches may have found the same face */
            feri_found_suppress(t->found, *n_out, FERI_FINDER_SAME);
    return st;
}

static fer_status follow(fer_tracker *t, const fer_view *frame, double seconds, bool cut, size_t n, fer_error *err)
{
    for (size_t i = 0; i < n; i++) feri_looks_of(&t->pipeline->aligner, frame, &t->found[i], t->looks[i]);
    struct feri_sightings s = {n, t->found, t->looks[0], cut};
    return feri_tracker_update(t->tracks, seconds, &s, t->slots, err);
}

/* Smooth the scores over the track's past. A hidden face keeps its last ones. */
static void smooth(fer_tracker *t, double seconds, size_t slot, fer_face *f)
{
    size_t n = t->pipeline->model->n_classes;
    struct feri_smooth *s = feri_tracker_smooth(t->tracks, slot);
    float all[FERI_SMOOTH_MAX] = {0};
    bool va = t->pipeline->model->valence_arousal;
    memcpy(all, f->scores, n * sizeof *all);
    if (va) all[n] = f->valence, all[n + 1] = f->arousal;
    const float *value = f->seen ? feri_smooth_add(s, seconds, (double)t->smooth, n + (va ? 2 : 0), all) : s->value;
    memcpy(f->smoothed, value, n * sizeof *value);
    if (!f->seen) memcpy(f->scores, value, n * sizeof *value);
    if (va) f->valence = value[n], f->arousal = value[n + 1];
    f->label = feri_largest(n, f->smoothed);
}

/* What is estimated of a face that is not seen says nothing about its picture. */
static void be_hidden(fer_face *f)
{
    feri_pose_of(f);
    f->quality = 0;
}

/* Classify only the visible faces: move them to the front, and afterwards back to the order of their ids. */
static fer_status classify(fer_tracker *t, const fer_view *frame, double seconds, size_t n, fer_face *faces,
                           fer_error *err)
{
    size_t seen = 0;
    for (size_t i = 0; i < n; i++)
        if (faces[i].seen) t->expected[seen++] = faces[i];
    const fer_pipeline_item visible = {.picture = *frame, .max = seen, .faces = t->expected, .n = seen};
    fer_status st = feri_pipeline_classify(t->pipeline, 1, &visible, err);
    if (st != FER_OK) return st;
    for (size_t i = 0, at = 0; i < n; i++) {
        if (faces[i].seen) faces[i] = t->expected[at++];
        else be_hidden(&faces[i]);
        smooth(t, seconds, t->slots[i], &faces[i]);
    }
    return FER_OK;
}

fer_status fer_tracker_next(fer_tracker *t, const fer_view *frame, double seconds, size_t max, fer_face *faces,
                            size_t *n_out, fer_error *err)
{
    size_t n;
    if (!t || !frame || !n_out || (max > 0 && !faces))
        return feri_fail(err, FER_ERR_ARGUMENT, "fer_tracker_next: tracker, frame, faces and n_out must not be NULL");
    *n_out = 0;
    if (!isfinite(seconds) || (t->begun && seconds < t->seconds))
        return feri_fail(err, FER_ERR_ARGUMENT, "a frame at %g s after one at %g s: times must not go back", seconds,
                         t->seconds);
    fer_status st = feri_view_check(frame, err);
    if (st == FER_OK) st = feri_pipeline_go_on(t->pipeline, err);
    if (st != FER_OK) return st;
    bool cut = feri_cuts_see(&t->cuts, frame);
    st = find(t, frame, seconds, cut, &n, err);
    if (st == FER_OK) st = follow(t, frame, seconds, cut, n, err);
    if (st != FER_OK) return st;
    t->frame++;
    t->seconds = seconds;
    t->begun = true;
    n = feri_tracker_live(t->tracks, max < FERI_TRACKS_MAX ? max : FERI_TRACKS_MAX, faces, t->slots);
    if ((st = classify(t, frame, seconds, n, faces, err)) == FER_OK) *n_out = n;
    return st;
}
