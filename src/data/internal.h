/* What the readers of data set layouts fill in. */
#ifndef FERI_DATA_INTERNAL_H
#define FERI_DATA_INTERNAL_H

#include "base/error.h"
#include "base/mem.h"
#include "data/dataset.h"
#include "formats/archive.h"

struct feri_sample {
    size_t entry; /* in the archive */
    size_t label;
};

struct feri_dataset {
    char *path;
    struct feri_archive *archive;
    struct feri_dataset_options opt;
    struct feri_sample *samples;
    size_t n, cap;
    float *targets; /* [n][n_classes] */
    size_t targets_cap;
    char **classes;
    size_t n_classes, classes_cap;
    size_t n_skipped;
};

fer_status feri_dataset_add_class(struct feri_dataset *ds, const char *name, size_t length, fer_error *err);
/** target [n_classes], NULL: one-hot. */
fer_status feri_dataset_add(struct feri_dataset *ds, size_t entry, size_t label, const float *target, fer_error *err);

/** Index of the label.csv in the archive, at its top or one folder down; (size_t)-1: there is none. */
size_t feri_ferplus_find(const struct feri_archive *a);
fer_status feri_ferplus_read(struct feri_dataset *ds, size_t csv_entry, fer_error *err);
/** Class folders: <class>/<picture>. */
fer_status feri_folders_read(struct feri_dataset *ds, fer_error *err);

#endif
