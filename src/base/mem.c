#define _DEFAULT_SOURCE /* sysconf, madvise */
#include "base/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void *feri_alloc(size_t size)
{
    size_t rounded;
    if (!feri_size_add(size, FERI_ALIGN, &rounded)) return NULL;
    rounded &= ~(size_t)(FERI_ALIGN - 1);
    return aligned_alloc(FERI_ALIGN, rounded ? rounded : FERI_ALIGN);
}

void *feri_alloc_whole(size_t size)
{
    void *p = feri_alloc(size);
#ifdef MADV_POPULATE_WRITE
    /* Only a hint: a system without it uses page faults as usual. */
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t first = ((uintptr_t)p + page - 1) / page * page, last = ((uintptr_t)p + size) / page * page;
    if (p && first < last) madvise((void *)first, last - first, MADV_POPULATE_WRITE);
#endif
    return p;
}

void *feri_alloc_zero(size_t size)
{
    void *p = feri_alloc(size);
    if (p) memset(p, 0, size);
    return p;
}

void feri_free(void *p)
{
    free(p);
}

bool feri_grow(void *items, size_t *cap, size_t need, size_t size)
{
    if (need <= *cap) return true;
    size_t n = *cap ? *cap : 8, bytes;
    while (n < need)
        if (!feri_size_mul(n, 2, &n)) return false;
    if (!feri_size_mul(n, size, &bytes)) return false;
    void *old;
    memcpy(&old, items, sizeof old); /* items is a T **; its bits are a pointer whatever T is */
    void *p = realloc(old, bytes);
    if (!p) return false;
    memcpy(items, &p, sizeof p);
    *cap = n;
    return true;
}

char *feri_strdup(const char *s)
{
    size_t n = strlen(s) + 1;
    char *p = malloc(n);
    if (p) memcpy(p, s, n);
    return p;
}
