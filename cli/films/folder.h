/* Many films of one command, their outputs in one directory: `fer video a.mp4 b.mp4 dir/ --out DIR`. */
#ifndef FER_FILMS_FOLDER_H
#define FER_FILMS_FOLDER_H

#include "archive/archive.h"
#include "films/film.h"
#include "inputs/list.h"

struct film_folder {
    struct archive_options archive; /* the directory; which part of the films; whether to resume */
    const char *write;              /* "csv,vtt": film_kinds_parse() */
    size_t jobs;                    /* films at once, or pieces of films */
    float piece;                    /* cut films into pieces of so many seconds; 0: not */
    bool sound;                     /* annotated films keep it */
    json_t *settings;               /* archive_settings() of the command's options */
    struct ranks *ranks;            /* the processes that share the films; NULL: this one is alone */
    bool together;                  /* out: all of them came to the end */
};

/** Analyse every film as `usual` says, and write the table over all of them. A film that fails is reported, and the
 * others go on. Standard output gets a line per film. All ranks call it; only rank 0 needs films. Returns an exit code.
 */
int film_folder_run(const struct film *usual, struct film_folder *folder, struct input_list *films);

#endif
