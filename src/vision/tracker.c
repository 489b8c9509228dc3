#include "vision/tracker.h"

#include "base/error.h"
#include "vision/track.h"

#include <math.h>
#include <stdlib.h>

#define SAME_FACE \
    0.4 /* overlap of a detection with one that already belongs to a face: a second detection of it, not a newcomer */

struct feri_tracker {
    struct feri_tracker_options o;
    bool begun;
    double seconds;
    uint64_t ids;
    size_t n, order[FERI_TRACKS_MAX]; /* slots in use, ordered by their start */
    struct feri_track tracks[FERI_TRACKS_MAX];
    struct feri_assigner assigner;
    float cost[FERI_TRACKS_MAX * FERI_DETECTIONS_MAX];
    size_t rows[FERI_TRACKS_MAX], columns[FERI_DETECTIONS_MAX], pairs[FERI_TRACKS_MAX];
};

static struct feri_tracker_options or_defaults(const struct feri_tracker_options *o)
{
    struct feri_tracker_options d = o ? *o : (struct feri_tracker_options){0};
    if (d.sure == 0) d.sure = 0.6f;
    if (d.patience == 0) d.patience = FERI_TRACKER_PATIENCE;
    if (d.shown == 0) d.shown = 0.25f;
    if (d.hits == 0) d.hits = 3;
    if (d.looks_gate == 0) d.looks_gate = 0.5f;
    return d;
}

fer_status feri_tracker_new(const struct feri_tracker_options *o, struct feri_tracker **out, fer_error *err)
{
    struct feri_tracker_options d = or_defaults(o);
    *out = NULL;
    if (!(d.sure > 0 && d.sure <= 1 && d.patience > 0 && d.shown > 0 && d.looks_gate > 0))
        return feri_fail(
            err, FER_ERR_ARGUMENT,
            "a tracker with confidence %g, patience %g s, %g s shown, looks %g: expected a confidence of 0 to 1, "
            "and the others above 0",
            (double)d.sure, (double)d.patience, (double)d.shown, (double)d.looks_gate);
    struct feri_tracker *t = calloc(1, sizeof *t);
    if (!t) return feri_fail_memory(err, sizeof *t);
    t->o = d;
    *out = t;
    return FER_OK;
}

void feri_tracker_free(struct feri_tracker *t)
{
    if (!t) return;
    feri_assigner_free(&t->assigner);
    free(t);
}

static const float *looks_of(const struct feri_sightings *s, size_t i)
{
    return s->looks ? s->looks + i * FERI_LOOKS : NULL;
}

static bool is_sure(const struct feri_tracker *t, const fer_face *f)
{
    return f->confidence >= t->o.sure;
}

static void confirm(struct feri_tracker *t, struct feri_track *k)
{
    k->confirmed = true;
    k->face.id = k->id = ++t->ids;
}

/* Match tracks with detections, among those that are not matched yet. */
struct stage {
    bool confirmed, sure;
    enum feri_search search;
};

static size_t choose_tracks(struct feri_tracker *t, struct stage stage)
{
    size_t n = 0;
    for (size_t i = 0; i < t->n; i++) {
        const struct feri_track *k = &t->tracks[t->order[i]];
        if (k->found || k->confirmed != stage.confirmed) continue;
        if (!stage.sure && k->missed > 0 && k->hidden > (double)t->o.shown) continue;
        t->rows[n++] = t->order[i];
    }
    return n;
}

static size_t choose_detections(struct feri_tracker *t, const struct feri_sightings *s, const size_t *slot,
                                struct stage stage)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n; i++)
        if (slot[i] == FERI_NONE && is_sure(t, &s->faces[i]) == stage.sure && feri_face_is_sound(&s->faces[i]))
            t->columns[n++] = i;
    return n;
}

static fer_status match(struct feri_tracker *t, const struct feri_sightings *s, size_t *slot, struct stage stage,
                        fer_error *err)
{
    size_t rows = choose_tracks(t, stage), cols = rows ? choose_detections(t, s, slot, stage) : 0;
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < cols; c++)
            t->cost[r * cols + c] = feri_track_cost(&t->tracks[t->rows[r]], &s->faces[t->columns[c]],
                                                    looks_of(s, t->columns[c]), stage.search, (double)t->o.looks_gate);
    if (!feri_assign(&t->assigner, rows, cols, t->cost, FERI_TRACK_GATE, t->pairs))
        return feri_fail_memory(err, sizeof t->cost);
    for (size_t r = 0; r < rows; r++) {
        if (t->pairs[r] == FERI_NONE) continue;
        size_t i = t->columns[t->pairs[r]];
        struct feri_track *k = &t->tracks[t->rows[r]];
        feri_track_see(k, t->seconds, &s->faces[i], looks_of(s, i));
        slot[i] = t->rows[r];
        if (!k->confirmed && k->hits >= t->o.hits) confirm(t, k);
    }
    return FER_OK;
}

static bool seen_already(const struct feri_tracker *t, const fer_face *f)
{
    struct feri_box box = feri_box_of(f);
    for (size_t i = 0; i < t->n; i++) {
        const struct feri_track *k = &t->tracks[t->order[i]];
        struct feri_box other = feri_box_of(&k->face);
        if (k->found && feri_box_overlap(&box, &other) > SAME_FACE) return true;
    }
    return false;
}

static void begin_tracks(struct feri_tracker *t, const struct feri_sightings *s, size_t *slot)
{
    size_t free_slot = 0, known = t->n;
    for (size_t i = 0; i < s->n && t->n < FERI_TRACKS_MAX; i++) {
        const fer_face *f = &s->faces[i];
        if (slot[i] != FERI_NONE || !is_sure(t, f) || !feri_face_is_sound(f) || seen_already(t, f)) continue;
        while (t->tracks[free_slot].used) free_slot++;
        feri_track_begin(&t->tracks[free_slot], t->seconds, f, looks_of(s, i));
        t->order[t->n++] = slot[i] = free_slot;
    }
    for (size_t i = known; i < t->n; i++)
        if (!t->begun || s->cut || t->o.hits == 1) confirm(t, &t->tracks[t->order[i]]);
}

/* A newcomer that is not detected again was a false alarm. */
static bool is_over(const struct feri_tracker *t, const struct feri_track *k)
{
    return k->missed > 0 && (!k->confirmed || k->hidden > (double)t->o.patience);
}

static void end_tracks(struct feri_tracker *t)
{
    size_t n = 0;
    for (size_t i = 0; i < t->n; i++) {
        struct feri_track *k = &t->tracks[t->order[i]];
        if (is_over(t, k)) k->used = false;
        else t->order[n++] = t->order[i];
    }
    t->n = n;
}

static void go_to(struct feri_tracker *t, double seconds, bool cut)
{
    for (size_t i = 0; i < t->n; i++) {
        struct feri_track *k = &t->tracks[t->order[i]];
        feri_motion_predict(&k->motion, seconds - t->seconds);
        k->hidden = seconds - k->last_seen;
        k->found = false;
        k->cut |= cut;
    }
    t->seconds = seconds;
    end_tracks(t);
}

static void miss(struct feri_tracker *t)
{
    for (size_t i = 0; i < t->n; i++) {
        struct feri_track *k = &t->tracks[t->order[i]];
        if (k->found) continue;
        if (k->missed++ == 0) feri_motion_hide(&k->motion);
        k->hits = 0;
        k->face.seen = false;
    }
    end_tracks(t);
}

static fer_status check(const struct feri_tracker *t, double seconds, const struct feri_sightings *s,
                        const size_t *slot, fer_error *err)
{
    if (s->n > 0 && (!s->faces || !slot))
        return feri_fail(err, FER_ERR_ARGUMENT, "%zu detections without faces or slots", s->n);
    if (!isfinite(seconds) || (t->begun && seconds < t->seconds))
        return feri_fail(err, FER_ERR_ARGUMENT, "a frame at %g s after one at %g s: times must not go back", seconds,
                         t->seconds);
    return FER_OK;
}

fer_status feri_tracker_update(struct feri_tracker *t, double seconds, const struct feri_sightings *s, size_t *slot,
                               fer_error *err)
{
    static const struct stage stages[] = {{true, true, FERI_NEAR},
                                          {true, false, FERI_UNSURE},
                                          {true, true, FERI_WIDE},
                                          {true, true, FERI_EMERGING},
                                          {false, true, FERI_WIDE}};
    struct feri_sightings taken = *s;
    fer_status st = check(t, seconds, s, slot, err);
    if (st != FER_OK) return st;
    for (size_t i = 0; i < s->n; i++) slot[i] = FERI_NONE;
    if (taken.n > FERI_DETECTIONS_MAX) taken.n = FERI_DETECTIONS_MAX;
    go_to(t, seconds, s->cut);
    for (size_t i = 0; i < sizeof stages / sizeof *stages; i++)
        if ((st = match(t, &taken, slot, stages[i], err)) != FER_OK) return st;
    begin_tracks(t, &taken, slot);
    miss(t);
    t->begun = true;
    return FER_OK;
}

static const struct feri_track *track_in(const struct feri_tracker *t, size_t slot)
{
    return slot < FERI_TRACKS_MAX && t->tracks[slot].used ? &t->tracks[slot] : NULL;
}

uint64_t feri_tracker_id(const struct feri_tracker *t, size_t slot)
{
    const struct feri_track *k = track_in(t, slot);
    return k ? k->id : 0;
}

struct feri_smooth *feri_tracker_smooth(struct feri_tracker *t, size_t slot)
{
    return track_in(t, slot) ? &t->tracks[slot].smooth : NULL;
}

/* Slots of the faces to report, ordered by id. Few are out of order: those that took longer to be confirmed. */
static size_t by_id(const struct feri_tracker *t, size_t *slots)
{
    size_t n = 0;
    for (size_t i = 0; i < t->n; i++) {
        const struct feri_track *k = &t->tracks[t->order[i]];
        if (!k->confirmed || (!k->face.seen && (k->cut || k->hidden > (double)t->o.shown))) continue;
        size_t at = n++;
        for (; at > 0 && t->tracks[slots[at - 1]].id > k->id; at--) slots[at] = slots[at - 1];
        slots[at] = t->order[i];
    }
    return n;
}

size_t feri_tracker_live(const struct feri_tracker *t, size_t max, fer_face *faces, size_t *slots)
{
    size_t all[FERI_TRACKS_MAX], n = by_id(t, all);
    if (n > max) n = max;
    for (size_t i = 0; i < n; i++) {
        const struct feri_track *k = &t->tracks[all[i]];
        faces[i] = k->face.seen ? k->face : feri_track_face(k, &k->motion);
        if (slots) slots[i] = all[i];
    }
    return n;
}

size_t feri_tracker_predict(const struct feri_tracker *t, double seconds, size_t max, fer_face *faces)
{
    size_t n = t->n < max ? t->n : max;
    double dt = seconds > t->seconds ? seconds - t->seconds : 0;
    for (size_t i = 0; i < n; i++) {
        const struct feri_track *k = &t->tracks[t->order[i]];
        struct feri_motion m = k->motion;
        feri_motion_predict(&m, dt);
        faces[i] = feri_track_face(k, &m);
    }
    return n;
}
