/* Reads JSON from front to back without building a tree: memory does not grow with the text, as it does twentyfold in
 * one. For what others made, and large. */
#ifndef FERI_FORMATS_JSON_PULL_H
#define FERI_FORMATS_JSON_PULL_H

#include "fer/base.h"

#include <stdbool.h>

struct feri_pull {
    const char *at, *begin, *end;
    char *text; /* of the string read last, NUL-terminated */
    size_t length, cap;
};

struct feri_pull feri_pull_new(const char *text, size_t size);
void feri_pull_free(struct feri_pull *s);

/** Whether the next character that is not blank is c; it is consumed then. */
bool feri_pull_take(struct feri_pull *s, char c);
/** The same, with an error where it is not. */
fer_status feri_pull_expect(struct feri_pull *s, char c, fer_error *err);
/** Whether a string comes next. */
bool feri_pull_at_string(struct feri_pull *s);
/** A string into s->text. It must be UTF-8 and hold no zero. */
fer_status feri_pull_string(struct feri_pull *s, fer_error *err);
/** A whole number from 0 on. */
fer_status feri_pull_size(struct feri_pull *s, size_t *out, fer_error *err);
/** Pass over a value of any kind. */
fer_status feri_pull_skip(struct feri_pull *s, fer_error *err);
/** Nothing but blanks is left. */
fer_status feri_pull_end(struct feri_pull *s, fer_error *err);

/** Goes over the members of an object whose '{' was taken: *more tells whether there is one, and s->text is its name;
 * its value comes next. *n counts the members, and starts at 0. */
fer_status feri_pull_member(struct feri_pull *s, size_t *n, bool *more, fer_error *err);

#endif
