/* A film in pieces, so that several threads or processes can search it: docs/archives.md#long-films-in-pieces. Where it
 * is cut follows from its times alone. Each piece is tracked afresh, from some time before its beginning on. */
#ifndef FER_FILMS_CUTS_H
#define FER_FILMS_CUTS_H

#include "films/one.h"

struct film_cuts {
    float first, seconds; /* where the film begins, and the length of its pieces; the last one is longer */
    size_t n;             /* 1: the film is not cut */
};

/** Where piece k begins; k from 1 to n - 1. */
static inline float film_cut(const struct film_cuts *c, size_t k)
{
    return (float)((double)c->first + (double)k * (double)c->seconds);
}

/** Cut a film into pieces of so many seconds. One that cannot be opened, or whose length is not known, is not cut. */
struct film_cuts film_cuts_of(const struct film *usual, const char *path, float seconds);
/** Seconds by which two pieces overlap: a face that is hidden at the cut is seen in them. */
float film_overlap(const struct film *usual);

/* The file with the faces of a piece. */

/** Its path, to be freed; NULL after an error message: out of memory. */
char *film_piece_path(const char *directory, size_t film, size_t piece);
/** Whether it is there and of a whole piece. */
bool film_piece_is_there(const char *path);
/** Find the faces of piece k and write them to the file. FILM_DONE also if the piece is damaged, which the file notes;
 * FILM_FAILED: the file could not be written. */
enum film_end film_piece(const struct film_shop *s, const char *film, const struct film_cuts *cuts, size_t k,
                         unsigned threads, const char *path);
/** Open the file: *cursor is at its first frame. *why [size] says why the piece is not whole; "": it is. NULL after an
 * error message. */
struct spool *film_piece_open(const char *path, struct spool_cursor *cursor, char *why, size_t size);

#endif
