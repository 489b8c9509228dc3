/* Shared code of the fuzz targets. The sanitizers detect memory errors; in addition, a target aborts if a parser breaks
 * a promise of its header. */
#ifndef FUZZ_H
#define FUZZ_H

#include "fer/base.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void demand(int holds)
{
    if (!holds) abort();
}

/* A failure must have a message. Returns whether the call succeeded. */
static inline int succeeded(fer_status st, const fer_error *err)
{
    demand(st == FER_OK || (err->status == st && err->text[0]));
    return st == FER_OK;
}

/* Read every float, so that the address sanitizer detects a block that is too short. */
static inline void touch(const float *data, size_t n)
{
    volatile float sink = 0;
    for (size_t i = 0; i < n; i++) sink = data[i];
    (void)sink;
}

#endif
