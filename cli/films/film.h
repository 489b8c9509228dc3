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

/** What options have before they are read. */
struct film film_defaults(void);
/** Parse the options that both commands have, with a command's own n behind them; as cli_parse(). */
int film_parse(struct film *f, const struct cli_usage *usage, const struct cli_option *own, size_t n, int argc,
               char **argv, struct cli_operands *operands);
/** Read the source to its end, until look() or a signal (SIGINT, SIGTERM) says stop: then too every output is finished.
 * Returns an exit code. */
int film_run(struct film *f);

#endif
