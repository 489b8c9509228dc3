/* What a directory has that is no picture to look at: counted by kind, and the first of each kind is named. */
#ifndef FER_PHOTOS_LEFT_H
#define FER_PHOTOS_LEFT_H

#include <stddef.h>

enum { PHOTO_LEFT_KINDS = 16 };

struct photo_left {
    struct {
        char what[64], *first;
        size_t n;
    } kinds[PHOTO_LEFT_KINDS];
    size_t n_kinds;
};

void photo_left_add(struct photo_left *l, const char *what, const char *path);
/** A file that is no picture by its name: counted by its ending. */
void photo_left_add_file(struct photo_left *l, const char *path);
/** A message for each kind. */
void photo_left_say(const struct photo_left *l);
void photo_left_free(struct photo_left *l);

#endif
