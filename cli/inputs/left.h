/* What a directory has that is not looked at: counted by kind, and the first of each kind is named. */
#ifndef FER_INPUTS_LEFT_H
#define FER_INPUTS_LEFT_H

#include <stddef.h>

enum { INPUT_LEFT_KINDS = 16 };

struct input_left {
    struct {
        char what[64], *first;
        size_t n;
    } kinds[INPUT_LEFT_KINDS];
    size_t n_kinds;
};

void input_left_add(struct input_left *l, const char *what, const char *path);
/** A file that is no picture ("picture", or another kind) by its name: counted by its ending. */
void input_left_add_file(struct input_left *l, const char *kind, const char *path);
/** A message for each kind. */
void input_left_say(const struct input_left *l);
void input_left_free(struct input_left *l);

#endif
