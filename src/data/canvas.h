/* Training pictures for a face detector, composed of scenes: mosaics of 1 to 4 x 4 parts of pictures, each brought to a
 * scale at which a face has a drawn size, and scenes without faces into which faces are pasted. So small faces and
 * groups are learned from pictures of single large ones. */
#ifndef FERI_DATA_CANVAS_H
#define FERI_DATA_CANVAS_H

#include "data/canvas_source.h"

enum { FERI_CANVAS_FACES = 96 };

struct feri_canvas_options {
    size_t size;    /* height and width of a canvas */
    float face_min; /* pixels: least width of a face that is learned; smaller ones are ignored regions */
    float face_max; /* largest drawn width, as a fraction of the canvas */
    float paste;    /* share of canvases with pasted faces; the others are mosaics */
    float rotation; /* +- degrees */
    float grey;     /* probability of a grey canvas */
    bool plain;     /* light, softness and noise stay as they are */
};

struct feri_canvas_options feri_canvas_defaults(void);

struct feri_canvas {
    struct feri_pixels pixels;                       /* size x size x 3 */
    struct feri_scene_face faces[FERI_CANVAS_FACES]; /* and ignored regions */
    size_t n;
};

/** pixels are allocated when NULL. The same rng state gives the same canvas. Thread-safe. */
fer_status feri_canvas_compose(const struct feri_canvas_source *s, const struct feri_canvas_options *opt,
                               struct feri_rng *rng, struct feri_canvas *out, fer_error *err);

#endif
