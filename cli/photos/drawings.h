/* Paths of the drawings of a list. Below the output directory they lie as the pictures lie below their operands. */
#ifndef FER_PHOTOS_DRAWINGS_H
#define FER_PHOTOS_DRAWINGS_H

#include "inputs/list.h"

/**
 * A path for each picture; PNG if the picture is neither PNG nor JPEG. A NULL path: the same picture is already in
 * the list. Returns NULL after an error message: a drawing would replace a picture, two pictures would have the same
 * drawing, or out of memory.
 */
char **photo_drawings_new(const struct input_list *list, const char *directory);
/** The same check for drawings whose paths are made elsewhere; `instead` ends its sentence about two pictures in one
 * place: what to do. A drawing that becomes NULL is freed. */
bool photo_drawings_check(const struct input_list *list, char **drawings, const char *instead);
void photo_drawings_free(char **drawings, size_t n);

#endif
