#include "common/cli.h"
#include "draw/cairo/canvas.h"
#include "draw/plot.h"

#define CELL_W 78.0
#define CELL_H 62.0
#define LEFT   176.0
#define TOP    128.0

static const struct colour ink = {0.13, 0.13, 0.15}, soft = {0.38, 0.38, 0.42}, white = {1, 1, 1};
static const struct colour frame = {0.86, 0.87, 0.89};

static double share(const fer_evaluation *e, size_t row, size_t column)
{
    size_t all = e->per_class[row].support;
    return all ? (double)e->confusion[row * e->n_classes + column] / (double)all : 0;
}

/* White over light blue (half) to dark blue (all). */
static struct colour shade(double v)
{
    static const struct colour stops[] = {{1, 1, 1}, {0.62, 0.79, 0.91}, {0.03, 0.27, 0.55}};
    double t = 2 * (v < 0 ? 0 : v > 1 ? 1 : v);
    int i = t < 1 ? 0 : 1;
    const struct colour *a = &stops[i], *b = &stops[i + 1];
    t -= i;
    return (struct colour){a->r + t * (b->r - a->r), a->g + t * (b->g - a->g), a->b + t * (b->b - a->b)};
}

static void draw_cell(struct canvas *c, const fer_evaluation *e, size_t row, size_t column)
{
    double x = LEFT + (double)column * CELL_W, y = TOP + (double)row * CELL_H, v = share(e, row, column);
    char text[40];
    canvas_colour(c, shade(v));
    cairo.rectangle(c->cr, x, y, CELL_W, CELL_H);
    cairo.fill_preserve(c->cr);
    canvas_colour(c, frame);
    cairo.set_line_width(c->cr, 1);
    cairo.stroke(c->cr);
    if (e->per_class[row].support == 0) return;
    bool dark = v > 0.74; /* where white has more contrast than ink */
    canvas_colour(c, dark ? white : ink);
    snprintf(text, sizeof text, "%.*f %%", v < 1 ? 1 : 0, 100 * v);
    canvas_text(c, x + CELL_W / 2, y + CELL_H / 2 - 9, ALIGN_CENTRE, 15, row == column, text);
    canvas_colour(c, dark ? white : v > 0.3 ? ink : soft);
    snprintf(text, sizeof text, "%zu", e->confusion[row * e->n_classes + column]);
    canvas_text(c, x + CELL_W / 2, y + CELL_H / 2 + 12, ALIGN_CENTRE, 12, false, text);
}

static void draw_names(struct canvas *c, const fer_evaluation *e)
{
    for (size_t k = 0; k < e->n_classes; k++) {
        char text[40];
        double middle_x = LEFT + ((double)k + 0.5) * CELL_W, middle_y = TOP + ((double)k + 0.5) * CELL_H;
        canvas_colour(c, ink);
        canvas_text_within(c, middle_x, TOP - 14, ALIGN_CENTRE, CELL_W - 6, 13, false, e->per_class[k].name);
        canvas_text_within(c, LEFT - 10, middle_y - 8, ALIGN_RIGHT, LEFT - 60, 13, false, e->per_class[k].name);
        snprintf(text, sizeof text, "%zu image%s", e->per_class[k].support, e->per_class[k].support == 1 ? "" : "s");
        canvas_colour(c, soft);
        canvas_text(c, LEFT - 10, middle_y + 10, ALIGN_RIGHT, 11, false, text);
    }
}

int plot_confusion(const char *path, const char *title, const fer_evaluation *e)
{
    struct canvas c;
    double w = LEFT + (double)e->n_classes * CELL_W + 28, h = TOP + (double)e->n_classes * CELL_H + 44;
    if (!canvas_open(&c, path, w, h)) return CLI_FAILED;
    canvas_colour(&c, ink);
    canvas_text_within(&c, w / 2, 34, ALIGN_CENTRE, w - 40, 17, true, title);
    canvas_colour(&c, soft);
    canvas_text(&c, LEFT + (double)e->n_classes * CELL_W / 2, 84, ALIGN_CENTRE, 13, false, "prediction");
    canvas_text_up(&c, 26, TOP + (double)e->n_classes * CELL_H / 2, 13, "truth (label)");
    draw_names(&c, e);
    for (size_t row = 0; row < e->n_classes; row++)
        for (size_t column = 0; column < e->n_classes; column++) draw_cell(&c, e, row, column);
    canvas_colour(&c, soft);
    canvas_text_within(&c, w / 2, h - 20, ALIGN_CENTRE, w - 40, 11, false,
                       "percent of the images of the row's class, with their number below");
    return canvas_close(&c);
}
