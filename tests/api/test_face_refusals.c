/* Errors of the face pipeline, and that their messages name the cause. */
#define _POSIX_C_SOURCE 200809L /* mkdtemp */
#include "canvas.h"

#include <math.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define WEIGHTS FER_SOURCE_DIR "/models/default.safetensors"

static void says(fer_status got, fer_status want, const fer_error *err, const char *text)
{
    if (got != want)
        fail_msg("'%s', expected '%s' and '%s'; %s", fer_status_name(got), fer_status_name(want), text, err->text);
    if (!strstr(err->text, text)) fail_msg("'%s' should say '%s'", err->text, text);
}

/* ---- options ---- */

static void test_options_of_a_detector(void **state)
{
    (void)state;
    static const struct {
        fer_detector_options options;
        fer_status status;
        const char *says;
    } cases[] = {
        {{.threshold = NAN}, FER_ERR_ARGUMENT, "a threshold of nan: expected 0 to 1"},
        {{.threshold = -0.1f}, FER_ERR_ARGUMENT, "a threshold of -0.1"},
        {{.threshold = 1.5f}, FER_ERR_ARGUMENT, "a threshold of 1.5"},
        {{.smallest = NAN}, FER_ERR_ARGUMENT, "smallest face nan pixels"},
        {{.smallest = 1}, FER_ERR_ARGUMENT, "smallest face 1 pixels"},
        {{.smallest = -3}, FER_ERR_ARGUMENT, "smallest face -3 pixels"},
        {{.smallest = INFINITY}, FER_ERR_ARGUMENT, "smallest face inf pixels"},
        {{.longest = 31}, FER_ERR_ARGUMENT, "at most 31 pixels: expected 32 to 16384"},
        {{.longest = 16385}, FER_ERR_ARGUMENT, "at most 16385 pixels"},
        {{.threads = 1025}, FER_ERR_ARGUMENT, "1025"},
        {{.isa = "mmx"}, FER_ERR_ARGUMENT, "instruction set 'mmx' is unknown"},
        {{.weights = "there/is/no.safetensors"}, FER_ERR_IO, "there/is/no.safetensors"},
        {{.weights = FER_SOURCE_DIR "/examples/face.png"}, FER_ERR_FORMAT, "examples/face.png"},
        {{.weights = WEIGHTS}, FER_ERR_ARGUMENT, "predicts expressions, expected a face detector"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fer_detector *d = (fer_detector *)(uintptr_t)1;
        fer_pipeline *p = (fer_pipeline *)(uintptr_t)1;
        fer_error err = {0};
        says(fer_detector_new(&cases[i].options, &d, &err), cases[i].status, &err, cases[i].says);
        assert_null(d);
        fer_pipeline_options options = {.detector = cases[i].options, .threads = cases[i].options.threads};
        says(fer_pipeline_new(&options, &p, &err), cases[i].status, &err, cases[i].says);
        assert_null(p);
    }
}

static void test_models_that_do_not_belong_into_a_pipeline(void **state)
{
    (void)state;
    fer_model *m;
    fer_pipeline *p;
    fer_error err = {0};
    assert_int_equal(fer_model_new("face-s", NULL, &m, &err), FER_OK);
    says(fer_pipeline_new(&(fer_pipeline_options){.model = m}, &p, &err), FER_ERR_ARGUMENT, &err,
         "use it in a fer_detector");
    fer_model_free(m);
    assert_int_equal(fer_model_new("resnet-8", &(fer_model_options){.n_classes = 17}, &m, &err), FER_OK);
    says(fer_pipeline_new(&(fer_pipeline_options){.model = m}, &p, &err), FER_ERR_UNSUPPORTED, &err, "has 17 classes");
    assert_null(p);
    fer_model_free(m);
}

static void test_options_of_a_tracker(void **state)
{
    static const fer_tracker_options wrong[] = {
        {.smooth = NAN}, {.smooth = INFINITY}, {.patience = NAN}, {.patience = -1}, {.patience = 3601}};
    fer_pipeline *p = *state;
    fer_tracker *t;
    fer_error err = {0};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        t = (fer_tracker *)(uintptr_t)1;
        says(fer_tracker_new(p, &wrong[i], &t, &err), FER_ERR_ARGUMENT, &err, i < 2 ? "smoothing " : "patience ");
        assert_null(t);
    }
    says(fer_tracker_new(NULL, NULL, &t, &err), FER_ERR_ARGUMENT, &err, "fer_tracker_new: pipeline and out");
    says(fer_tracker_new(p, NULL, NULL, &err), FER_ERR_ARGUMENT, &err, "fer_tracker_new: pipeline and out");
}

/* ---- arguments ---- */

static void test_null(void **state)
{
    fer_pipeline *p = *state;
    struct canvas c = new_canvas(40, 30, 9);
    fer_view v = view_of(&c);
    fer_face f[2];
    fer_error err = {0};
    fer_detector *d;
    fer_tracker *t;
    size_t n;
    assert_int_equal(fer_detector_new(NULL, &d, &err), FER_OK);
    assert_int_equal(fer_tracker_new(p, NULL, &t, &err), FER_OK);
    says(fer_detector_new(NULL, NULL, &err), FER_ERR_ARGUMENT, &err, "fer_detector_new: out");
    says(fer_pipeline_new(NULL, NULL, &err), FER_ERR_ARGUMENT, &err, "fer_pipeline_new: out");
    for (int i = 0; i < 4; i++) {
        const fer_view *view = i == 1 ? NULL : &v;
        fer_face *faces = i == 2 ? NULL : f;
        size_t *found = i == 3 ? NULL : &n;
        says(fer_detector_find(i ? d : NULL, view, 2, faces, found, &err), FER_ERR_ARGUMENT, &err,
             "fer_detector_find: detector, picture");
        says(fer_pipeline_run(i ? p : NULL, view, 2, faces, found, &err), FER_ERR_ARGUMENT, &err,
             "fer_pipeline_run: pipeline, picture");
        says(fer_tracker_next(i ? t : NULL, view, 0, 2, faces, found, &err), FER_ERR_ARGUMENT, &err,
             "fer_tracker_next: tracker, frame");
        if (i == 3) break;
        says(fer_pipeline_read_whole(i ? p : NULL, view, faces, &err), FER_ERR_ARGUMENT, &err,
             "fer_pipeline_read_whole: pipeline, picture");
    }
    assert_null(fer_pipeline_model(NULL));
    fer_detector_free(NULL);
    fer_pipeline_free(NULL);
    fer_tracker_free(NULL);
    fer_tracker_free(t);
    fer_detector_free(d);
    free(c.data);
}

static void refuses(fer_pipeline *p, const fer_view *v, const char *text)
{
    fer_face f[2];
    fer_error err = {0};
    fer_tracker *t;
    fer_image *im = (fer_image *)(uintptr_t)1;
    size_t n = 99;
    says(fer_pipeline_run(p, v, 2, f, &n, &err), FER_ERR_ARGUMENT, &err, text);
    assert_int_equal(n, 0);
    says(fer_pipeline_read_whole(p, v, f, &err), FER_ERR_ARGUMENT, &err, text);
    says(fer_image_from_view(v, &im, &err), FER_ERR_ARGUMENT, &err, text);
    assert_null(im);
    assert_int_equal(fer_tracker_new(p, NULL, &t, &err), FER_OK);
    n = 99;
    says(fer_tracker_next(t, v, 0, 2, f, &n, &err), FER_ERR_ARGUMENT, &err, text);
    assert_int_equal(n, 0);
    fer_tracker_free(t);
}

static void test_views_with_faults(void **state)
{
    fer_pipeline *p = *state;
    struct canvas c = new_canvas(40, 30, 9);
    fer_view good = view_of(&c), empty = fer_image_view(NULL);
    refuses(p, &empty, "0 x 0");
    fer_view v = good;
    v.width = 0;
    refuses(p, &v, "0 x 30 pixels");
    v = good;
    v.height = SIZE_MAX / 2;
    refuses(p, &v, "pixels: it must have 1 to");
    v = good;
    v.strides[0] = 119;
    refuses(p, &v, "a stride of 119 bytes is shorter than a row of 120 (plane 0 of FER_RGB8)");
    v = good;
    v.planes[0] = NULL;
    refuses(p, &v, "plane 0 of a FER_RGB8 view is NULL");
    v = good;
    v.format = (fer_pixel_format)77;
    refuses(p, &v, "77 is not a pixel format");
    v = (fer_view){FER_NV12, 40, 30, {c.data, NULL, NULL}, {40, 40, 0}};
    refuses(p, &v, "plane 1 of a FER_NV12 view is NULL");
    v = (fer_view){FER_I420, 40, 30, {c.data, c.data, c.data}, {40, 20, 19}};
    refuses(p, &v, "a stride of 19 bytes is shorter than a row of 20 (plane 2 of FER_I420)");
    free(c.data);
}

/* ---- the position of faces in crops ---- */

static void write_set(const char *root, const fer_image *face, size_t n)
{
    char path[128];
    snprintf(path, sizeof path, "%s/happiness", root);
    assert_int_equal(mkdir(path, 0777), 0);
    for (size_t i = 0; i < n; i++) {
        fer_image *im;
        struct canvas c = new_canvas(fer_image_width(face), fer_image_height(face), 0);
        paste(&c, face, 0, 0);
        for (size_t k = 0; k < c.w * c.h * 3; k++) c.data[k] = (uint8_t)(c.data[k] * (100 - i) / 100);
        fer_view v = view_of(&c);
        assert_int_equal(fer_image_from_view(&v, &im, NULL), FER_OK);
        snprintf(path, sizeof path, "%s/happiness/%02zu.png", root, i);
        assert_int_equal(fer_image_save(im, path, NULL), FER_OK);
        fer_image_free(im);
        free(c.data);
    }
}

static void remove_set(const char *root, size_t n)
{
    char path[128];
    for (size_t i = 0; i < n; i++) {
        snprintf(path, sizeof path, "%s/happiness/%02zu.png", root, i);
        unlink(path);
    }
    snprintf(path, sizeof path, "%s/happiness", root);
    rmdir(path);
    rmdir(root);
}

/* The example's eyes are 43 of 132 pixels apart and 47 below the upper edge. The detector's box, from
 * chin to forehead, is about five sixths as high as the picture. */
static void test_the_crop_of_a_set_is_where_its_faces_stand(void **state)
{
    (void)state;
    char root[] = "/tmp/fer-crop-XXXXXX";
    fer_crop_fit fit;
    fer_error err = {0};
    fer_image *face = load_face();
    assert_non_null(mkdtemp(root));
    write_set(root, face, 24);
    const fer_data_source source = {.path = root}, nowhere = {.path = "there/is/none"}, unnamed = {0};
    if (fer_fit_crop(&source, &(fer_detector_options){.threads = 1}, &fit, &err) != FER_OK) fail_msg("%s", err.text);
    assert_int_equal(fit.images, 24);
    assert_in_range(fit.found, 20, 24);
    assert_float_equal(fit.crop.eye_distance, 43.0 / 132, 0.06);
    assert_float_equal(fit.crop.eye_height, 47.0 / 132, 0.05);
    assert_float_equal(fit.crop.box_scale, 1.2f, 0.15);
    assert_float_equal(fit.crop.box_x, 0, 0.1);
    assert_float_equal(fit.crop.box_y, 0, 0.1);
    fer_detector_options none = {.threshold = 1}, wrong = {.smallest = 1};
    says(fer_fit_crop(&source, &none, &fit, &err), FER_ERR_FORMAT, &err, "found a face in 0 of 24 crops");
    says(fer_fit_crop(&source, &wrong, &fit, &err), FER_ERR_ARGUMENT, &err, "smallest face 1");
    says(fer_fit_crop(&nowhere, NULL, &fit, &err), FER_ERR_IO, &err, "there/is/none");
    says(fer_fit_crop(&unnamed, NULL, &fit, &err), FER_ERR_ARGUMENT, &err, "fer_fit_crop: source, its path and out");
    says(fer_fit_crop(&source, NULL, NULL, &err), FER_ERR_ARGUMENT, &err, "fer_fit_crop: source, its path and out");
    remove_set(root, 24);
    fer_image_free(face);
}

static int set_up(void **state)
{
    *state = new_pipeline(&(fer_pipeline_options){.threads = 1});
    return 0;
}

static int tear_down(void **state)
{
    fer_pipeline_free(*state);
    return 0;
}

static void test_defaults_are_what_the_header_says_0_stands_for(void **state)
{
    (void)state;
    fer_detector_eval_options e = fer_detector_eval_defaults();
    fer_tracker_options t = fer_tracker_defaults();
    assert_true(e.iou == 0.4f && e.false_alarms == 13 && e.threshold == 0);
    assert_true(e.detector.smallest == 10 && e.detector.longest == 2048 && e.detector.threshold == 0);
    assert_true(t.detect_every == 1 && t.smooth == 0.5f && t.patience == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults_are_what_the_header_says_0_stands_for),
        cmocka_unit_test(test_options_of_a_detector),
        cmocka_unit_test(test_models_that_do_not_belong_into_a_pipeline),
        cmocka_unit_test(test_options_of_a_tracker),
        cmocka_unit_test(test_null),
        cmocka_unit_test(test_views_with_faults),
        cmocka_unit_test(test_the_crop_of_a_set_is_where_its_faces_stand),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
