/* A film in progress: what the parts of film_run() share. */
#ifndef FER_FILMS_RUN_H
#define FER_FILMS_RUN_H

#include "common/cli.h"
#include "films/film.h"
#include "films/pace.h"
#include "films/spool.h"
#include "films/veil.h"

/* A film is gone through twice where the first frame to be written depends on later ones: a person's usual face is
 * known at the end, and a face is blurred before it is found. */
enum film_pass { FILM_ONLY, FILM_FIRST, FILM_SECOND };

struct film_progress {
    double begun; /* clock at the first frame of the pass */
    double first; /* its time */
    struct cli_progress bar;
};

struct film_state {
    struct film *film;
    fer_video *video;
    fer_video_info info;
    fer_model *own_model;
    const fer_model *model;
    fer_pipeline *pipeline;
    fer_tracker *tracker;
    struct film_outputs *outputs;
    struct faces_kind kind;
    const char *names[FER_FACE_CLASSES + 1];
    bool reported_steps;
    fer_face faces[FILM_FACES_MAX];
    struct faces_frame last; /* the frame searched last */
    struct film_pace pace;
    struct film_progress progress;
    double earliest; /* smallest difference of clock and frame time: of a frame that did not wait */

    enum film_pass pass;
    bool stopped;        /* by a signal, in the first pass; the second goes as far */
    struct spool *spool; /* the faces that the first pass found */
    struct spool_cursor cursor;
    struct spool *found;       /* all that the detector finds; NULL: faces are not blurred */
    fer_detector *detector;    /* for that */
    struct baseline *baseline; /* NULL: scores are those of the model */
    struct veil *veil;         /* NULL: faces are not blurred */
};

enum film_outcome { FILM_GO_ON, FILM_STOP, FILM_FAIL };

/** Whether a signal says stop. Asked between frames, and by a read that waits, perhaps on its own thread. */
bool film_is_stopped(void *run);
/** Read the frames of the open source until its end, or until look() or a signal stops it, and hand them to the
 * outputs; in the first of two passes, to the spool. */
enum film_outcome film_read(struct film_state *r);
/** The second pass where no output needs pixels: the frames come from the spool alone. */
enum film_outcome film_replay(struct film_state *r);

#endif
