#include "draw/cairo/lines.h"

#include <math.h>
#include <stdio.h>

static const struct colour soft = {0.38, 0.38, 0.42}, grid = {0.89, 0.89, 0.91};

struct axis {
    double lo, hi, step; /* data units */
    double from, to;     /* page units of lo and hi */
};

/* A step of 1, 2 or 5 times a power of ten that divides the range into about `parts`. */
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

/* A line through the numbers, interrupted where one is missing; with dots as long as they can be distinguished. */
static void draw_series(struct canvas *c, const struct axis *x, const struct axis *y, const struct plot_series *s,
                        double factor)
{
    static const double dash[] = {7, 4};
    bool pen_down = false;
    canvas_colour(c, s->colour);
    cairo.set_line_width(c->cr, 2);
    cairo.set_line_join(c->cr, CAIRO_LINE_JOIN_ROUND);
    if (s->dashed) cairo.set_dash(c->cr, dash, 2, 0);
    for (size_t i = 0; i < s->n; i++) {
        if (isnan(s->y[i])) {
            pen_down = false;
            continue;
        }
        double px = place(x, s->x[i]), py = place(y, s->y[i] * factor);
        if (pen_down) cairo.line_to(c->cr, px, py);
        else cairo.move_to(c->cr, px, py);
        pen_down = true;
    }
    cairo.stroke(c->cr);
    cairo.set_dash(c->cr, NULL, 0, 0);
    for (size_t i = 0; i < s->n && s->n <= 40; i++) {
        if (isnan(s->y[i])) continue;
        cairo.new_path(c->cr);
        cairo.arc(c->cr, place(x, s->x[i]), place(y, s->y[i] * factor), 2.6, 0, 6.2831853071795865);
        cairo.fill(c->cr);
    }
}

void plot_lines(struct canvas *c, const struct plot_panel *p)
{
    double lo = NAN, hi = NAN, first = NAN, last = NAN;
    for (size_t i = 0; i < p->n; i++) {
        const struct plot_series *s = &p->series[i];
        widen(s->y, s->n, p->factor, &lo, &hi);
        widen(s->x, s->n, 1, &first, &last);
    }
    if (isnan(lo)) lo = hi = 0;
    if (isnan(first)) first = last = 1;
    struct axis y = make_axis(lo, hi, 6), x = make_axis(first, last, 8);
    if (last > first) { /* no empty space at the sides */
        x.lo = first;
        x.hi = last;
    }
    if (x.step < 1) x.step = 1;
    if (p->factor > 1 && y.hi > 100) y.hi = 100;
    x.from = p->left;
    x.to = p->right;
    y.from = p->bottom;
    y.to = p->top;
    draw_y_axis(c, &x, &y, p->unit);
    draw_x_axis(c, &x, &y);
    for (size_t i = 0; i < p->n; i++)
        if (p->series[i].y) draw_series(c, &x, &y, &p->series[i], p->factor);
}
