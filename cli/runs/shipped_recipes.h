/* The recipes that ship with fer, as a build puts them into the command (cmake/recipes.cmake). */
#ifndef FER_RUNS_SHIPPED_RECIPES_H
#define FER_RUNS_SHIPPED_RECIPES_H

struct shipped_recipe {
    const char *name, *text; /* "mcct-7-plain"; the file's content */
};

extern const struct shipped_recipe shipped_recipes[]; /* name NULL ends */

#endif
