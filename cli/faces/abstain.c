#include "faces/abstain.h"

void abstain_names(const fer_model_info *info, const char *names[FER_FACE_CLASSES + 1])
{
    size_t n = info->n_classes < FER_FACE_CLASSES ? info->n_classes : FER_FACE_CLASSES;
    for (size_t k = 0; k < n; k++) names[k] = info->classes[k];
    names[n] = "uncertain";
}

void abstain_below(float least, size_t n_classes, fer_face *faces, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (faces[i].smoothed[faces[i].label] < least) faces[i].label = n_classes;
}
