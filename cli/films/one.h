/* One film of many: all of its outputs, or none where it is stopped. */
#ifndef FER_FILMS_ONE_H
#define FER_FILMS_ONE_H

#include "films/film.h"
#include "films/kinds.h"

/* What the films have in common. */
struct film_shop {
    const struct film *usual; /* options; its source and targets are not used */
    const fer_model *model;
    struct faces_kind kind; /* of the tables */
    const char *names[FER_FACE_CLASSES + 1];
    struct film_kinds kinds; /* which outputs a film gets */
    bool sound;              /* annotated films keep it */
};

/** Make a shop for a model, which must outlive it. s must stay where it is. */
void film_shop_open(struct film_shop *s, const struct film *usual, const fer_model *model);

enum film_end { FILM_DONE, FILM_FAILED, FILM_STOPPED };

/** Analyse the film and write its outputs, whose names begin with base, into directories that are made where missing.
 * threads 0: one per processor. found: its faces, which are
 * not searched then; NULL: they are. The film's table "<base>.summary.csv" is the first output to go and the last to
 * come: where it is there and says so, all outputs are complete. progress: receives the share that is done; NULL: none.
 */
enum film_end film_one(const struct film_shop *s, const char *path, const char *base, unsigned threads,
                       struct film_found *found, void (*progress)(void *user, double share), void *user);

/** Whether all outputs of the film are there, and made of the whole film. */
bool film_one_is_complete(const struct film_shop *s, const char *base);
/** The film's rows of the table over all films, to be freed. NULL after an error message: out of memory. */
char *film_one_rows(const struct film_shop *s, const char *path, const char *base);

#endif
