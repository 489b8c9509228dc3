#include "films/veil.h"

#include "base/mem.h"
#include "common/cli.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A face in a searched frame. */
struct sight {
    uint64_t id;
    double seconds;
    struct blur_box box;
};

/* Sights around the current time, in the order of time. */
struct stream {
    struct spool *spool;
    struct spool_cursor cursor;
    double read; /* time of the last frame read */
    bool end;
    struct sight *sights;
    size_t n, cap;
};

struct veil {
    double gap, around; /* seconds */
    struct stream tracked, found;
    struct blur_box *boxes;
    size_t boxes_cap;
    struct blur blur;
    fer_face faces[FILM_FACES_MAX];
};

struct veil *veil_new(struct spool *tracked, struct spool *found, double searches)
{
    struct veil *v = calloc(1, sizeof *v);
    if (!v) {
        cli_no_memory();
        return NULL;
    }
    v->tracked = (struct stream){.spool = tracked, .read = -INFINITY};
    v->found = (struct stream){.spool = found, .read = -INFINITY};
    v->gap = searches;
    v->around = VEIL_SECONDS + 2 * searches;
    return v;
}

void veil_free(struct veil *v)
{
    if (!v) return;
    blur_free(&v->blur);
    free(v->tracked.sights);
    free(v->found.sights);
    free(v->boxes);
    free(v);
}

/* ---- the faces around a time ---- */

/* A face that is tracked on has a sight in each searched frame. So of those that are too long ago, the last one is kept
 * while frames are searched more rarely. */
static void forget(struct stream *s, double before)
{
    size_t kept = 0, first = 0;
    while (first < s->n && s->sights[first].seconds < before) first++;
    double last = first > 0 ? s->sights[first - 1].seconds : 0;
    for (size_t i = 0; i < s->n; i++)
        if (i >= first || s->sights[i].seconds == last) s->sights[kept++] = s->sights[i];
    s->n = kept;
}

static bool read_until(struct stream *s, double seconds, fer_face *faces)
{
    while (!s->end && s->read <= seconds) {
        struct faces_frame frame;
        bool more;
        if (!spool_read(s->spool, &s->cursor, &frame, faces, &more)) return false;
        s->end = !more;
        if (!more) break;
        s->read = frame.seconds;
        if (!feri_grow(&s->sights, &s->cap, s->n + frame.n, sizeof *s->sights)) return cli_no_memory();
        for (size_t i = 0; i < frame.n; i++)
            s->sights[s->n++] = (struct sight){faces[i].id, frame.seconds, blur_box_of(&faces[i])};
    }
    return true;
}

static bool look_around(const struct veil *v, struct stream *s, double seconds, fer_face *faces)
{
    forget(s, seconds - v->around);
    return read_until(s, seconds + v->around, faces);
}

/* ---- their boxes ---- */

static struct blur_box both(const struct blur_box *a, const struct blur_box *b)
{
    float x0 = fminf(a->x, b->x), y0 = fminf(a->y, b->y);
    return (struct blur_box){x0, y0, fmaxf(a->x + a->width, b->x + b->width) - x0,
                             fmaxf(a->y + a->height, b->y + b->height) - y0};
}

/* The last sight of the same face before the i-th; NULL: none. */
static const struct sight *before(const struct stream *s, size_t i)
{
    for (size_t k = i; k-- > 0;)
        if (s->sights[k].id == s->sights[i].id) return &s->sights[k];
    return NULL;
}

/* The next one after it. */
static const struct sight *after(const struct stream *s, size_t i)
{
    for (size_t k = i + 1; k < s->n; k++)
        if (s->sights[k].id == s->sights[i].id) return &s->sights[k];
    return NULL;
}

/* Where a face is at a time that only one sight is near: it may go on as it went to or from the other sight. */
static struct blur_box moved(const struct sight *s, const struct sight *other, double seconds)
{
    struct blur_box box = s->box;
    if (!other || other->seconds == s->seconds) return box;
    float share = (float)((seconds - s->seconds) / (s->seconds - other->seconds));
    box.x += share * (s->box.x - other->box.x);
    box.y += share * (s->box.y - other->box.y);
    return both(&box, &s->box);
}

/* The box of a sight at the time, if it says where the face is then. That is the last sight until then, or the first
 * one after, which takes in the one before it. */
static bool box_at(const struct veil *v, size_t i, double seconds, struct blur_box *out)
{
    const struct sight *s = &v->tracked.sights[i], *last = before(&v->tracked, i), *next = after(&v->tracked, i);
    if (s->seconds <= seconds) {
        if (seconds - s->seconds > v->around || (next && next->seconds <= seconds)) return false;
        *out = next || s->seconds == seconds ? s->box : moved(s, last, seconds);
        return true;
    }
    if (last && last->seconds >= seconds) return false; /* that one says it */
    *out = last ? both(&s->box, &last->box) : moved(s, next, seconds);
    return last || s->seconds - seconds <= v->around;
}

bool veil_draw(struct veil *v, const fer_view *view, double seconds, fer_view *out)
{
    size_t n = 0;
    if (!look_around(v, &v->tracked, seconds, v->faces) || !look_around(v, &v->found, seconds, v->faces)) return false;
    if (!feri_grow(&v->boxes, &v->boxes_cap, v->tracked.n + v->found.n + 1, sizeof *v->boxes)) return cli_no_memory();
    for (size_t i = 0; i < v->tracked.n; i++) n += box_at(v, i, seconds, &v->boxes[n]);
    for (size_t i = 0; i < v->found.n; i++)
        if (fabs(v->found.sights[i].seconds - seconds) <= v->gap) v->boxes[n++] = v->found.sights[i].box;
    return blur_view(&v->blur, view, v->boxes, n, out);
}
