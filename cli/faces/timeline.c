#include "faces/timeline.h"

#include "base/mem.h"
#include "common/cli.h"
#include "faces/frame_clock.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_BIN (1.0 / 32) /* seconds */
#define BETTER    1.3f       /* a new thumbnail must be this much better */

struct timeline {
    struct faces_kind kind;
    struct frame_clock clock;
    double start, bin;
    struct timeline_face **faces;
    size_t n;
    uint64_t n_forgotten;
};

struct timeline *timeline_new(const struct faces_kind *kind)
{
    struct timeline *t = calloc(1, sizeof *t);
    if (t) t->faces = calloc(TIMELINE_FACES, sizeof *t->faces);
    if (!t || !t->faces) {
        cli_no_memory();
        free(t);
        return NULL;
    }
    t->kind = *kind;
    t->bin = FIRST_BIN;
    return t;
}

static void free_face(struct timeline_face *f)
{
    fer_image_free(f->thumbnail);
    free(f->bins);
    free(f);
}

void timeline_free(struct timeline *t)
{
    if (!t) return;
    for (size_t i = 0; i < t->n; i++) free_face(t->faces[i]);
    free(t->faces);
    free(t);
}

/* ---- bins ---- */

static void add_bin(struct timeline_bin *to, const struct timeline_bin *from)
{
    to->seconds += from->seconds;
    for (size_t k = 0; k < FER_FACE_CLASSES; k++) to->scores[k] += from->scores[k];
}

/* Bins 2i and 2i + 1 become bin i. */
static void halve(struct timeline_face *f)
{
    if (f->n == 0) return;
    size_t first = f->first / 2, last = 0;
    for (size_t i = 0; i < f->n; i++) {
        size_t to = (f->first + i) / 2 - first;
        if (i > 0 && to == last) add_bin(&f->bins[to], &f->bins[i]);
        else f->bins[to] = f->bins[i];
        last = to;
    }
    f->first = first;
    f->n = last + 1;
}

static struct timeline_bin *bin_at(struct timeline_face *f, size_t i)
{
    if (f->n == 0) f->first = i;
    size_t n = i - f->first + 1;
    if (!feri_grow(&f->bins, &f->cap, n, sizeof *f->bins)) {
        cli_no_memory();
        return NULL;
    }
    if (n > f->n) {
        memset(f->bins + f->n, 0, (n - f->n) * sizeof *f->bins);
        f->n = n;
    }
    return &f->bins[i - f->first];
}

/* The face was seen from `from` to `to`, seconds after the start. */
static bool deposit(struct timeline *t, struct timeline_face *f, double from, double to)
{
    f->now = false;
    f->seconds += to - from;
    for (size_t i = (size_t)(from / t->bin); i < TIMELINE_BINS && (double)i * t->bin < to; i++) {
        double lo = fmax(from, (double)i * t->bin), hi = fmin(to, (double)(i + 1) * t->bin);
        struct timeline_bin *bin = hi > lo ? bin_at(f, i) : NULL;
        if (hi > lo && !bin) return false;
        for (size_t k = 0; bin && k < t->kind.n_classes; k++) bin->scores[k] += (float)(hi - lo) * f->scores[k];
        if (bin) bin->seconds += (float)(hi - lo);
    }
    return true;
}

/* The faces of the latest frame were seen for `step` seconds. */
static bool pass(struct timeline *t, double since, double step)
{
    double from = since - t->start, to = from + step;
    while (to > t->bin * TIMELINE_BINS) {
        t->bin *= 2;
        for (size_t i = 0; i < t->n; i++) halve(t->faces[i]);
    }
    bool ok = true;
    for (size_t i = 0; i < t->n; i++)
        if (t->faces[i]->now && !deposit(t, t->faces[i], from, to)) ok = false;
    return ok;
}

/* ---- faces ---- */

/* The index of the face that was seen for the shortest time and is not there now; n: none. */
static size_t least_seen(const struct timeline *t)
{
    size_t least = t->n;
    for (size_t i = 0; i < t->n; i++)
        if (!t->faces[i]->now && (least == t->n || t->faces[i]->seconds < t->faces[least]->seconds)) least = i;
    return least;
}

static struct timeline_face *new_face(struct timeline *t, uint64_t id, bool *ok)
{
    size_t at = t->n;
    if (t->n == TIMELINE_FACES) {
        at = least_seen(t);
        if (at == t->n) return NULL; /* more at the same time than can be drawn */
    }
    struct timeline_face *f = calloc(1, sizeof *f);
    if (!f) {
        cli_no_memory();
        *ok = false;
        return NULL;
    }
    if (at == t->n) t->n++;
    else {
        free_face(t->faces[at]);
        t->n_forgotten++;
    }
    f->id = id;
    t->faces[at] = f;
    return f;
}

static struct timeline_face *face_of(struct timeline *t, uint64_t id, bool *ok)
{
    for (size_t i = t->n; i-- > 0;)
        if (t->faces[i]->id == id) return t->faces[i];
    return new_face(t, id, ok);
}

/* ---- thumbnails ---- */

struct cut {
    size_t x, y, w, h; /* of the frame */
};

static size_t bounded(double v, size_t most)
{
    return !(v > 0) ? 0 : v > (double)most ? most : (size_t)v;
}

static struct cut cut_of(const struct faces_frame *frame, const fer_face *face)
{
    double x = (double)face->x, y = (double)face->y;
    struct cut c = {.x = bounded(x, frame->width), .y = bounded(y, frame->height)};
    c.w = bounded(x + (double)face->width, frame->width) - c.x;
    c.h = bounded(y + (double)face->height, frame->height) - c.y;
    return c;
}

static void mean_of(const uint8_t *rgb, size_t stride, struct cut c, uint8_t *out)
{
    unsigned long sum[3] = {0};
    for (size_t y = c.y; y < c.y + c.h; y++)
        for (size_t x = c.x; x < c.x + c.w; x++)
            for (size_t k = 0; k < 3; k++) sum[k] += rgb[y * stride + 3 * x + k];
    for (size_t k = 0; k < 3; k++) out[k] = (uint8_t)(sum[k] / (c.w * c.h));
}

static fer_image *shrink(const uint8_t *rgb, size_t stride, struct cut c)
{
    uint8_t pixels[TIMELINE_THUMBNAIL * TIMELINE_THUMBNAIL * 3];
    size_t longer = c.w > c.h ? c.w : c.h, side = longer < TIMELINE_THUMBNAIL ? longer : TIMELINE_THUMBNAIL;
    size_t w = c.w * side / longer, h = c.h * side / longer;
    fer_image *out = NULL;
    if (w == 0 || h == 0) return NULL;
    for (size_t y = 0; y < h; y++)
        for (size_t x = 0; x < w; x++) {
            struct cut from = {c.x + x * c.w / w, c.y + y * c.h / h, 0, 0};
            from.w = c.x + (x + 1) * c.w / w - from.x;
            from.h = c.y + (y + 1) * c.h / h - from.y;
            mean_of(rgb, stride, from, pixels + 3 * (y * w + x));
        }
    return fer_image_from_pixels(pixels, w, h, 3 * w, FER_RGB8, &out, NULL) == FER_OK ? out : NULL;
}

/* Keep the most confident and largest picture of a face. If memory is out, the drawing does without it. */
static void take_thumbnail(struct timeline_face *f, const struct faces_frame *frame, const fer_face *face,
                           const uint8_t *rgb, size_t stride)
{
    float longer = fmaxf(face->width, face->height), good = face->confidence * fminf(longer, 2 * TIMELINE_THUMBNAIL);
    struct cut c = cut_of(frame, face);
    if (!(good > BETTER * f->best) || c.w == 0 || c.h == 0) return;
    fer_image *im = shrink(rgb, stride, c);
    if (!im) return;
    fer_image_free(f->thumbnail);
    f->thumbnail = im;
    f->best = good;
}

/* ---- public ---- */

bool timeline_add(struct timeline *t, const struct faces_frame *frame, const uint8_t *rgb, size_t stride)
{
    if (!t->clock.running) t->start = frame->seconds;
    double since = t->clock.now, step = frame_clock_tick(&t->clock, frame->seconds);
    bool ok = pass(t, since, step);
    for (size_t i = 0; ok && i < frame->n; i++) {
        const fer_face *face = &frame->faces[i];
        struct timeline_face *f = face->seen ? face_of(t, faces_number(frame, i), &ok) : NULL;
        if (!f) continue;
        f->now = true;
        memcpy(f->scores, face->smoothed, sizeof f->scores);
        if (rgb) take_thumbnail(f, frame, face, rgb, stride);
    }
    return ok;
}

static int longest_first(const void *p, const void *q)
{
    const struct timeline_face *a = *(struct timeline_face *const *)p, *b = *(struct timeline_face *const *)q;
    if (a->seconds != b->seconds) return a->seconds < b->seconds ? 1 : -1;
    return a->id < b->id ? -1 : a->id > b->id;
}

struct timeline_view timeline_look(struct timeline *t)
{
    double step = frame_clock_last(&t->clock);
    pass(t, t->clock.now, step);
    qsort(t->faces, t->n, sizeof *t->faces, longest_first);
    return (struct timeline_view){.kind = &t->kind,
                                  .start = t->start,
                                  .bin = t->bin,
                                  .seconds = t->clock.now + step - t->start,
                                  .faces = t->faces,
                                  .n_faces = t->n,
                                  .n_forgotten = t->n_forgotten};
}
