/**
 * @file fer/base.h
 * Status codes and error text shared by every call of libfer.
 *
 * Every call that can fail returns a ::fer_status and takes a `fer_error *` as its last argument. The
 * caller owns that structure (on its stack, say); NULL is allowed where the sentence is not wanted. On
 * success it is left alone. The library never prints, never exits and keeps no global state.
 */
#ifndef FER_BASE_H
#define FER_BASE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(_WIN32)
#define FER_API
#else
#define FER_API __attribute__((visibility("default")))
#endif

typedef enum fer_status {
    FER_OK = 0,
    FER_ERR_ARGUMENT,    /**< the caller's argument is out of its range */
    FER_ERR_IO,          /**< a file cannot be opened, read, written or renamed */
    FER_ERR_FORMAT,      /**< a file's bytes are not what its format demands */
    FER_ERR_SHAPE,       /**< tensor shapes do not fit each other or the model */
    FER_ERR_MEMORY,      /**< an allocation failed */
    FER_ERR_UNSUPPORTED, /**< valid, but this build or version does not handle it */
    FER_ERR_NUMERIC,     /**< NaN or infinity where a number is needed */
    FER_ERR_STOPPED      /**< a callback asked to stop */
} fer_status;

#define FER_ERROR_TEXT_MAX 1024

/** What went wrong: names the file, the value and what was expected. One sentence without a newline. */
typedef struct fer_error {
    fer_status status;
    char text[FER_ERROR_TEXT_MAX];
} fer_error;

/** Short English name of a status, such as "format error". Never NULL. */
FER_API const char *fer_status_name(fer_status status);

/** Receives one line of text (without newline): load reports, warnings. */
typedef void fer_line_fn(void *user, const char *line);

#ifdef __cplusplus
}
#endif
#endif
