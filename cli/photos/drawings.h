/* Where the drawn pictures of a list go: below a directory as the pictures lie below their operands. */
#ifndef FER_PHOTOS_DRAWINGS_H
#define FER_PHOTOS_DRAWINGS_H

#include "photos/list.h"

/**
 * A path for each picture, as PNG where it is neither PNG nor JPEG; NULL in place of a path: the same picture stands
 * further up in the list. NULL, and a sentence: a drawing would replace one of the pictures, two pictures would have
 * the same drawing, or no memory.
 */
char **photo_drawings_new(const struct photo_list *list, const char *directory);
/** The same check for drawings whose paths are made elsewhere; `instead` ends its sentence about two pictures in one
 * place: what to do. A drawing that becomes NULL is freed. */
bool photo_drawings_check(const struct photo_list *list, char **drawings, const char *instead);
void photo_drawings_free(char **drawings, size_t n);

#endif
