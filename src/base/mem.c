#define _DEFAULT_SOURCE /* sysconf, madvise */
#include "base/mem.h"

#include <float.h>
#include <stdint.h>
#include <stdio.h>
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

/* The number in a file. DBL_MAX if there is none, or "max". */
static double limit_in(const char *path)
{
    double limit = DBL_MAX;
    FILE *f = fopen(path, "r");
    if (f && fscanf(f, "%lf", &limit) != 1) limit = DBL_MAX;
    if (f) fclose(f);
    return limit;
}

double feri_memory_size(void)
{
    /* Within a container its own group is at the root: version 2, and 1. */
    static const char *const groups[] = {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"};
    long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    double size = pages > 0 && page > 0 ? (double)pages * (double)page : DBL_MAX;
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
        double limit = limit_in(groups[i]);
        if (limit < size) size = limit;
    }
    return size;
}

char *feri_strdup(const char *s)
{
    size_t n = strlen(s) + 1;
    char *p = malloc(n);
    if (p) memcpy(p, s, n);
    return p;
}
