#include "common/cli.h"
#include "draw/cairo/lines.h"
#include "draw/plot.h"

#include <math.h>
#include <stdlib.h>

#define PAGE_W 1080.0
#define PAGE_H 440.0
#define HALF_W 440.0 /* a page with one panel, which must stay legible on a phone */
#define HALF_H 370.0
#define ROW_H  22.0 /* row height row height of a legend with a row for every run */

static const struct colour ink = {0.13, 0.13, 0.15}, soft = {0.38, 0.38, 0.42};
static const struct colour blue = {0.12, 0.37, 0.70}, orange = {0.87, 0.42, 0.05};

/* Most colour-blind readers can distinguish them (after Okabe and Ito). Further runs are dashed. */
static const struct colour palette[] = {{0.12, 0.37, 0.70}, {0.87, 0.42, 0.05}, {0.00, 0.55, 0.41}, {0.72, 0.32, 0.58},
                                        {0.25, 0.62, 0.86}, {0.62, 0.47, 0.00}, {0.35, 0.35, 0.38}};
#define N_PALETTE (sizeof palette / sizeof *palette)

/* What a panel shows of a log. */
struct view {
    const char *title, *unit;
    const double *train, *val;
    double factor;
    bool lower_is_better;
};

static struct view view_of(enum plot_part part, const struct run_log *log)
{
    if (part == PLOT_LOSS) return (struct view){"Loss", "", log->loss, log->val_loss, 1, true};
    return (struct view){"Accuracy", " %", log->accuracy, log->val_accuracy, 100, false};
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

/* Entries are right-aligned above the panel, level with its title, where no curve can pass. */
static double draw_legend_entry(struct canvas *c, double right, double y, struct colour colour, const char *text)
{
    double left = right - canvas_text_width(c, 10.5, false, text);
    canvas_colour(c, soft);
    canvas_text(c, left, y, ALIGN_LEFT, 10.5, false, text);
    canvas_colour(c, colour);
    canvas_line(c, left - 26, y, left - 7, y, 3);
    return left - 42;
}

static void draw_legend(struct canvas *c, double right, double y, const struct view *v, const struct run_log *log)
{
    char text[80];
    size_t i = 0;
    double best = v->val ? best_of(v->val, log->n, v->lower_is_better, &i) * v->factor : NAN;
    if (!isnan(best)) {
        snprintf(text, sizeof text, "validation, best %.4g%s (epoch %.0f)", best, v->unit, log->epoch[i]);
        right = draw_legend_entry(c, right, y, orange, text);
    }
    draw_legend_entry(c, right, y, blue, "training");
}

static void draw_panel(struct canvas *c, const struct view *v, const struct run_log *log, struct plot_panel frame,
                       double title_y)
{
    const struct plot_series series[] = {{.colour = blue, .n = log->n, .x = log->epoch, .y = v->train},
                                         {.colour = orange, .n = log->n, .x = log->epoch, .y = v->val}};
    frame.unit = v->unit;
    frame.factor = v->factor;
    frame.series = series;
    frame.n = 2;
    plot_lines(c, &frame);
    canvas_colour(c, ink);
    canvas_text(c, frame.left, title_y, ALIGN_LEFT, 14, true, v->title);
    draw_legend(c, frame.right, frame.top - 22, v, log);
}

int plot_curves(const char *path, const char *title, const struct run_log *log)
{
    struct canvas c;
    if (!canvas_open(&c, path, PAGE_W, PAGE_H)) return CLI_FAILED;
    struct view loss = view_of(PLOT_LOSS, log), accuracy = view_of(PLOT_ACCURACY, log);
    struct plot_panel frame = {.left = 62, .right = PAGE_W / 2 - 26, .top = 96, .bottom = PAGE_H - 62};
    canvas_colour(&c, ink);
    canvas_text(&c, PAGE_W / 2, 32, ALIGN_CENTRE, 17, true, title);
    draw_panel(&c, &loss, log, frame, frame.top - 22);
    frame.left += PAGE_W / 2;
    frame.right += PAGE_W / 2;
    draw_panel(&c, &accuracy, log, frame, frame.top - 22);
    return canvas_close(&c);
}

int plot_curve(const char *path, enum plot_part part, const struct run_log *log)
{
    struct canvas c;
    if (!canvas_open(&c, path, HALF_W, HALF_H)) return CLI_FAILED;
    struct view v = view_of(part, log);
    struct plot_panel frame = {.left = 62, .right = HALF_W - 20, .top = 72, .bottom = HALF_H - 56};
    draw_panel(&c, &v, log, frame, 24); /* the legend has its own line */
    return canvas_close(&c);
}

/* ---- runs overlaid ---- */

static void draw_run_entry(struct canvas *c, double y, const struct plot_run *run, const struct plot_series *s)
{
    static const double dash[] = {7, 4};
    char best_text[60];
    size_t i = 0;
    double best = s->y ? best_of(s->y, s->n, false, &i) : NAN;
    canvas_colour(c, s->colour);
    if (s->dashed) cairo.set_dash(c->cr, dash, 2, 0);
    canvas_line(c, 62, y, 88, y, 3);
    cairo.set_dash(c->cr, NULL, 0, 0);
    if (isnan(best)) snprintf(best_text, sizeof best_text, "no validation");
    else snprintf(best_text, sizeof best_text, "best %.2f %% (epoch %.0f)", 100 * best, run->log->epoch[i]);
    canvas_colour(c, soft);
    canvas_text(c, HALF_W - 20, y, ALIGN_RIGHT, 11.5, false, best_text);
    double room = HALF_W - 20 - 96 - 16 - canvas_text_width(c, 11.5, false, best_text);
    canvas_colour(c, ink);
    canvas_text_within(c, 96, y, ALIGN_LEFT, room, 11.5, false, run->name);
}

int plot_runs(const char *path, const struct plot_run *runs, size_t n)
{
    struct canvas c;
    struct plot_series *series = calloc(n + 1, sizeof *series);
    if (!series) return cli_fail("out of memory");
    for (size_t i = 0; i < n; i++)
        series[i] = (struct plot_series){.colour = palette[i % N_PALETTE],
                                         .dashed = i >= N_PALETTE,
                                         .n = runs[i].log->n,
                                         .x = runs[i].log->epoch,
                                         .y = runs[i].log->val_accuracy};
    struct plot_panel frame = {.unit = " %",
                               .factor = 100,
                               .series = series,
                               .n = n,
                               .left = 62,
                               .right = HALF_W - 20,
                               .top = 50,
                               .bottom = HALF_H - 56};
    int code = CLI_FAILED;
    if (canvas_open(&c, path, HALF_W, HALF_H + 6 + ROW_H * (double)n)) {
        plot_lines(&c, &frame);
        canvas_colour(&c, ink);
        canvas_text(&c, frame.left, 28, ALIGN_LEFT, 14, true, "Validation accuracy");
        for (size_t i = 0; i < n; i++) draw_run_entry(&c, HALF_H + 2 + ROW_H * (double)i, &runs[i], &series[i]);
        code = canvas_close(&c);
    }
    free(series);
    return code;
}
