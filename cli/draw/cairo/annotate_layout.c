#include "draw/cairo/annotate_layout.h"

#include <math.h>
#include <stdlib.h>

#define FONT_MIN 9.0 /* pixels, below which text cannot be read */
#define ROWS_MIN 8.0 /* the same for the rows of bars */

static double clamp(double v, double lo, double hi)
{
    return v < lo ? lo : v > hi ? hi : v;
}

static double longer_side(const struct layout *l)
{
    return l->width > l->height ? l->width : l->height;
}

/* A picture is shown about as wide as a window, so text grows with it. A small face gets smaller text. */
static double font_of(const struct layout *l, const fer_face *face)
{
    double usual = longer_side(l) / 52;
    return fmax(FONT_MIN, clamp((double)face->height / 7, 0.7 * usual, 1.6 * usual));
}

static bool overlap(struct rect a, struct rect b)
{
    return a.w > 0 && b.w > 0 && a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

static bool inside(const struct layout *l, struct rect r)
{
    return r.x >= 0 && r.y >= 0 && r.x + r.w <= l->width && r.y + r.h <= l->height;
}

/* Whether a label or the bars fit there: inside the picture, not on other labels or bars, not on another face. */
static bool is_free(const struct layout *l, size_t own, struct rect r)
{
    if (!inside(l, r)) return false;
    for (size_t i = 0; i < l->n; i++) {
        const struct annotation *a = &l->items[i];
        if (overlap(r, a->label) || overlap(r, a->bars)) return false;
        if (i != own && overlap(r, a->box)) return false;
    }
    return true;
}

/* Above the box, below it, or at the top or bottom inside a large one; aligned with its left or right edge. */
static bool put_label(struct layout *l, size_t i, double w, double h)
{
    struct annotation *a = &l->items[i];
    double gap = a->line / 2, most = fmax(l->width - w, 0), bottom = a->box.y + a->box.h;
    const double xs[] = {clamp(a->box.x - gap, 0, most), clamp(a->box.x + a->box.w + gap - w, 0, most)};
    const double ys[] = {a->box.y - gap - h, bottom + gap, fmax(a->box.y, 0) + gap, fmin(bottom, l->height) - gap - h};
    for (int k = 0; k < (a->box.h > 4 * h ? 8 : 4); k++) {
        struct rect r = {xs[k % 2], ys[k / 2], w, h};
        if (!is_free(l, i, r)) continue;
        a->label = r;
        return true;
    }
    return false;
}

static void write_text(const struct layout *l, struct annotation *a, int detail)
{
    const fer_face *f = &l->faces[a->face];
    const char *name = l->classes[f->label];
    bool sure = f->label < l->n_classes;
    double percent = sure ? 100 * (double)f->smoothed[f->label] : 0;
    if (!sure && detail == 2 && f->id) snprintf(a->text, sizeof a->text, "%llu  %s", (unsigned long long)f->id, name);
    else if (!sure) snprintf(a->text, sizeof a->text, "%s", name);
    else if (detail == 2 && f->id)
        snprintf(a->text, sizeof a->text, "%llu  %s %.0f %%", (unsigned long long)f->id, name, percent);
    else if (detail >= 1) snprintf(a->text, sizeof a->text, "%s %.0f %%", name, percent);
    else snprintf(a->text, sizeof a->text, "%s", name);
}

/* As much of the label as fits; less for a small face. If nothing fits, the colour of the box must do. */
static void place_label(struct layout *l, size_t i)
{
    struct annotation *a = &l->items[i];
    for (int detail = 2; detail >= 0; detail--) {
        write_text(l, a, detail);
        double w = canvas_text_width(l->canvas, a->font, true, a->text) + 0.6 * a->font;
        if (detail > 0 && w > 4 * a->box.w) continue;
        if (put_label(l, i, w, 1.35 * a->font)) return;
    }
    a->label.w = 0;
}

static double widest_name(const struct layout *l, double font)
{
    double widest = 0;
    for (size_t k = 0; k < l->n_classes; k++)
        widest = fmax(widest, canvas_text_width(l->canvas, font, false, l->classes[k]));
    return widest;
}

/* Right or left of a face that is tall enough for legible rows, else below the face and its label. */
static void place_bars(struct layout *l, size_t i)
{
    struct annotation *a = &l->items[i];
    double rows = (double)l->n_classes + 0.5, least = fmax(ROWS_MIN, longer_side(l) / 110);
    a->row = fmin(a->box.h / rows, 1.25 * a->font);
    if (a->row < least) return;
    a->names = widest_name(l, 0.8 * a->row) + 0.5 * a->row;
    double w = a->names + 4.5 * a->row, h = rows * a->row, gap = a->line + 0.2 * a->row;
    double x = clamp(a->box.x, 0, fmax(l->width - w, 0)), y = clamp(a->box.y, 0, fmax(l->height - h, 0)),
           below = a->box.y + a->box.h + gap;
    const struct rect places[] = {{a->box.x + a->box.w + gap, y, w, h},
                                  {a->box.x - gap - w, y, w, h},
                                  {x, below, w, h},
                                  {x, below + a->label.h, w, h}};
    for (int k = 0; k < 4 && a->bars.w <= 0; k++)
        if (is_free(l, i, places[k])) a->bars = places[k];
}

static int by_size(const void *p, const void *q)
{
    const struct annotation *a = p, *b = q;
    double x = a->box.w * a->box.h, y = b->box.w * b->box.h;
    if (x != y) return x < y ? 1 : -1;
    return a->face < b->face ? -1 : a->face > b->face;
}

void annotate_layout(struct layout *l)
{
    double usual = fmax(longer_side(l) / 320, 1.5);
    for (size_t i = 0; i < l->n; i++) {
        const fer_face *f = &l->faces[i];
        struct annotation *a = &l->items[i];
        *a = (struct annotation){.face = i, .box = {(double)f->x, (double)f->y, (double)f->width, (double)f->height}};
        a->font = font_of(l, f);
        a->line = clamp((double)f->height / 20, fmax(usual / 2, 1.2), usual);
    }
    qsort(l->items, l->n, sizeof *l->items, by_size);
    for (size_t i = 0; i < l->n; i++) place_label(l, i);
    for (size_t i = 0; i < l->n; i++) place_bars(l, i);
}
