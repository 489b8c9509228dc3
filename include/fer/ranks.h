/**
 * @file fer/ranks.h
 * Processes that work on one training together, as MPI starts them.
 *
 * The library itself links to no MPI: whoever has a way to pass bytes between processes fills this table. `fer` fills
 * it with MPI when it is built with FER_MPI. All processes must make the same calls with the same options.
 */
#ifndef FER_RANKS_H
#define FER_RANKS_H

#include "fer/base.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/** This process is number `rank` of `size`. Sizes are in bytes, one for each rank; `user` is the table's own. The
 * functions cannot fail: a table ends the whole job when a process is lost. Only the thread that called the library
 * calls them, and each of the three in the same order in all processes. Between two of them there is no order: one
 * process may start a gathering before an exchange that another starts after it. */
typedef struct fer_ranks {
    void *user;
    size_t rank, size;
    /** Pass the bytes of every rank to every rank: all receives those of rank 0, of rank 1, ... Returns when they are
     * there. mine may not be a part of all. */
    void (*share)(void *user, const void *mine, const size_t *sizes, void *all);
    /** The same, but returns at once, with a handle for done(). mine and all must stay until then. */
    void *(*gather)(void *user, const void *mine, const size_t *sizes, void *all);
    /** Start to send to each rank its part of `out`, where they are stored in the order of the ranks, and to receive a
     * part from each into `in`. Returns a handle for done(). */
    void *(*exchange)(void *user, const void *out, const size_t *out_sizes, void *in, const size_t *in_sizes);
    /** Whether the work of this handle is done; if so, the handle is freed. wait: return when it is. */
    bool (*done)(void *user, void *handle, bool wait);
} fer_ranks;

#ifdef __cplusplus
}
#endif
#endif
