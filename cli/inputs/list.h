/* The pictures or films of a command line: files, directories with everything below them, patterns, lists of names. */
#ifndef FER_INPUTS_LIST_H
#define FER_INPUTS_LIST_H

#include "inputs/left.h"

#include <stdbool.h>

struct input {
    char *path; /* "-": standard input */
    /* offset in path of the part below the operand: "b/c.jpg" in "a/b/c.jpg" for the directory a */
    size_t below;
};

/* What is looked for in directories, by the endings of names. */
struct input_kind {
    const char *one; /* "picture" */
    bool (*named)(const char *name);
    const char *const *(*endings)(void);
};
extern const struct input_kind input_pictures, input_films;

struct input_list {
    const struct input_kind *kind;
    const char *leave; /* a directory that is not entered: the outputs go there; NULL: none */
    struct input *items;
    size_t n, cap;
    struct input_left left; /* what directories have beside it */
    bool failed;            /* a directory or list was unreadable or empty; an error message was printed */
};

/** Append an input. False after an error message: out of memory. */
bool input_list_append(struct input_list *l, const char *path, size_t below);
/** Append the inputs of an operand. A name with *, ? or [ is a pattern unless a file has that name. False after an
 * error message: out of memory. */
bool input_list_add(struct input_list *l, const char *operand);
/** Append the names in a text [size] that ends with a zero byte, one per line. The text changes; `from` stands for it
 * in messages. False after an error message: out of memory. */
bool input_list_add_lines(struct input_list *l, const char *from, char *text, size_t size);
/** Append the names in a file, one per line; "-": standard input, to its end. */
bool input_list_read(struct input_list *l, const char *path);
void input_list_free(struct input_list *l);

#endif
