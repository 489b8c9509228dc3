/**
 * @file fer/base.h
 * Status codes, error text and callbacks that every part of libfer shares.
 *
 * Errors: every call that can fail returns a ::fer_status and takes a `fer_error *` as its last argument. That
 * structure belongs to the caller, who may pass NULL. A call writes it only when it fails.
 *
 * Ownership: a call that makes something returns it through `out`, and the header names the function that frees it.
 * After an error *out is NULL. Every free function accepts NULL. Strings and arrays that a structure points to belong
 * to whoever made the structure.
 *
 * Processes: after fork() the child may go on with models, sessions, detectors, pipelines and trackers, and free them:
 * a call there starts threads anew. It must not be one that another thread was just using. What reads and writes as it
 * goes belongs to the process that opened it: in the child a fer_video, a fer_video_writer and a run of fer_train()
 * return FER_ERR_UNSUPPORTED, and freeing the first two leaves what is the parent's alone.
 *
 * The library never prints, never exits and has no global state.
 */
#ifndef FER_BASE_H
#define FER_BASE_H

#include <stdbool.h>
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
    FER_ERR_ARGUMENT,    /**< an argument is outside its range */
    FER_ERR_IO,          /**< a file cannot be opened, read, written or renamed */
    FER_ERR_FORMAT,      /**< a file does not follow its format */
    FER_ERR_SHAPE,       /**< tensor shapes do not match each other or the model */
    FER_ERR_MEMORY,      /**< an allocation failed */
    FER_ERR_UNSUPPORTED, /**< the request is valid, but this build or version cannot do it */
    FER_ERR_NUMERIC,     /**< a number is NaN or infinite */
    FER_ERR_STOPPED      /**< a callback asked to stop */
} fer_status;

#define FER_ERROR_TEXT_MAX 1024

/** What went wrong. */
typedef struct fer_error {
    fer_status status;
    char text[FER_ERROR_TEXT_MAX]; /**< one sentence without a newline: the file, the value and what was expected */
} fer_error;

/** Short English name of a status, such as "format error". Never NULL. */
FER_API const char *fer_status_name(fer_status status);

/** How far a call has come. */
typedef struct fer_progress {
    const char *what;     /**< what the call is doing, such as "evaluating"; valid during the callback */
    size_t done, total;   /**< fer_train() counts batches, other calls count images; total 0: not known */
    double per_second;    /**< images per second; 0: not known */
    double eta_seconds;   /**< seconds until the whole call ends; NaN: not known */
    size_t epoch, epochs; /**< training: the epoch that done and total belong to, from 0; epochs 0: no training */
    size_t images;        /**< training: images processed in this epoch */
    double loss;          /**< training: the loss so far; otherwise NaN */
} fer_progress;

/** Receives the progress of a long call. `user` is the pointer that was set beside the callback. Return false to stop:
 * the call then returns FER_ERR_STOPPED. The callback runs in the thread that made the call. */
typedef bool fer_progress_fn(void *user, const fer_progress *progress);

/** Receives one line of text without a newline, such as a warning. The callback runs in the thread that made the
 * call. */
typedef void fer_line_fn(void *user, const char *line);

#ifdef __cplusplus
}
#endif
#endif
