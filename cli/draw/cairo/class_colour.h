/* A colour for every class, the same in all drawings. */
#ifndef FER_DRAW_CAIRO_CLASS_COLOUR_H
#define FER_DRAW_CAIRO_CLASS_COLOUR_H

#include <stddef.h>

struct colour {
    double r, g, b;
};

/** The colour of the k-th class. The eight expressions have theirs by name, in any order. */
struct colour class_colour(const char *name, size_t k);
/** Black or white, whichever is more legible on it. */
struct colour colour_of_text_on(struct colour background);

#endif
