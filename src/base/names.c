#define _POSIX_C_SOURCE 200809L /* strcasecmp */
#include "base/names.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

bool feri_ends_in(const char *name, const char *ending)
{
    size_t n = strlen(name), m = strlen(ending);
    return n > m && strcasecmp(name + n - m, ending) == 0;
}

bool feri_names_picture(const char *name)
{
    static const char *const endings[] = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp"};
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (feri_ends_in(name, endings[i])) return true;
    return false;
}
