#define _DEFAULT_SOURCE /* sysconf */
#include "base/mem.h"

#include <float.h>
#include <stdio.h>
#include <unistd.h>

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
