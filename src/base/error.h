/* Error messages: the only way in which a failure travels from a room to the caller. */
#ifndef FERI_BASE_ERROR_H
#define FERI_BASE_ERROR_H

#include "fer/base.h"

/** Write the message (printf style) into err, if any, and return st. */
fer_status feri_fail(fer_error *err, fer_status st, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/** Like feri_fail(), with ": <strerror(errno)>" appended; the status is FER_ERR_IO. */
fer_status feri_fail_errno(fer_error *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/** Report a failed allocation of `size` bytes. */
fer_status feri_fail_memory(fer_error *err, size_t size);

/** Insert "<prefix>: " before the message that is already in err. Returns st. */
fer_status feri_fail_in(fer_error *err, fer_status st, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif
