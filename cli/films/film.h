/* The common part of `fer video` and `fer camera`: a film's faces, from the source to all outputs. */
#ifndef FER_FILMS_FILM_H
#define FER_FILMS_FILM_H

#include "base/json.h"
#include "common/args.h"
#include "films/baseline.h"
#include "films/outputs.h"

/* An analysed frame, to be shown. */
struct film_moment {
    const struct faces_frame *frame;
    const struct faces_kind *kind;
    const fer_view *view; /* with the faces drawn in, if anything draws */
    double rate;          /* recent frames per second */
    double latency;       /* seconds from the frame's arrival to now; NaN: not live */
    uint64_t dropped;     /* dropped frames of a live source */
};

/* What is known of a film before it is written. */
struct film_found {
    struct spool *spool; /* its faces; film_run() frees it and sets NULL */
    bool failed;         /* its end was not reached, and that was said */
};

struct film {
    /* from the command line */
    const char *source;
    fer_video_options video;
    fer_pipeline_options pipeline;
    fer_tracker_options tracker;
    struct film_targets targets;
    const char *weights, *prior;
    const fer_model *model; /* NULL: loaded by film_run() from the weights; may be shared by films that run at once */
    bool named;             /* tables name the film in each row */
    bool whole;             /* a film that is stopped leaves no outputs; otherwise what was seen so far */
    void (*progress)(void *user, double share); /* instead of a bar: how much of the film is done, 0 to 1; NULL: none */
    void *progress_user;
    struct baseline_options baseline;
    bool blur;         /* faces, in the annotated film and the timeline */
    float abstain;     /* below this score a label is "uncertain" */
    float min_quality; /* poorer faces are left out */
    size_t every;      /* analyse every Nth frame */
    float fps;         /* analyse at most so many frames per second; 0: all */
    float start, end;
    bool in_pieces;           /* which frames are searched does not depend on where reading begins */
    struct film_found *found; /* the faces, found before; NULL: to be found */
    bool quiet;               /* no progress */
    /* film_parse() describes all options but these, as archive_settings() does; NULL: it does not. */
    const char *const *aside;
    json_t *settings; /* out: that description */
    /* Called with each analysed frame. False: stop. NULL: not called. */
    bool (*look)(void *user, const struct film_moment *m);
    void *user;
};

/** The defaults of all options. */
struct film film_defaults(void);
/** Parse the options of both commands, followed by n options of one command; like cli_parse(). */
int film_parse(struct film *f, const struct cli_usage *usage, const struct cli_option *own, size_t n, int argc,
               char **argv, struct cli_operands *operands);
/** Process the source until its end, or until look() or a signal (SIGINT, SIGTERM, SIGHUP) stops it. All outputs are
 * finished in either case. Returns an exit code. */
int film_run(struct film *f);
/** Only find the faces from f->start to f->end. *found is to be freed by spool_free(), and is set after an error too,
 * as far as it got; NULL after an error before the first frame. False after an error message or a signal. */
bool film_find(struct film *f, struct spool **found);

#endif
