/* What the formats of faces/formats.c share. */
#ifndef FER_FACES_WRITER_H
#define FER_FACES_WRITER_H

#include "common/file.h"
#include "faces/frame.h"
#include "faces/frame_clock.h"

struct faces_out;

struct faces_writer {
    void (*begin)(struct faces_out *o); /* NULL: no header */
    bool (*frame)(struct faces_out *o,
                  const struct faces_frame *frame); /* false after an error message: out of memory */
    void (*end)(struct faces_out *o);               /* NULL: nothing more */
};

/* Faces that have looked the same for a while, for formats with spans of time instead of frames. */
struct faces_span {
    uint64_t id, n; /* n frames */
    size_t label;   /* n_classes: not sure */
    double start;
    double sums[FER_FACE_CLASSES];               /* of the smoothed scores */
    double box[4], confidence, valence, arousal; /* sums */
    float first[4];                              /* its first box */
    bool touched;                                /* by the current frame */
};

struct faces_out {
    const struct faces_writer *writer;
    struct faces_kind kind;
    struct feri_atomic_file file;
    FILE *f; /* file.f or stdout */
    const char *name;
    bool failed; /* and reported */
    uint64_t n_frames;
    struct frame_clock clock;
    struct faces_span *spans; /* open ones */
    size_t n_spans, cap_spans;
    uint64_t n_cues;      /* written by faces_cues_end(), including the current one */
    size_t width, height; /* of the frame before */
    char *media;          /* its name */
};

/** A new open span that starts at the frame's time. NULL after an error message: out of memory. */
struct faces_span *faces_span_open(struct faces_out *o, const struct faces_frame *frame, size_t i);
void faces_span_grow(struct faces_span *s, const fer_face *face, size_t n_classes);
/** End the i-th span. */
void faces_span_drop(struct faces_out *o, size_t i);

/* Subtitles: what all faces show, as long as no face comes, goes or changes its label. */
/** Write the contents of o->spans. From and to: milliseconds. */
typedef void faces_cues_fn(struct faces_out *o, unsigned long long from, unsigned long long to);
/** Add the next frame; placed: a face that moves far also ends the cue. False after an error message: out of memory. */
bool faces_cues_add(struct faces_out *o, const struct faces_frame *frame, bool placed, faces_cues_fn *write);
/** At the end of the film (faces_end()): the last cue. */
void faces_cues_end(struct faces_out *o, double end, faces_cues_fn *write);
/** "HH:MM:SS.mmm --> HH:MM:SS.mmm", with `point` before the milliseconds. */
void faces_cue_times(FILE *f, unsigned long long from, unsigned long long to, char point);

unsigned long long faces_ms(double seconds);
/** The end of the current frame if none follows, in seconds. */
double faces_end(const struct faces_out *o);

/** ",<text>", quoted where needed. */
void faces_csv_text(FILE *f, const char *text);
/** ",<class><suffix>" for every class. */
void faces_csv_names(FILE *f, const struct faces_kind *kind, const char *suffix);
/** ",<valence>,<arousal>" if the model predicts them. */
void faces_csv_valence_arousal(FILE *f, const struct faces_kind *kind, double valence, double arousal);
/** ",<value>", with nothing after the comma if it is not a number. */
void faces_csv_number(FILE *f, int digits, double value);
/** ",<score>" for every class. */
void faces_csv_scores(FILE *f, const float *scores, size_t n);

/** Text between the tags of XML and WebVTT: escapes &, < and >. Line breaks and other control characters become spaces.
 */
void faces_markup_text(FILE *f, const char *text);

#endif
