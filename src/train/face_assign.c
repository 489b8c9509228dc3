#include "train/face_assign.h"

#include <math.h>

#define RADIUS \
    1.5f /* in strides: cells whose centre is this close to the face's centre, along each axis, are candidates */
#define CANDIDATES 64   /* 3 levels x at most 4 x 4 cells */
#define TOP        10   /* number of overlaps that are summed */
#define BOX_WEIGHT 3.0f /* weight of -log IoU relative to the score's loss */
#define LEAST_IOU  1e-4f

/* Widths of faces that a level learns, in strides. Neighbouring levels share some widths. */
#define WIDTH_MIN 0.6f
#define WIDTH_MAX 7.0f

struct candidate {
    size_t cell;
    float iou, cost;
};

static struct feri_face_box box_of(const struct feri_scene_face *f)
{
    return (struct feri_face_box){f->x, f->y, f->x + f->w, f->y + f->h};
}

static bool level_takes(size_t level, float width)
{
    float strides = width / (float)feri_face_stride(level);
    if (level > 0 && strides < WIDTH_MIN * 2) return false;
    return level + 1 == FERI_FACE_LEVELS || strides <= WIDTH_MAX;
}

/* -log sigmoid(x) */
static float score_cost(float logit)
{
    return logit > 0 ? log1pf(expf(-logit)) : log1pf(expf(logit)) - logit;
}

static struct candidate judge(struct feri_face_cell c, size_t cell, const float *row, struct feri_face_box truth)
{
    float iou = feri_face_box_iou(feri_face_cell_box(c, row), truth);
    return (struct candidate){cell, iou, score_cost(row[FERI_FACE_SCORE]) - BOX_WEIGHT * logf(fmaxf(iou, LEAST_IOU))};
}

static size_t clamp_index(float v, size_t n)
{
    return v < 0 ? 0 : v >= (float)n ? n - 1 : (size_t)v;
}

/* Append the cells of one level around the face's centre to `out`. */
static size_t near_cells(const struct feri_face_grid *grid, size_t level, size_t first, const float *rows,
                         struct feri_face_box truth, struct candidate *out)
{
    size_t stride = feri_face_stride(level), w = grid->w / stride, h = grid->h / stride, n = 0;
    float x = (truth.left + truth.right) / 2 / (float)stride - 0.5f,
          y = (truth.top + truth.bottom) / 2 / (float)stride - 0.5f;
    for (size_t i = clamp_index(ceilf(y - RADIUS), h); i <= clamp_index(floorf(y + RADIUS), h); i++)
        for (size_t j = clamp_index(ceilf(x - RADIUS), w); j <= clamp_index(floorf(x + RADIUS), w) && n < 16; j++) {
            size_t cell = first + i * w + j;
            out[n++] = judge(feri_face_cell_at(level, w, i * w + j), cell, rows + cell * FERI_FACE_COLUMNS, truth);
        }
    return n;
}

static size_t find_candidates(const struct feri_face_grid *grid, const float *rows, const struct feri_scene_face *f,
                              struct candidate *out)
{
    size_t n = 0, first = 0;
    for (size_t level = 0; level < FERI_FACE_LEVELS; level++) {
        if (level_takes(level, f->w)) n += near_cells(grid, level, first, rows, box_of(f), out + n);
        first += feri_face_cells_of_level(grid->h, grid->w, level);
    }
    return n;
}

/* The number of cells: the sum of the largest overlaps, at least one. */
static size_t how_many(const struct candidate *c, size_t n)
{
    bool taken[CANDIDATES] = {false};
    float sum = 0;
    for (size_t round = 0; round < TOP && round < n; round++) {
        size_t best = n;
        for (size_t i = 0; i < n; i++)
            if (!taken[i] && (best == n || c[i].iou > c[best].iou)) best = i;
        taken[best] = true;
        sum += c[best].iou;
    }
    return sum < 1 ? 1 : (size_t)sum;
}

static void sort_by_cost(struct candidate *c, size_t n)
{
    for (size_t i = 1; i < n; i++)
        for (size_t j = i; j > 0 && c[j].cost < c[j - 1].cost; j--) {
            struct candidate swap = c[j];
            c[j] = c[j - 1];
            c[j - 1] = swap;
        }
}

/* If two faces claim a cell, the face with the lower cost gets it. */
static float cost_of(const struct feri_face_grid *grid, const float *rows, const struct feri_scene_face *f, size_t cell)
{
    size_t first = 0, level = 0;
    for (; level + 1 < FERI_FACE_LEVELS && cell >= first + feri_face_cells_of_level(grid->h, grid->w, level); level++)
        first += feri_face_cells_of_level(grid->h, grid->w, level);
    struct feri_face_cell c = feri_face_cell_at(level, grid->w / feri_face_stride(level), cell - first);
    return judge(c, cell, rows + cell * FERI_FACE_COLUMNS, box_of(f)).cost;
}

static void take_cells(const struct feri_face_grid *grid, const float *rows, const struct feri_scene_face *faces,
                       size_t face, int *face_of)
{
    struct candidate c[CANDIDATES];
    size_t n = find_candidates(grid, rows, &faces[face], c), k = how_many(c, n);
    sort_by_cost(c, n);
    for (size_t i = 0; i < k && i < n; i++) {
        int *holder = &face_of[c[i].cell];
        if (*holder < 0 || c[i].cost < cost_of(grid, rows, &faces[*holder], c[i].cell)) *holder = (int)face;
    }
}

/* Cells whose centre is in an ignored region that is as large as the faces of their level, or larger. */
static void ignore_region(const struct feri_face_grid *grid, const struct feri_scene_face *f, int *face_of)
{
    size_t first = 0;
    for (size_t level = 0; level < FERI_FACE_LEVELS; level++) {
        size_t w = grid->w / feri_face_stride(level), n = feri_face_cells_of_level(grid->h, grid->w, level);
        for (size_t i = 0; i < n; i++) {
            struct feri_face_cell c = feri_face_cell_at(level, w, i);
            bool inside = c.x > f->x && c.x < f->x + f->w && c.y > f->y && c.y < f->y + f->h;
            bool nearest = fabsf(c.x - f->x - f->w / 2) < c.stride && fabsf(c.y - f->y - f->h / 2) < c.stride;
            if (inside || nearest) face_of[first + i] = FERI_FACE_NEITHER;
        }
        first += n;
    }
}

void feri_face_assign(const struct feri_face_grid *grid, const float *rows, size_t n,
                      const struct feri_scene_face *faces, int *face_of)
{
    size_t cells = feri_face_n_cells(grid->h, grid->w);
    for (size_t i = 0; i < cells; i++) face_of[i] = FERI_FACE_BACKGROUND;
    for (size_t i = 0; i < n; i++)
        if (faces[i].ignored) ignore_region(grid, &faces[i], face_of);
    for (size_t i = 0; i < n; i++)
        if (!faces[i].ignored) take_cells(grid, rows, faces, i, face_of);
}
