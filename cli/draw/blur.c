#include "draw/blur.h"

#include "base/mem.h"
#include "common/cli.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A face's box goes from chin to the top of the head and is as wide as the face. The margin takes in ears, hair and
 * what a box that is a little off leaves out. */
#define MARGIN 0.3f
/* Squares along the longer side of box and margin: the face itself has three. Of a face that is filmed for long, every
 * frame has other squares, from which more can be computed than from one; so there are very few. */
#define SQUARES 5

/* Pixels [x0, x1) x [y0, y1) of the picture. */
struct area {
    size_t x0, y0, x1, y1;
};

static size_t clip(float v, size_t most)
{
    return v <= 0 ? 0 : v >= (float)most ? most : (size_t)v;
}

static void mean_of(const uint8_t *pixels, size_t row, size_t channels, struct area a, uint8_t *mean)
{
    uint64_t sums[3] = {0}, n = (uint64_t)(a.x1 - a.x0) * (a.y1 - a.y0);
    for (size_t y = a.y0; y < a.y1; y++)
        for (size_t x = a.x0; x < a.x1; x++)
            for (size_t c = 0; c < channels; c++) sums[c] += pixels[y * row + x * channels + c];
    for (size_t c = 0; c < channels; c++) mean[c] = (uint8_t)((sums[c] + n / 2) / n);
}

static void flatten(uint8_t *pixels, size_t row, size_t channels, struct area a)
{
    uint8_t mean[3];
    mean_of(pixels, row, channels, a, mean);
    for (size_t y = a.y0; y < a.y1; y++)
        for (size_t x = a.x0; x < a.x1; x++) memcpy(pixels + y * row + x * channels, mean, channels);
}

static void blur(uint8_t *pixels, size_t width, size_t height, size_t channels, const struct blur_box *b)
{
    if (!(b->width > 0) || !(b->height > 0) || !isfinite(b->x + b->y + b->width + b->height)) return;
    float dx = MARGIN * b->width, dy = MARGIN * b->height, w = b->width + 2 * dx, h = b->height + 2 * dy;
    struct area all = {clip(floorf(b->x - dx), width), clip(floorf(b->y - dy), height),
                       clip(ceilf(b->x - dx + w), width), clip(ceilf(b->y - dy + h), height)};
    size_t side = clip(ceilf(fmaxf(w, h) / SQUARES), width + height) + 1;
    for (size_t y = all.y0; y < all.y1; y += side)
        for (size_t x = all.x0; x < all.x1; x += side)
            flatten(pixels, width * channels, channels,
                    (struct area){x, y, x + side < all.x1 ? x + side : all.x1, y + side < all.y1 ? y + side : all.y1});
}

bool blur_view(struct blur *b, const fer_view *view, const struct blur_box *boxes, size_t n, fer_view *out)
{
    size_t row = 3 * view->width;
    if (!feri_grow(&b->pixels, &b->cap, row * view->height, 1)) return cli_no_memory();
    for (size_t y = 0; y < view->height; y++) memcpy(b->pixels + y * row, view->planes[0] + y * view->strides[0], row);
    for (size_t i = 0; i < n; i++) blur(b->pixels, view->width, view->height, 3, &boxes[i]);
    *out = (fer_view){FER_RGB8, view->width, view->height, {b->pixels}, {row}};
    return true;
}

void blur_free(struct blur *b)
{
    free(b->pixels);
    *b = (struct blur){0};
}

fer_image *blur_image(const fer_image *picture, const fer_face *faces, size_t n)
{
    fer_error err;
    fer_image *blurred = NULL;
    size_t w = fer_image_width(picture), h = fer_image_height(picture), c = fer_image_channels(picture);
    uint8_t *pixels = malloc(w * h * c);
    if (!pixels) {
        cli_no_memory();
        return NULL;
    }
    memcpy(pixels, fer_image_pixels(picture), w * h * c);
    for (size_t i = 0; i < n; i++) {
        struct blur_box box = blur_box_of(&faces[i]);
        blur(pixels, w, h, c, &box);
    }
    cli_good(fer_image_from_pixels(pixels, w, h, w * c, c == 1 ? FER_GRAY8 : FER_RGB8, &blurred, &err), &err);
    free(pixels);
    return blurred;
}
