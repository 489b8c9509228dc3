/* The native side of bench/wasm.mjs, on one thread.
 *
 *   wasm_native PICTURE RAW
 *
 * writes the picture's pixels to RAW as RGBA and prints its width and height. Each line of standard input is "all N" or
 * "face N": find and classify all faces of the picture N times, or classify one cropped face of 48 x 48 pixels N times.
 * The answer is the CPU time of one call in milliseconds. */
#define _POSIX_C_SOURCE 200809L
#include "clock.h"

#include <fer/fer.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FACES 64
#define CROP  48

static int fail(const char *what)
{
    fprintf(stderr, "wasm_native: %s\n", what);
    return 1;
}

static int write_raw(const fer_image *im, const char *path)
{
    FILE *f = fopen(path, "wb");
    const uint8_t *px = fer_image_pixels(im);
    size_t n = fer_image_width(im) * fer_image_height(im), c = fer_image_channels(im);
    if (!f) return fail(path);
    for (size_t i = 0; i < n; i++, px += c) {
        const uint8_t rgba[4] = {px[0], px[c > 1 ? 1 : 0], px[c > 1 ? 2 : 0], 255};
        fwrite(rgba, 1, 4, f);
    }
    printf("%zu %zu\n", fer_image_width(im), fer_image_height(im));
    fflush(stdout);
    return fclose(f) ? fail(path) : 0;
}

static int serve(fer_pipeline *p, const fer_view *picture)
{
    static fer_face faces[FACES];
    static uint8_t pixels[CROP * CROP];
    fer_view crop = {.format = FER_GRAY8, .width = CROP, .height = CROP, .planes = {pixels}, .strides = {CROP}};
    char what[8];
    unsigned long n;
    fer_error err;
    for (size_t i = 0; i < sizeof pixels; i++) pixels[i] = (uint8_t)(i * 7919);
    while (scanf("%7s %lu", what, &n) == 2 && n > 0) {
        double start = cpu_ms();
        for (unsigned long i = 0; i < n; i++) {
            size_t found;
            fer_status st = strcmp(what, "face") == 0 ? fer_pipeline_read_whole(p, &crop, faces, &err)
                                                      : fer_pipeline_run(p, picture, FACES, faces, &found, &err);
            if (st != FER_OK) return fail(err.text);
        }
        printf("%.4f\n", (cpu_ms() - start) / (double)n);
        fflush(stdout);
    }
    return 0;
}

int main(int argc, char **argv)
{
    fer_error err;
    fer_image *im;
    fer_pipeline *p;
    fer_pipeline_options opt = {.threads = 1};
    if (argc != 3) return fail("expected PICTURE RAW");
    if (fer_image_load(argv[1], &im, &err) != FER_OK || fer_pipeline_new(&opt, &p, &err) != FER_OK)
        return fail(err.text);
    fer_view picture = fer_image_view(im);
    int code = write_raw(im, argv[2]);
    if (code == 0) code = serve(p, &picture);
    fer_pipeline_free(p);
    fer_image_free(im);
    return code;
}
