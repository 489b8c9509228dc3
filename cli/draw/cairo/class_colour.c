#include "draw/cairo/class_colour.h"

#include <math.h>
#include <string.h>

/* The palette of Okabe and Ito, told apart by most colour-blind readers too, with grey in the place of black. */
static const struct {
    const char *name;
    struct colour colour;
} classes[] = {{"neutral", {0.65, 0.65, 0.65}},  {"happiness", {0.94, 0.89, 0.26}}, {"sadness", {0.00, 0.45, 0.70}},
               {"surprise", {0.90, 0.62, 0.00}}, {"fear", {0.80, 0.47, 0.65}},      {"disgust", {0.00, 0.62, 0.45}},
               {"anger", {0.84, 0.37, 0.00}},    {"contempt", {0.34, 0.71, 0.91}}};
#define N_CLASSES (sizeof classes / sizeof *classes)

struct colour class_colour(const char *name, size_t k)
{
    for (size_t i = 0; i < N_CLASSES; i++)
        if (strcmp(name, classes[i].name) == 0) return classes[i].colour;
    return classes[k % N_CLASSES].colour;
}

static double linear(double v)
{
    return v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4);
}

/* By the contrast ratios of WCAG 2, (lighter + 0.05) / (darker + 0.05): that with black is the larger above a luminance
 * of 0.179. */
struct colour colour_of_text_on(struct colour c)
{
    double luminance = 0.2126 * linear(c.r) + 0.7152 * linear(c.g) + 0.0722 * linear(c.b);
    return luminance > 0.179 ? (struct colour){0, 0, 0} : (struct colour){1, 1, 1};
}
