#include "common/cli.h"
#include "draw/cairo/canvas.h"
#include "draw/plot.h"

#define PAGE_W       460.0
#define PAGE_H       540.0
#define LEFT         74.0
#define RIGHT        (PAGE_W - 26)
#define TOP          92.0 /* the diagram: accuracy over confidence */
#define BOTTOM       372.0
#define SHARE_TOP    394.0 /* below it: the share of images with that confidence */
#define SHARE_BOTTOM 474.0

static const struct colour ink = {0.13, 0.13, 0.15}, soft = {0.38, 0.38, 0.42}, grid = {0.89, 0.89, 0.91};
static const struct colour blue = {0.12, 0.37, 0.70}, gap = {0.96, 0.75, 0.56}, grey = {0.62, 0.65, 0.70};

static double across(double v)
{
    return LEFT + v * (RIGHT - LEFT);
}

static double up(double v)
{
    return BOTTOM - v * (BOTTOM - TOP);
}

static void fill(struct canvas *c, struct colour colour, double x0, double y0, double x1, double y1)
{
    canvas_colour(c, colour);
    cairo.rectangle(c->cr, x0, y0, x1 - x0, y1 - y0);
    cairo.fill(c->cr);
}

static void draw_axes(struct canvas *c)
{
    for (int i = 0; i <= 5; i++) {
        char text[16];
        snprintf(text, sizeof text, "%d %%", 20 * i);
        canvas_colour(c, grid);
        canvas_line(c, LEFT, up(0.2 * i), RIGHT, up(0.2 * i), 1);
        canvas_colour(c, soft);
        canvas_text(c, LEFT - 8, up(0.2 * i), ALIGN_RIGHT, 12, false, text);
        canvas_text(c, across(0.2 * i), SHARE_BOTTOM + 16, ALIGN_CENTRE, 12, false, text);
        canvas_line(c, across(0.2 * i), SHARE_BOTTOM, across(0.2 * i), SHARE_BOTTOM + 4, 1);
    }
    canvas_text(c, (LEFT + RIGHT) / 2, SHARE_BOTTOM + 40, ALIGN_CENTRE, 13, false, "confidence");
    canvas_text_up(c, 18, (TOP + BOTTOM) / 2, 13, "accuracy");
    canvas_text_up(c, 18, (SHARE_TOP + SHARE_BOTTOM) / 2, 13, "images");
}

/* A bar's top is its accuracy. The gap between that and its mean confidence is the calibration error. */
static void draw_bin(struct canvas *c, const fer_calibration_bin *b, size_t i, double largest, size_t all)
{
    double x0 = across((double)i / FER_CALIBRATION_BINS) + 1, x1 = across((double)(i + 1) / FER_CALIBRATION_BINS) - 1;
    double share = (double)b->images / (double)all;
    if (b->images == 0) return;
    fill(c, blue, x0, up(b->accuracy), x1, BOTTOM);
    double from = b->accuracy < b->confidence ? b->accuracy : b->confidence;
    double to = b->accuracy < b->confidence ? b->confidence : b->accuracy;
    fill(c, gap, x0, up(to), x1, up(from));
    fill(c, grey, x0, SHARE_BOTTOM - share / largest * (SHARE_BOTTOM - SHARE_TOP), x1, SHARE_BOTTOM);
    canvas_colour(c, ink);
    canvas_line(c, x0, up(b->accuracy), x1, up(b->accuracy), 2);
}

static double largest_share(const fer_evaluation *e)
{
    size_t most = 1;
    for (size_t i = 0; i < FER_CALIBRATION_BINS; i++)
        if (e->bins[i].images > most) most = e->bins[i].images;
    return (double)most / (double)(e->images ? e->images : 1);
}

static void draw_diagonal(struct canvas *c)
{
    static const double dash[] = {6, 4};
    canvas_colour(c, soft);
    cairo.set_dash(c->cr, dash, 2, 0);
    canvas_line(c, across(0), up(0), across(1), up(1), 1.5);
    cairo.set_dash(c->cr, NULL, 0, 0);
}

static void draw_share_axis(struct canvas *c, double largest)
{
    char text[32];
    snprintf(text, sizeof text, "%.*f %%", largest < 0.1 ? 1 : 0, 100 * largest);
    canvas_colour(c, soft);
    canvas_text(c, LEFT - 8, SHARE_TOP, ALIGN_RIGHT, 12, false, text);
    canvas_text(c, LEFT - 8, SHARE_BOTTOM, ALIGN_RIGHT, 12, false, "0 %");
    canvas_line(c, LEFT, SHARE_BOTTOM, RIGHT, SHARE_BOTTOM, 1);
    canvas_line(c, LEFT, BOTTOM, RIGHT, BOTTOM, 1);
}

static double legend_entry(struct canvas *c, double x, double y, struct colour colour, const char *text)
{
    fill(c, colour, x, y - 6, x + 12, y + 6);
    canvas_colour(c, soft);
    canvas_text(c, x + 18, y, ALIGN_LEFT, 12, false, text);
    return x + 18 + canvas_text_width(c, 12, false, text) + 18;
}

static void draw_head(struct canvas *c, const char *title, const fer_evaluation *e)
{
    char text[80];
    double confidence = 0;
    for (size_t i = 0; i < FER_CALIBRATION_BINS; i++) confidence += (double)e->bins[i].images * e->bins[i].confidence;
    confidence /= (double)(e->images ? e->images : 1);
    canvas_colour(c, ink);
    canvas_text_within(c, PAGE_W / 2, 28, ALIGN_CENTRE, PAGE_W - 40, 16, true, title);
    snprintf(text, sizeof text, "ECE %.2f %%, accuracy %.2f %%, mean confidence %.2f %%", 100 * e->ece,
             100 * e->accuracy, 100 * confidence);
    canvas_colour(c, soft);
    canvas_text(c, PAGE_W / 2, 50, ALIGN_CENTRE, 12, false, text);
    double x = legend_entry(c, 26, 74, blue, "accuracy");
    x = legend_entry(c, x, 74, gap, "gap to the confidence");
    canvas_text(c, x, 74, ALIGN_LEFT, 12, false, "dashed: perfect calibration");
}

int plot_reliability(const char *path, const char *title, const fer_evaluation *e)
{
    struct canvas c;
    double largest = largest_share(e);
    if (!canvas_open(&c, path, PAGE_W, PAGE_H)) return CLI_FAILED;
    draw_head(&c, title, e);
    draw_axes(&c);
    for (size_t i = 0; i < FER_CALIBRATION_BINS; i++) draw_bin(&c, &e->bins[i], i, largest, e->images);
    draw_diagonal(&c);
    draw_share_axis(&c, largest);
    return canvas_close(&c);
}
