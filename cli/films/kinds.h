/* Which outputs each of several films gets, and the names of these. */
#ifndef FER_FILMS_KINDS_H
#define FER_FILMS_KINDS_H

#include "films/outputs.h"

#define FILM_KINDS_HELP "outputs of each film: csv, jsonl, vtt, srt, emotionml, openface, pyfeat, timeline, annotate"

struct film_kinds {
    bool tables[FACES_FORMATS_MAX]; /* in the order of faces_formats */
    bool timeline, annotate;
};

/** Parse "csv,vtt,annotate". False after an error message: what is wrong. */
bool film_kinds_parse(struct film_kinds *k, const char *list);

enum { FILM_FILES_MAX = FACES_FORMATS_MAX + 3 };
/** What is put after a film's base to name each of its outputs, the summary's table last. Returns their number. */
size_t film_kinds_endings(const struct film_kinds *k, const char *endings[FILM_FILES_MAX]);

/** The targets of a film whose outputs begin with base. False after an error message: out of memory. */
bool film_kinds_targets(const struct film_kinds *k, const char *base, struct film_targets *out);
void film_kinds_free(struct film_targets *t);

/** Whether all outputs of the film are there. */
bool film_kinds_are_there(const struct film_targets *t);

#endif
