/* CPU time in milliseconds that the face detector takes per picture on one core, from RGB pixels to faces: scaling,
 * network and suppression.
 *
 *   detect_time PICTURES WIDTH HEIGHT SMALLEST THRESHOLD [WEIGHTS]
 *
 * PICTURES is a file of RGB pictures of that size, one after the other. Each line of standard input is the number of a
 * picture; the program answers with a line "milliseconds faces". So another program can alternate with it. */
#define _POSIX_C_SOURCE 200809L
#include "clock.h"

#include <fer/fer.h>
#include <stdio.h>
#include <stdlib.h>

#define FACES 512

static int fail(const char *what)
{
    fprintf(stderr, "detect_time: %s\n", what);
    return 1;
}

/* Read the whole file; its size must be a multiple of a picture. */
static uint8_t *read_pictures(const char *path, size_t picture, size_t *n)
{
    FILE *f = fopen(path, "rb");
    uint8_t *data = NULL;
    if (f && fseek(f, 0, SEEK_END) == 0) {
        long size = ftell(f);
        *n = size > 0 ? (size_t)size / picture : 0;
        data = *n && fseek(f, 0, SEEK_SET) == 0 ? malloc(*n * picture) : NULL;
        if (data && fread(data, picture, *n, f) != *n) {
            free(data);
            data = NULL;
        }
    }
    if (f) fclose(f);
    return data;
}

struct pictures {
    const uint8_t *data;
    size_t w, h, n;
};

static int serve(fer_detector *d, const struct pictures *p)
{
    static fer_face faces[FACES];
    unsigned long i;
    fer_error err;
    while (scanf("%lu", &i) == 1) {
        size_t found;
        if (i >= p->n) return fail("there is no picture of that number");
        fer_view v = {.format = FER_RGB8,
                      .width = p->w,
                      .height = p->h,
                      .planes = {p->data + i * p->w * p->h * 3},
                      .strides = {p->w * 3}};
        double start = cpu_ms();
        if (fer_detector_find(d, &v, FACES, faces, &found, &err) != FER_OK) return fail(err.text);
        printf("%.4f %zu\n", cpu_ms() - start, found);
        fflush(stdout);
    }
    return 0;
}

int main(int argc, char **argv)
{
    fer_detector *d;
    fer_error err;
    if (argc < 6 || argc > 7) return fail("expected PICTURES WIDTH HEIGHT SMALLEST THRESHOLD [WEIGHTS]") + 1;
    struct pictures p = {NULL, strtoul(argv[2], NULL, 10), strtoul(argv[3], NULL, 10), 0};
    fer_detector_options opt = {.smallest = strtof(argv[4], NULL), .threshold = strtof(argv[5], NULL), .threads = 1};
    if (argc == 7 && argv[6][0]) opt.weights = argv[6];
    if (p.w == 0 || p.h == 0) return fail("a width and a height above 0 are expected");
    uint8_t *data = read_pictures(argv[1], p.w * p.h * 3, &p.n);
    if (!data) return fail("the pictures cannot be read");
    p.data = data;
    int code = fer_detector_new(&opt, &d, &err) == FER_OK ? 0 : fail(err.text);
    if (code == 0) {
        code = serve(d, &p);
        fer_detector_free(d);
    }
    free(data);
    return code;
}
