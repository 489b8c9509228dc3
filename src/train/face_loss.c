#include "train/face_loss.h"

#include <math.h>
#include <string.h>

#define POINT_KNEE 0.1 /* in face widths: below it smooth L1 is quadratic */

static double sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

/* log(1 + e^x) */
static double softplus(double x)
{
    return x > 0 ? x + log1p(exp(-x)) : log1p(exp(x));
}

/* (y - p)^2 (softplus(x) - y x) with p = sigmoid(x), and its derivative with respect to x. */
static double quality_focal(double x, double y, double *dx)
{
    double p = sigmoid(x), off = y - p, entropy = softplus(x) - y * x;
    *dx = -2 * off * p * (1 - p) * entropy + off * off * (p - y);
    return off * off * entropy;
}

struct edges {
    double v[4]; /* left, top, right, bottom */
};

static double area(const struct edges *b)
{
    return (b->v[2] - b->v[0]) * (b->v[3] - b->v[1]);
}

/* Add k times the derivative of a box's width x height, with respect to its edges, to d. */
static void add_area_gradient(const struct edges *b, double k, const bool own[4], double d[4])
{
    double w = b->v[2] - b->v[0], h = b->v[3] - b->v[1];
    const double g[4] = {-h, -w, h, w};
    for (size_t i = 0; i < 4; i++)
        if (own[i]) d[i] += k * g[i];
}

/* 1 - GIoU of p against t. GIoU = I / U - (C - U) / C with I the intersection, U the union, C the hull. d receives the
 * derivative with respect to p's edges. */
static double giou_loss(const struct edges *p, const struct edges *t, double d[4], double *iou_out)
{
    static const bool all[4] = {true, true, true, true};
    struct edges in, hull;
    bool in_own[4], hull_own[4];
    for (size_t i = 0; i < 4; i++) {
        bool inner = i < 2 ? p->v[i] > t->v[i] : p->v[i] < t->v[i];
        in.v[i] = inner ? p->v[i] : t->v[i];
        hull.v[i] = inner ? t->v[i] : p->v[i];
        in_own[i] = inner;
        hull_own[i] = !inner;
    }
    bool apart = in.v[2] <= in.v[0] || in.v[3] <= in.v[1];
    double both = apart ? 0 : area(&in), joined = area(p) + area(t) - both, outer = area(&hull);
    *iou_out = both / joined;
    memset(d, 0, 4 * sizeof *d);
    /* loss = 2 - I / U - U / C */
    double by_union = both / (joined * joined) - 1 / outer, by_both = -1 / joined - by_union,
           by_hull = joined / (outer * outer);
    add_area_gradient(p, by_union, all, d);
    if (!apart) add_area_gradient(&in, by_both, in_own, d);
    add_area_gradient(&hull, by_hull, hull_own, d);
    return 2 - both / joined - joined / outer;
}

static double smooth_l1(double x, double *dx)
{
    double a = fabs(x);
    *dx = a < POINT_KNEE ? x / POINT_KNEE : x < 0 ? -1 : 1;
    return a < POINT_KNEE ? x * x / (2 * POINT_KNEE) : a - POINT_KNEE / 2;
}

static double box_loss(struct feri_face_cell c, const float *row, const struct feri_scene_face *f, float *gradient,
                       double *iou_out)
{
    struct feri_face_box b = feri_face_cell_box(c, row);
    struct edges p = {{(double)b.left, (double)b.top, (double)b.right, (double)b.bottom}},
                 t = {{(double)f->x, (double)f->y, (double)f->x + (double)f->w, (double)f->y + (double)f->h}};
    double d[4], loss = giou_loss(&p, &t, d, iou_out);
    for (size_t i = 0; i < 4; i++) {
        float v = row[FERI_FACE_EDGES + i];
        /* distance = e^v strides, so d edge / d v equals the distance */
        double edge = (double)feri_face_edge(v, c.stride);
        gradient[FERI_FACE_EDGES + i] =
            fabsf(v) > FERI_FACE_EDGE_MAX ? 0 : (float)(FERI_FACE_BOX_WEIGHT * d[i] * (i < 2 ? -edge : edge));
    }
    return loss;
}

static double points_loss(struct feri_face_cell c, const float *row, const struct feri_scene_face *f, float *gradient)
{
    double loss = 0, scale = (double)(c.stride / f->w);
    if (!f->has_points) return 0;
    for (size_t i = 0; i < 2 * FERI_FACE_POINTS; i++) {
        float centre = i % 2 ? c.y : c.x;
        double dx, off = (double)row[FERI_FACE_XY + i] * scale - (double)((f->points[i / 2][i % 2] - centre) / f->w);
        loss += smooth_l1(off, &dx);
        gradient[FERI_FACE_XY + i] = (float)(FERI_FACE_POINTS_WEIGHT * dx * scale);
    }
    return loss;
}

static void add_cell(struct feri_face_cell c, const float *row, const struct feri_scene_face *f, float *gradient,
                     struct feri_face_losses *sum)
{
    double iou = 0, dx, y = 0;
    if (f) {
        sum->box += box_loss(c, row, f, gradient, &iou);
        sum->points += points_loss(c, row, f, gradient);
        sum->positives++;
        y = (1 + iou) / 2;
    }
    sum->score += quality_focal((double)row[FERI_FACE_SCORE], y, &dx);
    gradient[FERI_FACE_SCORE] = (float)dx;
}

static void add_picture(const struct feri_face_grid *grid, const float *rows, const struct feri_face_truth *truth,
                        const int *face_of, float *gradient, struct feri_face_losses *sum)
{
    for (size_t level = 0; level < FERI_FACE_LEVELS; level++) {
        size_t w = grid->w / feri_face_stride(level), n = feri_face_cells_of_level(grid->h, grid->w, level);
        for (size_t i = 0; i < n; i++, rows += FERI_FACE_COLUMNS, gradient += FERI_FACE_COLUMNS, face_of++)
            if (*face_of != FERI_FACE_NEITHER)
                add_cell(feri_face_cell_at(level, w, i), rows, *face_of < 0 ? NULL : &truth->faces[*face_of], gradient,
                         sum);
    }
}

void feri_face_loss_add(const struct feri_face_grid *grid, size_t n, const float *rows,
                        const struct feri_face_truth *truth, int *face_of, float *gradient,
                        struct feri_face_losses *sum)
{
    size_t size = feri_face_n_cells(grid->h, grid->w) * FERI_FACE_COLUMNS;
    memset(gradient, 0, n * size * sizeof *gradient);
    for (size_t i = 0; i < n; i++) {
        feri_face_assign(grid, rows + i * size, truth[i].n, truth[i].faces, face_of);
        add_picture(grid, rows + i * size, &truth[i], face_of, gradient + i * size, sum);
    }
}

double feri_face_loss_mean(const struct feri_face_grid *grid, size_t n, float *gradient, struct feri_face_losses *sum)
{
    size_t size = feri_face_n_cells(grid->h, grid->w) * FERI_FACE_COLUMNS;
    double share = 1 / (double)(sum->positives ? sum->positives : 1);
    for (size_t i = 0; i < n * size; i++) gradient[i] = (float)((double)gradient[i] * share);
    sum->score *= share;
    sum->box *= share;
    sum->points *= share;
    return sum->score + FERI_FACE_BOX_WEIGHT * sum->box + FERI_FACE_POINTS_WEIGHT * sum->points;
}

double feri_face_loss(const struct feri_face_grid *grid, size_t n, const float *rows,
                      const struct feri_face_truth *truth, int *face_of, float *gradient,
                      struct feri_face_losses *parts)
{
    struct feri_face_losses sum = {0};
    feri_face_loss_add(grid, n, rows, truth, face_of, gradient, &sum);
    double loss = feri_face_loss_mean(grid, n, gradient, &sum);
    if (parts) *parts = sum;
    return loss;
}
