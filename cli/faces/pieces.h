/* A format's text in pieces, for a reader who joins the rows of many pictures later. */
#ifndef FER_FACES_PIECES_H
#define FER_FACES_PIECES_H

#include "faces/output.h"

struct faces_pieces {
    char *before, *rows, *after; /* before + rows + after is the document of the frame */
};

/** The pieces of the document of one frame, or (NULL) of none. False after an error message. */
bool faces_pieces_new(const struct faces_format *format, const struct faces_kind *kind, const struct faces_frame *frame,
                      struct faces_pieces *out);
void faces_pieces_free(struct faces_pieces *p);

#endif
