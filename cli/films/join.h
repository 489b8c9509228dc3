/* Joins the pieces of a film: a face keeps its id across a cut if both pieces have it in the same place in the frames
 * that they have in common. */
#ifndef FER_FILMS_JOIN_H
#define FER_FILMS_JOIN_H

#include "films/cuts.h"

/** Read the pieces of a film, whose files are in a result directory, into out->spool. *why [size]: why the first piece
 * that is not whole is not; "": all are. False after an error message. */
bool film_join(const char *directory, size_t number, const char *film, const struct film_cuts *cuts, float overlap,
               struct film_found *out, char *why, size_t size);

#endif
