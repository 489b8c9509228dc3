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
    char *text; /* storage of the names and values */
};

/** Read a file's lines. False after an error message, with file and line, for each wrong line. */
bool recipe_read(const char *path, struct recipe *r);
/** The same for a recipe that is part of the command, by its file name without the ending. False: none. */
bool recipe_read_shipped(const char *name, struct recipe *r);
void recipe_free(struct recipe *r);

/** Set options to the recipe's values and mark them as no longer required. The recipe must outlive them. False after an
 * error message, with file and line, for every wrong name or value, and for each missing option. */
bool recipe_apply(const struct recipe *r, struct cli_option *options, size_t n);

/** Print the options' values as a recipe for the same run. False after an error message: a text that no line can hold.
 */
bool recipe_write(FILE *f, const struct cli_option *options, size_t n);

#endif
