/* Names of the outputs of several films: each film has a base, to which every output adds its ending. Below the output
 * directory the films lie as below their operands. */
#ifndef FER_FILMS_BASES_H
#define FER_FILMS_BASES_H

#include "films/kinds.h"
#include "inputs/list.h"

/* In the output directory, over all films: */
#define FILM_TABLE    "summary.csv"
#define FILM_FAILURES "failures.csv"

/**
 * "<directory>/talk" for talk.mp4, or for a/b/talk.mp4 of the directory a "<directory>/b/talk". Where two films would
 * have an output of the same name, both keep the ending (talk.mp4, talk.mov), and if that does not help, the path as it
 * was given without steps upwards (a/talk.mp4, b/talk.mp4).
 *
 * A NULL base: the same path comes before in the list. Returns NULL after an error message: two films still have the
 * same name, an output would replace a film, or out of memory.
 */
char **film_bases_new(const struct input_list *films, const struct film_kinds *kinds, const char *directory);
void film_bases_free(char **bases, size_t n);

#endif
