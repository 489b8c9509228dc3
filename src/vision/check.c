#include "vision/check.h"

#include "base/error.h"
#include "base/mem.h"
#include "graph/plan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BATCH  8
#define AROUND 2.0f /* sides of the find: the square that the classifier sees */
#define FINEST 4    /* samples of a pixel along each axis, at most */
#define SPARE  4    /* floats after a row, because vectors reach beyond its end */

typedef float four __attribute__((vector_size(16)));

struct feri_check {
    const struct feri_preprocess *pixels; /* of the model */
    struct feri_cutter cutter;
    struct feri_plan *plan;
    struct feri_exec *exec;
};

bool feri_check_fits(const fer_model *detector)
{
    return detector->c == FERI_CHECK_CHANNELS;
}

static fer_status build(struct feri_check *c, const fer_model *m, const struct feri_kernels *k, struct feri_pool *pool,
                        fer_error *err)
{
    struct feri_graph *graph;
    struct feri_plan_options opt = {.mode = FERI_PLAN_INFER, .kernels = k};
    fer_status st = feri_model_graph(m, FERI_CHECK_SIDE, FERI_CHECK_SIDE, &graph, err);
    if (st != FER_OK) return st;
    st = feri_plan_new(graph, &opt, &c->plan, err);
    feri_graph_free(graph);
    return st == FER_OK ? feri_exec_new(c->plan, BATCH, pool, &c->exec, err) : st;
}

fer_status feri_check_new(const fer_model *m, const struct feri_kernels *k, struct feri_pool *pool,
                          struct feri_check **out, fer_error *err)
{
    *out = NULL;
    if (m->n_classes != 2 || m->h != FERI_CHECK_SIDE || m->w != FERI_CHECK_SIDE || m->c != FERI_CHECK_CHANNELS ||
        m->family->detects)
        return feri_fail(
            err, FER_ERR_ARGUMENT,
            "model %s, %zu x %zu x %zu, %zu classes: expected %d x %d x %d and two classes, other and face", m->name,
            m->h, m->w, m->c, m->n_classes, FERI_CHECK_SIDE, FERI_CHECK_SIDE, FERI_CHECK_CHANNELS);
    struct feri_check *c = calloc(1, sizeof *c);
    if (!c) return feri_fail_memory(err, sizeof *c);
    c->pixels = &m->pixels;
    fer_status st = build(c, m, k, pool, err);
    if (st == FER_OK) *out = c;
    else feri_check_free(c);
    return st;
}

void feri_check_free(struct feri_check *c)
{
    if (!c) return;
    feri_exec_free(c->exec);
    feri_plan_free(c->plan);
    free(c->cutter.row);
    free(c);
}

/* ---- the square around a find ---- */

/* A sample's two neighbours along an axis and their weights, 0 beyond the edge. */
struct between {
    size_t at[2];
    float weight[2];
};

static struct between between(float x, size_t n, float share)
{
    float first = floorf(x - 0.5f), far = x - 0.5f - first;
    struct between b = {{0, 0}, {0, 0}};
    for (int k = 0; k < 2; k++) {
        float at = first + (float)k;
        if (!(at >= 0 && at < (float)n)) continue;
        b.at[k] = (size_t)at;
        b.weight[k] = share * (k ? far : 1 - far);
    }
    return b;
}

/* The samples along an axis: n for each of `pixels` pixels, which each give a share of 1 / n. */
struct axis {
    float first, step; /* of the samples, in pixels of the input */
    size_t n;
};

static struct axis axis_of(float centre, float side, size_t pixels)
{
    float step = side / (float)pixels;
    size_t n = step <= 1 ? 1 : step > FINEST - 1 ? FINEST : (size_t)ceilf(step);
    return (struct axis){centre - side / 2, step / (float)n, n};
}

static struct between sample_of(const struct axis *a, size_t i, size_t n)
{
    return between(a->first + ((float)i + 0.5f) * a->step, n, 1 / (float)a->n);
}

/* The picture's columns [0] to [1] of the rows around one pixel of the square, blended: sum [columns][channels]. */
static void blend_rows(const struct feri_check_picture *p, const struct axis *a, size_t pixel, const size_t columns[2],
                       float *sum)
{
    size_t stride = p->w * FERI_CHECK_CHANNELS, first = columns[0] * FERI_CHECK_CHANNELS,
           n = (columns[1] - columns[0]) * FERI_CHECK_CHANNELS;
    for (size_t k = 0; k < a->n; k++) {
        struct between y = sample_of(a, pixel * a->n + k, p->h);
        const uint8_t *upper = p->pixels + y.at[0] * stride + first, *lower = p->pixels + y.at[1] * stride + first;
        float u = y.weight[0], v = y.weight[1], beyond = (1 / (float)a->n - u - v) * FERI_CHECK_GREY;
        if (k == 0)
            for (size_t i = 0; i < n; i++) sum[i] = beyond + u * (float)upper[i] + v * (float)lower[i];
        else
            for (size_t i = 0; i < n; i++) sum[i] += beyond + u * (float)upper[i] + v * (float)lower[i];
    }
}

static inline four load(const float *p)
{
    four v;
    memcpy(&v, p, sizeof v);
    return v;
}

/* One pixel of the square, from n samples of a row with SPARE floats after its end. */
static void blend_columns(const float *row, const struct between *x, size_t n, float *out)
{
    float share = 0;
    four sum = {0};
    for (size_t k = 0; k < n; k++) {
        sum += load(row + x[k].at[0] * FERI_CHECK_CHANNELS) * x[k].weight[0];
        sum += load(row + x[k].at[1] * FERI_CHECK_CHANNELS) * x[k].weight[1];
        share += x[k].weight[0] + x[k].weight[1];
    }
    sum += (1 - share) * FERI_CHECK_GREY;
    memcpy(out, &sum, FERI_CHECK_CHANNELS * sizeof *out);
}

/* The columns that samples read, of n. */
static void columns_of(const struct axis *a, size_t pixels, size_t n, size_t columns[2])
{
    float left = a->first - 1, right = a->first + a->step * (float)(a->n * pixels) + 1, most = (float)n;
    columns[0] = (size_t)fminf(fmaxf(floorf(left), 0), most);
    columns[1] = (size_t)fminf(fmaxf(ceilf(right), 0), most);
}

/* Samples relative to the first column; those beyond the edge have no weight, and read the first. */
static void samples_of(const struct axis *a, size_t pixels, size_t n, size_t first, struct between *out)
{
    for (size_t i = 0; i < a->n * pixels; i++) {
        out[i] = sample_of(a, i, n);
        for (int k = 0; k < 2; k++) out[i].at[k] = out[i].weight[k] > 0 ? out[i].at[k] - first : 0;
    }
}

fer_status feri_check_cut(struct feri_cutter *c, const struct feri_check_picture *p, const fer_face *f, float *out,
                          fer_error *err)
{
    struct between x[FINEST * FERI_CHECK_SIDE];
    size_t columns[2], side = FERI_CHECK_SIDE;
    float square = AROUND * fmaxf(f->width, f->height) * p->scale;
    struct axis ax = axis_of((f->x + f->width / 2) * p->scale, square, side),
                ay = axis_of((f->y + f->height / 2) * p->scale, square, side);
    columns_of(&ax, side, p->w, columns);
    size_t size = (columns[1] - columns[0] + 1) * FERI_CHECK_CHANNELS + SPARE;
    if (!feri_grow(&c->row, &c->cap, size, sizeof *c->row)) return feri_fail_memory(err, size * sizeof *c->row);
    memset(c->row, 0, size * sizeof *c->row);
    samples_of(&ax, side, p->w, columns[0], x);
    for (size_t y = 0; y < side; y++) {
        blend_rows(p, &ay, y, columns, c->row);
        for (size_t i = 0; i < side; i++, out += FERI_CHECK_CHANNELS) blend_columns(c->row, x + i * ax.n, ax.n, out);
    }
    return FER_OK;
}

/* ---- confidence ---- */

static float logit(float p)
{
    return logf(p / (1 - p));
}

static float joined(float confidence, const float *logits)
{
    return 1 / (1 + expf(-(logit(confidence) + fminf(logits[1] - logits[0], FERI_CHECK_MOST))));
}

/* Few finds change places. */
static void sort(size_t n, fer_face *f)
{
    for (size_t i = 1; i < n; i++) {
        fer_face one = f[i];
        size_t at = i;
        for (; at > 0 && f[at - 1].confidence < one.confidence; at--) f[at] = f[at - 1];
        f[at] = one;
    }
}

static fer_status check_some(struct feri_check *c, const struct feri_check_picture *p, size_t n, fer_face *faces,
                             fer_error *err)
{
    float *input = feri_exec_input(c->exec);
    for (size_t i = 0; i < n; i++) {
        fer_status st = feri_check_cut(&c->cutter, p, &faces[i], input + i * FERI_CHECK_SIZE, err);
        if (st != FER_OK) return st;
    }
    feri_preprocess_scale(c->pixels, n * FERI_CHECK_SIDE * FERI_CHECK_SIDE, FERI_CHECK_CHANNELS, input);
    feri_exec_forward(c->exec, n, 0);
    const float *logits = feri_exec_output(c->exec);
    for (size_t i = 0; i < n; i++) faces[i].confidence = joined(faces[i].confidence, logits + 2 * i);
    return FER_OK;
}

fer_status feri_check_faces(struct feri_check *c, const struct feri_check_picture *p, size_t n, fer_face *faces,
                            fer_error *err)
{
    fer_status st = FER_OK;
    for (size_t first = 0; first < n && st == FER_OK; first += BATCH)
        st = check_some(c, p, n - first < BATCH ? n - first : BATCH, faces + first, err);
    sort(n, faces);
    return st;
}
