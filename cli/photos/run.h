/* Runs many pictures through the face pipeline on several threads. Results come in the order in which the pictures were
 * begun. */
#ifndef FER_PHOTOS_RUN_H
#define FER_PHOTOS_RUN_H

#include "fer/fer.h"
#include "inputs/list.h"
#include "photos/look.h"

#include <stdbool.h>

struct photo_answer {
    const char *name;
    size_t number, width, height;
    bool whole; /* the picture was taken for a face */
    size_t n;
    const fer_face *faces;
    const char *note;         /* NULL, or what of the picture was left aside */
    const char *error;        /* NULL, or why the picture could not be read */
    double decoding, seconds; /* spent on decoding, in total */
};

enum photo_next {
    PHOTO_TAKE,
    PHOTO_WAIT, /* none is known now: ask again after the next poll() */
    PHOTO_END   /* there are no more */
};

struct photo_run {
    const struct input_list *list; /* NULL: `next` gives the pictures, and how many they are is not known */
    fer_pipeline_options options;  /* its model must be set; its threads are the total */
    enum photo_faces faces;
    float abstain;     /* faces with a lower score get the label n_classes (faces/abstain.h) */
    float min_quality; /* poorer faces are left out */
    size_t pixels_max; /* larger pictures count as unreadable; 0: the library's limit */
    size_t ahead;      /* pictures in progress before the first is reported, at least one per thread */
    /* Which picture is next. *number is how many were begun, and may become another number for the answer; the path of
     * *photo must stay until its answer was given. Called by one thread at a time, which may be any. NULL: all of the
     * list, in their order. */
    enum photo_next (*next)(void *chooser, size_t *number, struct input *photo);
    /* Called on the calling thread every few milliseconds. NULL: nothing. */
    void (*poll)(void *chooser);
    void *chooser;
    /* Called on a worker thread before the result is reported, to draw for example. False after an error message. NULL:
     * nothing. */
    bool (*see)(void *user, size_t worker, const fer_image *image, const struct input *photo,
                const struct photo_answer *a);
    /* Called on the calling thread, one picture after another. False: stop. */
    bool (*answer)(void *user, const struct photo_answer *a);
    void *user;
    size_t workers; /* out: how many threads there will be: photo_workers() */
    bool failed;    /* out: `see` failed, or something other than a bad picture */
};

/** How many threads will call `see`. Available before photo_run(). */
size_t photo_workers(const struct photo_run *r);
/** False after an error message: it could not start, or it stopped. */
bool photo_run(struct photo_run *r);

#endif
