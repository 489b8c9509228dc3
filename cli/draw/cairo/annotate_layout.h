/* Positions of boxes, labels and score bars in a picture. Sizes follow the picture and the face. Labels stay inside the
 * picture and do not overlap. */
#ifndef FER_DRAW_CAIRO_ANNOTATE_LAYOUT_H
#define FER_DRAW_CAIRO_ANNOTATE_LAYOUT_H

#include "draw/cairo/canvas.h"

#include "fer/face.h"

struct rect {
    double x, y, w, h;
};

enum { ANNOTATE_TEXT_MAX = 96 };

/* What is drawn for one face. A part with w 0 is left out. */
struct annotation {
    size_t face;
    double line; /* width of the box's line */
    struct rect box, label, bars;
    double font, row; /* of the label; of the bars: height of a row */
    double names;     /* width of the names before the bars */
    char text[ANNOTATE_TEXT_MAX];
};

struct layout {
    struct canvas *canvas; /* measures text */
    const char *const *classes;
    size_t n_classes;
    double width, height; /* of the picture */
    const fer_face *faces;
    size_t n;
    struct annotation *items; /* [n] */
};

/** Fill items, the largest face first. */
void annotate_layout(struct layout *l);

#endif
