/* Many pictures through the face pipeline, on several threads, answers in the order of the pictures. */
#ifndef FER_PHOTOS_RUN_H
#define FER_PHOTOS_RUN_H

#include "fer/fer.h"
#include "photos/list.h"

#include <stdbool.h>

enum photo_faces { PHOTO_AUTO, PHOTO_ALL, PHOTO_LARGEST, PHOTO_WHOLE };

/* Pictures with no side longer than this are faces already where PHOTO_AUTO decides. */
#define PHOTO_SMALL 100

#define PHOTO_FACES_MAX 512

struct photo_answer {
    const char *name;
    size_t number, width, height;
    bool whole; /* the picture was taken for a face */
    size_t n;
    const fer_face *faces;
    const char *error;        /* NULL, or why the picture could not be read */
    double decoding, seconds; /* of it in decoding, in all */
};

struct photo_run {
    const struct photo_list *list;
    fer_pipeline_options options; /* its model is set; its threads are those of all together */
    enum photo_faces faces;
    size_t pixels_max; /* larger pictures are bad ones; 0: what the library reads */
    size_t ahead;      /* pictures that may be worked on before the first of them is answered, at least one a thread */
    /* On a working thread, before the answer: draws, say. False, and a sentence: it failed. NULL: nothing. */
    bool (*see)(void *user, size_t worker, const fer_image *image, const struct photo *photo,
                const struct photo_answer *a);
    /* On the calling thread, one after another. False: stop. */
    bool (*answer)(void *user, const struct photo_answer *a);
    void *user;
    size_t workers; /* out: how many threads there will be: photo_workers() */
    bool failed;    /* out: `see` failed, or something other than a bad picture */
};

/** How many threads will call `see`: set before photo_run(). */
size_t photo_workers(const struct photo_run *r);
/** False, and a sentence: it could not begin, or stopped. */
bool photo_run(struct photo_run *r);

#endif
