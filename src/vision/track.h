/* One face over time, and how well a detection fits it. */
#ifndef FERI_VISION_TRACK_H
#define FERI_VISION_TRACK_H

#include "base/smooth.h"
#include "fer/face.h"
#include "vision/kalman.h"
#include "vision/looks.h"

struct feri_track {
    bool used, confirmed, found; /* found: in the frame at hand */
    bool cut;                    /* not seen since the scene changed */
    uint64_t id;
    unsigned hits, missed;     /* consecutive frames */
    double last_seen, hidden;  /* hidden: seconds since then, at the tracker's time */
    struct feri_motion motion; /* at the tracker's time */
    fer_face face;             /* as it was last detected */
    float looks[FERI_LOOKS];
    struct feri_smooth smooth;
};

/* The limit of the search. */
enum feri_search {
    FERI_NEAR,    /* at its expected place */
    FERI_UNSURE,  /* the same, for a detection that may be false */
    FERI_WIDE,    /* where it may have moved unseen; further away if its looks match */
    FERI_EMERGING /* near where it must be, whatever it looks like: what hid it may still cover half of it, and half a
                     face is 0.5 to 1.4 (cosine distance) from the whole one, as far as another face is */
};

/* A pair with a cost at or above this is not made. So leaving two faces unmatched costs no more than matching one of
 * them with the other's detection. */
#define FERI_TRACK_GATE 1.2f

struct feri_box feri_box_of(const fer_face *f);
/** Whether position and size are finite and valid for a face. */
bool feri_face_is_sound(const fer_face *f);
/** Intersection over union. */
double feri_box_overlap(const struct feri_box *a, const struct feri_box *b);

/** Cost from squared distance, size ratio, low overlap and different looks. INFINITY: impossible. looks: of the
 * detection, or NULL. */
float feri_track_cost(const struct feri_track *t, const fer_face *f, const float *looks, enum feri_search search,
                      double looks_gate);

void feri_track_begin(struct feri_track *t, double seconds, const fer_face *f, const float *looks);
void feri_track_see(struct feri_track *t, double seconds, const fer_face *f, const float *looks);
/** The last detected face, moved and scaled to the position of `m`. */
fer_face feri_track_face(const struct feri_track *t, const struct feri_motion *m);

#endif
