/* The loader at its limits: soft targets, sizes and channels, unreadable batches, batches that the caller holds,
 * loaders that are freed in the middle. */
#include "faces.h"

#include "data/loader.h"

#include <sys/stat.h>
#include <time.h>

#define BOX   "\"(0, 0, 8, 8)\""
#define FACES 12

/* twelve faces "00.png" to "11.png" of grey 20 i + 10, all with 6 votes for happiness and 4 for fear */
static int make_set(void **state)
{
    char csv[2048] = "", name[64];
    size_t used = 0;
    if (make_root(state) != 0) return -1;
    mkdir(at("set"), 0777);
    for (unsigned i = 0; i < FACES; i++) {
        snprintf(name, sizeof name, "set/%02u.png", i);
        write_face(name, 20 * i + 10);
        used += (size_t)snprintf(csv + used, sizeof csv - used, "%02u.png," BOX ",0,6,0,0,0,0,4,0,0,0\n", i);
    }
    write_text("set/label.csv", csv);
    return 0;
}

static struct feri_dataset *open_faces(fer_protocol protocol)
{
    struct feri_dataset *ds;
    fer_error err;
    if (open_set(at("set"), protocol, false, &ds, &err) != FER_OK) fail_msg("%s", err.text);
    return ds;
}

static struct feri_loader_options options(void)
{
    struct feri_loader_options o = {.h = 8, .w = 8, .c = 1, .batch = 3, .workers = 2, .n_classes = 8};
    assert_int_equal(feri_preprocess_find("unit", 1, &o.preprocess, NULL), FER_OK);
    return o;
}

static struct feri_loader *loader_of(const struct feri_dataset *ds, const struct feri_loader_options *o)
{
    struct feri_loader *l;
    fer_error err = {0};
    if (feri_loader_new(ds, o, &l, &err) != FER_OK) fail_msg("%s", err.text);
    return l;
}

static struct feri_batch next(struct feri_loader *l)
{
    struct feri_batch b;
    fer_error err = {0};
    if (feri_loader_next(l, &b, &err) != FER_OK) fail_msg("%s", err.text);
    return b;
}

static void start(struct feri_loader *l, uint64_t epoch)
{
    fer_error err = {0};
    if (feri_loader_start(l, epoch, &err) != FER_OK) fail_msg("%s", err.text);
}

static void test_votes_arrive_as_soft_targets_in_the_networks_classes(void **state)
{
    (void)state;
    static const size_t map[8] = {7, 6, 5, 4, 3, 2, 1, 0};
    struct feri_dataset *ds = open_faces(FER_DISTRIBUTION);
    for (int mapped = 0; mapped < 2; mapped++) {
        struct feri_loader_options o = options();
        o.class_map = mapped ? map : NULL;
        size_t happiness = mapped ? 6 : 1, fear = mapped ? 1 : 6;
        struct feri_loader *l = loader_of(ds, &o);
        start(l, 0);
        struct feri_batch b = next(l);
        assert_int_equal(b.n, 3);
        for (size_t i = 0; i < 3; i++) {
            assert_int_equal(b.labels[i], happiness);
            for (size_t k = 0; k < 8; k++) {
                float share = k == happiness ? 0.6f : k == fear ? 0.4f : 0;
                assert_float_equal(b.targets[i * 8 + k], share, 1e-6f);
            }
        }
        feri_loader_free(l);
    }
    feri_dataset_close(ds);
}

/* Two classes of the data may map to one of the network: their shares are added. */
static void test_classes_mapped_to_one_add_their_shares(void **state)
{
    (void)state;
    static const size_t map[8] = {0, 1, 0, 0, 0, 0, 1, 0};
    struct feri_dataset *ds = open_faces(FER_DISTRIBUTION);
    struct feri_loader_options o = options();
    o.class_map = map;
    o.n_classes = 2;
    struct feri_loader *l = loader_of(ds, &o);
    start(l, 0);
    struct feri_batch b = next(l);
    for (size_t i = 0; i < b.n; i++) {
        assert_float_equal(b.targets[i * 2], 0, 1e-6f);
        assert_float_equal(b.targets[i * 2 + 1], 1, 1e-6f);
    }
    feri_loader_free(l);
    feri_dataset_close(ds);
}

static void test_pictures_take_the_networks_size_and_channels(void **state)
{
    (void)state;
    struct feri_dataset *ds = open_faces(FER_MAJORITY);
    struct feri_loader_options o = options();
    o.h = 4;
    o.w = 16;
    o.c = 3;
    assert_int_equal(feri_preprocess_find("unit", 3, &o.preprocess, NULL), FER_OK);
    struct feri_loader *l = loader_of(ds, &o);
    start(l, 0);
    struct feri_batch b = next(l);
    for (size_t i = 0; i < b.n; i++)
        for (size_t p = 0; p < 4 * 16; p++)
            for (size_t ch = 0; ch < 3; ch++) {
                float v = b.images[(i * 64 + p) * 3 + ch], grey = (float)(20 * i + 10) / 255;
                if (p % 16 == 0) assert_float_equal(v, 0, 1e-6f); /* the left column, which is black */
                if (p % 16 > 2) assert_float_equal(v, grey, 1e-6f);
            }
    feri_loader_free(l);
    feri_dataset_close(ds);
}

/* The workers prepare batches in advance, but do not touch the batch that the caller holds. */
static void test_a_batch_stays_until_the_next_is_asked_for(void **state)
{
    (void)state;
    struct feri_dataset *ds = open_faces(FER_MAJORITY);
    struct feri_loader_options o = options();
    o.batch = 1;
    o.workers = 4;
    struct feri_loader *l = loader_of(ds, &o);
    for (uint64_t epoch = 0; epoch < 3; epoch++) {
        start(l, epoch);
        for (size_t i = 0; i < FACES; i++) {
            struct feri_batch b = next(l);
            nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
            assert_int_equal(b.n, 1);
            assert_int_equal(b.indices[0], i);
            assert_float_equal(b.images[63], (float)(20 * i + 10) / 255, 1e-6f);
        }
        assert_int_equal(next(l).n, 0);
        assert_int_equal(next(l).n, 0); /* and the end stays the end */
    }
    feri_loader_free(l);
    feri_dataset_close(ds);
}

static void test_loaders_can_be_given_up_anywhere(void **state)
{
    (void)state;
    struct feri_dataset *ds = open_faces(FER_MAJORITY);
    struct feri_loader_options o = options();
    o.batch = 1;
    o.workers = 3;
    for (size_t taken = 0; taken < FACES; taken++) {
        struct feri_loader *l = loader_of(ds, &o);
        if (taken % 2) start(l, 7);
        start(l, 0);
        for (size_t i = 0; i < taken; i++) assert_int_equal(next(l).indices[0], i);
        feri_loader_free(l);
    }
    feri_loader_free(loader_of(ds, &o)); /* never started */
    feri_loader_free(NULL);
    feri_dataset_close(ds);
}

static void test_before_the_first_epoch_there_is_no_batch(void **state)
{
    (void)state;
    struct feri_dataset *ds = open_faces(FER_MAJORITY);
    struct feri_loader_options o = options();
    struct feri_loader *l = loader_of(ds, &o);
    assert_int_equal(next(l).n, 0);
    feri_loader_free(l);
    feri_dataset_close(ds);
}

static void check_batches(const struct feri_dataset *ds, size_t batch, float oversample, bool drop_last, size_t want)
{
    struct feri_loader_options o = options();
    o.batch = batch;
    o.oversample = oversample;
    o.drop_last = drop_last;
    struct feri_loader *l = loader_of(ds, &o);
    size_t samples = 0, batches = 0;
    assert_int_equal(feri_loader_n_batches(l), want);
    start(l, 0);
    for (struct feri_batch b; (b = next(l)).n; batches++) {
        assert_true(b.n <= batch && (!drop_last || b.n == batch));
        samples += b.n;
    }
    assert_int_equal(batches, want);
    assert_int_equal(samples, drop_last ? want * batch : oversample > 0 ? (size_t)(oversample * FACES) : FACES);
    feri_loader_free(l);
}

static void test_the_number_of_batches_is_the_number_delivered(void **state)
{
    (void)state;
    struct feri_dataset *ds = open_faces(FER_MAJORITY);
    check_batches(ds, 1, 0, false, 12);
    check_batches(ds, 5, 0, false, 3);
    check_batches(ds, 5, 0, true, 2);
    check_batches(ds, 12, 0, true, 1);
    check_batches(ds, 13, 0, false, 1);
    check_batches(ds, 13, 0, true, 0);
    check_batches(ds, 5, 0.5f, false, 2);
    /* seven of the eight classes have no sample, so no sample of them may be drawn */
    check_batches(ds, 5, 2.5f, true, 6);
    feri_dataset_close(ds);
}

/* Batches 1 and 2 of four contain nothing readable. The epoch continues after them, and every skipped picture is
 * counted.
 */
static void test_unreadable_batches_do_not_end_the_epoch(void **state)
{
    (void)state;
    struct feri_dataset *ds = open_faces(FER_MAJORITY);
    struct feri_loader_options o = options();
    char name[64];
    o.skip_bad = true;
    for (unsigned i = 3; i < 9; i++) {
        snprintf(name, sizeof name, "set/%02u.png", i);
        write_text(name, "no pixels");
    }
    struct feri_loader *l = loader_of(ds, &o);
    start(l, 0);
    assert_int_equal(next(l).indices[2], 2);
    struct feri_batch b = next(l);
    assert_int_equal(b.n, 3);
    for (size_t i = 0; i < 3; i++) assert_int_equal(b.indices[i], 9 + i);
    assert_int_equal(next(l).n, 0);
    assert_int_equal(feri_loader_n_skipped(l), 6);
    feri_loader_free(l);
    for (unsigned i = 3; i < 9; i++) {
        snprintf(name, sizeof name, "set/%02u.png", i);
        write_face(name, 20 * i + 10);
    }
    feri_dataset_close(ds);
}

/* A bad picture stops its epoch. The batches before it arrive, even if the workers have read further. */
static void test_batches_before_a_broken_picture_arrive(void **state)
{
    (void)state;
    struct feri_dataset *ds = open_faces(FER_MAJORITY);
    struct feri_loader_options o = options();
    struct feri_batch b;
    fer_error err = {0};
    o.workers = 4;
    write_text("set/10.png", "no pixels");
    struct feri_loader *l = loader_of(ds, &o);
    start(l, 0);
    for (size_t i = 0; i < 3; i++) assert_int_equal(next(l).indices[0], 3 * i);
    assert_int_equal(feri_loader_next(l, &b, &err), FER_ERR_FORMAT);
    assert_int_equal(b.n, 0);
    if (!strstr(err.text, "10.png")) fail_msg("'%s' does not name the picture", err.text);
    write_face("set/10.png", 210);
    start(l, 1); /* mended: a new epoch is whole */
    for (size_t i = 0; i < 4; i++) assert_int_equal(next(l).n, 3);
    feri_loader_free(l);
    feri_dataset_close(ds);
}

static void test_impossible_options_are_refused(void **state)
{
    (void)state;
    struct feri_dataset *ds = open_faces(FER_MAJORITY);
    struct feri_loader *l;
    for (int i = 0; i < 3; i++) {
        struct feri_loader_options o = options();
        fer_error err = {0};
        if (i == 0) o.batch = 0;
        if (i == 1) o.workers = 257;
        if (i == 2) o.batch = SIZE_MAX / 2;
        assert_int_equal(feri_loader_new(ds, &o, &l, &err), i == 2 ? FER_ERR_MEMORY : FER_ERR_ARGUMENT);
        assert_null(l);
        assert_true(err.text[0]);
    }
    feri_dataset_close(ds);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_votes_arrive_as_soft_targets_in_the_networks_classes),
        cmocka_unit_test(test_classes_mapped_to_one_add_their_shares),
        cmocka_unit_test(test_pictures_take_the_networks_size_and_channels),
        cmocka_unit_test(test_a_batch_stays_until_the_next_is_asked_for),
        cmocka_unit_test(test_loaders_can_be_given_up_anywhere),
        cmocka_unit_test(test_before_the_first_epoch_there_is_no_batch),
        cmocka_unit_test(test_the_number_of_batches_is_the_number_delivered),
        cmocka_unit_test(test_unreadable_batches_do_not_end_the_epoch),
        cmocka_unit_test(test_batches_before_a_broken_picture_arrive),
        cmocka_unit_test(test_impossible_options_are_refused),
    };
    return cmocka_run_group_tests(tests, make_set, remove_root);
}
