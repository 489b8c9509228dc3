/* A drawing in a PNG or SVG file, and the basic shapes of all plots. */
#ifndef FER_DRAW_CAIRO_CANVAS_H
#define FER_DRAW_CAIRO_CANVAS_H

#include "common/file.h"
#include "draw/cairo/class_colour.h"

#include "fer/image.h"

#include <cairo-svg.h>
#include <stdbool.h>

/* cairo's functions, looked up at the first drawing. A command linked to cairo would load it and its dependencies even
 * when it draws nothing. */
#define CAIRO_FUNCTIONS(f)                                                                                            \
    f(arc) f(create) f(destroy) f(fill) f(fill_preserve) f(format_stride_for_width) f(get_source)                     \
        f(image_surface_create) f(image_surface_create_for_data) f(line_to) f(move_to) f(new_path) f(paint)           \
            f(pattern_set_extend) f(rectangle) f(restore) f(rotate) f(save) f(scale) f(select_font_face) f(set_dash)  \
                f(set_font_size) f(set_line_join) f(set_line_width) f(set_source_rgb) f(set_source_rgba)              \
                    f(set_source_surface) f(show_text) f(status) f(status_to_string) f(stroke) f(stroke_preserve)     \
                        f(surface_destroy) f(surface_finish) f(surface_flush) f(surface_mark_dirty) f(surface_status) \
                            f(close_path) f(surface_write_to_png_stream) f(svg_surface_create_for_stream)             \
                                f(text_extents) f(translate)

struct cairo_functions {
#define FIELD(name) __typeof__(cairo_##name) *name;
    CAIRO_FUNCTIONS(FIELD)
#undef FIELD
};
extern struct cairo_functions cairo; /* filled by canvas_open() */

struct canvas {
    cairo_surface_t *surface;
    cairo_t *cr;
    struct feri_atomic_file file;
    bool svg;
};

enum align { ALIGN_LEFT, ALIGN_CENTRE, ALIGN_RIGHT };

/** A white page of w x h units. A PNG has two pixels per unit, so that text stays sharp. False after an error message.
 */
bool canvas_open(struct canvas *c, const char *path, double w, double h);
/** Write and close. The file is written completely or not at all. Returns an exit code. */
int canvas_close(struct canvas *c);

void canvas_colour(struct canvas *c, struct colour colour);
/** Text whose capitals are centred on y. */
void canvas_text(struct canvas *c, double x, double y, enum align align, double size, bool bold, const char *text);
/** The same, with a smaller font if the text is too wide. */
void canvas_text_within(struct canvas *c, double x, double y, enum align align, double room, double size, bool bold,
                        const char *text);
/** Text that runs upwards. */
void canvas_text_up(struct canvas *c, double x, double y, double size, const char *text);
double canvas_text_width(struct canvas *c, double size, bool bold, const char *text);
/** A picture, scaled to fit into a square of `size` and centred in it. False: out of memory. */
bool canvas_picture(struct canvas *c, double x, double y, double size, const fer_image *image);
/** Stretch n x n words over a rectangle: opacity, red, green and blue, 8 bits each, colours multiplied by the opacity.
 */
void canvas_overlay(struct canvas *c, double x, double y, double w, double h, size_t n, uint32_t *words);
void canvas_line(struct canvas *c, double x0, double y0, double x1, double y1, double width);

#endif
