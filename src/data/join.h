/* Several data sets that are used as one. */
#ifndef FERI_DATA_JOIN_H
#define FERI_DATA_JOIN_H

#include "data/dataset.h"

struct feri_part {
    struct feri_dataset *ds;
    float weight; /* of its samples */
};

/** Join n parts, at least one: the first one's samples, the second one's, ... with the targets that each part's own
 * protocol gives. The classes are the first part's; those of the others are matched by name. path stands for the whole
 * in messages. Of samples' landmarks nothing is kept. The parts are closed, also after a failure. */
fer_status feri_dataset_join(const char *path, struct feri_part *parts, size_t n, struct feri_dataset **out,
                             fer_error *err);

#endif
