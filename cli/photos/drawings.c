#include "photos/drawings.h"

#include "base/names.h"
#include "common/cli.h"
#include "inputs/places.h"

#include <stdlib.h>
#include <string.h>

static char *drawn_name(const struct input *photo, const char *directory)
{
    const char *name = strcmp(photo->path, "-") == 0 ? "stdin.png" : photo->path + photo->below;
    bool keeps = feri_ends_in(name, ".png") || feri_ends_in(name, ".jpg") || feri_ends_in(name, ".jpeg");
    size_t size = strlen(directory) + strlen(name) + 16;
    char *path = malloc(size);
    if (path) snprintf(path, size, "%s/%s%s", directory, name, keeps ? "" : ".png");
    return path;
}

/* ---- no drawing on top of a picture ---- */

static bool spares_pictures(const struct input_list *list, char **drawings)
{
    struct input_places places;
    bool ok = input_places_new(&places, list);
    for (size_t i = 0; ok && i < list->n; i++) {
        const struct input *hit = input_places_find(&places, drawings[i]);
        if (hit) cli_say("%s: the drawing would replace the picture %s", drawings[i], hit->path);
        ok = !hit;
    }
    input_places_free(&places);
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

static bool are_distinct(const struct input_list *list, char **drawings, const char *instead)
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
        if (!ok) cli_say("%s and %s would both be drawn as %s; %s", one, other, names[i].drawing, instead);
        else drawings[names[i].picture] = NULL;
    }
    for (size_t i = 0; i < list->n; i++)
        if (!drawings[names[i].picture]) free(names[i].drawing);
    free(names);
    return ok;
}

bool photo_drawings_check(const struct input_list *list, char **drawings, const char *instead)
{
    return spares_pictures(list, drawings) && are_distinct(list, drawings, instead);
}

char **photo_drawings_new(const struct input_list *list, const char *directory)
{
    char **drawings = calloc(list->n + 1, sizeof *drawings);
    bool ok = drawings != NULL;
    for (size_t i = 0; ok && i < list->n; i++) ok = (drawings[i] = drawn_name(&list->items[i], directory)) != NULL;
    if (!ok) cli_no_memory();
    if (ok && photo_drawings_check(list, drawings, "use two output directories")) return drawings;
    photo_drawings_free(drawings, list->n);
    return NULL;
}

void photo_drawings_free(char **drawings, size_t n)
{
    for (size_t i = 0; drawings && i < n; i++) free(drawings[i]);
    free(drawings);
}
