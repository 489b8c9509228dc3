/* Many films of one command, their outputs in one directory: `fer video a.mp4 b.mp4 dir/ --out DIR`. */
#ifndef FER_FILMS_FOLDER_H
#define FER_FILMS_FOLDER_H

#include "films/film.h"
#include "inputs/list.h"

struct film_folder {
    const char *out;   /* the directory */
    const char *write; /* "csv,vtt": film_kinds_parse() */
    size_t jobs;       /* films at once */
    bool sound;        /* annotated films keep it */
    bool resume;       /* films whose outputs are complete are skipped */
};

/** Analyse every film as `usual` says, and write the table over all of them. A film that fails is reported, and the
 * others go on. Standard output gets a line per film. Returns an exit code. */
int film_folder_run(const struct film *usual, const struct film_folder *folder, const struct input_list *films);

#endif
