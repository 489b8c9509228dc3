/* CPU time in milliseconds that the face detector takes per picture on one core, from RGB pixels to faces: scaling,
 * network and suppression.
 *
 *   detect_time PICTURES WIDTH HEIGHT SMALLEST THRESHOLD [WEIGHTS]
 *
 * PICTURES is a file of RGB pictures of that size, one after the other. Each line of standard input is the number of a
 * picture; the program answers with a line "milliseconds faces". So another program can alternate with it. It holds one
 * picture at a time, so that its memory is that of the detector. */
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

struct pictures {
    FILE *file;
    size_t w, h;
    uint8_t *pixels; /* of the latest picture */
};

static int read_picture(struct pictures *p, unsigned long i)
{
    size_t size = p->w * p->h * 3;
    if (fseek(p->file, (long)(i * size), SEEK_SET) != 0 || fread(p->pixels, 1, size, p->file) != size)
        return fail("there is no picture of that number");
    return 0;
}

static int serve(fer_detector *d, struct pictures *p)
{
    static fer_face faces[FACES];
    unsigned long i;
    fer_error err;
    fer_view v = {.format = FER_RGB8, .width = p->w, .height = p->h, .planes = {p->pixels}, .strides = {p->w * 3}};
    while (scanf("%lu", &i) == 1) {
        size_t found;
        if (read_picture(p, i)) return 1;
        double start = cpu_ms();
        if (fer_detector_find(d, &v, FACES, faces, &found, &err) != FER_OK) return fail(err.text);
        printf("%.4f %zu\n", cpu_ms() - start, found);
        fflush(stdout);
    }
    return 0;
}

static int detect(const fer_detector_options *opt, struct pictures *p)
{
    fer_detector *d;
    fer_error err;
    if (fer_detector_new(opt, &d, &err) != FER_OK) return fail(err.text);
    int code = serve(d, p);
    fer_detector_free(d);
    return code;
}

int main(int argc, char **argv)
{
    if (argc < 6 || argc > 7) return fail("expected PICTURES WIDTH HEIGHT SMALLEST THRESHOLD [WEIGHTS]") + 1;
    struct pictures p = {NULL, strtoul(argv[2], NULL, 10), strtoul(argv[3], NULL, 10), NULL};
    fer_detector_options opt = {.smallest = strtof(argv[4], NULL), .threshold = strtof(argv[5], NULL), .threads = 1};
    if (argc == 7 && argv[6][0]) opt.weights = argv[6];
    if (p.w == 0 || p.h == 0) return fail("a width and a height above 0 are expected");
    p.file = fopen(argv[1], "rb");
    p.pixels = malloc(p.w * p.h * 3);
    int code = p.file && p.pixels ? detect(&opt, &p) : fail("the pictures cannot be read");
    if (p.file) fclose(p.file);
    free(p.pixels);
    return code;
}
