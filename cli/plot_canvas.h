/* A drawing that goes to a PNG or SVG file, and the few shapes all plots are made of. */
#ifndef FER_CLI_PLOT_CANVAS_H
#define FER_CLI_PLOT_CANVAS_H

#include <cairo.h>
#include <stdbool.h>

struct canvas {
    cairo_surface_t *surface;
    cairo_t *cr;
    const char *path;
    char *tmp;
    void *file; /* FILE * of tmp */
    bool svg;
};

enum align { ALIGN_LEFT, ALIGN_CENTRE, ALIGN_RIGHT };

struct colour {
    double r, g, b;
};

/** A white page of w x h units (a PNG has two pixels a unit, so that text stays sharp). False, and a
 * sentence: it cannot be made. */
bool canvas_open(struct canvas *c, const char *path, double w, double h);
/** Write and close; the file appears whole or not at all. Returns an exit code. */
int canvas_close(struct canvas *c);

void canvas_colour(struct canvas *c, struct colour colour);
/** Text with its baseline so that capitals are centred on y. */
void canvas_text(struct canvas *c, double x, double y, enum align align, double size, bool bold,
                 const char *text);
/** The same, turned to run upwards. */
void canvas_text_up(struct canvas *c, double x, double y, double size, const char *text);
double canvas_text_width(struct canvas *c, double size, bool bold, const char *text);
void canvas_line(struct canvas *c, double x0, double y0, double x1, double y1, double width);

#endif
