/* The drawing of a timeline. */
#ifndef FER_DRAW_TIMELINE_H
#define FER_DRAW_TIMELINE_H

#include "faces/timeline.h"

/** The faces' scores over time, PNG or SVG by the name's ending; plot_possible() of plot.h says beforehand whether it
 * is possible. Faces seen for less than `least` of the time (such as 0.02) are left out with a note. Returns an exit
 * code.
 */
int plot_timeline(const char *path, const char *title, struct timeline *t, double least);

#endif
