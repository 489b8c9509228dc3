#define _GNU_SOURCE /* dladdr, realpath */
#include "base/error.h"
#include "base/self.h"
#include "fer/model.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEFAULT "default"

/* FER_DATADIR is <prefix>/share/fer. FER_DATADIR_FROM_LIB and FER_DATADIR_FROM_BIN lead there from the directories of
 * the library and of a command that contains it, so that a moved installation works. A build tree has FER_DATA_BESIDE
 * in the directory of the library. No path of the build is compiled in: it may be a directory that others can write. */
#define FER_DATA_BESIDE "share/fer"
#define N_PLACES        3

struct places {
    const char *name;
    char path[N_PLACES][PATH_MAX];
    size_t n;
};

static void add_place(struct places *p, const char *directory, const char *below)
{
    int n = snprintf(p->path[p->n], PATH_MAX, "%s%s%s/%s.safetensors", directory, *below ? "/" : "", below, p->name);
    if (n > 0 && n < PATH_MAX) p->n++;
}

/* The directory of `file`, an absolute path, followed by `below`. */
static void add_beside(struct places *p, const char *file, const char *below)
{
    const char *slash = strrchr(file, '/');
    char directory[PATH_MAX];
    if (file[0] != '/' || (size_t)(slash - file) >= sizeof directory) return;
    memcpy(directory, file, (size_t)(slash - file));
    directory[slash - file] = '\0';
    add_place(p, directory, below);
}

/* The file of this code: the library, or, true, the program that it is linked into. "" if the system does not say. */
static bool find_self(char file[PATH_MAX])
{
    static const char here = 0; /* is in this library, or in the program */
    Dl_info info;
    char library[PATH_MAX];
    feri_self_path(file, PATH_MAX);
    if (!dladdr(&here, &info) || !info.dli_fname || !realpath(info.dli_fname, library)) return true;
    if (strcmp(file, library) == 0) return true;
    memcpy(file, library, strlen(library) + 1);
    return false;
}

static void find_places(struct places *p, const char *name)
{
    char file[PATH_MAX];
    bool program = find_self(file);
    p->name = name;
    p->n = 0;
    if (*file) add_beside(p, file, program ? FER_DATADIR_FROM_BIN : FER_DATADIR_FROM_LIB);
    if (*file) add_beside(p, file, FER_DATA_BESIDE);
    add_place(p, FER_DATADIR, "");
}

static fer_status fail_with_places(const struct places *p, fer_error *err)
{
    char list[FER_ERROR_TEXT_MAX] = "";
    size_t used = 0;
    for (size_t i = 0; i < p->n && used < sizeof list; i++) {
        int n = snprintf(list + used, sizeof list - used, "%s%s", i ? ", " : "", p->path[i]);
        if (n > 0) used += (size_t)n;
    }
    return feri_fail(err, FER_ERR_IO, "no %s weights in any of these places: %s", p->name, list);
}

static fer_status give_path(const char *from, char *path, size_t size, fer_error *err)
{
    size_t n = strlen(from) + 1;
    if (n > size)
        return feri_fail(err, FER_ERR_ARGUMENT, "%.100s: the path needs %zu bytes, the buffer has %zu", from, n, size);
    memcpy(path, from, n);
    return FER_OK;
}

fer_status fer_model_weights_path(const char *weights, char *path, size_t size, fer_error *err)
{
    struct places p;
    if (!path) return feri_fail(err, FER_ERR_ARGUMENT, "fer_model_weights_path: path must not be NULL");
    if (weights && (!*weights || strpbrk(weights, "/.") || access(weights, F_OK) == 0))
        return give_path(weights, path, size, err);
    find_places(&p, weights ? weights : DEFAULT);
    for (size_t i = 0; i < p.n; i++)
        if (access(p.path[i], R_OK) == 0) return give_path(p.path[i], path, size, err);
    return weights ? give_path(weights, path, size, err) : fail_with_places(&p, err);
}

fer_status fer_model_default_path(char *path, size_t size, fer_error *err)
{
    return fer_model_weights_path(NULL, path, size, err);
}

fer_status fer_model_load_default(fer_model **out, fer_error *err)
{
    if (!out) return feri_fail(err, FER_ERR_ARGUMENT, "fer_model_load_default: out must not be NULL");
    *out = NULL;
    char path[PATH_MAX];
    fer_status st = fer_model_default_path(path, sizeof path, err);
    return st == FER_OK ? fer_model_load(path, NULL, out, err) : st;
}
