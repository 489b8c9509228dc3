/* Options of a detector's training. Their table is fer_detector_train_table(). */
#ifndef FERI_TRAIN_FACE_OPTIONS_H
#define FERI_TRAIN_FACE_OPTIONS_H

#include "fer/detect.h"

/** FER_ERR_ARGUMENT naming the first option that is missing or out of its range. */
fer_status feri_face_options_check(const fer_detector_train_options *o, fer_error *err);

#endif
