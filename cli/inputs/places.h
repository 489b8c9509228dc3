/* Where inputs lie, by device and inode: whether writing a file would replace one of them. */
#ifndef FER_INPUTS_PLACES_H
#define FER_INPUTS_PLACES_H

#include "inputs/list.h"

struct input_place;

struct input_places {
    struct input_place *items; /* sorted */
    size_t n;
};

/** False after an error message: out of memory. */
bool input_places_new(struct input_places *p, const struct input_list *list);
/** The input that has this path, whatever it is called; NULL: none, or there is no such file. */
const struct input *input_places_find(const struct input_places *p, const char *path);
void input_places_free(struct input_places *p);

#endif
