/* Faces followed from frame to frame: which detection is which face, and where a face must be that was not detected.
 *
 * As ByteTrack (Zhang et al. 2022): sure detections are matched with known faces first, less sure ones with the faces
 * left over, and only sure ones begin a face. Faces are small and move by more than their width, so a pair is judged by
 * the distance of its centres in face sizes, by its sizes and by the overlap; where it is known, by the looks. Time is
 * that of the frames, which may come at any pace. The same calls give the same answers; nothing is allocated per frame
 * once as many faces have been seen. */
#ifndef FERI_VISION_TRACKER_H
#define FERI_VISION_TRACKER_H

#include "fer/face.h"
#include "vision/assign.h"
#include "vision/looks.h"
#include "vision/smooth.h"

#define FERI_TRACKS_MAX     256
#define FERI_DETECTIONS_MAX 512

#define FERI_TRACKER_PATIENCE 1.0f /* seconds */

struct feri_tracker_options {
    float sure;       /* least confidence of a detection that begins a face; 0: 0.6 */
    float patience;   /* seconds that a face may be hidden and keep its id; 0: 1 */
    float shown;      /* seconds that a hidden face is told of; 0: 0.25 */
    unsigned hits;    /* detections in a row that make a face of a newcomer; 0: 3. Those of the first frame need one */
    float looks_gate; /* cosine distance beyond which a hidden face is another one; 0: 0.5 */
};

/* What was found in a frame, the surest first; those beyond FERI_DETECTIONS_MAX are left out. */
struct feri_sightings {
    size_t n;
    const fer_face *faces;
    const float *looks; /* [n][FERI_LOOKS], or NULL */
    bool cut; /* this frame begins another scene: a face goes on only where it looks the same, others are new at once */
};

struct feri_tracker;

/** o NULL: all defaults. *out is freed by feri_tracker_free(). */
fer_status feri_tracker_new(const struct feri_tracker_options *o, struct feri_tracker **out, fer_error *err);
void feri_tracker_free(struct feri_tracker *t);

/** A frame taken at `seconds`, not before the one before. slot [s->n]: of each detection the track's place, 0 to
 * FERI_TRACKS_MAX - 1 and the same as long as the track lives, or FERI_NONE. A detection whose box is empty or not a
 * number has none. */
fer_status feri_tracker_update(struct feri_tracker *t, double seconds, const struct feri_sightings *s, size_t *slot,
                               fer_error *err);

/** Of the track in a slot: its id, counted from 1 in the order in which faces were made sure of; 0: not yet, or no
 * track. */
uint64_t feri_tracker_id(const struct feri_tracker *t, size_t slot);
/** The values that a caller smooths for a track, empty when it begins; NULL: no track there. */
struct feri_smooth *feri_tracker_smooth(struct feri_tracker *t, size_t slot);

/** The faces with an id, in its order, at most max of them: as detected, or hidden (seen false), moved to where they
 * are expected. slots [max], or NULL: their tracks. Returns how many. */
size_t feri_tracker_live(const struct feri_tracker *t, size_t max, fer_face *faces, size_t *slots);
/** Where to look at `seconds`: every track, newcomers (id 0) and those hidden for long too. Changes nothing. Returns
 * how many. */
size_t feri_tracker_predict(const struct feri_tracker *t, double seconds, size_t max, fer_face *faces);

#endif
