/* What is told of the faces of pictures or of a video's frames, written in one of several formats: docs/outputs.md. */
#ifndef FER_FACES_OUTPUT_H
#define FER_FACES_OUTPUT_H

#include "faces/formats.h"
#include "fer/face.h"

#include <stdbool.h>

/* What all frames have in common. The strings are the caller's and must outlive the output. */
struct faces_kind {
    bool video; /* frames of one video, with times, ids and smoothed scores; false: pictures, each with its own name */
    const char *const *classes;
    size_t n_classes;     /* at most FER_FACE_CLASSES */
    bool valence_arousal; /* the model tells them */
};

struct faces_frame {
    const char *file; /* the picture's or the video's name */
    uint64_t frame;   /* of the video, or which picture: 0, 1, ... */
    double seconds;   /* when the frame was taken; must not go back. Pictures: 0 */
    size_t width, height;
    bool whole; /* a picture that was taken for a face as it is */
    size_t n;
    const fer_face *faces;
};

struct faces_out;

/** Open an output and write its head. path NULL or "-": standard output. NULL, and a sentence: it cannot be made. */
struct faces_out *faces_out_open(const struct faces_format *format, const char *path, const struct faces_kind *kind);
/** The next picture or frame, also one without a face. False, and a sentence: it cannot be written. */
bool faces_out_add(struct faces_out *o, const struct faces_frame *frame);
/** The number a face has in what is written: of a tracked one its id, else its place among the frame's faces, from 1
 * on. */
uint64_t faces_number(const struct faces_frame *frame, size_t i);
/** Finish the document, which is then valid whenever that is, and put it in its place; where anything could not be
 * written, nothing is left. Frees o; NULL is fine. Returns an exit code. */
int faces_out_close(struct faces_out *o);
/** Leave nothing behind (on standard output: nothing more). Frees o; NULL is fine. */
void faces_out_abort(struct faces_out *o);

#endif
