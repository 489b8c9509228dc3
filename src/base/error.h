/* Error sentences: the one way a failure travels from any room to the caller. */
#ifndef FERI_BASE_ERROR_H
#define FERI_BASE_ERROR_H

#include "fer/base.h"

/** Write the sentence (printf style) into err, if any, and return st. */
fer_status feri_fail(fer_error *err, fer_status st, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/** feri_fail() with ": <strerror(errno)>" appended; status FER_ERR_IO. */
fer_status feri_fail_errno(fer_error *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/** feri_fail() for an allocation of `size` bytes that failed. */
fer_status feri_fail_memory(fer_error *err, size_t size);

/** Put "<prefix>: " before the sentence that is already in err; returns st. */
fer_status feri_fail_in(fer_error *err, fer_status st, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif
