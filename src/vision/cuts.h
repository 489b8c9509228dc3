/* Where a film cuts to another scene: a frame that has little in common with the one before it. */
#ifndef FERI_VISION_CUTS_H
#define FERI_VISION_CUTS_H

#include "fer/face.h"

#include <stdbool.h>

enum { FERI_CUTS_COLUMNS = 32, FERI_CUTS_ROWS = 24 };

/* The frame before, small and grey. All zero at first. */
struct feri_cuts {
    bool begun;
    float last[FERI_CUTS_ROWS * FERI_CUTS_COLUMNS];
};

/** Whether this frame of a sound view begins another scene. The first frame does not. Flashes, fades and a moving
 * camera make no cut; a camera that turns by a tenth of its picture from frame to frame may. */
bool feri_cuts_see(struct feri_cuts *c, const fer_view *v);

#endif
