/* The table of a film for the table over all films: its faces, one row each. */
#ifndef FER_FILMS_TABLE_H
#define FER_FILMS_TABLE_H

#include "faces/frame.h"

/** The header of all these tables, to be freed. NULL after an error message: out of memory. */
char *film_table_header(const struct faces_kind *kind);
/** The rows of a film's table, to be freed; of a table that is not there, a row that says so. NULL after an error
 * message: out of memory. */
char *film_table_rows(const char *table, const struct faces_kind *kind, const char *film);

/** Whether a film's table is there, was made for this kind of faces, and says that the whole film was read. */
bool film_table_is_complete(const char *table, const struct faces_kind *kind);

#endif
