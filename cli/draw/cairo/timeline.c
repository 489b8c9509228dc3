#include "draw/timeline.h"

#include "common/cli.h"
#include "draw/cairo/canvas.h"

#include <math.h>
#include <stdlib.h>

#define PAGE_W   1080.0
#define LEFT     222.0 /* of the time axis */
#define RIGHT    1052.0
#define HEAD     92.0
#define ROW      104.0
#define BAND     84.0 /* of a row: the scores and the face */
#define FOOT     58.0
#define NOTE     20.0
#define ROWS_MAX 8
#define COLUMNS  512 /* more could not be distinguished and would make an SVG large */

static const struct colour ink = {0.13, 0.13, 0.15}, soft = {0.38, 0.38, 0.42}, grid = {0.89, 0.89, 0.91};

struct plan {
    struct timeline_view v;
    size_t n_rows, n_short; /* shown; seen for too short a time */
    size_t per_column, n_columns;
};

/* The cumulative shares of the classes in a column of time; edge[0] is 0. seen false: the face was not there. */
struct column {
    bool seen;
    double edge[FER_FACE_CLASSES + 1];
};

static struct plan plan_of(struct timeline *t, double least)
{
    struct plan p = {.v = timeline_look(t)};
    while (p.n_rows < p.v.n_faces && p.v.faces[p.n_rows]->seconds >= least * p.v.seconds) p.n_rows++;
    if (p.n_rows == 0 && p.v.n_faces > 0) p.n_rows = 1; /* the face seen longest, even if only for a short time */
    p.n_short = p.v.n_faces - p.n_rows;
    if (p.n_rows > ROWS_MAX) p.n_rows = ROWS_MAX;
    size_t bins = (size_t)ceil(p.v.seconds / p.v.bin - 1e-9);
    p.per_column = (bins + COLUMNS - 1) / COLUMNS;
    if (p.per_column == 0) p.per_column = 1;
    p.n_columns = (bins + p.per_column - 1) / p.per_column;
    return p;
}

static double place(const struct plan *p, double seconds)
{
    return p->v.seconds > 0 ? LEFT + seconds / p->v.seconds * (RIGHT - LEFT) : LEFT;
}

/* ---- scores ---- */

static struct column column_of(const struct plan *p, const struct timeline_face *f, size_t c)
{
    struct column out = {0};
    size_t n = p->v.kind->n_classes;
    double sums[FER_FACE_CLASSES] = {0}, total = 0;
    for (size_t i = c * p->per_column; i < (c + 1) * p->per_column; i++) {
        if (i < f->first || i >= f->first + f->n) continue;
        for (size_t k = 0; k < n; k++) sums[k] += (double)f->bins[i - f->first].scores[k];
    }
    for (size_t k = 0; k < n; k++) total += sums[k];
    out.seen = total > 0;
    for (size_t k = 0; k < n && out.seen; k++) out.edge[k + 1] = out.edge[k] + sums[k] / total;
    return out;
}

/* One class over the columns [a, b) with the face: along its upper edge and back along the lower one. */
static void draw_area(struct canvas *c, const struct plan *p, const struct column *columns, size_t a, size_t b,
                      size_t k, double bottom)
{
    double width = (double)p->per_column * p->v.bin;
    cairo.new_path(c->cr);
    for (int lower = 0; lower < 2; lower++)
        for (size_t i = 0; i < b - a + 2; i++) {
            size_t at = lower ? b - a + 1 - i : i; /* the borders of the first and the last column, too */
            size_t col = at == 0 ? a : at > b - a ? b - 1 : a + at - 1;
            double middle = at == 0 ? (double)a : at > b - a ? (double)b : (double)col + 0.5;
            double x = place(p, fmin(middle * width, p->v.seconds)),
                   y = bottom - BAND * columns[col].edge[lower ? k : k + 1];
            cairo.line_to(c->cr, x, y);
        }
    cairo.close_path(c->cr);
    canvas_colour(c, class_colour(p->v.kind->classes[k], k));
    cairo.fill(c->cr);
}

static void draw_scores(struct canvas *c, const struct plan *p, const struct column *columns, double bottom)
{
    for (size_t a = 0; a < p->n_columns; a++) {
        if (!columns[a].seen) continue;
        size_t b = a;
        while (b < p->n_columns && columns[b].seen) b++;
        for (size_t k = 0; k < p->v.kind->n_classes; k++) draw_area(c, p, columns, a, b, k, bottom);
        a = b;
    }
}

/* ---- a face ---- */

static void write_duration(char *text, size_t size, double seconds, double step)
{
    unsigned long long s = (unsigned long long)llround(seconds);
    if (step < 1) snprintf(text, size, "%.1f s", seconds);
    else if (seconds >= 3600 - 0.5) snprintf(text, size, "%llu:%02llu:%02llu", s / 3600, s / 60 % 60, s % 60);
    else snprintf(text, size, "%llu:%02llu", s / 60, s % 60);
}

static void draw_face(struct canvas *c, const struct plan *p, const struct timeline_face *f, double top)
{
    char text[80], time[32];
    double sums[FER_FACE_CLASSES] = {0}, total = 0, x = 24 + BAND + 10, room = LEFT - 14 - x;
    size_t n = p->v.kind->n_classes, best = 0;
    for (size_t i = 0; i < f->n; i++)
        for (size_t k = 0; k < n; k++) sums[k] += (double)f->bins[i].scores[k];
    for (size_t k = 0; k < n; k++) {
        total += sums[k];
        if (sums[k] > sums[best]) best = k;
    }
    canvas_colour(c, grid);
    if (!f->thumbnail || !canvas_picture(c, 24, top, BAND, f->thumbnail)) {
        cairo.new_path(c->cr);
        cairo.rectangle(c->cr, 24, top, BAND, BAND);
        cairo.fill(c->cr);
    }
    snprintf(text, sizeof text, "face %llu", (unsigned long long)f->id);
    canvas_colour(c, ink);
    canvas_text_within(c, x, top + 12, ALIGN_LEFT, room, 13, true, text);
    write_duration(time, sizeof time, f->seconds, f->seconds < 60 ? 0.1 : 1);
    snprintf(text, sizeof text, "seen %s", time);
    canvas_colour(c, soft);
    canvas_text_within(c, x, top + 34, ALIGN_LEFT, room, 11.5, false, text);
    if (!(total > 0)) return;
    canvas_text_within(c, x, top + 54, ALIGN_LEFT, room, 11.5, false, p->v.kind->classes[best]);
    snprintf(text, sizeof text, "mean score %.0f %%", 100 * sums[best] / total);
    canvas_text_within(c, x, top + 70, ALIGN_LEFT, room, 11.5, false, text);
}

/* False: out of memory. */
static bool draw_row(struct canvas *c, const struct plan *p, size_t i)
{
    double top = HEAD + ROW * (double)i, bottom = top + BAND;
    struct column *columns = calloc(p->n_columns + 1, sizeof *columns);
    if (!columns) return false;
    for (size_t k = 0; k < p->n_columns; k++) columns[k] = column_of(p, p->v.faces[i], k);
    draw_face(c, p, p->v.faces[i], top);
    draw_scores(c, p, columns, bottom);
    canvas_colour(c, soft);
    canvas_line(c, LEFT, bottom, RIGHT, bottom, 1);
    canvas_line(c, LEFT, bottom, LEFT, top, 1);
    free(columns);
    return true;
}

/* ---- around them ---- */

static double time_step(double seconds)
{
    static const double steps[] = {0.1, 0.2, 0.5, 1,   2,    5,    10,   15,    30,   60,
                                   120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200};
    size_t n = sizeof steps / sizeof *steps, i = 0;
    while (i + 1 < n && seconds / steps[i] > 10) i++;
    double step = steps[i];
    while (seconds / step > 10) step *= 2;
    return step;
}

static void draw_axis(struct canvas *c, const struct plan *p)
{
    double step = time_step(p->v.seconds), bottom = HEAD + ROW * (double)p->n_rows - (ROW - BAND);
    for (size_t i = 0; (double)i * step <= p->v.seconds + 1e-9; i++) {
        char text[32];
        double x = place(p, (double)i * step);
        canvas_colour(c, grid);
        canvas_line(c, x, HEAD, x, bottom, 1);
        canvas_colour(c, soft);
        canvas_line(c, x, bottom, x, bottom + 5, 1);
        write_duration(text, sizeof text, (double)i * step, step);
        canvas_text(c, x, bottom + 16, ALIGN_CENTRE, 11, false, text);
    }
    canvas_text(c, (LEFT + RIGHT) / 2, bottom + 38, ALIGN_CENTRE, 12, false, "time");
}

static double legend_width(struct canvas *c, const struct plan *p, double size)
{
    double width = 0;
    for (size_t k = 0; k < p->v.kind->n_classes; k++)
        width += 34 + canvas_text_width(c, size, false, p->v.kind->classes[k]);
    return width;
}

static void draw_legend(struct canvas *c, const struct plan *p)
{
    double x = LEFT, y = HEAD - 24, width = legend_width(c, p, 11.5), scale = fmin(1, (RIGHT - LEFT) / width);
    for (size_t k = 0; k < p->v.kind->n_classes; k++) {
        const char *name = p->v.kind->classes[k];
        cairo.new_path(c->cr);
        cairo.rectangle(c->cr, x, y - 6, 12, 12);
        canvas_colour(c, class_colour(name, k));
        cairo.fill(c->cr);
        canvas_colour(c, soft);
        canvas_text(c, x + 17, y, ALIGN_LEFT, 11.5 * scale, false, name);
        x += scale * (34 + canvas_text_width(c, 11.5, false, name));
    }
}

static size_t notes(const struct plan *p, double least, char text[2][160])
{
    size_t n = 0;
    unsigned long long shortly = p->n_short + p->v.n_forgotten, faces = p->v.n_faces - p->n_short;
    if (faces > p->n_rows) snprintf(text[n++], 160, "The %zu faces seen longest, of %llu.", p->n_rows, faces);
    if (shortly)
        snprintf(text[n++], 160, "%llu %s seen for less than %.3g %% of the time, not shown.", shortly,
                 shortly == 1 ? "face" : "faces", 100 * least);
    return n;
}

int plot_timeline(const char *path, const char *title, struct timeline *t, double least)
{
    struct canvas c;
    char text[2][160];
    struct plan p = plan_of(t, least);
    size_t n_notes = notes(&p, least, text);
    bool ok = true;
    double bottom = HEAD + ROW * (double)(p.n_rows ? p.n_rows : 1) - (ROW - BAND) + FOOT;
    if (!canvas_open(&c, path, PAGE_W, bottom + NOTE * (double)n_notes)) return CLI_FAILED;
    canvas_colour(&c, ink);
    canvas_text_within(&c, PAGE_W / 2, 30, ALIGN_CENTRE, PAGE_W - 48, 17, true, title);
    draw_legend(&c, &p);
    if (p.n_rows) draw_axis(&c, &p);
    else canvas_text(&c, PAGE_W / 2, HEAD + BAND / 2, ALIGN_CENTRE, 14, false, "No face was seen.");
    for (size_t i = 0; ok && i < p.n_rows; i++) ok = draw_row(&c, &p, i);
    canvas_colour(&c, soft);
    for (size_t i = 0; i < n_notes; i++)
        canvas_text(&c, LEFT, bottom + NOTE * ((double)i + 0.2), ALIGN_LEFT, 11.5, false, text[i]);
    if (!ok) cli_say("%s: out of memory", path);
    int code = canvas_close(&c);
    return ok ? code : CLI_FAILED;
}
