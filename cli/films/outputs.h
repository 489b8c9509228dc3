/* Everything that is written of a film's faces at once: tables and texts, sums, a drawing over time, the film with its
 * faces drawn in. */
#ifndef FER_FILMS_OUTPUTS_H
#define FER_FILMS_OUTPUTS_H

#include "faces/output.h"
#include "faces/summary.h"
#include "fer/fer.h"

#include <stdbool.h>

struct film_targets {
    const char *paths[FACES_FORMATS_MAX]; /* as faces_formats; "-": standard output; NULL: not wanted */
    bool summary;
    int summary_format;              /* enum summary_format */
    const char *timeline, *annotate; /* NULL: not wanted */
    const char *audio_from;          /* of the annotated film; NULL: silent */
};

struct film_outputs;

/** Open all that is wanted. info: of the source, for the annotated film's times; name: the source's. NULL, and a
 * sentence: something cannot be made, and nothing is left. */
struct film_outputs *film_outputs_open(const struct film_targets *t, const struct faces_kind *kind,
                                       const fer_video_info *info, const char *name);

/** A frame that was searched for faces. view: its pixels, RGB. */
bool film_outputs_add(struct film_outputs *o, const struct faces_frame *frame, const fer_view *view);
/** A frame between two of those: only the annotated film has it, with the faces of the last one. */
bool film_outputs_pass(struct film_outputs *o, const struct faces_frame *last, const fer_view *view, double seconds);
/** The frame as it was last drawn, or NULL when nothing draws. */
const fer_view *film_outputs_drawn(const struct film_outputs *o);

/** Finish everything, each valid as far as it got. Returns an exit code. */
int film_outputs_close(struct film_outputs *o);

#endif
