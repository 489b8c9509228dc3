/* The list of rank 0, for all ranks: a directory is read once. */
#ifndef FER_INPUTS_SHARE_H
#define FER_INPUTS_SHARE_H

#include "inputs/list.h"
#include "ranks/ranks.h"

/** All ranks call it; the lists of those other than rank 0 must be empty. False after an error message: out of memory.
 */
bool input_list_share(struct input_list *l, struct ranks *r);

#endif
