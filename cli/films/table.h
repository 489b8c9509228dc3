/* The table over all films: the rows of each film's own table, in the order of the films. */
#ifndef FER_FILMS_TABLE_H
#define FER_FILMS_TABLE_H

#include "faces/frame.h"

/** Write the table from the films' tables. names, tables [n]: of each film, its table "....summary.csv"; a NULL table
 * is left out, one that is not there makes a row that says so. False after an error message. */
bool film_table_write(const char *path, const struct faces_kind *kind, size_t n, const char *const *names,
                      const char *const *tables);

/** Whether a film's table is there, was made for this kind of faces, and says that the whole film was read. */
bool film_table_is_complete(const char *table, const struct faces_kind *kind);

#endif
