#include "vision/track.h"

#include <math.h>

/* Distances are in face sizes: the square root of the mean of both boxes' areas. */
/* largest distance of a face from its expected place, in addition to the uncertainty of the expectation */
#define REACH 0.6
/* the same for a newcomer, whose uncertainty is large, so that false alarms do not become a face */
#define NEWCOMER    0.3
#define NEAR_MOST   1.0
#define UNSURE_MOST 0.5
#define WIDE_MOST   3.0
#define EMERGING_MOST \
    1.5 /* a face that moves behind something seems to slow down, and reappears further on than expected */
#define KNOWN_AGAIN 2.0 /* larger distance, plus as much per second, for a face recognised by its looks */
#define RATIO_MOST  0.7 /* of the logarithms of two sizes: a factor of 2 */
#define UNSURE_RATIO \
    0.35 /* the same for an unsure detection: the visible part of a half-hidden face does not show its size */
#define OVERLAP_COST 0.15
#define RATIO_COST   0.5
#define CUT_LOOKS \
    0.5 /* of the gate, in another scene: a person in motion is 0.13 from itself, 1 of 100 others is below 0.2 */
#define LOOKS_COST 0.4
#define LOOKS_GAIN 0.1 /* a sighting's part in what is known */

struct feri_box feri_box_of(const fer_face *f)
{
    double w = (double)f->width, h = (double)f->height;
    return (struct feri_box){(double)f->x + w / 2, (double)f->y + h / 2, w, h};
}

bool feri_face_is_sound(const fer_face *f)
{
    return f->width > 0 && f->height > 0 && fabsf(f->x) < 1e7f && fabsf(f->y) < 1e7f && f->width < 1e7f &&
           f->height < 1e7f && f->width / f->height < 100 && f->height / f->width < 100 && f->confidence >= 0;
}

static double common(double a, double a_size, double b, double b_size)
{
    double lo = fmax(a - a_size / 2, b - b_size / 2), hi = fmin(a + a_size / 2, b + b_size / 2);
    return fmax(0, hi - lo);
}

double feri_box_overlap(const struct feri_box *a, const struct feri_box *b)
{
    double both = common(a->x, a->w, b->x, b->w) * common(a->y, a->h, b->y, b->h);
    return both / (a->w * a->h + b->w * b->h - both);
}

/* The limit of the search, in face sizes. likeness: cosine distance as a fraction of the gate; NaN: unknown. */
static double reach_of(const struct feri_track *t, enum feri_search search, double likeness)
{
    double reach = (t->confirmed ? REACH : NEWCOMER) + 3 * feri_motion_spread(&t->motion);
    if (search == FERI_UNSURE) return UNSURE_MOST;
    if (search == FERI_NEAR) return fmin(reach, NEAR_MOST);
    if (search == FERI_EMERGING) return fmin(reach, EMERGING_MOST);
    reach = fmin(reach, WIDE_MOST);
    return t->missed > 0 && likeness < 0.5 ? reach + KNOWN_AGAIN * (1 + t->hidden) : reach;
}

float feri_track_cost(const struct feri_track *t, const fer_face *f, const float *looks, enum feri_search search,
                      double looks_gate)
{
    struct feri_box a = feri_motion_box(&t->motion), b = feri_box_of(f);
    double size = sqrt((a.w * a.h + b.w * b.h) / 2), distance = hypot(a.x - b.x, a.y - b.y) / size;
    double ratio = fabs(log(a.w * a.h / (b.w * b.h))) / 2;
    double likeness = looks ? feri_looks_distance(t->looks, looks) / looks_gate : (double)NAN;
    if (t->cut && !(likeness <= CUT_LOOKS)) return INFINITY;
    double reach = reach_of(t, search, likeness);
    if (!(distance < reach && ratio < (search == FERI_UNSURE ? UNSURE_RATIO : RATIO_MOST))) return INFINITY;
    if (t->missed > 0 && likeness > 1 && search != FERI_EMERGING) return INFINITY;
    double cost = distance * distance + RATIO_COST * ratio * ratio + OVERLAP_COST * (1 - feri_box_overlap(&a, &b));
    if (likeness >= 0) cost += LOOKS_COST * fmin(likeness, 1);
    if (search >= FERI_WIDE) cost = 0.5 * (cost - distance * distance + distance * distance / (reach * reach));
    return (float)cost;
}

void feri_track_begin(struct feri_track *t, double seconds, const fer_face *f, const float *looks)
{
    struct feri_box box = feri_box_of(f);
    *t = (struct feri_track){.used = true, .found = true, .hits = 1, .last_seen = seconds, .face = *f};
    t->face.id = 0;
    t->face.seen = true;
    feri_motion_start(&t->motion, &box);
    if (looks) feri_looks_learn(t->looks, looks, 1);
}

void feri_track_see(struct feri_track *t, double seconds, const fer_face *f, const float *looks)
{
    struct feri_box box = feri_box_of(f);
    feri_motion_update(&t->motion, &box);
    t->found = true;
    t->cut = false;
    t->hits++;
    t->missed = 0;
    t->hidden = 0;
    t->last_seen = seconds;
    t->face = *f;
    t->face.id = t->id;
    t->face.seen = true;
    if (looks) feri_looks_learn(t->looks, looks, LOOKS_GAIN);
}

fer_face feri_track_face(const struct feri_track *t, const struct feri_motion *m)
{
    struct feri_box from = feri_box_of(&t->face), to = feri_motion_box(m);
    double sx = to.w / from.w, sy = to.h / from.h;
    fer_face f = t->face;
    f.x = (float)(to.x - to.w / 2);
    f.y = (float)(to.y - to.h / 2);
    f.width = (float)to.w;
    f.height = (float)to.h;
    for (int i = 0; i < FER_FACE_POINTS; i++) {
        f.points[i][0] = (float)(to.x + sx * ((double)f.points[i][0] - from.x));
        f.points[i][1] = (float)(to.y + sy * ((double)f.points[i][1] - from.y));
    }
    return f;
}
