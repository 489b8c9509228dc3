/* Finds names by hash: which element of the caller's list has a name. */
#ifndef FERI_BASE_HASH_H
#define FERI_BASE_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FERI_HASH_NONE SIZE_MAX

struct feri_hash_slot;

/** All zero at first. The names belong to the caller. */
struct feri_hash {
    struct feri_hash_slot *slots;
    size_t n, cap;
    uint64_t seed; /* differs between processes, so that nobody can craft a file with colliding names */
};

/** The name of element `place` of the caller's list. */
typedef const char *feri_hash_name_fn(const void *list, size_t place);

/** Record that element `place` has this name. False when out of memory. */
bool feri_hash_add(struct feri_hash *h, const char *name, size_t place);
/** The first element that was added with this name. FERI_HASH_NONE if there is none. */
size_t feri_hash_find(const struct feri_hash *h, const char *name, feri_hash_name_fn *name_of, const void *list);
void feri_hash_free(struct feri_hash *h);

#endif
