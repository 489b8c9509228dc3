/* A small FER+ directory that a test makes for itself. */
#ifndef FACES_H
#define FACES_H

#define _XOPEN_SOURCE 700
#include "data/open.h"
#include "formats/picture_file.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char root[] = "/tmp/fer-data-XXXXXX";

static inline const char *at(const char *name)
{
    static char path[4][256];
    static int turn;
    turn = (turn + 1) % 4;
    snprintf(path[turn], sizeof path[turn], "%s/%s", root, name);
    return path[turn];
}

static inline void write_text(const char *name, const char *text)
{
    FILE *f = fopen(at(name), "w");
    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
}

/* An 8 x 8 grey picture. All pixels are `grey`, except for the left column, which is 0. */
static inline void write_face(const char *name, unsigned grey)
{
    struct feri_pixels px;
    fer_error err = {0};
    assert_int_equal(feri_pixels_new(8, 8, 1, &px, &err), FER_OK);
    for (size_t i = 0; i < 64; i++) px.data[i] = i % 8 ? (uint8_t)grey : 0;
    assert_int_equal(feri_pixels_write_png(at(name), &px, &err), FER_OK);
    feri_pixels_free(&px);
}

static inline int make_root(void **state)
{
    (void)state;
    return mkdtemp(root) ? 0 : -1;
}

static inline int remove_one(const char *path, const struct stat *s, int type, struct FTW *ftw)
{
    (void)s;
    (void)type;
    (void)ftw;
    return remove(path);
}

static inline int remove_root(void **state)
{
    (void)state;
    return nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static inline fer_status open_set(const char *path, fer_protocol protocol, bool skip_bad, struct feri_dataset **out,
                                  fer_error *err)
{
    *err = (fer_error){0};
    const fer_data_source source = {.path = path, .protocol = protocol, .skip_bad = skip_bad};
    return feri_dataset_open(&source, FERI_USE_ALL, out, err);
}

#endif
