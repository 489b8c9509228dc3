/* Work over many arrays of floats, divided into chunks by sizes alone, so that results do not depend on the number of
 * threads. */
#ifndef FERI_TRAIN_CHUNKS_H
#define FERI_TRAIN_CHUNKS_H

#include "fer/base.h"

#define FERI_CHUNK_FLOATS ((size_t)16384)

struct feri_chunk {
    size_t array, first, n; /* floats [first, first + n) of an array */
};

struct feri_chunks {
    struct feri_chunk *items;
    size_t n, cap;
};

/** Append the chunks of array number `array`, which has `count` floats. */
fer_status feri_chunks_add(struct feri_chunks *c, size_t array, size_t count, fer_error *err);
void feri_chunks_free(struct feri_chunks *c);

#endif
