/* Several sets of scenes that a detector is trained on together. */
#ifndef FERI_DATA_SCENE_SETS_H
#define FERI_DATA_SCENE_SETS_H

#include "base/weighted.h"
#include "data/scenes.h"

struct feri_scene_sets {
    struct feri_weighted_list list;
    struct feri_scenes *scenes[FERI_WEIGHTED_MAX]; /* of the list's items */
};

/** Open "PATH[:WEIGHT],...". Call feri_scene_sets_close() afterwards, also after a failure. */
fer_status feri_scene_sets_open(const char *list, struct feri_scene_sets *out, fer_error *err);
void feri_scene_sets_close(struct feri_scene_sets *s);
/** The number of pictures in all sets. */
size_t feri_scene_sets_count(const struct feri_scene_sets *s);

#endif
