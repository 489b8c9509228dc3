/* The faces of a picture or of a video's frame, as they are written. */
#ifndef FER_FACES_FRAME_H
#define FER_FACES_FRAME_H

#include "fer/face.h"

#include <stdbool.h>

/* What all frames have in common. The strings belong to the caller and must outlive the output. */
struct faces_kind {
    bool video; /* frames of one video, with times, ids and smoothed scores; false: pictures, each with its own name */
    bool named; /* of several videos, so that tables name the video of each row */
    /* and after them the name of the label n_classes, which faces without a sure answer have (abstain.h) */
    const char *const *classes;
    size_t n_classes;     /* at most FER_FACE_CLASSES */
    bool valence_arousal; /* the model predicts them */
};

struct faces_frame {
    const char *file; /* the picture's or the video's name */
    uint64_t frame;   /* number of the frame or picture: 0, 1, ... */
    double seconds;   /* time of the frame; must not decrease. Pictures: 0 */
    size_t width, height;
    bool whole; /* the whole picture was taken as a face */
    size_t n;
    const fer_face *faces;
};

/** The number of a face in the output: its id if it is tracked, else its position among the frame's faces, from 1. */
static inline uint64_t faces_number(const struct faces_frame *frame, size_t i)
{
    return frame->faces[i].id ? frame->faces[i].id : i + 1;
}

#endif
