#include "vision/finder.h"

#include "base/error.h"
#include "base/mem.h"
#include "image/image.h"
#include "image/view.h"
#include "vision/turn.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define KEPT         6    /* sizes */
#define KEPT_SQUARES 3    /* halves of a square as large as inputs may be: kept networks have no more pixels together */
#define CANDIDATES   2048 /* cells looked at for faces, the surest: a large face speaks from dozens */

/* The networks are trained on faces of up to about 290 pixels. So an input whose longer side has at least LARGE_FROM
 * pixels is searched a second time, LARGE_SHRUNK times smaller but with a longer side of at least LARGE_SIDE, for the
 * faces that have at least LARGE_LEAST pixels there. */
#define LARGE_FROM   128
#define LARGE_SHRUNK 4
#define LARGE_SIDE   96.0f
#define LARGE_LEAST  24.0f

/* Near the size of the largest trained faces, the detector also finds parts of faces and of clothes. So a detection
 * that is at least DOUBTED pixels wide must be found by the second search too, with at least this share of the
 * threshold. */
#define DOUBTED     160.0f
#define SEEN_AGAIN  0.5f
#define SEEN_NEARBY 0.3f /* IoU */

/* A known face is searched in a square AROUND times its size, scaled to AROUND_SIDE pixels. There the face is about 38
 * pixels wide. */
#define AROUND      2.5f
#define AROUND_SIDE 96

/* A picture that one face may fill is scaled to FILLING_SIDE pixels, with a margin of FILLING_MARGIN grey pixels. The
 * face must cover at least FILLING_SHARE of the picture. This holds for 98 % of 500 crops of FER+ and for 1 % of 500
 * photographs without people. */
#define FILLING_SIDE   96
#define FILLING_MARGIN 32
#define FILLING_SHARE  0.45f

struct sized {
    size_t h, w;
    struct feri_plan *plan;
    struct feri_exec *exec;
    uint64_t used; /* when it was last used; 0: never */
};

struct feri_finder {
    const fer_model *model;
    struct feri_finder_options opt;
    struct sized kept[KEPT];
    uint64_t clock;
    struct feri_check *check; /* NULL: none */
    int turn;
    struct feri_shrink shrink;
    float *upright; /* a picture before it is turned */
    uint8_t *seen;  /* the latest input as bytes, for the check */
    size_t upright_cap, seen_cap;
    fer_face *found; /* [CANDIDATES] */
};

static fer_status make_check(struct feri_finder *f, fer_error *err)
{
    const fer_model *check = f->opt.check;
    if (!check) return FER_OK;
    fer_status st = feri_check_new(check, f->opt.kernels, f->opt.pool, &f->check, err);
    if (st != FER_OK || feri_check_fits(f->model)) return st;
    return feri_fail(err, FER_ERR_ARGUMENT, "the detector has %zu input channels: expected %d, those of the check %s",
                     f->model->c, FERI_CHECK_CHANNELS, check->name);
}

fer_status feri_finder_new(const fer_model *m, const struct feri_finder_options *opt, struct feri_finder **out,
                           fer_error *err)
{
    *out = NULL;
    if (!m->family->detects)
        return feri_fail(err, FER_ERR_ARGUMENT, "model %s predicts expressions, expected a face detector (face-s)",
                         m->name);
    struct feri_finder *f = calloc(1, sizeof *f);
    if (!f) return feri_fail_memory(err, sizeof *f);
    f->model = m;
    f->opt = *opt;
    f->found = malloc(CANDIDATES * sizeof *f->found);
    fer_status st = f->found ? FER_OK : feri_fail_memory(err, CANDIDATES * sizeof *f->found);
    if (st == FER_OK) st = make_check(f, err);
    if (st == FER_OK) *out = f;
    else feri_finder_free(f);
    return st;
}

static void free_sized(struct sized *s)
{
    feri_exec_free(s->exec);
    feri_plan_free(s->plan);
    *s = (struct sized){0};
}

void feri_finder_free(struct feri_finder *f)
{
    if (!f) return;
    for (size_t i = 0; i < KEPT; i++) free_sized(&f->kept[i]);
    feri_check_free(f->check);
    feri_shrink_free(&f->shrink);
    free(f->upright);
    free(f->seen);
    free(f->found);
    free(f);
}

void feri_finder_set_turn(struct feri_finder *f, int degrees)
{
    f->turn = degrees;
}

float feri_finder_threshold(const struct feri_finder *f)
{
    return f->opt.threshold;
}

void feri_finder_set_threshold(struct feri_finder *f, float threshold)
{
    f->opt.threshold = threshold;
}

static fer_status build(struct feri_finder *f, struct sized *s, fer_error *err)
{
    struct feri_graph *graph;
    struct feri_plan_options opt = {.mode = FERI_PLAN_INFER, .kernels = f->opt.kernels};
    fer_status st = feri_model_graph(f->model, s->h, s->w, &graph, err);
    if (st != FER_OK) return st;
    st = feri_plan_new(graph, &opt, &s->plan, err);
    feri_graph_free(graph);
    return st == FER_OK ? feri_exec_new(s->plan, 1, f->opt.pool, &s->exec, err) : st;
}

static struct sized *least_used(struct feri_finder *f)
{
    struct sized *least = NULL;
    for (size_t i = 0; i < KEPT; i++)
        if (f->kept[i].used && (!least || f->kept[i].used < least->used)) least = &f->kept[i];
    return least;
}

/* Free networks until one for so many pixels fits beside the others, and there is a place for it. */
static struct sized *make_room(struct feri_finder *f, size_t pixels)
{
    for (;;) {
        size_t all = pixels;
        struct sized *place = NULL;
        for (size_t i = 0; i < KEPT; i++) {
            all += f->kept[i].h * f->kept[i].w;
            if (!f->kept[i].used) place = &f->kept[i];
        }
        struct sized *least = least_used(f);
        bool fits = !f->opt.longest || all <= KEPT_SQUARES * f->opt.longest * f->opt.longest / 2;
        if (place && (fits || !least)) return place;
        free_sized(least);
    }
}

/* The network for an input of this size. It is a kept one, or replaces those that were not used for longest. */
static fer_status network(struct feri_finder *f, size_t h, size_t w, struct sized **out, fer_error *err)
{
    for (size_t i = 0; i < KEPT; i++) {
        struct sized *s = &f->kept[i];
        if (!s->used || s->h != h || s->w != w) continue;
        s->used = ++f->clock;
        *out = s;
        return FER_OK;
    }
    struct sized *s = make_room(f, h * w);
    *s = (struct sized){.h = h, .w = w};
    fer_status st = build(f, s, err);
    if (st != FER_OK) {
        free_sized(s);
        return st;
    }
    s->used = ++f->clock;
    *out = s;
    return FER_OK;
}

/* The factor by which the picture is scaled for the search. */
static float scale_of(const struct feri_finder *f, const fer_view *v)
{
    float scale = FERI_FINDER_LEAST / f->opt.smallest, longer = (float)(v->width > v->height ? v->width : v->height);
    if (f->opt.longest && longer * scale > (float)f->opt.longest) scale = (float)f->opt.longest / longer;
    return scale;
}

static size_t scaled(size_t n, float scale)
{
    size_t s = (size_t)((float)n * scale + 0.5f);
    return s < 1 ? 1 : s;
}

/* The picture, or a part of it, at w x h in an input of in_w x in_h. */
struct look {
    const fer_view *view;
    size_t h, w, in_h, in_w;
    float scale;     /* from the view to the input */
    float least;     /* width of the finds that count, in pixels of the input */
    float threshold; /* least confidence */
    size_t x, y;     /* where in the input the picture begins */
    int turn;        /* degrees clockwise, a multiple of 45: the picture is turned about its centre in the input */
};

static size_t to_multiple(size_t n)
{
    return (n + FERI_FACE_STRIDE_MAX - 1) / FERI_FACE_STRIDE_MAX * FERI_FACE_STRIDE_MAX;
}

/* The size of a turned picture, in pixels of the input. */
static struct feri_turn turn_of(const struct look *l, float *w, float *h)
{
    struct feri_turn t = feri_turn_by(l->turn);
    *w = fabsf(t.cosine) * (float)l->w + fabsf(t.sine) * (float)l->h;
    *h = fabsf(t.sine) * (float)l->w + fabsf(t.cosine) * (float)l->h;
    return t;
}

static void set_input(struct look *l)
{
    float w, h;
    turn_of(l, &w, &h);
    l->in_w = to_multiple((size_t)ceilf(w - 0.01f));
    l->in_h = to_multiple((size_t)ceilf(h - 0.01f));
}

/* What lies at (x, y) of the picture, pixel centres being at halves; beyond its edge middle grey. */
static void sample(const float *px, const struct look *l, size_t c, float x, float y, float *to)
{
    float left = floorf(x - 0.5f), top = floorf(y - 0.5f), u = x - 0.5f - left, v = y - 0.5f - top;
    for (size_t ch = 0; ch < c; ch++) to[ch] = FERI_CHECK_GREY;
    for (int k = 0; k < 4; k++) {
        float at_x = left + (float)(k & 1), at_y = top + (float)(k >> 1);
        float weight = (k & 1 ? u : 1 - u) * (k >> 1 ? v : 1 - v);
        if (at_x < 0 || at_y < 0 || at_x >= (float)l->w || at_y >= (float)l->h) continue;
        for (size_t ch = 0; ch < c; ch++)
            to[ch] += weight * (px[((size_t)at_y * l->w + (size_t)at_x) * c + ch] - FERI_CHECK_GREY);
    }
}

/* Turned pictures lie in the input's corner. */
static fer_status fill_turned(struct feri_finder *f, const struct sized *s, const struct look *l, fer_error *err)
{
    size_t c = f->model->c;
    float w, h, *input = feri_exec_input(s->exec);
    struct feri_turn t = turn_of(l, &w, &h);
    if (!feri_grow(&f->upright, &f->upright_cap, l->w * l->h * c, sizeof *f->upright))
        return feri_fail_memory(err, l->w * l->h * c * sizeof *f->upright);
    struct feri_raster raster = {.w = l->w, .h = l->h, .c = c, .stride = l->w * c, .floats = f->upright};
    fer_status st = feri_view_shrink(l->view, &raster, &f->shrink, err);
    if (st != FER_OK) return st;
    for (size_t y = 0; y < s->h; y++) {
        float *row = input + y * s->w * c;
        for (size_t x = 0; x < s->w; x++) {
            float dx = (float)x + 0.5f - w / 2, dy = (float)y + 0.5f - h / 2;
            feri_turn_back(t, &dx, &dy);
            sample(f->upright, l, c, dx + (float)l->w / 2, dy + (float)l->h / 2, row + x * c);
        }
        for (size_t i = 0; i < s->w * c && f->check; i++) f->seen[y * s->w * c + i] = (uint8_t)(row[i] + 0.5f);
        feri_preprocess_scale(&f->model->pixels, s->w, c, row);
    }
    return FER_OK;
}

/* The picture in the input, and in f->seen for the check; the rest is 0, middle grey. */
static fer_status fill(struct feri_finder *f, const struct sized *s, const struct look *l, fer_error *err)
{
    size_t c = f->model->c, stride = s->w * c, size = s->h * stride, first = l->y * stride + l->x * c;
    if (f->check && !feri_grow(&f->seen, &f->seen_cap, size, 1)) return feri_fail_memory(err, size);
    if (l->turn) return fill_turned(f, s, l, err);
    float *input = feri_exec_input(s->exec);
    struct feri_raster raster = {.w = l->w,
                                 .h = l->h,
                                 .c = c,
                                 .stride = stride,
                                 .bytes = f->check ? f->seen + first : NULL,
                                 .floats = input + first,
                                 .preprocess = &f->model->pixels};
    if (l->h < s->h || l->w < s->w) {
        memset(input, 0, size * sizeof *input);
        if (f->check) memset(f->seen, (int)FERI_CHECK_GREY, size);
    }
    return feri_view_shrink(l->view, &raster, &f->shrink, err);
}

/* From a turned picture to the picture as it is. */
static void turn_face_back(fer_face *f, const struct look *l)
{
    float w, h, half_w = (float)l->w / 2 / l->scale, half_h = (float)l->h / 2 / l->scale;
    struct feri_turn t = turn_of(l, &w, &h);
    float x = f->x + f->width / 2 - w / 2 / l->scale, y = f->y + f->height / 2 - h / 2 / l->scale;
    feri_turn_back(t, &x, &y);
    if (l->turn % 180 == 90) {
        float swap = f->width;
        f->width = f->height;
        f->height = swap;
    }
    f->x = x + half_w - f->width / 2;
    f->y = y + half_h - f->height / 2;
    for (size_t p = 0; p < FERI_FACE_POINTS; p++) {
        float px = f->points[p][0] - w / 2 / l->scale, py = f->points[p][1] - h / 2 / l->scale;
        feri_turn_back(t, &px, &py);
        f->points[p][0] = px + half_w;
        f->points[p][1] = py + half_h;
    }
    f->turned = l->turn;
}

static void shift(fer_face *f, float x, float y)
{
    f->x += x;
    f->y += y;
    for (size_t p = 0; p < FERI_FACE_POINTS; p++) {
        f->points[p][0] += x;
        f->points[p][1] += y;
    }
}

/* The confidence that a find must have so that the second look can bring it to the threshold. */
static float least_checked(float threshold)
{
    if (threshold <= FERI_FINDER_EVERY || threshold >= 1) return threshold;
    return fmaxf(FERI_FINDER_EVERY, 1 / (1 + expf(FERI_CHECK_MOST) * (1 - threshold) / threshold));
}

/* Remove finds that are narrower than the look's least. */
static size_t keep_large(const struct feri_finder *f, const struct look *l, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (f->found[i].width * l->scale >= l->least) f->found[kept++] = f->found[i];
    return kept;
}

/* Look at the n finds in the input once more, and keep those that reach the threshold. */
static fer_status check(struct feri_finder *f, const struct sized *s, const struct look *l, size_t *n, fer_error *err)
{
    struct feri_check_picture seen = {f->seen, s->h, s->w, l->scale};
    fer_status st = feri_check_faces(f->check, &seen, *n, f->found, err);
    while (*n > 0 && f->found[*n - 1].confidence < l->threshold) --*n;
    return st;
}

/* Store the faces in f->found, ordered by confidence. */
static fer_status look_at(struct feri_finder *f, const struct look *l, size_t *n_out, fer_error *err)
{
    struct sized *s;
    *n_out = 0;
    fer_status st = network(f, l->in_h, l->in_w, &s, err);
    if (st == FER_OK) st = fill(f, s, l, err);
    if (st != FER_OK) return st;
    feri_exec_forward(s->exec, 1, 0);
    struct feri_found_options opt = {.threshold = f->check ? least_checked(l->threshold) : l->threshold,
                                     .overlap = FERI_FINDER_SAME,
                                     .scale = 1 / l->scale,
                                     .max = CANDIDATES};
    *n_out = feri_found_faces(s->h, s->w, feri_exec_output(s->exec), &opt, f->found);
    *n_out = keep_large(f, l, *n_out);
    if (f->check && (st = check(f, s, l, n_out, err)) != FER_OK) return st;
    for (size_t i = 0; i < *n_out && l->turn; i++) turn_face_back(&f->found[i], l);
    for (size_t i = 0; i < *n_out && l->x + l->y > 0; i++)
        shift(&f->found[i], -(float)l->x / l->scale, -(float)l->y / l->scale);
    return FER_OK;
}

static struct look whole(const struct feri_finder *f, const fer_view *picture, float scale)
{
    struct look l = {.view = picture,
                     .h = scaled(picture->height, scale),
                     .w = scaled(picture->width, scale),
                     .scale = scale,
                     .threshold = f->opt.threshold};
    l.turn = f->turn;
    set_input(&l);
    return l;
}

/* Remove doubted faces (at least `least` pixels wide) that are not among the n_again faces of the second search. */
static size_t keep_confirmed(fer_face *faces, size_t n, float least, const fer_face *again, size_t n_again)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        bool sure = faces[i].width < least;
        for (size_t k = 0; k < n_again && !sure; k++) sure = feri_found_overlap(&faces[i], &again[k]) >= SEEN_NEARBY;
        if (sure) faces[kept++] = faces[i];
    }
    return kept;
}

/* Search the whole picture a second time for its large faces. scale: that of the first search. */
static fer_status add_large(struct feri_finder *f, const fer_view *picture, float scale, size_t max, fer_face *faces,
                            size_t *n, fer_error *err)
{
    size_t n_found, large = 0;
    float longer = scale * (float)(picture->width > picture->height ? picture->width : picture->height);
    struct look l = whole(f, picture, scale * fmaxf(1.0f / LARGE_SHRUNK, LARGE_SIDE / longer));
    l.threshold = SEEN_AGAIN * f->opt.threshold;
    l.least = LARGE_LEAST;
    fer_status st = look_at(f, &l, &n_found, err);
    if (st != FER_OK) return st;
    *n = keep_confirmed(faces, *n, DOUBTED / scale, f->found, n_found);
    for (size_t i = 0; i < n_found; i++)
        if (f->found[i].confidence >= f->opt.threshold) f->found[large++] = f->found[i];
    *n = feri_found_merge(faces, *n, f->found, large, max, FERI_FINDER_SAME);
    return FER_OK;
}

fer_status feri_finder_find(struct feri_finder *f, const fer_view *picture, size_t max, fer_face *faces, size_t *n_out,
                            fer_error *err)
{
    size_t n;
    *n_out = 0;
    fer_status st = feri_view_check(picture, err);
    if (st != FER_OK) return st;
    struct look l = whole(f, picture, scale_of(f, picture));
    if ((st = look_at(f, &l, &n, err)) != FER_OK) return st;
    *n_out = n < max ? n : max;
    if (*n_out > 0) memcpy(faces, f->found, *n_out * sizeof *faces);
    bool large = l.h >= LARGE_FROM || l.w >= LARGE_FROM;
    return large ? add_large(f, picture, l.scale, max, faces, n_out, err) : FER_OK;
}

/* ---- turned pictures ---- */

fer_status feri_finder_find_turned(struct feri_finder *f, const fer_view *picture, int degrees, size_t side, size_t max,
                                   fer_face *faces, size_t *n_out, fer_error *err)
{
    size_t n;
    *n_out = 0;
    fer_status st = feri_view_check(picture, err);
    if (st != FER_OK) return st;
    struct look l = {.view = picture, .h = picture->height, .w = picture->width, .turn = degrees};
    float w, h;
    turn_of(&l, &w, &h);
    l.scale = fminf(scale_of(f, picture), (float)side / fmaxf(w, h));
    l.h = scaled(picture->height, l.scale);
    l.w = scaled(picture->width, l.scale);
    size_t least = to_multiple((size_t)ceilf(hypotf((float)l.w, (float)l.h)));
    l.in_h = l.in_w = least < side ? least : side; /* the same for every turn */
    l.threshold = f->opt.threshold;
    if ((st = look_at(f, &l, &n, err)) != FER_OK) return st;
    *n_out = n < max ? n : max;
    if (*n_out > 0) memcpy(faces, f->found, *n_out * sizeof *faces);
    return FER_OK;
}

/* ---- a face that fills the picture ---- */

/* The share of the picture that the face's box covers. */
static float share_of(const fer_face *f, const fer_view *v)
{
    struct feri_face_box box = feri_face_box_at(f->x, f->y, f->width, f->height);
    float w = (float)v->width, h = (float)v->height;
    return feri_face_box_common(box, feri_face_box_at(0, 0, w, h)) / (w * h);
}

fer_status feri_finder_find_filling(struct feri_finder *f, const fer_view *picture, fer_face *out, bool *found,
                                    fer_error *err)
{
    size_t n;
    *found = false;
    fer_status st = feri_view_check(picture, err);
    if (st != FER_OK) return st;
    float longer = (float)(picture->width > picture->height ? picture->width : picture->height);
    struct look l = whole(f, picture, (float)FILLING_SIDE / longer);
    l.turn = 0;
    l.in_h = l.in_w = FILLING_SIDE + 2 * FILLING_MARGIN;
    l.x = (l.in_w - l.w) / 2;
    l.y = (l.in_h - l.h) / 2;
    l.threshold = FERI_FINDER_FILLING * f->opt.threshold;
    if ((st = look_at(f, &l, &n, err)) != FER_OK) return st;
    for (size_t i = 0; i < n && !*found; i++)
        if ((*found = share_of(&f->found[i], picture) >= FILLING_SHARE)) *out = f->found[i];
    return FER_OK;
}

/* ---- near a known face ---- */

static size_t clamp_place(float v, size_t most)
{
    return v <= 0 ? 0 : v >= (float)most ? most : (size_t)v;
}

/* Begin at even positions, where parts of YUV pictures can begin. */
static struct feri_rect surroundings(const fer_view *v, const fer_face *f)
{
    float half = AROUND / 2 * fmaxf(f->width, f->height), x = f->x + f->width / 2, y = f->y + f->height / 2;
    size_t left = clamp_place(x - half, v->width) & ~(size_t)1, right = clamp_place(ceilf(x + half), v->width);
    size_t top = clamp_place(y - half, v->height) & ~(size_t)1, bottom = clamp_place(ceilf(y + half), v->height);
    return (struct feri_rect){left, top, right - left, bottom - top};
}

static float distance(const fer_face *a, const fer_face *b)
{
    float x = a->x + a->width / 2 - b->x - b->width / 2, y = a->y + a->height / 2 - b->y - b->height / 2;
    return hypotf(x, y);
}

/* At most half a face's size away, and at most twice as large or small. */
static bool is_same(const fer_face *a, const fer_face *b)
{
    float ratio = a->height / b->height;
    return distance(a, b) < 0.6f * fmaxf(b->width, b->height) && ratio > 0.5f && ratio < 2;
}

fer_status feri_finder_find_around(struct feri_finder *f, const fer_view *picture, const fer_face *around,
                                   fer_face *out, bool *found, fer_error *err)
{
    size_t n;
    *found = false;
    fer_status st = feri_view_check(picture, err);
    if (st != FER_OK) return st;
    struct feri_rect r = surroundings(picture, around);
    if (r.w < 2 || r.h < 2) return FER_OK;
    fer_view part = feri_view_part(picture, r);
    float scale = (float)AROUND_SIDE / (AROUND * fmaxf(around->width, around->height));
    /* Use the same network at the picture's edge, where the surroundings are smaller, so that it is not rebuilt from
     * frame to frame. */
    struct look l = {.view = &part,
                     .h = scaled(part.height, scale),
                     .w = scaled(part.width, scale),
                     .in_h = AROUND_SIDE,
                     .in_w = AROUND_SIDE,
                     .scale = scale,
                     .threshold = f->opt.threshold};
    l.turn = around->turned;
    if (l.h > AROUND_SIDE) l.h = AROUND_SIDE;
    if (l.w > AROUND_SIDE) l.w = AROUND_SIDE;
    if (l.turn) set_input(&l);
    if ((st = look_at(f, &l, &n, err)) != FER_OK) return st;
    for (size_t i = 0; i < n; i++) {
        fer_face *g = &f->found[i];
        shift(g, (float)r.x, (float)r.y);
        if (!is_same(g, around) || (*found && distance(g, around) >= distance(out, around))) continue;
        *out = *g;
        *found = true;
    }
    return FER_OK;
}
