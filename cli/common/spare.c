#define _POSIX_C_SOURCE 200809L /* stat */
#include "common/spare.h"

#include "common/cli.h"

#include <stdlib.h>
#include <sys/stat.h>

struct place {
    dev_t device;
    ino_t number;
    size_t picture;
};

static int by_place(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    if (x->device != y->device) return x->device < y->device ? -1 : 1;
    return (x->number > y->number) - (x->number < y->number);
}

static bool place_of(const char *path, struct place *out)
{
    struct stat st;
    if (stat(path, &st) != 0) return false;
    out->device = st.st_dev;
    out->number = st.st_ino;
    return true;
}

bool cli_spares_pictures(size_t n, const char *const *pictures, char *const *drawings)
{
    size_t known = 0;
    bool ok = true;
    struct place *places = calloc(n + 1, sizeof *places), at;
    if (!places) return cli_no_memory();
    for (size_t i = 0; i < n; i++)
        if (place_of(pictures[i], &places[known])) places[known++].picture = i;
    qsort(places, known, sizeof *places, by_place);
    for (size_t i = 0; ok && i < n; i++) {
        const struct place *hit = place_of(drawings[i], &at) ? bsearch(&at, places, known, sizeof at, by_place) : NULL;
        if (hit) cli_say("%s: the drawing would replace the picture %s", drawings[i], pictures[hit->picture]);
        ok = !hit;
    }
    free(places);
    return ok;
}
