/* The results of many pictures in a directory: `fer predict --out`. */
#ifndef FER_PHOTOS_TABLE_H
#define FER_PHOTOS_TABLE_H

#include "archive/archive.h"
#include "faces/output.h"
#include "photos/run.h"

struct photo_table {
    struct archive_options options;
    const struct faces_format *format;
    const struct faces_kind *kind;
    const struct input_list *list;
    struct ranks *ranks;
    json_t *settings; /* archive_settings() of the command's options */
    struct archive_models models;

    struct archive *archive; /* of photo_table_open() */
};

/** False after an error message. */
bool photo_table_open(struct photo_table *t, const fer_model *m);
/** Let the run look at the pictures that have no answer yet. */
void photo_table_choose(struct photo_table *t, struct photo_run *run);
/** Note the result of a picture, or why there is none. False after an error message. */
bool photo_table_add(struct photo_table *t, const struct photo_answer *a);

#endif
