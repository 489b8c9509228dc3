/* How a table names the images of a data set: relative to the table's folder, containers as if they were folders. */
#ifndef FERI_DATA_IMAGE_NAMES_H
#define FERI_DATA_IMAGE_NAMES_H

#include "data/dataset.h"

enum { FERI_FOLDER_MAX = 4096 };

struct feri_image_names {
    const struct feri_dataset *ds;
    char folder[FERI_FOLDER_MAX];      /* of the tables */
    char (*prefixes)[FERI_FOLDER_MAX]; /* folder of each source, with the slash after it */
};

/** folder must exist. FER_ERR_UNSUPPORTED: a pack. Call feri_image_names_close() afterwards, also after a failure. */
fer_status feri_image_names_open(const struct feri_dataset *ds, const char *folder, struct feri_image_names *n,
                                 fer_error *err);
void feri_image_names_close(struct feri_image_names *n);
/** FER_ERR_UNSUPPORTED: the pixels of sample i are numbers in a table. */
fer_status feri_image_name(const struct feri_image_names *n, size_t i, char *name, size_t size, fer_error *err);

#endif
