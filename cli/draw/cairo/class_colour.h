/* A colour for every class, the same in all drawings. */
#ifndef FER_DRAW_CAIRO_CLASS_COLOUR_H
#define FER_DRAW_CAIRO_CLASS_COLOUR_H

#include <stddef.h>

struct colour {
    double r, g, b;
};

/** Of the k-th class; the eight expressions have theirs by name, whatever their order. */
struct colour class_colour(const char *name, size_t k);
/** Black or white, whichever is easier to read on it. */
struct colour colour_of_text_on(struct colour background);

#endif
