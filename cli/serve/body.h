/* The pictures of a request's body: the body itself, the files of a form, or base64 in JSON. */
#ifndef FER_SERVE_BODY_H
#define FER_SERVE_BODY_H

#include "serve/reply.h"

enum { BODY_PICTURES_MAX = 64 };

struct body_picture {
    char *name; /* "-": none was given */
    const uint8_t *data;
    size_t size;
    uint8_t *owned; /* NULL: data is a part of the body */
};

struct body {
    struct body_picture items[BODY_PICTURES_MAX];
    size_t n;
};

/** Whether a body of that Content-Type may hold pictures. "": none was given. */
bool body_holds_pictures(const char *type);
/** Whether a type is that of plain bytes, or was not given. */
bool body_is_bytes(const char *type);

/** Split a body, which must outlive the result. False: the reply says what is wrong with it. */
bool body_read(const char *type, const uint8_t *data, size_t size, struct body *out, struct reply *why);
/** Add a copy of a picture in base64, with or without "data:...;base64," before it. False: the reply says why. */
bool body_add_base64(struct body *b, const char *name, const char *text, size_t n, struct reply *why);
/** Add a part of the body. */
bool body_add(struct body *b, const char *name, const uint8_t *data, size_t size, struct reply *why);
void body_free(struct body *b);

#endif
