/* What an archive's run is about: its inputs, what decides their results, and the frame of the table. */
#ifndef FER_ARCHIVE_TASK_H
#define FER_ARCHIVE_TASK_H

#include "base/json.h"
#include "common/args.h"
#include "fer/model.h"

#include <stdbool.h>

struct archive_task {
    const char *command;
    size_t n;                                        /* inputs of the whole archive */
    const char *(*name)(const void *user, size_t i); /* of an input */
    /* Whether an earlier answer still stands: the files that belong to it are there. NULL: always. */
    bool (*stands)(const void *user, size_t i);
    const void *user;
    json_t *settings;           /* what decides the results: archive_settings() */
    const char *table;          /* its file's name: "faces.csv" */
    const char *before, *after; /* what stands before and after all rows */
    const size_t *order;        /* [n]: which inputs come first; NULL: as they are */
    size_t chunk_max;           /* inputs that another process gets at a time */
    size_t ahead;               /* it asks for more when so few are left */
};

/** The values of the options as typed or by default, but for those that do not change results (`aside`,
 * NULL-terminated). The caller adds to it and releases it. NULL: out of memory. */
json_t *archive_settings(const struct cli_option *options, size_t n, const char *const *aside);

/* What finds faces and scores them, as given; NULL: the default. */
struct archive_models {
    const char *weights, *detector, *isa;
};
/** Add the checksums of the models' bytes, wherever they lie, and the instruction set that a run uses: the last digits
 * of scores depend on it. m: the loaded weights. False after an error message. */
bool archive_settings_add_models(json_t *settings, const struct archive_models *models, const fer_model *m);

/** What all processes and runs of the archive have in common: the first line of their journals, without the shard. NULL
 * after an error message: out of memory. */
json_t *archive_head(const struct archive_task *t);

#endif
