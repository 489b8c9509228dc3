/* Opens a data set: a folder, an archive, a table or a pack, in any layout. */
#ifndef FERI_DATA_OPEN_H
#define FERI_DATA_OPEN_H

#include "data/dataset.h"

/** Read the labels and the index; no picture is decoded. An empty result is an error. The strings of the source are
 * needed only during this call. */
fer_status feri_dataset_open(const fer_data_source *source, enum feri_use use, struct feri_dataset **out,
                             fer_error *err);

#endif
