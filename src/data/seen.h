/* Detects repeated names by a set of their hashes. With 64 bits, the chance that two of a million names collide is 1 in
 * 10^7. */
#ifndef FERI_DATA_SEEN_H
#define FERI_DATA_SEEN_H

#include "fer/base.h"

#include <stdbool.h>

struct feri_seen {
    uint64_t *slots; /* 0: free */
    size_t n, cap;
};

/** Record (key, name). *again is true if it was recorded before. */
fer_status feri_seen_add(struct feri_seen *s, uint64_t key, const char *name, bool *again, fer_error *err);
bool feri_seen_has(const struct feri_seen *s, uint64_t key, const char *name);
void feri_seen_free(struct feri_seen *s);

#endif
