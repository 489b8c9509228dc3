/* The content of a data set in one line. A resumed run must see the same content, wherever the set is now. */
#ifndef FERI_DATA_DIGEST_H
#define FERI_DATA_DIGEST_H

#include "data/dataset.h"
#include "data/scenes.h"

enum { FERI_DIGEST_MAX = 96 };

/** "25045 images, 8 classes, digest 0123456789abcdef": covers names of classes and files, labels, targets, weights, and
 * the pixels of a few pictures. A damaged one among these counts as empty; when out of memory there is no digest. */
fer_status feri_dataset_digest(const struct feri_dataset *ds, char out[FERI_DIGEST_MAX], fer_error *err);

/** "80 pictures, digest 0123456789abcdef": covers names, faces, ignored regions, and the pixels of a few pictures. */
fer_status feri_scenes_digest(const struct feri_scenes *s, char out[FERI_DIGEST_MAX], fer_error *err);

#endif
