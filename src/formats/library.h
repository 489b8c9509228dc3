/* Optional libraries, looked up when they are first needed: linked, they would be loaded by every program that only
 * predicts, and missing, they would keep it from starting. */
#ifndef FERI_FORMATS_LIBRARY_H
#define FERI_FORMATS_LIBRARY_H

#include "fer/base.h"

struct feri_library {
    const char *file;    /* "libtiff.so.6" */
    const char *package; /* Debian's name of what holds it */
    const char *use;     /* "reads TIFF pictures" */
};

/** Load a library and write the addresses of n functions to `table`, an array of function pointers. It stays loaded. */
fer_status feri_library_find(const struct feri_library *l, const char *const *names, size_t n, void *table,
                             fer_error *err);

/** FER_ERR_UNSUPPORTED with the sentence of a build that was made without a library. */
fer_status feri_library_missing(const char *name, const char *package, const char *use, fer_error *err);

#endif
