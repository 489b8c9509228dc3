/* Scenes of moving faces for the tracker: the truth, and the simulated output of a detector. */
#ifndef FERI_TESTS_VISION_SCENE_H
#define FERI_TESTS_VISION_SCENE_H

#include "base/rng.h"
#include "vision/kalman.h"
#include "vision/tracker.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ACTORS_MAX 256

/* A face's way: from (x, y) with a velocity, a sway, and times at which it comes, goes and is hidden. */
struct actor {
    double x, y, vx, vy, size, sway;
    double stop, turn; /* seconds at which it stands still, or goes back the way it came; 0: never */
    double from, to, hidden_from, hidden_to;
};

struct scene {
    size_t n;
    struct actor actors[ACTORS_MAX];
    double seconds, fps, jitter; /* jitter: uneven times, of the frame's length */
    double noise, miss, weak,
        alarms;   /* of the size; chances of a miss and of little confidence; false alarms a frame after the first */
    double scale; /* of the picture */
    bool looks, merge; /* merge: of two faces that overlap by half, the detector finds the larger */
    uint64_t seed;
};

/* The result of tracking. */
struct outcome {
    size_t ids, switches;
    uint64_t first[ACTORS_MAX], last[ACTORS_MAX]; /* ids of each actor */
    uint64_t digest;
};

static double normal(struct feri_rng *r)
{
    double s = 0;
    for (int i = 0; i < 12; i++) s += (double)feri_rng_uniform(r);
    return s - 6;
}

static bool place(const struct scene *s, const struct actor *a, double t, struct feri_box *b)
{
    double moved = (a->stop > 0 && t > a->stop ? a->stop : t) - a->from;
    if (a->turn > 0 && t > a->turn) moved = 2 * a->turn - t - a->from;
    if (t < a->from || t > a->to) return false;
    b->x = (a->x + a->vx * moved + a->sway * sin(3 * t)) * s->scale;
    b->y = (a->y + a->vy * moved + a->sway * cos(2 * t)) * s->scale;
    b->w = a->size * s->scale * 0.8;
    b->h = a->size * s->scale;
    return true;
}

static double overlap(const struct feri_box *a, const struct feri_box *b)
{
    double w = fmin(a->x + a->w / 2, b->x + b->w / 2) - fmax(a->x - a->w / 2, b->x - b->w / 2);
    double h = fmin(a->y + a->h / 2, b->y + b->h / 2) - fmax(a->y - a->h / 2, b->y - b->h / 2);
    return w > 0 && h > 0 ? w * h / (a->w * a->h + b->w * b->h - w * h) : 0;
}

static fer_face detection(const struct scene *s, struct feri_rng *r, const struct feri_box *b)
{
    double size = b->h, x = b->x + s->noise * size * normal(r), y = b->y + s->noise * size * normal(r);
    double w = b->w * exp(s->noise * normal(r)), h = b->h * exp(s->noise * normal(r));
    fer_face f = {.x = (float)(x - w / 2), .y = (float)(y - h / 2), .width = (float)w, .height = (float)h};
    f.confidence = (double)feri_rng_uniform(r) < s->weak ? 0.4f : 0.9f;
    return f;
}

struct found {
    size_t n, actor[FERI_DETECTIONS_MAX];
    fer_face faces[FERI_DETECTIONS_MAX];
    float looks[FERI_DETECTIONS_MAX * FERI_LOOKS];
};

#define ALARM ((size_t)-2)

static void add(struct found *d, const struct scene *s, struct feri_rng *r, size_t actor, fer_face f)
{
    float *looks = d->looks + d->n * FERI_LOOKS;
    struct feri_rng own = feri_rng_new(s->seed, 99, actor == ALARM ? feri_rng_u64(r) : actor);
    for (int i = 0; i < FERI_LOOKS; i++) looks[i] = (float)(normal(&own) + 0.25 * normal(r));
    d->actor[d->n] = actor;
    d->faces[d->n++] = f;
}

static bool hidden(const struct scene *s, size_t i, double t, const struct feri_box *b)
{
    const struct actor *a = &s->actors[i];
    struct feri_box other;
    if (t > a->hidden_from && t < a->hidden_to) return true;
    for (size_t k = 0; s->merge && k < s->n; k++)
        if (k != i && place(s, &s->actors[k], t, &other) && overlap(b, &other) > 0.5 &&
            (other.h > b->h || (other.h == b->h && k < i)))
            return true;
    return false;
}

static void look(const struct scene *s, struct feri_rng *r, double t, struct found *d)
{
    struct feri_box b;
    d->n = 0;
    for (size_t i = 0; i < s->n; i++) {
        if (!place(s, &s->actors[i], t, &b)) continue;
        fer_face f = detection(s, r, &b);
        bool missed = (double)feri_rng_uniform(r) < s->miss;
        if (!missed && !hidden(s, i, t, &b)) add(d, s, r, i, f);
    }
    for (double n = t > 0 ? s->alarms : 0; n > 0 && (double)feri_rng_uniform(r) < n; n -= 1) {
        b = (struct feri_box){s->scale * (double)feri_rng_range(r, 0, 640),
                              s->scale * (double)feri_rng_range(r, 0, 480), 32 * s->scale, 40 * s->scale};
        add(d, s, r, ALARM, detection(s, r, &b));
    }
}

static void judge(const struct found *d, const struct feri_tracker *t, const size_t *slot, struct outcome *o)
{
    for (size_t i = 0; i < d->n; i++) {
        uint64_t id = slot[i] == FERI_NONE ? 0 : feri_tracker_id(t, slot[i]);
        if (id == 0) continue;
        o->digest = feri_mix64(o->digest + id * 1000 + i);
        if (id > o->ids) o->ids = id;
        if (d->actor[i] == ALARM) continue; /* where a face is and was missed, it may pass for that */
        uint64_t *last = &o->last[d->actor[i]];
        if (*last && *last != id) o->switches++;
        if (!*last) o->first[d->actor[i]] = id;
        *last = id;
    }
}

static struct outcome play(const struct scene *s, const struct feri_tracker_options *options)
{
    static struct found d;
    static size_t slot[FERI_DETECTIONS_MAX];
    static fer_face live[FERI_TRACKS_MAX];
    struct outcome o = {0};
    struct feri_tracker *t;
    struct feri_rng r = feri_rng_new(s->seed, 0, 0);
    assert_int_equal(feri_tracker_new(options, &t, NULL), FER_OK);
    for (double now = 0; now < s->seconds;) {
        look(s, &r, now, &d);
        struct feri_sightings sightings = {d.n, d.faces, s->looks ? d.looks : NULL, false};
        assert_int_equal(feri_tracker_update(t, now, &sightings, slot, NULL), FER_OK);
        judge(&d, t, slot, &o);
        size_t n = feri_tracker_live(t, FERI_TRACKS_MAX, live, NULL);
        for (size_t i = 1; i < n; i++) assert_true(live[i].id > live[i - 1].id);
        now += (1 + s->jitter * (2 * (double)feri_rng_uniform(&r) - 1)) / s->fps;
    }
    feri_tracker_free(t);
    return o;
}

#endif
