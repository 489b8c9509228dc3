/* A data set in one file (formats/pack.h): its images, as files or as pixels, and its table. */
#ifndef FERI_DATA_PACK_IMAGES_H
#define FERI_DATA_PACK_IMAGES_H

#include "base/pool.h"
#include "data/dataset.h"

struct feri_pack_images_options {
    size_t side, channels; /* of raw pixels, cut out by their boxes; side 0: files as they are */
    bool skip_bad;
    struct feri_pool *pool; /* NULL: one thread */
    void *user;
    bool (*progress)(void *user, size_t done, size_t total); /* NULL: none; false: stop */
};

struct feri_packed {
    size_t images, skipped;
};

/** The pack holds the samples of ds in their order, but those that cannot be decoded with skip_bad. */
fer_status feri_pack_images(const struct feri_dataset *ds, const char *path, const struct feri_pack_images_options *opt,
                            struct feri_packed *out, fer_error *err);

#endif
