/* The pictures of a command line: files, directories with everything below them, patterns, lists of names. */
#ifndef FER_PHOTOS_LIST_H
#define FER_PHOTOS_LIST_H

#include "photos/left.h"

#include <stdbool.h>

struct photo {
    char *path; /* "-": standard input */
    /* offset in path of the part below the operand: "b/c.jpg" in "a/b/c.jpg" for the directory a */
    size_t below;
};

struct photo_list {
    struct photo *items;
    size_t n, cap;
    struct photo_left left; /* what directories have beside pictures */
    bool failed;            /* a directory or list was unreadable or empty; an error message was printed */
};

/** Append the pictures of an operand. A name with *, ? or [ is a pattern unless a file has that name. False after an
 * error message: out of memory. */
bool photo_list_add(struct photo_list *l, const char *operand);
/** Append the names in a file, one per line; "-": standard input. */
bool photo_list_read(struct photo_list *l, const char *path);
void photo_list_free(struct photo_list *l);

#endif
