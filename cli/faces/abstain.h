/* Faces whose score is too low for an answer: their label is one more than the classes, "uncertain". */
#ifndef FER_FACES_ABSTAIN_H
#define FER_FACES_ABSTAIN_H

#include "fer/face.h"
#include "fer/model.h"

/** names receives the model's classes and "uncertain" after them. */
void abstain_names(const fer_model_info *info, const char *names[FER_FACE_CLASSES + 1]);
/** The label of a face whose largest score (smoothed, with a tracker) is less becomes n_classes. */
void abstain_below(float least, size_t n_classes, fer_face *faces, size_t n);

#endif
