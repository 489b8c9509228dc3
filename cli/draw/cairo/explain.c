#include "common/cli.h"
#include "draw/cairo/canvas.h"
#include "draw/plot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FACE    240.0
#define GAP     20.0
#define TOP     66.0 /* of the pictures; the file's name and their titles are above */
#define LEGEND  (TOP + FACE + 12)
#define BAR     10.0
#define PAGE_W  (GAP + 3 * (FACE + GAP))
#define PAGE_H  (LEGEND + BAR + 44)
#define HEAT    256 /* pixels of a heat map's side */
#define OPACITY 0.62

static const struct colour ink = {0.13, 0.13, 0.15}, soft = {0.38, 0.38, 0.42};

/* Dark where the model did not look, light where it did, also when printed in grey. The stops are like those of
 * matplotlib's inferno. */
static struct colour heat_colour(double v)
{
    static const struct colour stops[] = {{0.00, 0.00, 0.02}, {0.26, 0.04, 0.41}, {0.58, 0.15, 0.40},
                                          {0.87, 0.32, 0.23}, {0.99, 0.65, 0.04}, {0.99, 1.00, 0.64}};
    const int last = sizeof stops / sizeof *stops - 1;
    double at = v * last;
    int i = at < last ? (int)at : last - 1;
    double f = at - i;
    const struct colour *a = &stops[i], *b = a + 1;
    return (struct colour){a->r + f * (b->r - a->r), a->g + f * (b->g - a->g), a->b + f * (b->b - a->b)};
}

/* A map and its scale: from zero to its largest weight, but at least to twice the even share, so that a nearly flat map
 * looks flat. */
struct heat {
    const float *map;
    size_t rows, columns;
    double even, top;
};

static struct heat make_heat(const fer_explanation *e, const float *map)
{
    size_t n = e->rows * e->columns;
    struct heat h = {map, e->rows, e->columns, 1.0 / (double)n, 2.0 / (double)n};
    for (size_t i = 0; i < n; i++)
        if ((double)map[i] > h.top) h.top = (double)map[i];
    return h;
}

/* Interpolate between the centres of four tokens; constant outside the outermost centres. at in tokens. */
static double between(size_t n, double at, size_t *first, size_t *second)
{
    at -= 0.5;
    if (at < 0) at = 0;
    if (at > (double)(n - 1)) at = (double)(n - 1);
    *first = (size_t)at;
    *second = *first + 1 < n ? *first + 1 : *first;
    return at - (double)*first;
}

static double weight_at(const struct heat *h, double row, double column)
{
    size_t r0, r1, c0, c1;
    double fr = between(h->rows, row, &r0, &r1), fc = between(h->columns, column, &c0, &c1);
    const float *a = h->map + r0 * h->columns, *b = h->map + r1 * h->columns;
    return (1 - fr) * ((1 - fc) * (double)a[c0] + fc * (double)a[c1]) +
           fr * ((1 - fc) * (double)b[c0] + fc * (double)b[c1]);
}

static uint32_t to_word(struct colour c, double opacity)
{
    double a = 255 * opacity;
    return (uint32_t)lround(a) << 24 | (uint32_t)lround(a * c.r) << 16 | (uint32_t)lround(a * c.g) << 8 |
           (uint32_t)lround(a * c.b);
}

static void fill_heat(const struct heat *h, uint32_t *words)
{
    for (size_t y = 0; y < HEAT; y++)
        for (size_t x = 0; x < HEAT; x++) {
            double row = ((double)y + 0.5) / HEAT * (double)h->rows,
                   column = ((double)x + 0.5) / HEAT * (double)h->columns;
            words[y * HEAT + x] = to_word(heat_colour(weight_at(h, row, column) / h->top), OPACITY);
        }
}

/* The picture in grey; the heat map adds the colours. NULL: out of memory. */
static fer_image *to_grey(const fer_image *image)
{
    size_t w = fer_image_width(image), h = fer_image_height(image), channels = fer_image_channels(image);
    const uint8_t *from = fer_image_pixels(image);
    fer_image *grey = NULL;
    uint8_t *data = malloc(w * h);
    for (size_t i = 0; data && i < w * h; i++, from += channels)
        data[i] = channels == 1 ? from[0] : (uint8_t)((299 * from[0] + 587 * from[1] + 114 * from[2] + 500) / 1000);
    if (data) fer_image_from_pixels(data, w, h, w, FER_GRAY8, &grey, NULL);
    free(data);
    return grey;
}

static bool draw_heat(struct canvas *c, double x, const fer_image *grey, const struct heat *h)
{
    uint32_t *words = malloc(HEAT * HEAT * sizeof *words);
    if (!words) return false;
    double w = (double)fer_image_width(grey), height = (double)fer_image_height(grey),
           scale = FACE / (w > height ? w : height);
    fill_heat(h, words);
    bool ok = canvas_picture(c, x, TOP, FACE, grey);
    canvas_overlay(c, x + (FACE - scale * w) / 2, TOP + (FACE - scale * height) / 2, scale * w, scale * height, HEAT,
                   words);
    free(words);
    return ok;
}

static void draw_share(struct canvas *c, double x, enum align align, const char *what, double share)
{
    char text[48];
    snprintf(text, sizeof text, "%s%.*f %%", what, share < 0.1 ? 2 : 1, 100 * share);
    canvas_colour(c, soft);
    canvas_text(c, x, LEGEND + BAR + 14, align, 11, false, text);
}

static void draw_legend(struct canvas *c, double x, const struct heat *h)
{
    const int steps = (int)FACE;
    for (int i = 0; i < steps; i++) { /* as the overlay looks on medium grey */
        struct colour v = heat_colour((i + 0.5) / steps);
        double under = 0.5 * (1 - OPACITY);
        canvas_colour(c, (struct colour){under + OPACITY * v.r, under + OPACITY * v.g, under + OPACITY * v.b});
        cairo.rectangle(c->cr, x + i, LEGEND, i + 1 < steps ? 1.5 : 1, BAR);
        cairo.fill(c->cr);
    }
    double even = x + FACE * h->even / h->top;
    canvas_colour(c, ink);
    canvas_line(c, even, LEGEND - 3, even, LEGEND + BAR + 3, 1.5);
    draw_share(c, x + FACE, ALIGN_RIGHT, "", h->top);
    bool near_zero = even < x + 70;
    draw_share(c, near_zero ? x : even, near_zero ? ALIGN_LEFT : ALIGN_CENTRE, "even ", h->even);
    if (!near_zero) canvas_text(c, x, LEGEND + BAR + 14, ALIGN_LEFT, 11, false, "0 %");
}

static void draw_answer(struct canvas *c, double x, const struct plot_explanation *p)
{
    char text[160];
    snprintf(text, sizeof text, "%s %.1f %%", p->label, 100 * p->score);
    canvas_colour(c, ink);
    canvas_text_within(c, x, LEGEND + BAR / 2, ALIGN_LEFT, FACE, 14, true, text);
    canvas_colour(c, soft);
    canvas_text_within(c, x, LEGEND + BAR + 14, ALIGN_LEFT, FACE, 11, false, p->others);
}

static void draw_words(struct canvas *c, const struct plot_explanation *p)
{
    static const char *const titles[] = {"face", "sequence pooling", "attention rollout"};
    char text[96];
    canvas_colour(c, ink);
    canvas_text_within(c, GAP, 22, ALIGN_LEFT, 2 * FACE, 14, true, p->name);
    for (int i = 0; i < 3; i++) canvas_text(c, GAP + i * (FACE + GAP), TOP - 14, ALIGN_LEFT, 13, i > 0, titles[i]);
    canvas_colour(c, soft);
    snprintf(text, sizeof text, "%s, %zu x %zu tokens, %zu layers", p->model, p->e->rows, p->e->columns, p->e->layers);
    canvas_text_within(c, PAGE_W - GAP, 22, ALIGN_RIGHT, FACE, 12, false, text);
    canvas_text(c, GAP + FACE + GAP, PAGE_H - 12, ALIGN_LEFT, 11, false,
                "share of the weight that a token has; even: the share if all tokens had the same");
}

int plot_explanation(const char *path, const struct plot_explanation *p)
{
    struct canvas c;
    struct heat pooling = make_heat(p->e, p->e->pooling), rollout = make_heat(p->e, p->e->rollout);
    if (!canvas_open(&c, path, PAGE_W, PAGE_H)) return CLI_FAILED;
    fer_image *grey = to_grey(p->image);
    draw_words(&c, p);
    draw_answer(&c, GAP, p);
    bool ok = grey && canvas_picture(&c, GAP, TOP, FACE, p->image) && draw_heat(&c, GAP + FACE + GAP, grey, &pooling) &&
              draw_heat(&c, GAP + 2 * (FACE + GAP), grey, &rollout);
    draw_legend(&c, GAP + FACE + GAP, &pooling);
    draw_legend(&c, GAP + 2 * (FACE + GAP), &rollout);
    fer_image_free(grey);
    if (!ok) cli_say("%s: out of memory, or the picture is too large to draw", path);
    int code = canvas_close(&c);
    return ok ? code : CLI_FAILED;
}
