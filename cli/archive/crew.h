/* Hands the numbers of inputs to whoever is free: the threads of this process and, under mpirun, those of others. Rank
 * 0 gives each rank a few numbers at a time. Only the thread that joined the ranks may send and receive, so it polls;
 * other threads take what it got. */
#ifndef FER_ARCHIVE_CREW_H
#define FER_ARCHIVE_CREW_H

#include "ranks/ranks.h"

#include <stdbool.h>

struct crew_options {
    struct ranks *ranks;
    size_t n;            /* numbers 0 to n - 1 */
    const size_t *order; /* [n]: in which order they are handed out; NULL: ascending */
    /* Whether a number is to be handed out. Rank 0 asks once for each. */
    bool (*wants)(const void *user, size_t number);
    const void *user;
    size_t chunk_max; /* numbers at a time; the last ones are handed out in smaller chunks */
    size_t ahead;     /* ask for more when so few are left; 0: only when a thread waits */
};

struct crew;

/** NULL after an error message: out of memory. */
struct crew *crew_new(const struct crew_options *o);
void crew_free(struct crew *c);

enum crew_next {
    CREW_TAKE, /* *number is this thread's */
    CREW_WAIT, /* ask again after the next poll */
    CREW_END   /* all numbers are taken */
};
/** Any thread may ask. */
enum crew_next crew_next(struct crew *c, size_t *number);
/** Answer other ranks and receive what they answered. To be called every few milliseconds by the thread that joined the
 * ranks, until crew_end(). */
void crew_poll(struct crew *c);
/** Numbers that were handed out so far. Of interest in rank 0. */
size_t crew_n_taken(const struct crew *c);
/** Rank 0 waits until all ranks have called this. False: a signal asks to stop. */
bool crew_end(struct crew *c);

#endif
