#include "draw/annotate.h"

#include "base/mem.h"
#include "common/cli.h"
#include "draw/cairo/annotate_layout.h"
#include "draw/plot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SIDE_MAX 32767 /* cairo's */

struct annotator {
    const char *const *classes;
    size_t n_classes;
    struct canvas canvas; /* on words */
    uint8_t *words;       /* [height][stride], cairo's pixels */
    size_t width, height, stride;
    struct annotation *items;
    size_t cap;
    uint8_t *copy; /* of annotate_view() */
    size_t copy_cap;
};

struct annotator *annotate_new(const char *const *classes, size_t n_classes)
{
    if (!plot_available()) return NULL;
    struct annotator *a = calloc(1, sizeof *a);
    if (!a) {
        cli_no_memory();
        return NULL;
    }
    a->classes = classes;
    a->n_classes = n_classes;
    return a;
}

static void drop_canvas(struct annotator *a)
{
    if (a->canvas.cr) {
        cairo.destroy(a->canvas.cr);
        cairo.surface_destroy(a->canvas.surface);
    }
    a->canvas = (struct canvas){0};
    free(a->words);
    a->words = NULL;
}

void annotate_free(struct annotator *a)
{
    if (!a) return;
    drop_canvas(a);
    free(a->items);
    free(a->copy);
    free(a);
}

static bool have_canvas(struct annotator *a, size_t width, size_t height)
{
    if (a->words && a->width == width && a->height == height) return true;
    drop_canvas(a);
    int stride =
        width <= SIDE_MAX && height <= SIDE_MAX ? cairo.format_stride_for_width(CAIRO_FORMAT_RGB24, (int)width) : -1;
    if (stride <= 0 || height == 0)
        return cli_refuse("a picture of %zu x %zu pixels cannot be drawn on: a side must have 1 to %d pixels", width,
                          height, SIDE_MAX);
    a->words = calloc(height, (size_t)stride);
    if (!a->words) return cli_no_memory();
    a->width = width;
    a->height = height;
    a->stride = (size_t)stride;
    a->canvas.surface =
        cairo.image_surface_create_for_data(a->words, CAIRO_FORMAT_RGB24, (int)width, (int)height, stride);
    a->canvas.cr = cairo.create(a->canvas.surface);
    return true;
}

/* ---- pixels ---- */

/* Rows that are drawn on. The others need not be copied to cairo and back. */
struct band {
    size_t from, to;
};

static void widen(double *lo, double *hi, struct rect r, double margin)
{
    if (r.w <= 0) return;
    *lo = fmin(*lo, r.y - margin);
    *hi = fmax(*hi, r.y + r.h + margin);
}

static struct band band_of(const struct layout *l)
{
    double lo = l->height, hi = 0;
    for (size_t i = 0; i < l->n; i++) {
        const struct annotation *a = &l->items[i];
        double margin = 3 * a->line + 2;
        widen(&lo, &hi, a->box, margin);
        widen(&lo, &hi, a->label, margin);
        widen(&lo, &hi, a->bars, margin);
    }
    lo = fmax(lo, 0);
    hi = fmin(hi, l->height);
    return lo < hi ? (struct band){(size_t)lo, (size_t)ceil(hi)} : (struct band){0, 0};
}

static void to_words(struct annotator *a, const uint8_t *rgb, size_t stride, struct band band)
{
    cairo.surface_flush(a->canvas.surface);
    for (size_t y = band.from; y < band.to; y++) {
        const uint8_t *from = rgb + y * stride;
        uint8_t *to = a->words + y * a->stride;
        for (size_t x = 0; x < a->width; x++, from += 3, to += 4) {
            uint32_t word = (uint32_t)from[0] << 16 | (uint32_t)from[1] << 8 | from[2];
            memcpy(to, &word, sizeof word);
        }
    }
    cairo.surface_mark_dirty(a->canvas.surface);
}

static void from_words(struct annotator *a, uint8_t *rgb, size_t stride, struct band band)
{
    cairo.surface_flush(a->canvas.surface);
    for (size_t y = band.from; y < band.to; y++) {
        const uint8_t *from = a->words + y * a->stride;
        uint8_t *to = rgb + y * stride;
        for (size_t x = 0; x < a->width; x++, from += 4, to += 3) {
            uint32_t word;
            memcpy(&word, from, sizeof word);
            to[0] = (uint8_t)(word >> 16);
            to[1] = (uint8_t)(word >> 8);
            to[2] = (uint8_t)word;
        }
    }
}

/* ---- shapes ---- */

static struct colour colour_of(const struct annotator *a, const fer_face *f)
{
    if (f->label >= a->n_classes) return (struct colour){0.85, 0.85, 0.85}; /* not sure */
    return class_colour(a->classes[f->label], f->label);
}

/* In the class's colour with a dark edge, so that it is visible on any background. Dashed: the face is hidden. */
static void draw_box(struct annotator *a, const struct annotation *at, const fer_face *f)
{
    cairo_t *cr = a->canvas.cr;
    const double dash[] = {4 * at->line, 3 * at->line};
    cairo.set_dash(cr, f->seen ? NULL : dash, f->seen ? 0 : 2, 0);
    cairo.new_path(cr);
    cairo.rectangle(cr, at->box.x, at->box.y, at->box.w, at->box.h);
    cairo.set_source_rgba(cr, 0, 0, 0, 0.55);
    cairo.set_line_width(cr, 1.8 * at->line);
    cairo.stroke_preserve(cr);
    canvas_colour(&a->canvas, colour_of(a, f));
    cairo.set_line_width(cr, at->line);
    cairo.stroke(cr);
    cairo.set_dash(cr, NULL, 0, 0);
}

static void fill(cairo_t *cr, double x, double y, double w, double h)
{
    cairo.new_path(cr);
    cairo.rectangle(cr, x, y, w, h);
    cairo.fill(cr);
}

static void draw_label(struct annotator *a, const struct annotation *at, const fer_face *f)
{
    struct rect r = at->label;
    if (r.w <= 0) return;
    struct colour colour = colour_of(a, f);
    canvas_colour(&a->canvas, colour);
    fill(a->canvas.cr, r.x, r.y, r.w, r.h);
    canvas_colour(&a->canvas, colour_of_text_on(colour));
    canvas_text(&a->canvas, r.x + 0.3 * at->font, r.y + r.h / 2, ALIGN_LEFT, at->font, true, at->text);
}

static void draw_bars(struct annotator *a, const struct annotation *at, const fer_face *f)
{
    struct rect r = at->bars;
    if (r.w <= 0) return;
    cairo_t *cr = a->canvas.cr;
    double row = at->row, left = r.x + at->names, room = r.w - at->names - 0.25 * row;
    cairo.set_source_rgba(cr, 0, 0, 0, 0.62);
    fill(cr, r.x, r.y, r.w, r.h);
    for (size_t k = 0; k < a->n_classes; k++) {
        double y = r.y + row * (0.75 + (double)k), score = fmin(fmax((double)f->smoothed[k], 0), 1);
        canvas_colour(&a->canvas, (struct colour){1, 1, 1});
        canvas_text(&a->canvas, left - 0.25 * row, y, ALIGN_RIGHT, 0.8 * row, false, a->classes[k]);
        cairo.set_source_rgba(cr, 1, 1, 1, 0.18);
        fill(cr, left, y - 0.32 * row, room, 0.64 * row);
        canvas_colour(&a->canvas, class_colour(a->classes[k], k));
        fill(cr, left, y - 0.32 * row, room * score, 0.64 * row);
    }
}

/* Labels last, so that no box runs through them. */
static void draw(struct annotator *a, const struct layout *l)
{
    for (size_t i = l->n; i-- > 0;) draw_box(a, &l->items[i], &l->faces[l->items[i].face]);
    for (size_t i = l->n; i-- > 0;) draw_bars(a, &l->items[i], &l->faces[l->items[i].face]);
    for (size_t i = l->n; i-- > 0;) draw_label(a, &l->items[i], &l->faces[l->items[i].face]);
}

bool annotate_draw(struct annotator *a, uint8_t *rgb, size_t width, size_t height, size_t stride, const fer_face *faces,
                   size_t n)
{
    if (n == 0) return true;
    if (!have_canvas(a, width, height)) return false;
    if (!feri_grow(&a->items, &a->cap, n, sizeof *a->items)) return cli_no_memory();
    struct layout l = {.canvas = &a->canvas,
                       .classes = a->classes,
                       .n_classes = a->n_classes,
                       .width = (double)width,
                       .height = (double)height,
                       .faces = faces,
                       .n = n,
                       .items = a->items};
    annotate_layout(&l);
    struct band band = band_of(&l);
    to_words(a, rgb, stride, band);
    draw(a, &l);
    cairo_status_t status = cairo.status(a->canvas.cr);
    if (status != CAIRO_STATUS_SUCCESS) {
        cli_say("the faces cannot be drawn: %s", cairo.status_to_string(status));
        drop_canvas(a); /* its error would persist */
        return false;
    }
    from_words(a, rgb, stride, band);
    return true;
}

bool annotate_view(struct annotator *a, const fer_view *view, const fer_face *faces, size_t n, fer_view *out)
{
    size_t row = 3 * view->width;
    if (!feri_grow(&a->copy, &a->copy_cap, row * view->height, 1)) return cli_no_memory();
    for (size_t y = 0; y < view->height; y++) memcpy(a->copy + y * row, view->planes[0] + y * view->strides[0], row);
    *out = (fer_view){FER_RGB8, view->width, view->height, {a->copy}, {row}};
    return annotate_draw(a, a->copy, view->width, view->height, row, faces, n);
}

static uint8_t *copy_pixels(const fer_image *picture)
{
    size_t n = fer_image_width(picture) * fer_image_height(picture), channels = fer_image_channels(picture);
    const uint8_t *from = fer_image_pixels(picture);
    uint8_t *rgb = malloc(3 * n);
    if (!rgb) cli_no_memory();
    else if (channels == 3) memcpy(rgb, from, 3 * n);
    else
        for (size_t i = 0; i < n; i++) memset(rgb + 3 * i, from[i], 3);
    return rgb;
}

fer_image *annotate_image(struct annotator *a, const fer_image *picture, const fer_face *faces, size_t n)
{
    fer_error err;
    fer_image *drawn = NULL;
    size_t w = fer_image_width(picture), h = fer_image_height(picture);
    uint8_t *rgb = copy_pixels(picture);
    if (rgb && annotate_draw(a, rgb, w, h, 3 * w, faces, n))
        cli_good(fer_image_from_pixels(rgb, w, h, 3 * w, FER_RGB8, &drawn, &err), &err);
    free(rgb);
    return drawn;
}

int annotate_picture(struct annotator *a, const fer_image *picture, const fer_face *faces, size_t n, const char *path)
{
    fer_error err;
    fer_image *drawn = annotate_image(a, picture, faces, n);
    if (!drawn) return CLI_FAILED;
    int code = cli_good(fer_image_save(drawn, path, &err), &err) ? CLI_OK : CLI_FAILED;
    fer_image_free(drawn);
    return code;
}
