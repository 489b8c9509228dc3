/* The output formats for faces: one table. The commands make their options from it. */
#ifndef FER_FACES_FORMATS_H
#define FER_FACES_FORMATS_H

#include <stddef.h>

struct faces_writer;

struct faces_format {
    const char *pictures; /* its word in `fer predict --format`; NULL: not for pictures */
    const char *films;    /* its option in `fer video` and `fer camera`; NULL: not for films */
    const char *type;     /* of its text, for HTTP; that of JSON is of many lines */
    const char *help;
    const struct faces_writer *writer;
};

enum { FACES_FORMATS_MAX = 32 };
extern const struct faces_format faces_formats[];
extern const size_t faces_n_formats;

/** The format with that word for pictures or that option for films; NULL: none. */
const struct faces_format *faces_format_named(const char *name);

/** The words for pictures, NULL-terminated. */
void faces_picture_words(const char *words[FACES_FORMATS_MAX + 1]);

/** The options for films, NULL-terminated. */
void faces_film_words(const char *words[FACES_FORMATS_MAX + 1]);

#endif
