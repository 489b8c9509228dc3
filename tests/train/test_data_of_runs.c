/* What a run says about its data: pictures that change under it, and pictures of training in validation. */
#include "fixture.h"

struct listener {
    const char *gone, *cut; /* pictures that change as soon as the set is open; NULL: none */
    char notes[8192];
};

static void hear(void *user, const char *line)
{
    struct listener *l = user;
    size_t n = strlen(l->notes);
    snprintf(l->notes + n, sizeof l->notes - n, "%s\n", line);
    if (!strstr(line, "classes, layout")) return;
    if (l->gone) unlink(l->gone);
    if (l->cut) assert_int_equal(truncate(l->cut, 20), 0);
}

static fer_train_options one_epoch(const char *run)
{
    fer_train_options o = small_options(run);
    o.epochs = 1;
    return o;
}

static void use_own_set(fer_train_options *o, const char *name)
{
    static const char *const classes[] = {"left", "right"};
    static const size_t labels[] = {0, 2};
    static char path[600];
    make_dataset(name, classes, labels, 2, 3);
    snprintf(path, sizeof path, "%s", in_fixture(name));
    o->data.path = path;
    o->val.path = NULL;
}

static void test_a_picture_that_vanishes_ends_the_run_with_its_name(void **state)
{
    (void)state;
    fer_error err = {0};
    fer_train_options o = one_epoch("vanished");
    use_own_set(&o, "vanishing");
    struct listener l = {.gone = in_run("vanishing", "left/03.png")};
    const fer_train_events events = {.user = &l, .note = hear};
    assert_int_equal(fer_train(&o, &events, &err), FER_ERR_IO);
    assert_non_null(strstr(err.text, "left/03.png"));
}

static void test_changed_pictures_are_skipped_counted_and_named(void **state)
{
    (void)state;
    fer_train_options o = one_epoch("skipped");
    use_own_set(&o, "changing");
    o.data.skip_bad = true;
    struct listener l = {.gone = in_run("changing", "left/03.png"), .cut = in_run("changing", "right/05.png")};
    const fer_train_events events = {.user = &l, .note = hear};
    train_ok(&o, &events);
    const char *note = strstr(l.notes, "unreadable pictures were skipped 2 times; the first: ");
    assert_non_null(note);
    assert_true(strstr(note, "left/03.png") || strstr(note, "right/05.png"));
}

static void test_a_picture_cut_short_ends_the_run_with_its_name(void **state)
{
    (void)state;
    fer_error err = {0};
    fer_train_options o = one_epoch("cut");
    use_own_set(&o, "cutting");
    struct listener l = {.cut = in_run("cutting", "right/05.png")};
    const fer_train_events events = {.user = &l, .note = hear};
    assert_int_equal(fer_train(&o, &events, &err), FER_ERR_FORMAT);
    assert_non_null(strstr(err.text, "right/05.png"));
}

/* The same picture by another way: through a table beside the folders. */
static void write_table(const char *name, const char *const *images, size_t n)
{
    FILE *f = fopen(in_fixture(name), "w");
    assert_non_null(f);
    fputs("image,label\n", f);
    for (size_t i = 0; i < n; i++) fprintf(f, "%s,%s\n", images[i], i % 2 ? "right" : "left");
    assert_int_equal(fclose(f), 0);
}

static void test_training_pictures_in_validation_are_named(void **state)
{
    (void)state;
    static const char *const images[] = {"train/left/00.png", "./val/../train/right/01.png", "val/left/02.png",
                                         "val/right/03.png"};
    char table[600];
    struct listener apart = {0}, same = {0}, two = {0};
    fer_train_events events = {.user = &apart, .note = hear};
    fer_train_options o = one_epoch("apart");
    train_ok(&o, &events);
    assert_null(strstr(apart.notes, "training images too"));
    o.out = in_fixture("same");
    o.val.path = o.data.path;
    events.user = &same;
    train_ok(&o, &events);
    assert_non_null(strstr(same.notes, "72 of 72 images are training images too (the first: left/00.png)"));
    write_table("mixed.csv", images, 4);
    snprintf(table, sizeof table, "%s", in_fixture("mixed.csv"));
    o.out = in_fixture("two");
    o.val.path = table;
    events.user = &two;
    train_ok(&o, &events);
    assert_non_null(strstr(two.notes, "2 of 4 images are training images too (the first: train/left/00.png)"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_picture_that_vanishes_ends_the_run_with_its_name),
        cmocka_unit_test(test_changed_pictures_are_skipped_counted_and_named),
        cmocka_unit_test(test_a_picture_cut_short_ends_the_run_with_its_name),
        cmocka_unit_test(test_training_pictures_in_validation_are_named),
    };
    return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
