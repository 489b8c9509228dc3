#define _GNU_SOURCE /* dlopen's flags */
#include "formats/library.h"

#include "base/error.h"

#include <dlfcn.h>
#include <string.h>

/* Libraries stay loaded: some that they stand on cannot be unloaded. */
fer_status feri_library_find(const struct feri_library *l, const char *const *names, size_t n, void *table,
                             fer_error *err)
{
    void *handle = dlopen(l->file, RTLD_NOW | RTLD_LOCAL);
    for (size_t i = 0; i < n; i++) {
        void *found = handle ? dlsym(handle, names[i]) : NULL;
        if (!found)
            return feri_fail(err, FER_ERR_UNSUPPORTED, "install %s (Debian's package %s), which %s: %s", l->file,
                             l->package, l->use, dlerror());
        memcpy((char *)table + i * sizeof found, &found, sizeof found);
    }
    return FER_OK;
}

fer_status feri_library_missing(const char *name, const char *package, const char *use, fer_error *err)
{
    return feri_fail(err, FER_ERR_UNSUPPORTED,
                     "built without %s, which %s: install Debian's package %s and build again", name, use, package);
}
