#include "photos/drawings.h"

#include "base/names.h"
#include "common/cli.h"
#include "common/spare.h"

#include <stdlib.h>
#include <string.h>

static char *drawn_name(const struct photo *photo, const char *directory)
{
    const char *name = strcmp(photo->path, "-") == 0 ? "stdin.png" : photo->path + photo->below;
    bool keeps = feri_ends_in(name, ".png") || feri_ends_in(name, ".jpg") || feri_ends_in(name, ".jpeg");
    size_t size = strlen(directory) + strlen(name) + 16;
    char *path = malloc(size);
    if (path) snprintf(path, size, "%s/%s%s", directory, name, keeps ? "" : ".png");
    return path;
}

static bool spares_pictures(const struct photo_list *list, char *const *drawings)
{
    const char **paths = malloc((list->n + 1) * sizeof *paths);
    if (!paths) return cli_no_memory();
    for (size_t i = 0; i < list->n; i++) paths[i] = list->items[i].path;
    bool ok = cli_spares_pictures(list->n, paths, drawings);
    free(paths);
    return ok;
}

/* ---- no two drawings in one place ---- */

struct named {
    char *drawing;
    size_t picture;
};

static int by_name(const void *a, const void *b)
{
    const struct named *x = a, *y = b;
    int order = strcmp(x->drawing, y->drawing);
    return order ? order : (x->picture > y->picture) - (x->picture < y->picture);
}

static bool are_distinct(const struct photo_list *list, char **drawings)
{
    bool ok = true;
    struct named *names = calloc(list->n + 1, sizeof *names);
    if (!names) return cli_no_memory();
    for (size_t i = 0; i < list->n; i++) names[i] = (struct named){drawings[i], i};
    qsort(names, list->n, sizeof *names, by_name);
    for (size_t i = 1, first = 0; ok && i < list->n; i++) {
        if (strcmp(names[i].drawing, names[first].drawing) != 0) {
            first = i;
            continue;
        }
        const char *one = list->items[names[first].picture].path, *other = list->items[names[i].picture].path;
        ok = strcmp(one, other) == 0;
        if (!ok)
            cli_say("%s and %s would both be drawn as %s; draw them into two directories", one, other,
                    names[i].drawing);
        else drawings[names[i].picture] = NULL;
    }
    for (size_t i = 0; i < list->n; i++)
        if (!drawings[names[i].picture]) free(names[i].drawing);
    free(names);
    return ok;
}

char **photo_drawings_new(const struct photo_list *list, const char *directory)
{
    char **drawings = calloc(list->n + 1, sizeof *drawings);
    bool ok = drawings != NULL;
    for (size_t i = 0; ok && i < list->n; i++) ok = (drawings[i] = drawn_name(&list->items[i], directory)) != NULL;
    if (!ok) cli_no_memory();
    if (ok && spares_pictures(list, drawings) && are_distinct(list, drawings)) return drawings;
    photo_drawings_free(drawings, list->n);
    return NULL;
}

void photo_drawings_free(char **drawings, size_t n)
{
    for (size_t i = 0; drawings && i < n; i++) free(drawings[i]);
    free(drawings);
}
