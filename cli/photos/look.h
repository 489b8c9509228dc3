/* One picture through the face pipeline. */
#ifndef FER_PHOTOS_LOOK_H
#define FER_PHOTOS_LOOK_H

#include "fer/fer.h"

#include <stdbool.h>

/* Which faces to report, in the order of photo_faces_words. */
enum photo_faces { PHOTO_AUTO, PHOTO_ALL, PHOTO_LARGEST, PHOTO_WHOLE };
extern const char *const photo_faces_words[];

#define PHOTO_OPTION_FACES(v)                                                                                         \
    CLI_OPTION(                                                                                                       \
        CLI_WORD, "faces", .value = v, .words = photo_faces_words,                                                    \
        .help = "which faces to report; whole: the picture is one cropped face; auto: all, and the whole picture if " \
                "one face fills it and it is at most 100 x 100 pixels or no face is found for sure")

#define PHOTO_FACES_MAX 512

struct photo_seen {
    bool whole; /* the picture was taken for a face */
    size_t n;
    fer_face faces[PHOTO_FACES_MAX];
};

fer_status photo_look(fer_pipeline *p, const fer_view *v, enum photo_faces faces, struct photo_seen *out,
                      fer_error *err);

/* One of several pictures whose faces are classified together. */
struct photo_task {
    fer_view view;
    enum photo_faces faces;
    struct photo_seen *out;
    fer_error error; /* status FER_OK: it was looked at */
};

enum { PHOTO_TASKS_MAX = 16 };

/** photo_look() for each of n <= PHOTO_TASKS_MAX tasks, with the same results. */
void photo_look_many(fer_pipeline *p, size_t n, struct photo_task *tasks);

#endif
