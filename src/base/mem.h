/* Checked sizes and aligned memory. */
#ifndef FERI_BASE_MEM_H
#define FERI_BASE_MEM_H

#include <stdbool.h>
#include <stddef.h>

#define FERI_ALIGN 64 /* bytes: a cache line, and the widest vector we use */

/** *out = a * b. False (and *out unchanged) if the product overflows. */
static inline bool feri_size_mul(size_t a, size_t b, size_t *out)
{
    return !__builtin_mul_overflow(a, b, out);
}

static inline bool feri_size_add(size_t a, size_t b, size_t *out)
{
    return !__builtin_add_overflow(a, b, out);
}

/** size bytes aligned to FERI_ALIGN, uninitialised. NULL when out of memory. Free by feri_free(). Size 0 gives a valid
 * block. */
void *feri_alloc(size_t size);
/** Like feri_alloc(), for an array that will be written completely: the system provides its pages at once instead of
 * one by one through page faults. */
void *feri_alloc_whole(size_t size);
/** Like feri_alloc(), filled with zeros. */
void *feri_alloc_zero(size_t size);
void feri_free(void *p);

/** Grow the array *items (made by malloc/realloc, element `size` bytes, capacity *cap) to hold at least `need`; false
 * when out of memory. */
bool feri_grow(void *items, size_t *cap, size_t need, size_t size);

/** Bytes of memory available to this process: the machine's, or its control group's if that is less. */
double feri_memory_size(void);

/** malloc'ed copy of a string; NULL when out of memory. */
char *feri_strdup(const char *s);

#endif
