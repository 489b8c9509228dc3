/* Recipes: how a run is trained, as a text file of `name = value` lines checked against a table of options.
 */
#ifndef FER_RUNS_RECIPE_H
#define FER_RUNS_RECIPE_H

#include "common/args.h"

#include <stdio.h>

struct recipe_line {
    size_t number;
    const char *name, *value;
};

struct recipe {
    const char *path;  /* the caller's */
    const char *title; /* NULL: none */
    struct recipe_line *lines;
    size_t n;
    char *text; /* what the names and values lie in */
};

/** Read a file's lines; false, and a sentence with file and line for each that is none. */
bool recipe_read(const char *path, struct recipe *r);
/** The same of a recipe that is part of the command, by its file's name without the end; false: there is none. */
bool recipe_read_shipped(const char *name, struct recipe *r);
void recipe_free(struct recipe *r);

/** Set options to the recipe's values, which must outlive them, and mark those as no longer required. False,
 * and a sentence with file and line for every name and value that does not fit, and for what is required and
 * missing. */
bool recipe_apply(const struct recipe *r, struct cli_option *options, size_t n);

/** The options' values as a recipe that gives the same. False, and a sentence: a text that no line can hold.
 */
bool recipe_write(FILE *f, const struct cli_option *options, size_t n);

#endif
