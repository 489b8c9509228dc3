#include "vision/assign.h"

#include "base/mem.h"

#include <math.h>
#include <stdlib.h>

void feri_assigner_free(struct feri_assigner *ws)
{
    free(ws->cost);
    free(ws->potential);
    free(ws->index);
    free(ws->done);
    *ws = (struct feri_assigner){0};
}

/* n rows and at least as many (m) columns. Reduced costs c[i][j] - u[i] - v[j] are never negative, and 0 where
 * row_of[j] == i.
 */
struct problem {
    size_t n, m;
    const double *cost;
    double *u, *v, *distance;
    size_t *row_of, *before; /* per column: its row, and the previous column on the shortest path */
    bool *done;
};

/* A cost at or above the gate becomes the gate. Such a pair costs as much as no pair, and is dropped at the end. The
 * matrix is transposed if it has more rows than columns. */
static void clip(size_t rows, size_t cols, const float *cost, float gate, double *to)
{
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < cols; j++) {
            float c = cost[i * cols + j];
            to[rows <= cols ? i * cols + j : j * rows + i] = (double)(c < gate ? c : gate);
        }
}

static bool prepare(struct feri_assigner *ws, size_t n, size_t m, struct problem *p)
{
    if (!feri_grow(&ws->cost, &ws->cost_cap, n * m, sizeof *ws->cost) ||
        !feri_grow(&ws->potential, &ws->potential_cap, n + 2 * m, sizeof *ws->potential) ||
        !feri_grow(&ws->index, &ws->index_cap, 2 * m, sizeof *ws->index) ||
        !feri_grow(&ws->done, &ws->done_cap, m, sizeof *ws->done))
        return false;
    *p = (struct problem){.n = n,
                          .m = m,
                          .cost = ws->cost,
                          .u = ws->potential,
                          .v = ws->potential + n,
                          .distance = ws->potential + n + m,
                          .row_of = ws->index,
                          .before = ws->index + m,
                          .done = ws->done};
    for (size_t i = 0; i < n + m; i++) ws->potential[i] = 0;
    for (size_t j = 0; j < m; j++) p->row_of[j] = FERI_NONE;
    return true;
}

/* Dijkstra's step. Column `from` (FERI_NONE: the start) and its row were reached at cost `so_far`. Find the nearest
 * column that is not done. */
static size_t nearest(const struct problem *p, size_t i, size_t from, double so_far)
{
    const double *cost = p->cost + i * p->m;
    size_t best = FERI_NONE;
    for (size_t j = 0; j < p->m; j++) {
        if (p->done[j]) continue;
        double d = so_far + (cost[j] - p->u[i] - p->v[j]);
        if (d < p->distance[j]) {
            p->distance[j] = d;
            p->before[j] = from;
        }
        if (best == FERI_NONE || p->distance[j] < p->distance[best]) best = j;
    }
    return best;
}

/* Give row i a column, and move other rows along the shortest path to a free one. */
static void augment(struct problem *p, size_t i)
{
    for (size_t j = 0; j < p->m; j++) {
        p->distance[j] = INFINITY;
        p->done[j] = false;
    }
    size_t row = i, column = FERI_NONE;
    double so_far = 0;
    do {
        column = nearest(p, row, column, so_far);
        so_far = p->distance[column];
        p->done[column] = true;
        row = p->row_of[column];
    } while (row != FERI_NONE);
    p->u[i] += so_far;
    for (size_t j = 0; j < p->m; j++) {
        if (!p->done[j] || j == column) continue;
        p->u[p->row_of[j]] += so_far - p->distance[j];
        p->v[j] -= so_far - p->distance[j];
    }
    for (; p->before[column] != FERI_NONE; column = p->before[column]) p->row_of[column] = p->row_of[p->before[column]];
    p->row_of[column] = i;
}

bool feri_assign(struct feri_assigner *ws, size_t rows, size_t cols, const float *cost, float gate, size_t *column)
{
    struct problem p;
    for (size_t i = 0; i < rows; i++) column[i] = FERI_NONE;
    if (rows == 0 || cols == 0) return true;
    bool turned = rows > cols;
    if (!prepare(ws, turned ? cols : rows, turned ? rows : cols, &p)) return false;
    clip(rows, cols, cost, gate, ws->cost);
    for (size_t i = 0; i < p.n; i++) augment(&p, i);
    for (size_t j = 0; j < p.m; j++) {
        if (p.row_of[j] == FERI_NONE) continue;
        size_t r = turned ? j : p.row_of[j], c = turned ? p.row_of[j] : j;
        if (cost[r * cols + c] < gate) column[r] = c;
    }
    return true;
}
