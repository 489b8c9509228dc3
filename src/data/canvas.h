/* Training pictures for a face detector, composed of scenes: mosaics of 1 to 4 x 4 parts of pictures, each brought to a
 * scale at which a face has a drawn size, and scenes without faces into which faces are pasted. So small faces and
 * groups are learned from pictures of single large ones. */
#ifndef FERI_DATA_CANVAS_H
#define FERI_DATA_CANVAS_H

#include "base/pool.h"
#include "base/rng.h"
#include "data/dataset.h"
#include "data/scenes.h"

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

/* The pictures, decoded once and kept with their halves, quarters, ...: about four thirds of 3 bytes a pixel. */
struct feri_canvas_source;
/** crops: faces cut as FER2013's, forehead to chin, which are pasted beside those of the scenes; NULL: none. Both must
 * outlive the source. */
fer_status feri_canvas_source_new(const struct feri_scenes *scenes, const struct feri_dataset *crops,
                                  struct feri_pool *pool, struct feri_canvas_source **out, fer_error *err);
void feri_canvas_source_free(struct feri_canvas_source *s);

struct feri_canvas {
    struct feri_pixels pixels;                       /* size x size x 3 */
    struct feri_scene_face faces[FERI_CANVAS_FACES]; /* and ignored regions */
    size_t n;
};

/** pixels are allocated when NULL. The same rng state gives the same canvas. Thread-safe. */
fer_status feri_canvas_compose(const struct feri_canvas_source *s, const struct feri_canvas_options *opt,
                               struct feri_rng *rng, struct feri_canvas *out, fer_error *err);

#endif
