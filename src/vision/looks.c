#include "vision/looks.h"

#include <math.h>
#include <string.h>

#define SIDE 8

static const struct feri_align_geometry geometry = {
    .crop = {.eye_distance = 0.3f, .eye_height = 0.4f, .box_scale = 1.4f}, .roll_max = 60, .eyes = 1};

static double dot(const float *a, const float *b)
{
    double s = 0;
    for (int i = 0; i < FERI_LOOKS; i++) s += (double)a[i] * (double)b[i];
    return s;
}

static void normalise(float *looks)
{
    double length = sqrt(dot(looks, looks));
    if (length > 0)
        for (int i = 0; i < FERI_LOOKS; i++) looks[i] = (float)((double)looks[i] / length);
}

void feri_looks_of(struct feri_aligner *ws, const fer_view *v, const fer_face *f, float *looks)
{
    uint8_t pixels[SIDE * SIDE];
    struct feri_pixels out = {SIDE, SIDE, 1, pixels};
    float mean = 0;
    memset(looks, 0, FERI_LOOKS * sizeof *looks);
    if (feri_align_crop(ws, &geometry, v, f, &out, NULL) != FER_OK) return;
    for (int i = 0; i < FERI_LOOKS; i++) mean += (float)pixels[i] / FERI_LOOKS;
    for (int i = 0; i < FERI_LOOKS; i++) looks[i] = (float)pixels[i] - mean;
    normalise(looks);
}

double feri_looks_distance(const float *a, const float *b)
{
    double aa = dot(a, a), bb = dot(b, b);
    return aa > 0 && bb > 0 ? 1 - dot(a, b) / sqrt(aa * bb) : (double)NAN;
}

void feri_looks_learn(float *looks, const float *seen, double gain)
{
    if (!(dot(seen, seen) > 0)) return;
    if (!(dot(looks, looks) > 0)) gain = 1;
    for (int i = 0; i < FERI_LOOKS; i++) looks[i] += (float)(gain * ((double)seen[i] - (double)looks[i]));
    normalise(looks);
}
