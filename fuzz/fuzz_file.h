/* For targets whose parser takes a path: files that are written anew for each input. */
#ifndef FUZZ_FILE_H
#define FUZZ_FILE_H

#include "fuzz.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static char fuzz_root[] = "/tmp/fer-fuzz-XXXXXX";
static const char *const *fuzz_files;

static inline const char *fuzz_path(const char *name)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", fuzz_root, name);
    return path;
}

static inline void fuzz_tidy(void)
{
    for (const char *const *name = fuzz_files; *name; name++) remove(fuzz_path(*name));
    rmdir(fuzz_root);
}

/** Write a file of a directory that the program has for itself and removes at its end; `files` are the names that it
 * may hold, up to a NULL. The path is valid until the next call. */
static inline const char *fuzz_write(const char *const *files, const char *name, const uint8_t *data, size_t size)
{
    if (!fuzz_files) {
        demand(mkdtemp(fuzz_root) != NULL);
        fuzz_files = files;
        demand(atexit(fuzz_tidy) == 0);
    }
    FILE *f = fopen(fuzz_path(name), "wb");
    demand(f != NULL);
    demand(fwrite(data, 1, size, f) == size);
    demand(fclose(f) == 0);
    return fuzz_path(name);
}

#endif
