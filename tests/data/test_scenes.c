/* Pictures with faces: the tables, what is wrong with them, and the canvases composed of them. */
#include "faces.h"

#include "data/canvas.h"
#include "data/scene_sets.h"
#include "formats/picture_file.h"

#include <math.h>
#include <sys/stat.h>

/* 40 x 30; every pixel shows its position: red x, green y. */
static void write_picture(const char *name)
{
    struct feri_pixels px;
    assert_int_equal(feri_pixels_new(40, 30, 3, &px, NULL), FER_OK);
    for (size_t i = 0; i < 40 * 30; i++) {
        px.data[3 * i] = (uint8_t)(6 * (i % 40));
        px.data[3 * i + 1] = (uint8_t)(8 * (i / 40));
        px.data[3 * i + 2] = 128;
    }
    assert_int_equal(feri_pixels_write_png(at(name), &px, NULL), FER_OK);
    feri_pixels_free(&px);
}

#define HEADER "image,x,y,w,h,lx1,ly1,lx2,ly2,lx3,ly3,lx4,ly4,lx5,ly5\n"

static void write_set(const char *table, const char *ignore)
{
    mkdir(at("s"), 0777);
    mkdir(at("s/images"), 0777);
    write_picture("s/images/a.png");
    write_picture("s/images/b.png");
    write_picture("s/images/none.png");
    write_text("s/faces.csv", table);
    remove(at("s/ignore.csv"));
    if (ignore) write_text("s/ignore.csv", ignore);
}

static void test_tables(void **state)
{
    struct feri_scenes *s;
    fer_error err = {0};
    size_t n;
    (void)state;
    write_set(HEADER "b.png,1,2,10,12,3,4,8,4,6,7,4,10,8,10\na.png,5,5.5,8,9,,,,,,,,,,\nb.png,20,3,9,9,,,,,,,,,,\n",
              "image,x,y,w,h\nb.png,30,20,5,5\n");
    if (feri_scenes_open(at("s"), &s, &err) != FER_OK) fail_msg("%s", err.text);
    assert_int_equal(feri_scenes_count(s), 3);
    assert_string_equal(feri_scenes_name(s, 1), "b.png");
    const struct feri_scene_face *f = feri_scenes_faces(s, 1, &n);
    assert_int_equal(n, 3);
    assert_true(f[0].has_points && !f[1].has_points && !f[0].ignored && f[2].ignored);
    assert_float_equal(f[0].points[4][1], 10, 0);
    assert_float_equal(f[1].x, 20, 0);
    feri_scenes_faces(s, 2, &n);
    assert_int_equal(n, 0);
    struct feri_pixels px;
    assert_int_equal(feri_scenes_decode(s, 0, &px, &err), FER_OK);
    assert_int_equal(px.w, 40);
    feri_pixels_free(&px);
    feri_scenes_close(s);
}

static void test_wrong_tables_are_named(void **state)
{
    static const struct {
        const char *table, *sentence;
    } cases[] = {
        {HEADER "c.png,1,2,3,4,,,,,,,,,,\n", "line 2: there is no images/c.png"},
        {HEADER "a.png,1,2,3\n", "line 2 has 4 fields, expected 15"},
        {HEADER "a.png,1,2,0,4,,,,,,,,,,\n", "line 2: a box is four numbers"},
        {HEADER "a.png,1,2,nan,4,,,,,,,,,,\n", "line 2: a box is four numbers"},
        {HEADER "a.png,1,2,3,4,1,,,,,,,,,\n", "landmarks are ten numbers or empty"},
        {"a.png,1,2,3,4,,,,,,,,,,\n", "the header begins with 'a.png'"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct feri_scenes *s;
        fer_error err = {0};
        write_set(cases[i].table, NULL);
        assert_int_equal(feri_scenes_open(at("s"), &s, &err), FER_ERR_FORMAT);
        assert_null(s);
        if (!strstr(err.text, cases[i].sentence)) fail_msg("'%s' lacks '%s'", err.text, cases[i].sentence);
    }
    struct feri_scenes *s;
    fer_error err = {0};
    mkdir(at("empty"), 0777);
    write_text("empty/x.txt", "");
    assert_int_equal(feri_scenes_open(at("empty"), &s, &err), FER_ERR_FORMAT);
    assert_non_null(strstr(err.text, "no faces.csv"));
}

static struct feri_canvas_source *open_source(struct feri_scene_sets *sets)
{
    struct feri_canvas_source *source = NULL;
    fer_error err = {0};
    write_set(HEADER "b.png,10,8,12,14,13,12,19,12,16,15,13,19,19,19\na.png,5,5,20,22,,,,,,,,,,\n", NULL);
    if (feri_scene_sets_open(at("s"), sets, &err) != FER_OK ||
        feri_canvas_source_new(sets, NULL, NULL, &source, &err) != FER_OK)
        fail_msg("%s", err.text);
    return source;
}

static void test_the_same_numbers_give_the_same_canvas(void **state)
{
    (void)state;
    struct feri_scene_sets sets;
    struct feri_canvas_source *source = open_source(&sets);
    struct feri_canvas_options opt = feri_canvas_defaults();
    struct feri_canvas a = {0}, b = {0};
    size_t learned = 0;
    opt.size = 96;
    for (uint64_t i = 0; i < 40; i++) {
        struct feri_rng x = feri_rng_new(1, 2, i), y = x;
        assert_int_equal(feri_canvas_compose(source, &opt, &x, &a, NULL), FER_OK);
        assert_int_equal(feri_canvas_compose(source, &opt, &y, &b, NULL), FER_OK);
        assert_memory_equal(a.pixels.data, b.pixels.data, 96 * 96 * 3);
        assert_int_equal(a.n, b.n);
        assert_memory_equal(a.faces, b.faces, a.n * sizeof *a.faces);
        for (size_t k = 0; k < a.n; k++) {
            const struct feri_scene_face *f = &a.faces[k];
            learned += !f->ignored;
            assert_true(f->ignored || f->w >= opt.face_min);
            assert_true(f->x < 96 && f->y < 96 && f->x + f->w > 0 && f->y + f->h > 0);
        }
    }
    assert_true(learned > 40);
    feri_pixels_free(&a.pixels);
    feri_pixels_free(&b.pixels);
    feri_canvas_source_free(source);
    feri_scene_sets_close(&sets);
}

/* The colour of a pixel shows its position in the picture. So without changes of light, the pixels at a face's
 * landmarks must have the landmarks' colours. In mirrored pictures the left eye is on the right, so the test checks the
 * nose and the order of the eyes. */
static void test_landmarks_go_where_the_pixels_go(void **state)
{
    (void)state;
    struct feri_scene_sets sets;
    struct feri_canvas_source *source = open_source(&sets);
    struct feri_canvas_options opt = feri_canvas_defaults();
    struct feri_canvas c = {0};
    size_t looked_at = 0;
    opt.size = 128;
    opt.grey = 0;
    opt.plain = true;
    for (uint64_t i = 0; i < 150; i++) {
        struct feri_rng rng = feri_rng_new(5, 2, i);
        assert_int_equal(feri_canvas_compose(source, &opt, &rng, &c, NULL), FER_OK);
        for (size_t k = 0; k < c.n; k++) {
            const struct feri_scene_face *f = &c.faces[k];
            if (f->ignored || !f->has_points || f->w < 14) continue;
            const float *nose = f->points[2];
            if (nose[0] < 1 || nose[1] < 1 || nose[0] > 126 || nose[1] > 126) continue;
            const uint8_t *p = c.pixels.data + 3 * ((size_t)nose[1] * 128 + (size_t)nose[0]);
            assert_true(fabsf((float)p[0] - 6 * (16 - 0.5f)) < 20);
            assert_true(fabsf((float)p[1] - 8 * (15 - 0.5f)) < 24);
            assert_true(f->points[0][0] < f->points[1][0] && f->points[3][0] < f->points[4][0] &&
                        f->points[0][1] < f->points[3][1]);
            looked_at++;
        }
    }
    assert_true(looked_at > 30);
    feri_pixels_free(&c.pixels);
    feri_canvas_source_free(source);
    feri_scene_sets_close(&sets);
}

static void test_a_set_without_faces_cannot_be_composed(void **state)
{
    /* Regions that do not count are no faces. */
    static const char *const ignored[] = {NULL, "image,x,y,w,h\nb.png,30,20,5,5\n"};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct feri_scene_sets sets;
        struct feri_canvas_source *source;
        fer_error err = {0};
        write_set(HEADER, ignored[i]);
        assert_int_equal(feri_scene_sets_open(at("s"), &sets, &err), FER_OK);
        assert_int_equal(feri_canvas_source_new(&sets, NULL, NULL, &source, &err), FER_ERR_FORMAT);
        assert_non_null(strstr(err.text, "no picture has a face"));
        feri_scene_sets_close(&sets);
    }
}

/* a.png has a face; b.png only a region that does not count, so nobody knows whether it shows one. */
static void test_pictures_that_are_only_ignored_are_not_drawn(void **state)
{
    struct feri_scene_sets sets;
    struct feri_canvas_source *source;
    struct feri_rng rng = feri_rng_new(1, 2, 3);
    fer_error err = {0};
    (void)state;
    write_set(HEADER "a.png,5,5,20,22,,,,,,,,,,\n", "image,x,y,w,h\nb.png,30,20,5,5\na.png,0,0,4,4\n");
    assert_int_equal(feri_scene_sets_open(at("s"), &sets, &err), FER_OK);
    assert_int_equal(feri_canvas_source_new(&sets, NULL, NULL, &source, &err), FER_OK);
    for (size_t i = 0; i < 50; i++) {
        const struct feri_canvas_scene *faced = feri_canvas_draw_scene(source, true, &rng);
        assert_true(faced->n == 2 && faced->n_faces == 1 && faced->faces[1].ignored);
        assert_int_equal(feri_canvas_draw_scene(source, false, &rng)->n, 0);
    }
    feri_canvas_source_free(source);
    feri_scene_sets_close(&sets);
}

/* Three pictures of weight 1 to one of weight 0.5. */
static void test_sets_are_drawn_by_their_weights(void **state)
{
    char list[600];
    struct feri_scene_sets sets;
    struct feri_canvas_source *source;
    struct feri_rng rng = feri_rng_new(1, 2, 3);
    fer_error err = {0};
    size_t second = 0;
    (void)state;
    write_set(HEADER "a.png,5,5,20,22,,,,,,,,,,\nb.png,5,5,20,22,,,,,,,,,,\nnone.png,5,5,20,22,,,,,,,,,,\n", NULL);
    rename(at("s"), at("three"));
    write_set(HEADER "a.png,1,1,7,7,,,,,,,,,,\n", NULL);
    snprintf(list, sizeof list, "%s,", at("three"));
    snprintf(list + strlen(list), sizeof list - strlen(list), "%s:0.5", at("s"));
    if (feri_scene_sets_open(list, &sets, &err) != FER_OK) fail_msg("%s", err.text);
    assert_int_equal(feri_scene_sets_count(&sets), 6);
    assert_int_equal(feri_canvas_source_new(&sets, NULL, NULL, &source, &err), FER_OK);
    for (size_t i = 0; i < 7000; i++) second += feri_canvas_draw_scene(source, true, &rng)->faces[0].w < 10;
    assert_in_range(second, 850, 1150); /* a seventh */
    feri_canvas_source_free(source);
    feri_scene_sets_close(&sets);
}

static void test_wrong_lists_of_sets_are_named(void **state)
{
    static const struct {
        const char *list, *sentence;
    } cases[] = {
        {",b", "a path is empty"},
        {"a:0", "the weight is 0, expected a number above 0"},
        {"a:-1", "the weight is -1"},
        {"no-such-folder:2", "no-such-folder:"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct feri_scene_sets sets;
        fer_error err = {0};
        assert_int_not_equal(feri_scene_sets_open(cases[i].list, &sets, &err), FER_OK);
        feri_scene_sets_close(&sets);
        if (!strstr(err.text, cases[i].sentence)) fail_msg("'%s' lacks '%s'", err.text, cases[i].sentence);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tables),
        cmocka_unit_test(test_wrong_tables_are_named),
        cmocka_unit_test(test_the_same_numbers_give_the_same_canvas),
        cmocka_unit_test(test_landmarks_go_where_the_pixels_go),
        cmocka_unit_test(test_a_set_without_faces_cannot_be_composed),
        cmocka_unit_test(test_pictures_that_are_only_ignored_are_not_drawn),
        cmocka_unit_test(test_sets_are_drawn_by_their_weights),
        cmocka_unit_test(test_wrong_lists_of_sets_are_named),
    };
    return cmocka_run_group_tests(tests, make_root, remove_root);
}
