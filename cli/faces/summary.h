/* How long each face of a video showed which expression. */
#ifndef FER_FACES_SUMMARY_H
#define FER_FACES_SUMMARY_H

#include "faces/output.h"

#include <stdio.h>

enum summary_format { SUMMARY_TEXT, SUMMARY_JSON, SUMMARY_CSV };
extern const char *const summary_format_words[]; /* "text", "json", "csv", NULL */

struct summary;

/** NULL after an error message: out of memory. Class names belong to the caller. */
struct summary *summary_new(const struct faces_kind *kind);
/** Add the next frame. Only its seen faces count. False after an error message: out of memory. */
bool summary_add(struct summary *s, const struct faces_frame *frame);
/** Print what was added so far; more may be added afterwards. Returns an exit code. */
int summary_print(const struct summary *s, enum summary_format format, FILE *to);
void summary_free(struct summary *s);

/* The table of several films, as CSV: a row per face with the film's name, `complete` 0 where the film was read in
 * part. A film without a face has a row with the face_id 0. */
void summary_films_header(const struct faces_kind *kind, FILE *to);
void summary_films_rows(const struct summary *s, const char *file, bool complete, FILE *to);
/** The row of a film of which nothing could be read. */
void summary_films_unread(const struct faces_kind *kind, const char *file, FILE *to);

/* One face. A frame lasts until the next one; the last one lasts as long as the one before it. */
struct summary_face {
    uint64_t id;
    double first, last; /* seconds: when it is first seen, when it is last seen (the end of that frame) */
    double seconds;     /* seen */
    double by_class[FER_FACE_CLASSES + 1]; /* seconds by label */
    double means[FER_FACE_CLASSES];        /* of the scores over time; NaN: seen for no time */
    double confidence;                     /* mean over time */
    double valence, arousal;               /* the same; NaN: not predicted */
    uint64_t transitions;                  /* changes of its label */
};
/** The i-th face by id; false: no more. */
bool summary_face(const struct summary *s, size_t i, struct summary_face *out);

#endif
