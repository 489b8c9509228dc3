/* A data set in one file (formats/pack.h): its images, as files or as pixels, and its table. */
#ifndef FERI_DATA_PACK_IMAGES_H
#define FERI_DATA_PACK_IMAGES_H

#include "data/dataset.h"

struct feri_packed {
    size_t images, skipped;
};

/** The pack has the samples of ds in their order. If the set was opened with skip_bad, those that cannot be decoded are
 * left out and counted. */
fer_status feri_pack_images(const struct feri_dataset *ds, const char *path, const fer_pack_options *opt,
                            struct feri_packed *out, fer_error *err);

#endif
