#define _POSIX_C_SOURCE 200809L /* strcasecmp */
#include "base/names.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

bool feri_ends_in(const char *name, const char *ending)
{
    size_t n = strlen(name), m = strlen(ending);
    return n > m && strcasecmp(name + n - m, ending) == 0;
}

static const char *const picture_endings[] = {".jpg",   ".png",  ".jpeg", ".apng", ".jpe", ".jfif", ".jfi",  ".jif",
                                              ".pjpeg", ".pjp",  ".bmp",  ".dib",  ".gif", ".tif",  ".tiff", ".webp",
                                              ".heic",  ".heif", ".hif",  ".avif", ".jxl", NULL};

const char *const *feri_picture_endings(void)
{
    return picture_endings;
}

static const char *const film_endings[] = {".mp4", ".m4v", ".mkv",  ".mov", ".avi", ".webm", ".ts",  ".mts", ".m2ts",
                                           ".y4m", ".mpg", ".mpeg", ".wmv", ".flv", ".3gp",  ".ogv", NULL};

const char *const *feri_film_endings(void)
{
    return film_endings;
}

static bool ends_in_one(const char *name, const char *const *endings)
{
    for (; *endings; endings++)
        if (feri_ends_in(name, *endings)) return true;
    return false;
}

bool feri_names_picture(const char *name)
{
    return ends_in_one(name, picture_endings);
}

bool feri_names_film(const char *name)
{
    return ends_in_one(name, film_endings);
}

void feri_ending_of(const char *name, char out[FERI_ENDING_MAX])
{
    const char *slash = strrchr(name, '/'), *dot = strrchr(slash ? slash : name, '.');
    size_t n = dot ? strlen(dot) : 0, i = 1;
    out[0] = '\0';
    if (n < 2 || n >= FERI_ENDING_MAX) return;
    bool word = false; /* numbers are no endings */
    for (; i < n && isalnum((unsigned char)dot[i]); i++) word = word || isalpha((unsigned char)dot[i]);
    if (i < n || !word) return;
    for (i = 0; i <= n; i++) out[i] = (char)tolower((unsigned char)dot[i]);
}

bool feri_names_address(const char *name)
{
    size_t n = 0;
    while ((name[n] >= 'a' && name[n] <= 'z') || (name[n] >= 'A' && name[n] <= 'Z')) n++;
    return n > 1 && (strncmp(name + n, "://", 3) == 0 || strncasecmp(name, "data:", 5) == 0);
}

bool feri_names_hidden(const char *path)
{
    for (const char *part = path;; part++) {
        if (*part == '.' || strncmp(part, "__MACOSX/", 9) == 0) return true;
        part = strchr(part, '/');
        if (!part) return false;
    }
}
