/* A film's faces, from its source to all outputs: what `fer video` and `fer camera` share. */
#ifndef FER_FILMS_FILM_H
#define FER_FILMS_FILM_H

#include "common/args.h"
#include "films/outputs.h"

#include <signal.h>

/* A frame that was searched, for who shows it. */
struct film_moment {
    const struct faces_frame *frame;
    const struct faces_kind *kind;
    const fer_view *view; /* with the faces drawn in, where something draws */
    double rate;          /* frames a second, of late */
    double latency;       /* seconds from the frame's arrival to this; NaN: not live */
    uint64_t dropped;     /* frames of a live source */
};

struct film {
    /* what the command line says */
    const char *source;
    fer_video_options video;
    fer_pipeline_options pipeline;
    fer_tracker_options tracker;
    struct film_targets targets;
    const char *weights;
    size_t every; /* every so many frames are searched */
    float fps;    /* at most so many frames a second are searched; 0: all */
    float start, end;
    bool quiet; /* no progress */
    /* False: stop. NULL: nobody looks. */
    bool (*look)(void *user, const struct film_moment *m);
    void *user;
};

/** Rows of a table of options that both commands have. */
#define FILM_OPTIONS(f)                                                                                                \
    CLI_OPTION_WEIGHTS(&(f)->weights),                                                                                 \
        CLI_OPTION(CLI_TEXT, "detector", .value = &(f)->pipeline.detector.weights, .arg = "FILE",                      \
                   .help = "the face detector", .unset = "the one built into fer"),                                    \
        CLI_OPTION(CLI_TEXT, "csv", .value = &(f)->targets.paths[FACES_CSV], .arg = "FILE|-",                          \
                   .help = "table, one row a face", .unset = "not written"),                                           \
        CLI_OPTION(CLI_TEXT, "jsonl", .value = &(f)->targets.paths[FACES_JSONL], .arg = "FILE|-",                      \
                   .help = "JSON, one line a frame", .unset = "not written"),                                          \
        CLI_OPTION(CLI_TEXT, "vtt", .value = &(f)->targets.paths[FACES_VTT], .arg = "FILE|-",                          \
                   .help = "WebVTT subtitles", .unset = "not written"),                                                \
        CLI_OPTION(CLI_TEXT, "emotionml", .value = &(f)->targets.paths[FACES_EMOTIONML], .arg = "FILE|-",              \
                   .help = "EmotionML 1.0", .unset = "not written"),                                                   \
        CLI_OPTION(CLI_TEXT, "openface", .value = &(f)->targets.paths[FACES_OPENFACE], .arg = "FILE|-",                \
                   .help = "table with OpenFace's columns", .unset = "not written"),                                   \
        CLI_OPTION(CLI_TEXT, "pyfeat", .value = &(f)->targets.paths[FACES_PYFEAT], .arg = "FILE|-",                    \
                   .help = "table with Py-Feat's columns", .unset = "not written"),                                    \
        CLI_OPTION(CLI_FLAG, "summary", .value = &(f)->targets.summary,                                                \
                   .help = "at the end, for each face its share of time of each expression"),                          \
        CLI_OPTION(CLI_WORD, "format", .value = &(f)->targets.summary_format, .words = summary_format_words,           \
                   .help = "of the summary"),                                                                          \
        CLI_OPTION(CLI_TEXT, "timeline", .value = &(f)->targets.timeline, .arg = "FILE",                               \
                   .help = "draw the scores over time, PNG or SVG", .unset = "not drawn"),                             \
        CLI_OPTION(CLI_TEXT, "annotate", .value = &(f)->targets.annotate, .arg = "FILE",                               \
                   .help = "the film with boxes, expressions and scores: .mp4, .mkv or .mov", .unset = "not written"), \
        CLI_OPTION(CLI_REAL, "smooth", .value = &(f)->tracker.smooth, .min = 0, .max = 3600,                           \
                   .help = "time constant of the smoothed scores, seconds; 0: not smoothed"),                          \
        CLI_OPTION(CLI_COUNT, "detect-every", .value = &(f)->tracker.detect_every, .min = 1, .max = 1000,              \
                   .help = "the whole picture is searched every so many frames, in between only the surroundings of "  \
                           "known faces"),                                                                             \
        CLI_OPTION(CLI_REAL, "patience", .value = &(f)->tracker.patience, .min = 0.01, .max = 3600,                    \
                   .help = "seconds that a face may be hidden and keep its number"),                                   \
        CLI_OPTION(CLI_REAL, "threshold", .value = &(f)->pipeline.detector.threshold, .min = 0, .max = 1,              \
                   .help = "least confidence of a face", .unset = "the detector's own"),                               \
        CLI_OPTION(CLI_REAL, "smallest", .value = &(f)->pipeline.detector.smallest, .min = 4, .max = 10000,            \
                   .help =                                                                                             \
                       "width of the smallest face looked for, pixels; twice as wide takes a quarter of the time"),    \
        CLI_OPTION(CLI_FLAG, "tta", .value = &(f)->pipeline.tta,                                                       \
                   .help = "answer by a face and its mirror image, twice the time"),                                   \
        CLI_OPTION_THREADS(&(f)->pipeline.threads), CLI_OPTION_ISA(&(f)->pipeline.isa)

/** What options have before they are read. */
struct film film_defaults(void);
/** Read the source to its end, until look() or a signal (SIGINT, SIGTERM) says stop: then too every output is finished.
 * Returns an exit code. */
int film_run(struct film *f);

#endif
