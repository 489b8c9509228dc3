/* What a client of DeepFace's server sends: JSON or a form with "img", "actions", "enforce_detection" and more. */
#ifndef FER_SERVE_DEEPFACE_REQUEST_H
#define FER_SERVE_DEEPFACE_REQUEST_H

#include "serve/body.h"

struct deepface_request {
    struct body body;      /* one picture */
    bool lenient;          /* enforce_detection is false: without a face, the whole picture is one */
    bool actions, emotion; /* "actions" were given; "emotion" is among them */
};

/** Whether a body of that Content-Type may be such a request. */
bool deepface_takes(const char *type);
/** Read it; the data must outlive the result, which is freed by body_free(&out->body). False: the reply says what is
 * wrong, and there is nothing to free. */
bool deepface_read(const char *type, const uint8_t *data, size_t size, struct deepface_request *out, struct reply *why);

#endif
