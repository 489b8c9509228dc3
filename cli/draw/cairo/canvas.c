#define _POSIX_C_SOURCE 200809L /* stat */
#include "draw/cairo/canvas.h"

#include "base/names.h"
#include "common/cli.h"
#include "draw/plot.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define PIXELS 2.0 /* per unit, in a PNG */

struct cairo_functions cairo;

static bool find_cairo(void)
{
#define NAME(name) "cairo_" #name,
    static const char *const names[] = {CAIRO_FUNCTIONS(NAME)};
#undef NAME
    void *library = dlopen(FER_CAIRO, RTLD_NOW | RTLD_LOCAL);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        void *found = library ? dlsym(library, names[i]) : NULL;
        if (!found) return cli_refuse("cairo cannot be loaded, so nothing can be drawn: %s", dlerror());
        memcpy((char *)&cairo + i * sizeof found, &found, sizeof found);
    }
    return true;
}

bool plot_available(void)
{
    return find_cairo();
}

bool plot_possible(const char *path)
{
    struct stat st;
    if (!feri_ends_in(path, ".png") && !feri_ends_in(path, ".svg"))
        return cli_refuse("%s: the name of a drawing must end in .png or .svg", path);
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return cli_refuse("%s: a directory; a drawing cannot replace it", path);
    return true;
}

static cairo_status_t write_bytes(void *file, const unsigned char *data, unsigned n)
{
    return fwrite(data, 1, n, file) == n ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_WRITE_ERROR;
}

bool canvas_open(struct canvas *c, const char *path, double w, double h)
{
    *c = (struct canvas){0};
    if (!plot_possible(path) || !find_cairo()) return false;
    c->svg = feri_ends_in(path, ".svg");
    if (!cli_file_open(&c->file, path)) return false;
    if (c->svg) c->surface = cairo.svg_surface_create_for_stream(write_bytes, c->file.f, w, h);
    else c->surface = cairo.image_surface_create(CAIRO_FORMAT_RGB24, (int)(w * PIXELS), (int)(h * PIXELS));
    c->cr = cairo.create(c->surface);
    if (!c->svg) cairo.scale(c->cr, PIXELS, PIXELS);
    cairo.set_source_rgb(c->cr, 1, 1, 1);
    cairo.paint(c->cr);
    return true;
}

int canvas_close(struct canvas *c)
{
    cairo_status_t drawn = cairo.status(c->cr);
    cairo.destroy(c->cr);
    errno = 0; /* libpng has one message for everything */
    if (drawn == CAIRO_STATUS_SUCCESS && !c->svg)
        drawn = cairo.surface_write_to_png_stream(c->surface, write_bytes, c->file.f);
    if (drawn != CAIRO_STATUS_SUCCESS && errno == ENOMEM) drawn = CAIRO_STATUS_NO_MEMORY;
    cairo.surface_finish(c->surface); /* writes the SVG */
    if (drawn == CAIRO_STATUS_SUCCESS) drawn = cairo.surface_status(c->surface);
    cairo.surface_destroy(c->surface);

    if (drawn != CAIRO_STATUS_SUCCESS) cli_say("%s: %s", c->file.path, cairo.status_to_string(drawn));
    int code = cli_file_close(&c->file, drawn == CAIRO_STATUS_SUCCESS);
    return drawn == CAIRO_STATUS_SUCCESS ? code : CLI_FAILED;
}

void canvas_colour(struct canvas *c, struct colour colour)
{
    cairo.set_source_rgb(c->cr, colour.r, colour.g, colour.b);
}

static void choose_font(struct canvas *c, double size, bool bold)
{
    cairo.select_font_face(c->cr, "sans-serif", CAIRO_FONT_SLANT_NORMAL,
                           bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
    cairo.set_font_size(c->cr, size);
}

double canvas_text_width(struct canvas *c, double size, bool bold, const char *text)
{
    cairo_text_extents_t e;
    choose_font(c, size, bold);
    cairo.text_extents(c->cr, text, &e);
    return e.x_advance;
}

void canvas_text(struct canvas *c, double x, double y, enum align align, double size, bool bold, const char *text)
{
    double width = canvas_text_width(c, size, bold, text);
    if (align == ALIGN_CENTRE) x -= width / 2;
    else if (align == ALIGN_RIGHT) x -= width;
    cairo.move_to(c->cr, x, y + 0.36 * size); /* capitals are about 0.72 of the size high */
    cairo.show_text(c->cr, text);
}

void canvas_text_within(struct canvas *c, double x, double y, enum align align, double room, double size, bool bold,
                        const char *text)
{
    double width = canvas_text_width(c, size, bold, text);
    if (width > room) size *= room / width;
    canvas_text(c, x, y, align, size, bold, text);
}

void canvas_text_up(struct canvas *c, double x, double y, double size, const char *text)
{
    cairo.save(c->cr);
    cairo.translate(c->cr, x, y);
    cairo.rotate(c->cr, -1.5707963267948966);
    canvas_text(c, 0, 0, ALIGN_CENTRE, size, false, text);
    cairo.restore(c->cr);
}

/* Four bytes per pixel, red in bits 16 to 23 of a native word, as cairo expects. */
static void to_words(const fer_image *image, uint8_t *out, size_t stride)
{
    size_t w = fer_image_width(image), channels = fer_image_channels(image);
    const uint8_t *from = fer_image_pixels(image);
    for (size_t y = 0; y < fer_image_height(image); y++)
        for (size_t x = 0; x < w; x++, from += channels) {
            uint32_t r = from[0], g = from[channels > 1], b = from[channels > 1 ? 2 : 0];
            uint32_t word = 0xFF000000u | r << 16 | g << 8 | b;
            memcpy(out + y * stride + 4 * x, &word, sizeof word);
        }
}

/* Without this, an enlarged surface would fade out at its edges. */
static void paint_surface(struct canvas *c, cairo_surface_t *s, double w, double h)
{
    cairo.set_source_surface(c->cr, s, 0, 0);
    cairo.pattern_set_extend(cairo.get_source(c->cr), CAIRO_EXTEND_PAD);
    cairo.rectangle(c->cr, 0, 0, w, h);
    cairo.fill(c->cr);
    cairo.surface_finish(s);
    cairo.surface_destroy(s);
}

bool canvas_picture(struct canvas *c, double x, double y, double size, const fer_image *image)
{
    size_t w = fer_image_width(image), h = fer_image_height(image);
    int stride = w <= 32767 && h <= 32767 ? cairo.format_stride_for_width(CAIRO_FORMAT_RGB24, (int)w) : -1;
    uint8_t *data = stride > 0 ? malloc((size_t)stride * h) : NULL;
    if (!data) return false;
    to_words(image, data, (size_t)stride);
    cairo_surface_t *s = cairo.image_surface_create_for_data(data, CAIRO_FORMAT_RGB24, (int)w, (int)h, stride);
    double scale = size / (double)(w > h ? w : h);
    cairo.save(c->cr);
    cairo.translate(c->cr, x + (size - scale * (double)w) / 2, y + (size - scale * (double)h) / 2);
    cairo.scale(c->cr, scale, scale);
    paint_surface(c, s, (double)w, (double)h);
    cairo.restore(c->cr);
    free(data);
    return true;
}

void canvas_overlay(struct canvas *c, double x, double y, double w, double h, size_t n, uint32_t *words)
{
    int side = (int)n;
    cairo_surface_t *s =
        cairo.image_surface_create_for_data((unsigned char *)words, CAIRO_FORMAT_ARGB32, side, side, 4 * side);
    cairo.save(c->cr);
    cairo.translate(c->cr, x, y);
    cairo.scale(c->cr, w / side, h / side);
    paint_surface(c, s, side, side);
    cairo.restore(c->cr);
}

void canvas_line(struct canvas *c, double x0, double y0, double x1, double y1, double width)
{
    cairo.set_line_width(c->cr, width);
    cairo.move_to(c->cr, x0, y0);
    cairo.line_to(c->cr, x1, y1);
    cairo.stroke(c->cr);
}
