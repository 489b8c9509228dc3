/* All outputs of a film: tables and texts, the summary, the timeline, the annotated film. */
#ifndef FER_FILMS_OUTPUTS_H
#define FER_FILMS_OUTPUTS_H

#include "faces/output.h"
#include "faces/summary.h"
#include "fer/fer.h"

#include <stdbool.h>

struct film_targets {
    const char *paths[FACES_FORMATS_MAX]; /* in the order of faces_formats; "-": standard output; NULL: none */
    bool summary;
    int summary_format;              /* enum summary_format */
    const char *summary_csv;         /* the film's rows of the table of several films; NULL: none */
    const char *timeline, *annotate; /* NULL: none */
    const char *audio_from;          /* of the annotated film; NULL: silent */
    bool bare;                       /* the annotated film has no boxes and scores */
};

struct film_outputs;

/** Open all requested outputs. info, name: of the source. NULL after an error message; no file is left. */
struct film_outputs *film_outputs_open(const struct film_targets *t, const struct faces_kind *kind,
                                       const fer_video_info *info, const char *name);

/** Add an analysed frame. view: its pixels, RGB; not read if there is neither a timeline nor an annotated film. */
bool film_outputs_add(struct film_outputs *o, const struct faces_frame *frame, const fer_view *view);
/** Add a frame between analysed ones. Only the annotated film contains it, with the faces of the last analysed one. */
bool film_outputs_pass(struct film_outputs *o, const struct faces_frame *last, const fer_view *view, double seconds);
/** The frame as it was last drawn; NULL if nothing draws. */
const fer_view *film_outputs_drawn(const struct film_outputs *o);

/** Finish all outputs; each is valid as far as it got. complete: that is the whole film. The table summary_csv is the
 * last to get its name, so that all others are there when it is. Returns an exit code. */
int film_outputs_close(struct film_outputs *o, bool complete);
/** Leave no output. */
void film_outputs_abort(struct film_outputs *o);

#endif
