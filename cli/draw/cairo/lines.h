/* Lines over epochs in a frame with axes. */
#ifndef FER_DRAW_CAIRO_LINES_H
#define FER_DRAW_CAIRO_LINES_H

#include "draw/cairo/canvas.h"

struct plot_series {
    struct colour colour;
    bool dashed;
    size_t n;
    const double *x, *y; /* y NULL: none; NaN: no number */
};

struct plot_panel {
    const char *unit; /* after the numbers of the axis */
    double factor;    /* of the values: 100 for percent */
    const struct plot_series *series;
    size_t n;
    double left, right, top, bottom; /* of the frame; the axes are outside of it */
};

void plot_lines(struct canvas *c, const struct plot_panel *p);

#endif
