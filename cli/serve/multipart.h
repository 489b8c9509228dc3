/* multipart/form-data (RFC 7578), in memory: the parts of a body, without copies of their contents. */
#ifndef FER_SERVE_MULTIPART_H
#define FER_SERVE_MULTIPART_H

#include "fer/base.h"

#include <stdbool.h>

enum { PART_NAME_MAX = 256, PART_BOUNDARY_MAX = 71 };

struct part {
    char name[PART_NAME_MAX];
    char file[PART_NAME_MAX]; /* the file's name without folders; "": none was given */
    char type[PART_NAME_MAX]; /* media type; "": none was given */
    bool is_file;
    const uint8_t *data; /* in the body */
    size_t size;
};

struct multipart {
    const uint8_t *at, *end;
    char boundary[PART_BOUNDARY_MAX + 4]; /* "\r\n--" and the boundary */
    size_t n_boundary;
    size_t n; /* parts so far */
    bool done;
};

/** Begin a body. type: its Content-Type, which names the boundary. */
fer_status multipart_open(struct multipart *m, const char *type, const uint8_t *data, size_t size, fer_error *err);
/** The next part; *more false: there was none left. */
fer_status multipart_next(struct multipart *m, struct part *out, bool *more, fer_error *err);

#endif
