#include "vision/quality.h"

#include "vision/occlusion_weights.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

#define SIDE  FERI_QUALITY_SIDE
#define CELLS FERI_QUALITY_CELLS
#define CELL  (SIDE / CELLS)
_Static_assert(OCCLUSION_INPUTS == 2 * CELLS * CELLS, "detail and grey of each cell");

/* Pixels are whole numbers, so below these, energies and contrasts are rounding. */
#define FINE_LEAST   0.1
#define SPREAD_LEAST 4.0
#define EDGE_LEAST   4.0

/* Of FER+'s training crops, clean ones have a fineness of -3.4 on average, those shrunk by three -6.0, and blurred ones
 * -7.3. So clean ones get a sharpness of 0.89, the others 0.15 and 0.02. */
#define FINENESS_HALF -4.8
#define FINENESS_STEP 1.5

/* What a picture without sharpness, and a face that is covered, cost: accuracy of the shipped model on FER+'s training
 * crops, blurred and shrunk or covered, less that on clean ones, as shares of both together. */
#define COST_UNSHARP   0.47
#define COST_OCCLUSION 0.53

static double sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

struct levels {
    double mean, spread; /* spread: standard deviation */
};

static struct levels levels_of(const uint8_t *crop)
{
    uint64_t sum = 0, squares = 0;
    for (size_t i = 0; i < SIDE * SIDE; i++) {
        sum += crop[i];
        squares += (uint64_t)crop[i] * crop[i];
    }
    double n = SIDE * SIDE, mean = (double)sum / n;
    return (struct levels){mean, sqrt(fmax((double)squares / n - mean * mean, 0))};
}

/* Logarithm of the energy that a binomial filter of 3 x 3 removes, as a share of the crop's variance. */
static double fineness(const uint8_t *crop)
{
    double energy = 0, spread = levels_of(crop).spread;
    for (size_t y = 1; y + 1 < SIDE; y++)
        for (size_t x = 1; x + 1 < SIDE; x++) {
            const uint8_t *p = crop + y * SIDE + x, *above = p - SIDE, *below = p + SIDE;
            int sides = above[0] + below[0] + p[-1] + p[1], corners = above[-1] + above[1] + below[-1] + below[1];
            double d = p[0] - (4 * p[0] + 2 * sides + corners) / 16.0;
            energy += d * d;
        }
    return log((energy / ((SIDE - 2) * (SIDE - 2)) + FINE_LEAST) / (spread * spread + 1));
}

static double edge(const uint8_t *p)
{
    double dx = (p[1] - p[-1]) / 2.0, dy = (p[SIDE] - p[-SIDE]) / 2.0;
    return dx * dx + dy * dy;
}

void feri_quality_cells_of(const uint8_t *crop, struct feri_quality_cells *out)
{
    struct levels l = levels_of(crop);
    double mean = 0;
    for (size_t i = 0; i < CELLS * CELLS; i++) {
        double sum = 0, edges = 0;
        size_t left = i % CELLS * CELL, top = i / CELLS * CELL, n = 0;
        for (size_t y = top; y < top + CELL; y++)
            for (size_t x = left; x < left + CELL; x++) {
                const uint8_t *p = crop + y * SIDE + x;
                bool inner = x > 0 && y > 0 && x + 1 < SIDE && y + 1 < SIDE;
                sum += *p;
                edges += inner ? edge(p) : 0;
                n += inner;
            }
        out->grey[i] = (float)((sum / (CELL * CELL) - l.mean) / (l.spread + SPREAD_LEAST));
        out->detail[i] = (float)log(edges / (double)n + EDGE_LEAST);
        mean += (double)out->detail[i] / (CELLS * CELLS);
    }
    for (size_t i = 0; i < CELLS * CELLS; i++) out->detail[i] -= (float)mean;
}

/* Probability that something covers a part of the face: a network with one hidden layer. */
static double occlusion(const uint8_t *crop)
{
    struct feri_quality_cells c;
    float out = occlusion_shift;
    feri_quality_cells_of(crop, &c);
    for (size_t h = 0; h < OCCLUSION_HIDDEN; h++) {
        const float *w = occlusion_in[h];
        float sum = occlusion_bias[h];
        for (size_t i = 0; i < CELLS * CELLS; i++) sum += w[i] * c.detail[i] + w[CELLS * CELLS + i] * c.grey[i];
        out += occlusion_out[h] * fmaxf(sum, 0);
    }
    return sigmoid((double)out);
}

struct feri_quality feri_quality_of(const uint8_t *crop)
{
    double sharpness = sigmoid(FINENESS_STEP * (fineness(crop) - FINENESS_HALF)), covered = occlusion(crop);
    double quality = 1 - COST_UNSHARP * (1 - sharpness) - COST_OCCLUSION * covered;
    return (struct feri_quality){(float)sharpness, (float)covered, (float)fmax(quality, 0)};
}
