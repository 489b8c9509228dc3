#include "draw/cairo/class_colour.h"

#include "base/emotions.h"

#include <math.h>

/* The palette of Okabe and Ito, which most colour-blind readers can distinguish, with grey instead of black. */
static const struct colour colours[FERI_EMOTIONS] = {
    [FERI_NEUTRAL] = {0.65, 0.65, 0.65},  [FERI_HAPPINESS] = {0.94, 0.89, 0.26}, [FERI_SADNESS] = {0.00, 0.45, 0.70},
    [FERI_SURPRISE] = {0.90, 0.62, 0.00}, [FERI_FEAR] = {0.80, 0.47, 0.65},      [FERI_DISGUST] = {0.00, 0.62, 0.45},
    [FERI_ANGER] = {0.84, 0.37, 0.00},    [FERI_CONTEMPT] = {0.34, 0.71, 0.91}};

struct colour class_colour(const char *name, size_t k)
{
    size_t emotion = feri_emotion_named(name);
    return colours[emotion < FERI_EMOTIONS ? emotion : k % FERI_EMOTIONS];
}

static double linear(double v)
{
    return v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4);
}

/* By the contrast ratios of WCAG 2, (lighter + 0.05) / (darker + 0.05). Above a luminance of 0.179, black has the
 * larger ratio. */
struct colour colour_of_text_on(struct colour c)
{
    double luminance = 0.2126 * linear(c.r) + 0.7152 * linear(c.g) + 0.0722 * linear(c.b);
    return luminance > 0.179 ? (struct colour){0, 0, 0} : (struct colour){1, 1, 1};
}
