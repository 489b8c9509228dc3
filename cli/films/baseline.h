/* The usual face of each person of a film, subtracted from the scores: docs/cli.md#own-neutral-as-baseline. */
#ifndef FER_FILMS_BASELINE_H
#define FER_FILMS_BASELINE_H

#include "films/spool.h"

struct baseline_options {
    bool automatic; /* from the whole film */
    float seconds;  /* from the first so many seconds in which a person is seen; 0: not */
};

static inline bool baseline_is_asked(const struct baseline_options *o)
{
    return o->automatic || o->seconds > 0;
}

/** Parse "auto" or a number of seconds. False: neither. */
bool baseline_parse(const char *text, struct baseline_options *out);

struct baseline;

/** smooth: time constant of the smoothed scores, seconds. NULL after an error message: out of memory, or a model
 * without the class neutral. */
struct baseline *baseline_new(const struct faces_kind *kind, const struct baseline_options *o, double smooth);
void baseline_free(struct baseline *b);
/** Find the usual face of each person in the spool. Print a note about those for whom automatic finds none; `film`: its
 * name for that. False after an error message. */
bool baseline_learn(struct baseline *b, struct spool *spool, const char *film);
/** Change scores, smoothed scores and labels of a frame's faces. Frames come in the order of time. */
void baseline_apply(struct baseline *b, const struct faces_frame *frame, fer_face *faces);

#endif
