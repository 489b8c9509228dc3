/* Scores of faces over the time of a video, of any length: in bins of time, whose width doubles when there are too many
 * of them. */
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
    float best;           /* how good a picture the thumbnail is; 0: there is none */
    fer_image *thumbnail; /* at most TIMELINE_THUMBNAIL pixels a side */
    bool now;             /* seen in the latest frame, with these scores: */
    float scores[FER_FACE_CLASSES];
};

struct timeline;

/** NULL, and a sentence: no memory. Class names are the caller's. */
struct timeline *timeline_new(const struct faces_kind *kind);
void timeline_free(struct timeline *t);
/** The next frame; rgb are its pixels, of which thumbnails are cut out (3 bytes each, rows of `stride` bytes), or NULL.
 * Only faces that are seen count. False, and a sentence: no memory. */
bool timeline_add(struct timeline *t, const struct faces_frame *frame, const uint8_t *rgb, size_t stride);

/* What there is to be drawn; valid until the next call. */
struct timeline_view {
    const struct faces_kind *kind;
    double start, bin;                  /* seconds: of the first frame, of a bin */
    double seconds;                     /* from the first frame's start to the last one's end */
    struct timeline_face *const *faces; /* the longest seen first */
    size_t n_faces;
    uint64_t n_forgotten; /* seen shortly, and no longer kept when there were too many */
};
struct timeline_view timeline_look(struct timeline *t);

#endif
