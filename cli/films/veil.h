/* Where the faces of a film are blurred. A face that was found is blurred between the frames that were searched, and
 * for a while before it is first found and after it is last found: the detector may have missed it there. */
#ifndef FER_FILMS_VEIL_H
#define FER_FILMS_VEIL_H

#include "draw/blur.h"
#include "films/spool.h"

#define VEIL_SECONDS 0.5 /* before and after, at least */

struct veil;

/** tracked: the tracker's faces. found: all that the detector finds in whole pictures, since the tracker leaves out
 * those that are there for one or two searches only. Both must be complete and outlive it. searches: seconds between
 * two searches of the whole picture. NULL after an error message. */
struct veil *veil_new(struct spool *tracked, struct spool *found, double searches);
void veil_free(struct veil *v);
/** A copy of a frame of FER_RGB8 with its faces blurred, until the next call. Times must not decrease. False after an
 * error message. */
bool veil_draw(struct veil *v, const fer_view *view, double seconds, fer_view *out);

#endif
