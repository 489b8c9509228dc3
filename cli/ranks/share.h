/* What one rank knows, for all of them. */
#ifndef FER_RANKS_SHARE_H
#define FER_RANKS_SHARE_H

#include "ranks/ranks.h"

/** Give rank 0's bytes to all ranks; the others' *data is replaced. It is the caller's to free. False after an error
 * message: out of memory. All ranks must call it. */
bool ranks_share(struct ranks *r, char **data, size_t *n);

#endif
