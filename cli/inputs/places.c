#define _POSIX_C_SOURCE 200809L /* stat */
#include "inputs/places.h"

#include "common/cli.h"

#include <stdlib.h>
#include <sys/stat.h>

struct input_place {
    dev_t device;
    ino_t number;
    const struct input *input;
};

static int by_place(const void *a, const void *b)
{
    const struct input_place *x = a, *y = b;
    if (x->device != y->device) return x->device < y->device ? -1 : 1;
    return (x->number > y->number) - (x->number < y->number);
}

static bool place_of(const char *path, struct input_place *out)
{
    struct stat st;
    if (stat(path, &st) != 0) return false;
    out->device = st.st_dev;
    out->number = st.st_ino;
    return true;
}

bool input_places_new(struct input_places *p, const struct input_list *list)
{
    *p = (struct input_places){.items = calloc(list->n + 1, sizeof *p->items)};
    if (!p->items) return cli_no_memory();
    for (size_t i = 0; i < list->n; i++)
        if (place_of(list->items[i].path, &p->items[p->n])) p->items[p->n++].input = &list->items[i];
    qsort(p->items, p->n, sizeof *p->items, by_place);
    return true;
}

const struct input *input_places_find(const struct input_places *p, const char *path)
{
    struct input_place at = {0};
    const struct input_place *hit = place_of(path, &at) ? bsearch(&at, p->items, p->n, sizeof at, by_place) : NULL;
    return hit ? hit->input : NULL;
}

void input_places_free(struct input_places *p)
{
    free(p->items);
    *p = (struct input_places){0};
}
