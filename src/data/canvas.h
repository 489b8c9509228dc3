/* Training pictures for a face detector, composed from scenes. A mosaic has 1 to 4 x 4 parts of pictures, each scaled
 * so that a face has a random size. Other canvases are scenes without faces into which faces are pasted. So the
 * detector learns small faces and groups from pictures of single large faces. */
#ifndef FERI_DATA_CANVAS_H
#define FERI_DATA_CANVAS_H

#include "data/canvas_source.h"

enum { FERI_CANVAS_FACES = 96 };

struct feri_canvas_options {
    size_t size;    /* height and width of a canvas */
    float face_min; /* pixels: smallest width of a face to learn; smaller ones are ignored regions */
    float face_max; /* largest face width, as a fraction of the canvas */
    float paste;    /* share of canvases with pasted faces; the others are mosaics */
    float rotation; /* +- degrees */
    float grey;     /* probability of a grey canvas */
    bool plain;     /* do not change light, softness and noise */
};

struct feri_canvas_options feri_canvas_defaults(void);

struct feri_canvas {
    struct feri_pixels pixels;                       /* size x size x 3 */
    struct feri_scene_face faces[FERI_CANVAS_FACES]; /* including ignored regions */
    size_t n;
};

/** Allocates the pixels if they are NULL. The same rng state gives the same canvas. Thread-safe. */
fer_status feri_canvas_compose(const struct feri_canvas_source *s, const struct feri_canvas_options *opt,
                               struct feri_rng *rng, struct feri_canvas *out, fer_error *err);

#endif
