/* Which frames of a film are searched, and the time of each. */
#ifndef FER_FILMS_PACE_H
#define FER_FILMS_PACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FILM_STEP_BACK 1e-3 /* seconds between frames where joined films step back in time */

struct film_pace {
    size_t every;                /* search every Nth frame */
    float fps;                   /* search at most so many frames per second; 0: all */
    uint64_t n_read, n_searched; /* counted by the caller */
    double next;                 /* seconds: the next frame to be searched at a given rate */
    double shift, previous;      /* of time, for joined films */
    /* Numbers and times alone decide which frames are searched, wherever reading began: for films in pieces. */
    bool aligned;
    double tick; /* the last frame's, at a given rate; at first -1 */
};

/** If joined films step back in time, move the later ones after the earlier ones: the frame's time from now on.
 * *stepped: this frame stepped back. */
double film_pace_time(struct film_pace *p, double seconds, bool *stepped);
/** Whether the frame with that number, from the file's first one, and that time is searched. */
bool film_pace_searches(struct film_pace *p, uint64_t number, double seconds);

#endif
