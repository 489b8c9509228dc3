/* What the tests of pipelines share: a face, a pipeline, pictures. */
#ifndef FERI_TESTS_API_PIPELINE_FIXTURE_H
#define FERI_TESTS_API_PIPELINE_FIXTURE_H

#include "canvas.h"

#define SIDE  132 /* of examples/face.png */
#define FACES 32
#define LEAST 25

struct fixture {
    fer_image *face;
    fer_pipeline *pipeline; /* two threads, faces from LEAST pixels on */
};

static inline int set_up(void **state)
{
    static struct fixture f;
    f.face = load_face();
    f.pipeline = new_pipeline(&(fer_pipeline_options){.threads = 2, .detector.smallest = LEAST});
    *state = &f;
    return 0;
}

static inline int tear_down(void **state)
{
    struct fixture *f = *state;
    fer_image_free(f->face);
    fer_pipeline_free(f->pipeline);
    return 0;
}

/* Twelve faces, more than are classified together. */
static inline struct canvas crowd(const fer_image *face)
{
    struct canvas c = new_canvas(4 * SIDE, 3 * SIDE, 120);
    for (size_t i = 0; i < 12; i++) paste(&c, face, i % 4 * SIDE, i / 4 * SIDE);
    return c;
}

/* The canvas in another interleaved format, with `extra` bytes after each row. */
static inline fer_view laid_out(const struct canvas *c, fer_pixel_format format, size_t extra, uint8_t *to)
{
    size_t bytes = format == FER_RGB8 || format == FER_BGR8 ? 3 : 4,
           red = format == FER_BGR8 || format == FER_BGRA8 ? 2 : 0;
    size_t stride = c->w * bytes + extra;
    for (size_t y = 0; y < c->h; y++)
        for (size_t x = 0; x < c->w; x++) {
            const uint8_t *from = c->data + 3 * (y * c->w + x);
            uint8_t *p = to + y * stride + x * bytes;
            if (bytes == 4) p[3] = (uint8_t)(x * 7); /* alpha, which is ignored */
            p[red] = from[0];
            p[1] = from[1];
            p[2 - red] = from[2];
        }
    return (fer_view){format, c->w, c->h, {to, NULL, NULL}, {stride, 0, 0}};
}

#endif
