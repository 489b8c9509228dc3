/* The decoded pictures from which canvases are composed. */
#ifndef FERI_DATA_CANVAS_SOURCE_H
#define FERI_DATA_CANVAS_SOURCE_H

#include "base/pool.h"
#include "base/rng.h"
#include "data/dataset.h"
#include "data/scene_sets.h"

/* The pictures are decoded once and kept with their halves, quarters and so on: about 4 bytes per pixel. */
struct feri_canvas_source;
/** crops: faces cut like FER2013's, from forehead to chin, which are pasted in addition to those of the scenes; NULL:
 * none. Both must outlive the source. */
fer_status feri_canvas_source_new(const struct feri_scene_sets *sets, const struct feri_dataset *crops,
                                  struct feri_pool *pool, struct feri_canvas_source **out, fer_error *err);
void feri_canvas_source_free(struct feri_canvas_source *s);

enum { FERI_CANVAS_LEVELS = 6 };

struct feri_canvas_scene {
    struct feri_pixels levels[FERI_CANVAS_LEVELS]; /* RGB; each level is half as large as the one before */
    size_t n_levels;
    const struct feri_scene_face *faces;
    size_t n, n_faces; /* including ignored regions, which come last; without them */
};

/** A random picture with faces, by the weights of the sets, or one without. Pictures with faces always exist:
 * feri_canvas_source_new() requires them. If there is no picture without faces, one with faces is returned. */
const struct feri_canvas_scene *feri_canvas_draw_scene(const struct feri_canvas_source *s, bool with_faces,
                                                       struct feri_rng *rng);
bool feri_canvas_has_empty(const struct feri_canvas_source *s);
bool feri_canvas_has_crops(const struct feri_canvas_source *s);
/** A random cropped face, with its whole picture. There must be some. */
const struct feri_canvas_scene *feri_canvas_draw_crop(const struct feri_canvas_source *s, struct feri_rng *rng);

#endif
