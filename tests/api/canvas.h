/* Pictures with the face of examples/face.png at known places. */
#ifndef FERI_TESTS_API_CANVAS_H
#define FERI_TESTS_API_CANVAS_H

#include "fer/fer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* RGB, rows without gaps. */
struct canvas {
    size_t w, h;
    uint8_t *data;
};

static inline fer_image *load_face(void)
{
    fer_image *im;
    fer_error err = {0};
    if (fer_image_load(FER_SOURCE_DIR "/examples/face.png", &im, &err) != FER_OK) fail_msg("%s", err.text);
    return im;
}

static inline struct canvas new_canvas(size_t w, size_t h, uint8_t grey)
{
    struct canvas c = {w, h, malloc(w * h * 3)};
    assert_non_null(c.data);
    memset(c.data, grey, w * h * 3);
    return c;
}

static inline void paste(struct canvas *c, const fer_image *im, size_t x, size_t y)
{
    size_t w = fer_image_width(im), n = fer_image_channels(im);
    for (size_t i = 0; i < fer_image_height(im); i++)
        for (size_t j = 0; j < w; j++)
            for (size_t ch = 0; ch < 3; ch++)
                c->data[((y + i) * c->w + x + j) * 3 + ch] = fer_image_pixels(im)[(i * w + j) * n + (n == 3 ? ch : 0)];
}

static inline fer_view view_of(const struct canvas *c)
{
    return (fer_view){FER_RGB8, c->w, c->h, {c->data, NULL, NULL}, {3 * c->w, 0, 0}};
}

static inline fer_pipeline *new_pipeline(const fer_pipeline_options *opt)
{
    fer_pipeline *p;
    fer_error err = {0};
    if (fer_pipeline_new(opt, &p, &err) != FER_OK) fail_msg("%s", err.text);
    return p;
}

static inline size_t run(fer_pipeline *p, const fer_view *v, size_t max, fer_face *faces)
{
    size_t n = 99;
    fer_error err = {0};
    if (fer_pipeline_run(p, v, max, faces, &n, &err) != FER_OK) fail_msg("%s", err.text);
    return n;
}

static inline const char *label_of(const fer_pipeline *p, const fer_face *f)
{
    return fer_model_get_info(fer_pipeline_model(p)).classes[f->label];
}

#endif
