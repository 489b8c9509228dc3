/* Batches depend only on options, epoch and number: not on workers, and not on what was read before. */
#include "faces.h"

#include "data/loader.h"

#include <math.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define CLASSES 3
#define IMAGES  23

/* Class folders of 15, 6 and 2 faces; face i has the grey value 10 i + 5. */
static int make_set(void **state)
{
    static const size_t sizes[CLASSES] = {15, 6, 2};
    if (make_root(state) != 0) return -1;
    mkdir(at("set"), 0777);
    for (size_t k = 0, face = 0; k < CLASSES; k++) {
        char name[64];
        snprintf(name, sizeof name, "set/class%zu", k);
        mkdir(at(name), 0777);
        for (size_t i = 0; i < sizes[k]; i++, face++) {
            snprintf(name, sizeof name, "set/class%zu/%02zu.png", k, i);
            write_face(name, (unsigned)(10 * face + 5));
        }
    }
    return 0;
}

static struct feri_dataset *open_faces(void)
{
    struct feri_dataset *ds;
    fer_error err;
    if (open_set(at("set"), FER_MAJORITY, false, &ds, &err) != FER_OK) fail_msg("%s", err.text);
    return ds;
}

static struct feri_loader_options options(void)
{
    struct feri_loader_options o = {
        .h = 8, .w = 8, .c = 1, .batch = 4, .workers = 1, .n_classes = CLASSES, .seed = 3, .shuffle = true};
    assert_int_equal(feri_preprocess_find("unit", 1, &o.preprocess, NULL), FER_OK);
    return o;
}

struct epoch {
    size_t n, batches;
    size_t indices[IMAGES * 4], labels[IMAGES * 4];
    float images[IMAGES * 4][64];
};

static void read_epoch(struct feri_loader *l, uint64_t number, struct epoch *e)
{
    struct feri_batch b;
    fer_error err = {0};
    memset(e, 0, sizeof *e);
    assert_int_equal(feri_loader_start(l, number, &err), FER_OK);
    for (;;) {
        if (feri_loader_next(l, &b, &err) != FER_OK) fail_msg("%s", err.text);
        if (b.n == 0) break;
        assert_true(e->n + b.n <= IMAGES * 4);
        for (size_t i = 0; i < b.n; i++) {
            float sum = 0;
            for (size_t k = 0; k < CLASSES; k++) sum += b.targets[i * CLASSES + k];
            assert_float_equal(sum, 1, 1e-6f);
            assert_float_equal(b.targets[i * CLASSES + b.labels[i]], 1, 0);
            e->indices[e->n] = b.indices[i];
            e->labels[e->n] = b.labels[i];
            memcpy(e->images[e->n++], b.images + i * 64, sizeof e->images[0]);
        }
        e->batches++;
    }
}

static void load(const struct feri_loader_options *o, uint64_t number, struct epoch *e)
{
    struct feri_dataset *ds = open_faces();
    struct feri_loader *l;
    fer_error err = {0};
    if (feri_loader_new(ds, o, &l, &err) != FER_OK) fail_msg("%s", err.text);
    read_epoch(l, number, e);
    assert_int_equal(e->batches, feri_loader_n_batches(l));
    feri_loader_free(l);
    feri_dataset_close(ds);
}

static void test_an_epoch_holds_every_image_once(void **state)
{
    (void)state;
    struct feri_loader_options o = options();
    struct epoch e;
    size_t seen[IMAGES] = {0};
    load(&o, 0, &e);
    assert_int_equal(e.n, IMAGES);
    assert_int_equal(e.batches, 6);
    for (size_t i = 0; i < e.n; i++) {
        seen[e.indices[i]]++;
        assert_int_equal(e.labels[i], e.indices[i] < 15 ? 0 : e.indices[i] < 21 ? 1 : 2);
        assert_float_equal(e.images[i][1], (float)(10 * e.indices[i] + 5) / 255, 1e-6f);
    }
    for (size_t i = 0; i < IMAGES; i++) assert_int_equal(seen[i], 1);
}

static void test_without_shuffling_the_order_is_the_sets(void **state)
{
    (void)state;
    struct feri_loader_options o = options();
    struct epoch e;
    o.shuffle = false;
    load(&o, 5, &e);
    for (size_t i = 0; i < IMAGES; i++) assert_int_equal(e.indices[i], i);
}

static void test_workers_do_not_change_a_byte(void **state)
{
    (void)state;
    struct feri_loader_options o = options();
    struct epoch one, many, other;
    o.augment = (fer_augment_options){.flip = 0.5f,
                                      .shift = 0.1f,
                                      .zoom = 0.1f,
                                      .rotation = 10,
                                      .brightness = 0.3f,
                                      .contrast = 0.3f,
                                      .erase = 0.5f,
                                      .randaugment_ops = 2,
                                      .randaugment_magnitude = 9};
    load(&o, 2, &one);
    o.workers = 5;
    load(&o, 2, &many);
    assert_memory_equal(&one, &many, sizeof one);
    load(&o, 3, &other);
    assert_memory_not_equal(one.indices, other.indices, sizeof one.indices);
    o.seed++;
    load(&o, 2, &other);
    assert_memory_not_equal(one.indices, other.indices, sizeof one.indices);
}

/* A resumed run starts at an epoch without having read those before. */
static void test_an_epoch_does_not_depend_on_the_epochs_before(void **state)
{
    (void)state;
    struct feri_loader_options o = options();
    struct feri_dataset *ds = open_faces();
    struct feri_loader *l;
    struct feri_batch b;
    struct epoch alone, after;
    fer_error err = {0};
    o.augment.flip = 0.5f;
    load(&o, 4, &alone);
    assert_int_equal(feri_loader_new(ds, &o, &l, &err), FER_OK);
    read_epoch(l, 0, &after);
    assert_int_equal(feri_loader_start(l, 1, &err), FER_OK); /* and left in the middle */
    assert_int_equal(feri_loader_next(l, &b, &err), FER_OK);
    read_epoch(l, 4, &after);
    assert_memory_equal(&alone, &after, sizeof alone);
    feri_loader_free(l);
    feri_dataset_close(ds);
}

static const float *image_of(const struct epoch *e, size_t sample)
{
    for (size_t i = 0; i < e->n; i++)
        if (e->indices[i] == sample) return e->images[i];
    fail_msg("sample %zu is not in the epoch", sample);
    return NULL;
}

static void test_views_come_again(void **state)
{
    (void)state;
    struct feri_loader_options o = options();
    struct epoch first, second, third;
    size_t same = 0;
    o.augment = (fer_augment_options){.flip = 0.5f, .shift = 0.2f, .brightness = 0.5f};
    o.views = 2;
    load(&o, 0, &first);
    load(&o, 1, &second);
    load(&o, 2, &third);
    assert_memory_not_equal(first.indices, third.indices, sizeof first.indices);
    for (size_t i = 0; i < IMAGES; i++) {
        assert_memory_equal(image_of(&third, i), image_of(&first, i), sizeof first.images[0]);
        same += memcmp(image_of(&second, i), image_of(&first, i), sizeof first.images[0]) == 0;
    }
    assert_true(same < IMAGES / 4);
}

static void test_oversampling_draws_the_classes_alike(void **state)
{
    (void)state;
    struct feri_loader_options o = options();
    size_t drawn[CLASSES] = {0}, total = 0;
    o.oversample = 2;
    for (uint64_t epoch = 0; epoch < 20; epoch++) {
        struct epoch e;
        load(&o, epoch, &e);
        assert_int_equal(e.n, 2 * IMAGES);
        total += e.n;
        for (size_t i = 0; i < e.n; i++) drawn[e.labels[i]]++;
    }
    /* 920 draws, a third each: four standard deviations are 57. */
    for (size_t k = 0; k < CLASSES; k++) assert_in_range(drawn[k], total / 3 - 57, total / 3 + 57);
}

static void count_classes(uint64_t epoch, size_t counts[CLASSES])
{
    struct feri_loader_options o = options();
    struct feri_dataset *ds = open_faces();
    struct feri_loader *l;
    fer_error err = {0};
    o.oversample = 100;
    o.class_map = (const size_t[]){2, 0, 1};
    assert_int_equal(feri_loader_new(ds, &o, &l, &err), FER_OK);
    assert_int_equal(feri_loader_start(l, epoch, &err), FER_OK);
    feri_loader_class_counts(l, counts);
    feri_loader_free(l);
    feri_dataset_close(ds);
}

/* Chi-square of the 2,300 draws against thirds: two degrees of freedom exceed 13.8 once in a thousand epochs. */
static void test_the_class_counts_of_oversampling_are_those_of_fair_draws(void **state)
{
    (void)state;
    size_t first[CLASSES], again[CLASSES], other[CLASSES];
    double expected = 100.0 * IMAGES / CLASSES, chi = 0;
    count_classes(0, first);
    assert_int_equal(first[0] + first[1] + first[2], 100 * IMAGES);
    for (size_t k = 0; k < CLASSES; k++)
        chi += ((double)first[k] - expected) * ((double)first[k] - expected) / expected;
    if (!(chi < 13.8)) fail_msg("chi-square %g of %zu, %zu, %zu draws", chi, first[0], first[1], first[2]);
    count_classes(0, again);
    assert_memory_equal(first, again, sizeof first);
    count_classes(1, other);
    assert_memory_not_equal(first, other, sizeof first);
}

/* Of six batches' samples, or of the five whole ones. */
static void test_class_counts_are_those_of_the_batches(void **state)
{
    (void)state;
    for (int drop = 0; drop < 2; drop++) {
        struct feri_loader_options o = options();
        struct feri_dataset *ds = open_faces();
        struct feri_loader *l;
        struct epoch e;
        fer_error err = {0};
        size_t counts[CLASSES], seen[CLASSES] = {0};
        o.drop_last = drop;
        assert_int_equal(feri_loader_new(ds, &o, &l, &err), FER_OK);
        read_epoch(l, 0, &e);
        feri_loader_class_counts(l, counts);
        for (size_t i = 0; i < e.n; i++) seen[e.labels[i]]++;
        assert_memory_equal(counts, seen, sizeof seen);
        feri_loader_free(l);
        feri_dataset_close(ds);
    }
}

static void test_a_short_last_batch_can_be_dropped(void **state)
{
    (void)state;
    struct feri_loader_options o = options();
    struct epoch e;
    o.drop_last = true;
    load(&o, 0, &e);
    assert_int_equal(e.n, 20);
}

static void test_classes_are_mapped(void **state)
{
    (void)state;
    struct feri_loader_options o = options();
    struct epoch e;
    o.class_map = (const size_t[]){2, 0, 1};
    load(&o, 0, &e);
    for (size_t i = 0; i < e.n; i++) assert_int_equal(e.labels[i], e.indices[i] < 15 ? 2 : e.indices[i] < 21 ? 0 : 1);
}

static void test_a_broken_picture_is_named_or_counted(void **state)
{
    (void)state;
    struct feri_loader_options o = options();
    struct feri_dataset *ds = open_faces();
    struct feri_loader *l;
    struct feri_batch b = {.n = 1};
    fer_error err = {0};
    struct epoch e;
    FILE *f = fopen(at("set/class1/03.png"), "r+b"); /* damaged after the set was indexed */
    assert_non_null(f);
    fseek(f, 62, SEEK_SET); /* in the pixels */
    fputs("damage", f);
    fclose(f);
    fer_status st = feri_loader_new(ds, &o, &l, &err);
    assert_int_equal(st, FER_OK);
    assert_int_equal(feri_loader_start(l, 0, &err), FER_OK);
    while (b.n && (st = feri_loader_next(l, &b, &err)) == FER_OK) continue;
    assert_int_not_equal(st, FER_OK);
    if (!strstr(err.text, "class1/03.png")) fail_msg("'%s' does not name the picture", err.text);
    feri_loader_free(l);
    o.skip_bad = true;
    assert_int_equal(feri_loader_new(ds, &o, &l, &err), FER_OK);
    read_epoch(l, 0, &e);
    assert_int_equal(e.n, IMAGES - 1);
    assert_int_equal(feri_loader_n_skipped(l), 1);
    feri_loader_free(l);
    feri_dataset_close(ds);
    write_face("set/class1/03.png", 10 * 18 + 5);
}

static void assert_shares(const struct feri_loader_options *o, const double want[CLASSES])
{
    struct feri_dataset *ds = open_faces();
    struct feri_loader *l;
    double shares[CLASSES];
    assert_int_equal(feri_loader_new(ds, o, &l, NULL), FER_OK);
    feri_loader_class_shares(l, shares);
    for (size_t k = 0; k < CLASSES; k++) assert_true(fabs(shares[k] - want[k]) < 1e-12);
    feri_loader_free(l);
    feri_dataset_close(ds);
}

static void test_class_shares_are_those_of_a_draw(void **state)
{
    (void)state;
    struct feri_loader_options o = options();
    assert_shares(&o, (const double[CLASSES]){15.0 / IMAGES, 6.0 / IMAGES, 2.0 / IMAGES});
    o.oversample = 2;
    assert_shares(&o, (const double[CLASSES]){1.0 / 3, 1.0 / 3, 1.0 / 3});
}

/* The images of one epoch, and the clean copies that the loader kept. */
static void load_both(const struct feri_loader_options *o, struct epoch *images, struct epoch *clean)
{
    struct feri_dataset *ds = open_faces();
    struct feri_loader *l;
    struct feri_batch b;
    fer_error err = {0};
    memset(images, 0, sizeof *images);
    memset(clean, 0, sizeof *clean);
    if (feri_loader_new(ds, o, &l, &err) != FER_OK) fail_msg("%s", err.text);
    assert_int_equal(feri_loader_start(l, 1, &err), FER_OK);
    for (;;) {
        assert_int_equal(feri_loader_next(l, &b, &err), FER_OK);
        if (!b.n) break;
        assert_true(!b.clean == !o->keep_clean);
        memcpy(images->images[images->n], b.images, b.n * sizeof images->images[0]);
        if (b.clean) memcpy(clean->images[images->n], b.clean, b.n * sizeof clean->images[0]);
        images->n += b.n;
    }
    feri_loader_free(l);
    feri_dataset_close(ds);
}

/* With and without mixing, which must treat both the same way. */
static void test_clean_images_are_those_that_are_not_made_worse(void **state)
{
    (void)state;
    for (int mixed = 0; mixed < 3; mixed++) {
        struct feri_loader_options o = options();
        struct epoch plain, worse, clean, none;
        o.augment = (fer_augment_options){.flip = 0.5f, .brightness = 0.3f};
        o.mix = (struct feri_mix){mixed == 1 ? 1.0f : 0, mixed == 2 ? 1.0f : 0};
        load_both(&o, &plain, &none);
        o.degrade = 1;
        o.keep_clean = true;
        load_both(&o, &worse, &clean);
        assert_memory_equal(clean.images, plain.images, sizeof plain.images);
        assert_memory_not_equal(worse.images, plain.images, sizeof plain.images);
        o.keep_clean = false;
        o.workers = 4;
        load_both(&o, &plain, &none);
        assert_memory_equal(worse.images, plain.images, sizeof plain.images);
    }
}

/* In a child after fork() there are no threads that fill batches. */
static void test_a_child_is_refused_and_can_free(void **state)
{
    (void)state;
    struct feri_dataset *ds = open_faces();
    struct feri_loader_options o = options();
    struct feri_loader *l;
    struct feri_batch b;
    fer_error err = {0};
    int status;
    assert_int_equal(feri_loader_new(ds, &o, &l, &err), FER_OK);
    assert_int_equal(feri_loader_start(l, 0, &err), FER_OK);
    assert_int_equal(feri_loader_next(l, &b, &err), FER_OK);
    pid_t child = fork();
    if (child == 0) {
        alarm(60);
        bool refused = feri_loader_next(l, &b, &err) == FER_ERR_UNSUPPORTED && strstr(err.text, "fork()") &&
                       feri_loader_start(l, 1, &err) == FER_ERR_UNSUPPORTED && feri_loader_n_skipped(l) == 0;
        feri_loader_free(l);
        _exit(refused ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(feri_loader_next(l, &b, &err), FER_OK);
    feri_loader_free(l);
    feri_dataset_close(ds);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_epoch_holds_every_image_once),
        cmocka_unit_test(test_without_shuffling_the_order_is_the_sets),
        cmocka_unit_test(test_workers_do_not_change_a_byte),
        cmocka_unit_test(test_an_epoch_does_not_depend_on_the_epochs_before),
        cmocka_unit_test(test_views_come_again),
        cmocka_unit_test(test_oversampling_draws_the_classes_alike),
        cmocka_unit_test(test_the_class_counts_of_oversampling_are_those_of_fair_draws),
        cmocka_unit_test(test_class_counts_are_those_of_the_batches),
        cmocka_unit_test(test_a_short_last_batch_can_be_dropped),
        cmocka_unit_test(test_classes_are_mapped),
        cmocka_unit_test(test_a_broken_picture_is_named_or_counted),
        cmocka_unit_test(test_class_shares_are_those_of_a_draw),
        cmocka_unit_test(test_clean_images_are_those_that_are_not_made_worse),
        cmocka_unit_test(test_a_child_is_refused_and_can_free),
    };
    return cmocka_run_group_tests(tests, make_set, remove_root);
}
