/* What is told of the faces of pictures or of a video's frames, written in one of several formats: docs/outputs.md. */
#ifndef FER_FACES_OUTPUT_H
#define FER_FACES_OUTPUT_H

#include "faces/formats.h"
#include "faces/frame.h"

struct faces_out;

/** Open an output and write its head. path NULL or "-": standard output. NULL, and a sentence: it cannot be made. */
struct faces_out *faces_out_open(const struct faces_format *format, const char *path, const struct faces_kind *kind);
/** The next picture or frame, also one without a face. False, and a sentence: it cannot be written. */
bool faces_out_add(struct faces_out *o, const struct faces_frame *frame);
/** Finish the document, which is then valid whenever that is, and put it in its place; where anything could not be
 * written, nothing is left. Frees o; NULL is fine. Returns an exit code. */
int faces_out_close(struct faces_out *o);
/** Leave nothing behind (on standard output: nothing more). Frees o; NULL is fine. */
void faces_out_abort(struct faces_out *o);

#endif
