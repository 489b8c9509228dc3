#include "cli.h"
#include "plot.h"
#include "plot_canvas.h"

#include <math.h>

#define PAGE_W 1080.0
#define PAGE_H 440.0

static const struct colour ink = {0.13, 0.13, 0.15}, soft = {0.38, 0.38, 0.42}, grid = {0.89, 0.89, 0.91};
static const struct colour blue = {0.12, 0.37, 0.70}, orange = {0.87, 0.42, 0.05};

struct axis {
    double lo, hi, step; /* data units */
    double from, to;     /* page units of lo and hi */
};

struct panel {
    const char *title, *unit;
    const double *train, *val;
    double factor; /* of the values: 100 for percent */
    bool lower_is_better;
};

/* A step of 1, 2 or 5 times a power of ten that cuts the range into about `parts`. */
static double nice_step(double range, int parts)
{
    double raw = range / parts, power = pow(10, floor(log10(raw))), digit = raw / power;
    return power * (digit < 1.5 ? 1 : digit < 3.5 ? 2 : digit < 7.5 ? 5 : 10);
}

static struct axis make_axis(double lo, double hi, int parts)
{
    if (!(hi > lo)) {
        double margin = lo != 0 ? fabs(lo) * 0.1 : 1;
        lo -= margin;
        hi += margin;
    }
    struct axis a = {.step = nice_step(hi - lo, parts)};
    a.lo = floor(lo / a.step + 1e-9) * a.step;
    a.hi = ceil(hi / a.step - 1e-9) * a.step;
    return a;
}

static double place(const struct axis *a, double v)
{
    return a->from + (v - a->lo) / (a->hi - a->lo) * (a->to - a->from);
}

static void widen(const double *v, size_t n, double factor, double *lo, double *hi)
{
    for (size_t i = 0; v && i < n; i++) {
        if (isnan(v[i])) continue;
        if (!(v[i] * factor >= *lo)) *lo = v[i] * factor; /* true at first, when *lo is NaN */
        if (!(v[i] * factor <= *hi)) *hi = v[i] * factor;
    }
}

static bool has_numbers(const double *v, size_t n)
{
    for (size_t i = 0; v && i < n; i++)
        if (!isnan(v[i])) return true;
    return false;
}

static int digits_of(double step)
{
    int digits = (int)ceil(-log10(step) - 1e-9);
    return digits > 0 ? digits : 0;
}

static void draw_y_axis(struct canvas *c, const struct axis *x, const struct axis *y, const char *unit)
{
    int ticks = (int)lround((y->hi - y->lo) / y->step);
    for (int i = 0; i <= ticks; i++) {
        char text[32];
        double v = y->lo + i * y->step, at = place(y, v);
        canvas_colour(c, grid);
        canvas_line(c, x->from, at, x->to, at, 1);
        snprintf(text, sizeof text, "%.*f%s", digits_of(y->step), fabs(v) < y->step * 1e-6 ? 0 : v, unit);
        canvas_colour(c, soft);
        canvas_text(c, x->from - 8, at, ALIGN_RIGHT, 11, false, text);
    }
}

static void draw_x_axis(struct canvas *c, const struct axis *x, const struct axis *y)
{
    for (double v = ceil(x->lo / x->step - 1e-9) * x->step; v <= x->hi + 1e-9; v += x->step) {
        char text[32];
        double at = place(x, v);
        canvas_colour(c, grid);
        canvas_line(c, at, y->from, at, y->to, 1);
        canvas_colour(c, soft);
        canvas_line(c, at, y->from, at, y->from + 4, 1);
        snprintf(text, sizeof text, "%.0f", v);
        canvas_text(c, at, y->from + 15, ALIGN_CENTRE, 11, false, text);
    }
    canvas_colour(c, soft);
    canvas_line(c, x->from, y->from, x->to, y->from, 1);
    canvas_line(c, x->from, y->from, x->from, y->to, 1);
    canvas_text(c, (x->from + x->to) / 2, y->from + 36, ALIGN_CENTRE, 12, false, "epoch");
}

/* A line through the numbers, broken where one is missing; dots while they can be told apart. */
static void draw_series(struct canvas *c, const struct axis *x, const struct axis *y,
                        const struct plot_log *log, const double *v, double factor, struct colour colour)
{
    bool pen_down = false;
    canvas_colour(c, colour);
    cairo.set_line_width(c->cr, 2);
    cairo.set_line_join(c->cr, CAIRO_LINE_JOIN_ROUND);
    for (size_t i = 0; i < log->n; i++) {
        if (isnan(v[i])) {
            pen_down = false;
            continue;
        }
        double px = place(x, log->epoch[i]), py = place(y, v[i] * factor);
        if (pen_down) cairo.line_to(c->cr, px, py);
        else cairo.move_to(c->cr, px, py);
        pen_down = true;
    }
    cairo.stroke(c->cr);
    for (size_t i = 0; i < log->n && log->n <= 40; i++) {
        if (isnan(v[i])) continue;
        cairo.new_path(c->cr);
        cairo.arc(c->cr, place(x, log->epoch[i]), place(y, v[i] * factor), 2.6, 0, 6.2831853071795865);
        cairo.fill(c->cr);
    }
}

static double best_of(const double *v, size_t n, bool lowest, size_t *where)
{
    double best = NAN;
    for (size_t i = 0; i < n; i++) {
        if (isnan(v[i]) || (!isnan(best) && (lowest ? v[i] >= best : v[i] <= best))) continue;
        best = v[i];
        *where = i;
    }
    return best;
}

/* Entries stand right-aligned above the panel, level with its title, where no curve can pass. */
static double draw_legend_entry(struct canvas *c, double right, double y, struct colour colour,
                                const char *text)
{
    double left = right - canvas_text_width(c, 10.5, false, text);
    canvas_colour(c, soft);
    canvas_text(c, left, y, ALIGN_LEFT, 10.5, false, text);
    canvas_colour(c, colour);
    canvas_line(c, left - 26, y, left - 7, y, 3);
    return left - 42;
}

static void draw_legend(struct canvas *c, const struct axis *x, double y, const struct panel *p,
                        const struct plot_log *log)
{
    char text[80];
    double right = x->to;
    if (has_numbers(p->val, log->n)) {
        size_t i = 0;
        double best = best_of(p->val, log->n, p->lower_is_better, &i) * p->factor;
        snprintf(text, sizeof text, "validation, best %.4g%s (epoch %.0f)", best, p->unit, log->epoch[i]);
        right = draw_legend_entry(c, right, y, orange, text);
    }
    draw_legend_entry(c, right, y, blue, "training");
}

static void draw_panel(struct canvas *c, const struct panel *p, const struct plot_log *log, double left,
                       double right)
{
    double lo = NAN, hi = NAN, first = NAN, last = NAN;
    widen(p->train, log->n, p->factor, &lo, &hi);
    widen(p->val, log->n, p->factor, &lo, &hi);
    widen(log->epoch, log->n, 1, &first, &last);
    if (isnan(lo)) lo = hi = 0;
    struct axis y = make_axis(lo, hi, 6), x = make_axis(first, last, 8);
    if (last > first) { /* no empty room at the sides */
        x.lo = first;
        x.hi = last;
    }
    if (x.step < 1) x.step = 1;
    if (p->factor > 1 && y.hi > 100) y.hi = 100;
    x.from = left;
    x.to = right;
    y.from = PAGE_H - 62;
    y.to = 96;
    canvas_colour(c, ink);
    canvas_text(c, left, 74, ALIGN_LEFT, 14, true, p->title);
    draw_y_axis(c, &x, &y, p->unit);
    draw_x_axis(c, &x, &y);
    if (p->train) draw_series(c, &x, &y, log, p->train, p->factor, blue);
    if (p->val) draw_series(c, &x, &y, log, p->val, p->factor, orange);
    draw_legend(c, &x, 74, p, log);
}

int plot_curves(const char *path, const char *title, const struct plot_log *log)
{
    struct canvas c;
    if (!canvas_open(&c, path, PAGE_W, PAGE_H)) return CLI_FAILED;
    struct panel loss = {"Loss", "", log->loss, log->val_loss, 1, true};
    struct panel accuracy = {"Accuracy", " %", log->accuracy, log->val_accuracy, 100, false};
    canvas_colour(&c, ink);
    canvas_text(&c, PAGE_W / 2, 32, ALIGN_CENTRE, 17, true, title);
    draw_panel(&c, &loss, log, 62, PAGE_W / 2 - 26);
    draw_panel(&c, &accuracy, log, PAGE_W / 2 + 62, PAGE_W - 26);
    return canvas_close(&c);
}
