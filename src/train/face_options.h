/* Options of a detector's training. The table is fer_detector_train_table(). */
#ifndef FERI_TRAIN_FACE_OPTIONS_H
#define FERI_TRAIN_FACE_OPTIONS_H

#include "fer/detect.h"

/** FER_ERR_ARGUMENT names the first option that is missing or out of range. */
fer_status feri_face_options_check(const fer_detector_train_options *o, fer_error *err);

#endif
