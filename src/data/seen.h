/* Which names were met before: a set of their hashes. 64 bits tell a million names apart with a chance of 1 in 10^7
 * that two agree. */
#ifndef FERI_DATA_SEEN_H
#define FERI_DATA_SEEN_H

#include "fer/base.h"

#include <stdbool.h>

struct feri_seen {
    uint64_t *slots; /* 0: free */
    size_t n, cap;
};

/** Remember (key, name); *again tells whether it was there already. */
fer_status feri_seen_add(struct feri_seen *s, uint64_t key, const char *name, bool *again, fer_error *err);
void feri_seen_free(struct feri_seen *s);

#endif
