#define _POSIX_C_SOURCE 200809L /* fileno, fsync, stat */
#include "plot_canvas.h"

#include "cli.h"
#include "plot.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIXELS 2.0 /* a unit, in a PNG */

struct cairo_functions cairo;

static bool find_cairo(void)
{
#define NAME(name) "cairo_" #name,
    static const char *const names[] = {CAIRO_FUNCTIONS(NAME)};
#undef NAME
    void *library = dlopen(FER_CAIRO, RTLD_NOW | RTLD_LOCAL);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        void *found = library ? dlsym(library, names[i]) : NULL;
        if (!found) {
            cli_say("cairo, which drawings are made with, cannot be loaded: %s", dlerror());
            return false;
        }
        memcpy((char *)&cairo + i * sizeof found, &found, sizeof found);
    }
    return true;
}

static bool ends_in(const char *path, const char *end)
{
    size_t n = strlen(path), m = strlen(end);
    return n > m && strcmp(path + n - m, end) == 0;
}

bool plot_possible(const char *path)
{
    struct stat st;
    if (!ends_in(path, ".png") && !ends_in(path, ".svg")) {
        cli_say("%s: a drawing's name must end in .png or .svg", path);
        return false;
    }
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
        cli_say("%s: not a regular file, a drawing cannot replace it", path);
        return false;
    }
    return true;
}

static cairo_status_t write_bytes(void *file, const unsigned char *data, unsigned n)
{
    return fwrite(data, 1, n, file) == n ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_WRITE_ERROR;
}

static bool open_file(struct canvas *c)
{
    size_t size = strlen(c->path) + sizeof ".tmp";
    c->tmp = malloc(size);
    if (!c->tmp) {
        cli_say("out of memory");
        return false;
    }
    snprintf(c->tmp, size, "%s.tmp", c->path);
    c->file = fopen(c->tmp, "wb");
    if (c->file) return true;
    cli_say("%s: cannot be created: %s", c->tmp, strerror(errno));
    free(c->tmp);
    return false;
}

bool canvas_open(struct canvas *c, const char *path, double w, double h)
{
    *c = (struct canvas){.path = path};
    if (!plot_possible(path) || !find_cairo()) return false;
    c->svg = ends_in(path, ".svg");
    if (!open_file(c)) return false;
    if (c->svg) c->surface = cairo.svg_surface_create_for_stream(write_bytes, c->file, w, h);
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
    if (drawn == CAIRO_STATUS_SUCCESS && !c->svg)
        drawn = cairo.surface_write_to_png_stream(c->surface, write_bytes, c->file);
    cairo.surface_finish(c->surface); /* writes the SVG */
    if (drawn == CAIRO_STATUS_SUCCESS) drawn = cairo.surface_status(c->surface);
    cairo.surface_destroy(c->surface);

    int code = CLI_OK;
    bool written = fflush(c->file) == 0 && fsync(fileno(c->file)) == 0;
    if (fclose(c->file) != 0) written = false;
    if (drawn != CAIRO_STATUS_SUCCESS) code = cli_fail("%s: %s", c->path, cairo.status_to_string(drawn));
    else if (!written || rename(c->tmp, c->path) != 0)
        code = cli_fail("%s: cannot be written: %s", c->path, strerror(errno));
    if (code != CLI_OK) unlink(c->tmp);
    free(c->tmp);
    return code;
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

void canvas_text(struct canvas *c, double x, double y, enum align align, double size, bool bold,
                 const char *text)
{
    double width = canvas_text_width(c, size, bold, text);
    if (align == ALIGN_CENTRE) x -= width / 2;
    else if (align == ALIGN_RIGHT) x -= width;
    cairo.move_to(c->cr, x, y + 0.36 * size); /* capitals are some 0.72 of the size high */
    cairo.show_text(c->cr, text);
}

void canvas_text_up(struct canvas *c, double x, double y, double size, const char *text)
{
    cairo.save(c->cr);
    cairo.translate(c->cr, x, y);
    cairo.rotate(c->cr, -1.5707963267948966);
    canvas_text(c, 0, 0, ALIGN_CENTRE, size, false, text);
    cairo.restore(c->cr);
}

void canvas_line(struct canvas *c, double x0, double y0, double x1, double y1, double width)
{
    cairo.set_line_width(c->cr, width);
    cairo.move_to(c->cr, x0, y0);
    cairo.line_to(c->cr, x1, y1);
    cairo.stroke(c->cr);
}
