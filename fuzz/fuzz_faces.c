/* From a file's bytes to faces and expressions, end to end: small pictures at a small size, few faces, also unlikely
 * ones, and a small network of random weights that classifies them. */
#include "fer/pipeline.h"
#include "fuzz.h"

#include <math.h>

#define PIXELS_MAX ((size_t)1 << 18)
#define FACES      6

struct made {
    fer_model *model;
    fer_pipeline *pipeline;
};

static struct made *once(void)
{
    static struct made m;
    fer_error err = {0};
    if (m.pipeline) return &m;
    fer_model_options small = {.height = 16, .width = 16, .seed = 1};
    demand(fer_model_new("resnet-8", &small, &m.model, &err) == FER_OK);
    fer_pipeline_options opt = {.detector = {.threshold = 0.1f, .longest = 64}, .model = m.model, .threads = 1};
    demand(fer_pipeline_new(&opt, &m.pipeline, &err) == FER_OK);
    return &m;
}

static void check_faces(const fer_face *faces, size_t n)
{
    demand(n <= FACES);
    for (size_t i = 0; i < n; i++) {
        const fer_face *f = &faces[i];
        demand(f->width > 0 && f->height > 0 && isfinite(f->x + f->y + f->width + f->height) &&
               f->label < FER_FACE_CLASSES);
        touch(f->scores, FER_FACE_CLASSES);
        demand(f->scores[f->label] > 0 && f->confidence >= 0 && f->confidence <= 1);
    }
}

/* The same picture twice in a video, so that its faces are tracked. */
static void follow(fer_pipeline *p, const fer_view *v)
{
    fer_tracker_options opt = {.detect_every = 2};
    fer_tracker *t;
    fer_face faces[FACES];
    fer_error err = {0};
    demand(succeeded(fer_tracker_new(p, &opt, &t, &err), &err));
    for (int i = 0; i < 2; i++) {
        size_t n = 0;
        if (succeeded(fer_tracker_next(t, v, 0.04 * i, FACES, faces, &n, &err), &err)) check_faces(faces, n);
    }
    fer_tracker_free(t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fer_pipeline *p = once()->pipeline;
    fer_image *im;
    fer_face faces[FACES];
    fer_error err = {0};
    size_t n = 0;
    if (!succeeded(fer_image_decode_within(data, size, PIXELS_MAX, &im, &err), &err)) return 0;
    fer_view v = fer_image_view(im);
    demand(v.width * v.height <= PIXELS_MAX);
    demand(succeeded(fer_pipeline_run(p, &v, FACES, faces, &n, &err), &err));
    check_faces(faces, n);
    demand(succeeded(fer_pipeline_read_whole(p, &v, faces, &err), &err));
    check_faces(faces, 1);
    if (size % 8 == 0) follow(p, &v);
    fer_image_free(im);
    return 0;
}
