#define _GNU_SOURCE /* dlopen's flags */
#include "serve/microhttpd/mhd.h"

#include "common/cli.h"

#include <dlfcn.h>
#include <string.h>

bool mhd_find(struct mhd *mhd)
{
#define NAME(name) "MHD_" #name,
    static const char *const names[] = {MHD_FUNCTIONS(NAME)};
#undef NAME
    void *library = dlopen(FER_MICROHTTPD, RTLD_NOW | RTLD_LOCAL);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        void *found = library ? dlsym(library, names[i]) : NULL;
        if (!found) return cli_refuse("serve: libmicrohttpd is missing (%s); install it", FER_MICROHTTPD);
        memcpy((char *)mhd + i * sizeof found, &found, sizeof found);
    }
    return true;
}
