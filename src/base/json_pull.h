/* Reads JSON sequentially without building a tree, so memory does not grow with the text. (A tree takes twenty times
 * the text.) Use it for large JSON from foreign sources. */
#ifndef FERI_BASE_JSON_PULL_H
#define FERI_BASE_JSON_PULL_H

#include "fer/base.h"

#include <stdbool.h>

struct feri_pull {
    const char *at, *begin, *end;
    char *text; /* the last string, NUL-terminated */
    size_t length, cap;
};

struct feri_pull feri_pull_new(const char *text, size_t size);
void feri_pull_free(struct feri_pull *s);

/** The error that `expected` was not found at the current position; it names line and byte. */
fer_status feri_pull_bad(const struct feri_pull *s, const char *expected, fer_error *err);

/** If the next character that is not blank is c, consume it and return true. */
bool feri_pull_take(struct feri_pull *s, char c);
/** The same, but anything else is an error. */
fer_status feri_pull_expect(struct feri_pull *s, char c, fer_error *err);
/** Whether the next value is a string. */
bool feri_pull_at_string(struct feri_pull *s);
/** Read a string into s->text. It must be UTF-8 without zero bytes. */
fer_status feri_pull_string(struct feri_pull *s, fer_error *err);
/** A whole number of at least 0. */
fer_status feri_pull_size(struct feri_pull *s, size_t *out, fer_error *err);
/** Skip a value of any kind. */
fer_status feri_pull_skip(struct feri_pull *s, fer_error *err);
/** Check that only blanks are left. */
fer_status feri_pull_end(struct feri_pull *s, fer_error *err);

/** Iterate over the members of an object whose '{' was consumed. *more says whether there is one; then s->text is its
 * name and its value follows. *n counts the members; set it to 0 first. */
fer_status feri_pull_member(struct feri_pull *s, size_t *n, bool *more, fer_error *err);

#endif
