#define _GNU_SOURCE /* dlopen's flags */
#include "formats/libarchive.h"

#include "base/error.h"

#include <dlfcn.h>
#include <string.h>

#ifdef FER_STATIC
fer_status feri_libarchive_find(struct feri_libarchive *out, fer_error *err)
{
    memset(out, 0, sizeof *out);
    return feri_fail(err, FER_ERR_UNSUPPORTED,
                     "this is a static program, which cannot load libarchive to read archives: "
                     "unpack them, or build without FER_STATIC");
}
#else
/* The library stays loaded, because some of its dependencies cannot be unloaded. */
fer_status feri_libarchive_find(struct feri_libarchive *out, fer_error *err)
{
#define NAME(name) "archive_" #name,
    static const char *const names[] = {FERI_LIBARCHIVE(NAME)};
#undef NAME
    void *library = dlopen(FER_LIBARCHIVE, RTLD_NOW | RTLD_LOCAL);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        void *found = library ? dlsym(library, names[i]) : NULL;
        if (!found)
            return feri_fail(err, FER_ERR_UNSUPPORTED, "libarchive, which reads archives, cannot be loaded: %s",
                             dlerror());
        memcpy((char *)out + i * sizeof found, &found, sizeof found);
    }
    return FER_OK;
}
#endif
