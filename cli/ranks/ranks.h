/* The processes of one job, which mpirun or srun started together. It needs MPI at build time (FER_MPI). A process that
 * was started by itself is rank 0 of 1 and starts nothing of MPI. */
#ifndef FER_RANKS_RANKS_H
#define FER_RANKS_RANKS_H

#include "fer/ranks.h"

#include <stdbool.h>

struct ranks;

/** Join the job; once per process. NULL: it is not possible, and a message says why. */
struct ranks *ranks_join(void);
/** Leave the job and free r (NULL allowed); returns code. An exit code other than 0 ends all other processes too. */
int ranks_leave(struct ranks *r, int code);

/* Below, NULL stands for a process that did not join: it is alone. */

size_t ranks_rank(const struct ranks *r);
size_t ranks_size(const struct ranks *r);
/** For the library; NULL: there is only one rank. Valid until ranks_leave(). */
const fer_ranks *ranks_table(const struct ranks *r);
/** "rank 3 of 8 on node17"; "" if there is only one. */
const char *ranks_name(const struct ranks *r);

/** Wait until all ranks have come here. */
void ranks_barrier(struct ranks *r);

/* Messages between two ranks arrive in the order in which they were sent. Not to oneself. */

#define RANKS_ANY ((size_t)-1)

/** Send n bytes. May return before they are received. */
void ranks_send(struct ranks *r, size_t to, const void *data, size_t n);
/** The next message from a rank, or from RANKS_ANY. *data_out is the caller's to free and ends with a 0 that does not
 * count. False: no memory. */
bool ranks_receive(struct ranks *r, size_t from, size_t *from_out, char **data_out, size_t *n_out);

/** Whether ranks_receive() would return at once. */
bool ranks_waiting(struct ranks *r, size_t from);

/** Print "fer: ..." with the name of the rank; returns CLI_FAILED. When all ranks fail for the same reason, the first
 * one usually speaks for all: the others wait for a moment, in which ranks_leave() of rank 0 ends them. */
int ranks_fail(const struct ranks *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
