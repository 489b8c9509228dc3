/* Shared by the format tests: fixtures, failures with a reason, and the sweep of truncated and corrupted files. */
#ifndef FORMATS_H
#define FORMATS_H

#include "base/file.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define FIXTURE(name) FER_SOURCE_DIR "/tests/formats/fixtures/" name

static inline const char *fixture(const char *name)
{
    static char path[1024];
    snprintf(path, sizeof path, FIXTURE("%s"), name);
    return path;
}

static inline struct feri_bytes load(const char *name)
{
    struct feri_bytes bytes;
    fer_error err = {0};
    if (feri_file_load(fixture(name), &bytes, &err) != FER_OK) fail_msg("%s", err.text);
    return bytes;
}

static inline void must(const char *what, fer_status st, const fer_error *err)
{
    if (st != FER_OK) fail_msg("%s: %s", what, err->text);
}

/* The call failed with this status, and its message contains the text. */
static inline void refused(const char *what, fer_status st, fer_status want, const fer_error *err, const char *text)
{
    if (st != want || err->status != want)
        fail_msg("%s: '%s', expected '%s'; %s", what, fer_status_name(st), fer_status_name(want), err->text);
    if (!strstr(err->text, text) || strchr(err->text, '\n'))
        fail_msg("%s: '%s' should say '%s' in one line", what, err->text, text);
}

static inline void same_floats(const char *what, const float *got, const float *want, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (got[i] != want[i] && !(isnan(got[i]) && isnan(want[i])))
            fail_msg("%s: element %zu is %.9g, expected %.9g", what, i, (double)got[i], (double)want[i]);
}

static inline void same_sizes(const char *what, size_t n_got, const size_t *got, size_t n_want, const size_t *want)
{
    if (n_got != n_want) fail_msg("%s: %zu dimensions, expected %zu", what, n_got, n_want);
    for (size_t i = 0; i < n_want; i++)
        if (got[i] != want[i]) fail_msg("%s: dimension %zu is %zu, expected %zu", what, i, got[i], want[i]);
}

/* A file that the test may write; one per program. */
static inline const char *scratch(void)
{
    static char path[512];
    const char *dir = getenv("TMPDIR");
    snprintf(path, sizeof path, "%s/fer-formats-%ld", dir ? dir : "/tmp", (long)getpid());
    return path;
}

/* Parses bytes and frees the result. */
typedef fer_status parse_fn(const uint8_t *data, size_t size, fer_error *err);

/* The copy is a block of exactly this size, so that the address sanitizer detects a read after its end. */
static inline void parse_copy(const char *name, const uint8_t *data, size_t size, size_t at, uint8_t flip,
                              parse_fn *parse)
{
    fer_error err = {0};
    uint8_t *copy = malloc(size ? size : 1);
    assert_non_null(copy);
    memcpy(copy, data, size);
    if (flip) copy[at] ^= flip;
    fer_status st = parse(copy, size, &err);
    free(copy);
    if (st != FER_OK && (err.status != st || !err.text[0]))
        fail_msg("%s, %zu bytes, byte %zu ^ 0x%02X: fails without a sentence", name, size, at, flip);
}

/* Every truncation and every damaged byte gives an error with a message, or a success, but never a crash. */
static inline void sweep_thinly(const char *name, size_t step, parse_fn *parse)
{
    struct feri_bytes file = load(name);
    for (size_t n = 0; n < file.size; n += step) parse_copy(name, file.data, n, 0, 0, parse);
    for (size_t at = 0; at < file.size; at += step) {
        parse_copy(name, file.data, file.size, at, 0xFF, parse);
        parse_copy(name, file.data, file.size, at, 0x01, parse);
    }
    feri_bytes_free(&file);
}

static inline void sweep(const char *name, parse_fn *parse)
{
    sweep_thinly(name, 1, parse);
}

#endif
