/* The faces of a film that is gone through twice: first to find them, then to write them. They are kept in a temporary
 * file without a name. */
#ifndef FER_FILMS_SPOOL_H
#define FER_FILMS_SPOOL_H

#include "faces/frame.h"

#include <stdio.h>

enum { FILM_FACES_MAX = 256 }; /* of a frame */

struct spool;

/** NULL after an error message. */
struct spool *spool_new(void);
void spool_free(struct spool *s);
/** The spool in a file: `size` bytes after the first `begin` ones, written by spool_copy(); cursors begin at `begin`.
 * spool_free() closes the file. NULL after an error message: out of memory. */
struct spool *spool_of(FILE *file, uint64_t begin, uint64_t size);
/** Copy the spool into a file. False after an error message: it cannot be read. The caller checks what it wrote. */
bool spool_copy(struct spool *s, FILE *to);
/** Its size in bytes. */
uint64_t spool_size(const struct spool *s);
/** Add the next searched frame. False after an error message: no room on the disk. */
bool spool_add(struct spool *s, const struct faces_frame *frame);

/* A place in the spool, all zero at first. */
struct spool_cursor {
    uint64_t at;
};

/** Read the next frame. Its faces, at most FILM_FACES_MAX, go into `faces`, and frame->faces points to them. *more
 * false: there is none. False after an error message. */
bool spool_read(struct spool *s, struct spool_cursor *c, struct faces_frame *frame, fer_face *faces, bool *more);
/** The time of the next frame, which stays the next one. */
bool spool_peek(struct spool *s, const struct spool_cursor *c, double *seconds, bool *more);

#endif
