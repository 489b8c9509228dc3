/* Files of a fuzz target, in memory: parsers that read files by their path need one. */
#ifndef FUZZ_SCRATCH_H
#define FUZZ_SCRATCH_H

#include "fuzz.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* A folder of this process in memory; it is removed by its last file's removal or the system's restart. */
static inline const char *scratch_folder(void)
{
    static char path[64];
    if (!*path) {
        snprintf(path, sizeof path, "/dev/shm/fer-fuzz-%ld", (long)getpid());
        demand(mkdir(path, 0700) == 0 || access(path, W_OK) == 0);
    }
    return path;
}

static inline const char *scratch_file(void)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/file", scratch_folder());
    return path;
}

static inline void put_file(const char *path, const uint8_t *data, size_t size)
{
    FILE *f = fopen(path, "wb");
    demand(f && (size == 0 || fwrite(data, 1, size, f) == size) && fclose(f) == 0);
}

/* After this, scratch_file() and the folder are gone. */
static inline void scratch_remove(void)
{
    unlink(scratch_file());
    rmdir(scratch_folder());
}

static inline void scratch_make(void)
{
    mkdir(scratch_folder(), 0700);
}

#endif
