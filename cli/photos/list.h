/* The pictures that a command line means: files, directories with all that is below them, patterns, lists of names. */
#ifndef FER_PHOTOS_LIST_H
#define FER_PHOTOS_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct photo {
    char *path; /* "-": standard input */
    /* where in path the part begins that lies below the operand: "b/c.jpg" of "a/b/c.jpg" in directory a */
    size_t below;
};

struct photo_list {
    struct photo *items;
    size_t n, cap;
    bool failed; /* a directory or list could not be read, or was empty: said so */
};

/** Append what an operand means. A name that is no file and has *, ? or [ in it is a pattern. False, and a sentence:
 * out of memory. */
bool photo_list_add(struct photo_list *l, const char *operand);
/** Append the names in a file, one a line; "-": standard input. */
bool photo_list_read(struct photo_list *l, const char *path);
void photo_list_free(struct photo_list *l);

#endif
