/* Writes the faces of pictures or of a video's frames in one of several formats: docs/outputs.md. */
#ifndef FER_FACES_OUTPUT_H
#define FER_FACES_OUTPUT_H

#include "faces/formats.h"
#include "faces/frame.h"

#include <stdio.h>

struct faces_out;

/** Open an output and write its header. path NULL or "-": standard output. NULL after an error message. */
struct faces_out *faces_out_open(const struct faces_format *format, const char *path, const struct faces_kind *kind);
/** The same into a stream of the caller's, who closes it after faces_out_close(). `name` stands for it in messages. */
struct faces_out *faces_out_to(const struct faces_format *format, FILE *stream, const char *name,
                               const struct faces_kind *kind);
/** Add the next picture or frame, also one without a face. False after an error message. */
bool faces_out_add(struct faces_out *o, const struct faces_frame *frame);
/** Finish the document and give it its name. It is valid whenever this is called. If anything could not be written, the
 * file is removed. Frees o; NULL is fine. Returns an exit code. */
int faces_out_close(struct faces_out *o);
/** Remove the output (on standard output: write nothing more). Frees o; NULL is fine. */
void faces_out_abort(struct faces_out *o);

#endif
