/* Scores of faces over a video of any length, in bins of time. The bins double their width when there are too many. */
#ifndef FER_FACES_TIMELINE_H
#define FER_FACES_TIMELINE_H

#include "faces/output.h"

enum { TIMELINE_BINS = 1024, TIMELINE_FACES = 1024, TIMELINE_THUMBNAIL = 96 };

/* What a face showed in a bin. */
struct timeline_bin {
    float seconds;                  /* 0: not seen */
    float scores[FER_FACE_CLASSES]; /* times seconds */
};

struct timeline_face {
    uint64_t id;
    double seconds;  /* seen */
    size_t first, n; /* bins [first, first + n) */
    struct timeline_bin *bins;
    size_t cap;
    float best;           /* quality of the thumbnail; 0: none */
    fer_image *thumbnail; /* at most TIMELINE_THUMBNAIL pixels a side */
    bool now;             /* seen in the latest frame, with these scores: */
    float scores[FER_FACE_CLASSES];
};

struct timeline;

/** NULL after an error message: out of memory. Class names belong to the caller. */
struct timeline *timeline_new(const struct faces_kind *kind);
void timeline_free(struct timeline *t);
/** Add the next frame. Thumbnails are cropped from its pixels rgb (3 bytes each, rows of `stride` bytes; NULL: none).
 * Only seen faces count. False after an error message: out of memory. */
bool timeline_add(struct timeline *t, const struct faces_frame *frame, const uint8_t *rgb, size_t stride);

/* What to draw; valid until the next call. */
struct timeline_view {
    const struct faces_kind *kind;
    double start, bin;                  /* seconds: of the first frame, of a bin */
    double seconds;                     /* from the first frame's start to the last one's end */
    struct timeline_face *const *faces; /* the face seen longest first */
    size_t n_faces;
    uint64_t n_forgotten; /* seen only for a short time, and dropped when there were too many */
};
struct timeline_view timeline_look(struct timeline *t);

#endif
