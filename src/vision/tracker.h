/* Follows faces from frame to frame: it assigns detections to faces, and predicts the place of a face without a
 * detection.
 *
 * The method follows ByteTrack (Zhang et al. 2022). Confident detections are matched with known faces first, less
 * confident ones with the remaining faces. Only confident ones start a face. Faces are small and move by more than
 * their width, so a pair is judged by the distance of the centres in face sizes, by the sizes, by the overlap, and by
 * the looks if known. Time is that of the frames, at any rate. The same calls give the same results. Nothing is
 * allocated per frame once as many faces have been seen. */
#ifndef FERI_VISION_TRACKER_H
#define FERI_VISION_TRACKER_H

#include "base/smooth.h"
#include "fer/face.h"
#include "vision/assign.h"
#include "vision/looks.h"

#define FERI_TRACKS_MAX     256
#define FERI_DETECTIONS_MAX 512

#define FERI_TRACKER_PATIENCE 1.0f /* seconds */

struct feri_tracker_options {
    float sure;     /* smallest confidence of a detection that starts a face; 0: 0.6 */
    float patience; /* seconds that a face may be hidden and keep its id; 0: 1 */
    float shown;    /* seconds that a hidden face is reported; 0: 0.25 */
    /* consecutive detections that confirm a newcomer; 0: 3. In the first frame one is enough */
    unsigned hits;
    float looks_gate; /* cosine distance above which a hidden face is considered another one; 0: 0.5 */
};

/* The detections of a frame, ordered by confidence. Those beyond FERI_DETECTIONS_MAX are ignored. */
struct feri_sightings {
    size_t n;
    const fer_face *faces;
    const float *looks; /* [n][FERI_LOOKS], or NULL */
    bool cut; /* this frame begins another scene: a face goes on only where it looks the same, others are new at once */
};

struct feri_tracker;

/** o NULL: all defaults. Free *out by feri_tracker_free(). */
fer_status feri_tracker_new(const struct feri_tracker_options *o, struct feri_tracker **out, fer_error *err);
void feri_tracker_free(struct feri_tracker *t);

/** Process a frame taken at `seconds`, which must not be earlier than the previous frame. slot [s->n] receives each
 * detection's track: 0 to FERI_TRACKS_MAX - 1, the same as long as the track lives, or FERI_NONE. A detection whose box
 * is empty or not finite has none. */
fer_status feri_tracker_update(struct feri_tracker *t, double seconds, const struct feri_sightings *s, size_t *slot,
                               fer_error *err);

/** The id of the track in a slot, counted from 1 in the order of confirmation. 0: not confirmed yet, or no track. */
uint64_t feri_tracker_id(const struct feri_tracker *t, size_t slot);
/** The values that a caller smooths for a track; empty when it starts. NULL: no track in this slot. */
struct feri_smooth *feri_tracker_smooth(struct feri_tracker *t, size_t slot);

/** The faces that have an id, in order of id, at most max. Each is as detected, or hidden (seen is false) and moved to
 * its expected place. slots [max], or NULL, receives their tracks. Returns the number. */
size_t feri_tracker_live(const struct feri_tracker *t, size_t max, fer_face *faces, size_t *slots);
/** Where to search at `seconds`: every track, including newcomers (id 0) and those hidden for long. Changes nothing.
 * Returns the number. */
size_t feri_tracker_predict(const struct feri_tracker *t, double seconds, size_t max, fer_face *faces);

#endif
