/* Splits, orders, class subsets and merges, the published split and packs, on a set of class folders made here. */
#include "faces.h"

#include "data/digest.h"
#include "data/labels.h"
#include "data/open.h"
#include "data/pack_images.h"
#include "data/prepare.h"
#include "formats/pack.h"

#include <sys/stat.h>

/* set/<split>/<class>/<i>.png */
static void make_set(const char *set, const char *const *splits, const char *const *classes, size_t n)
{
    char path[200];
    mkdir(at(set), 0777);
    for (; *splits; splits++) {
        snprintf(path, sizeof path, "%s/%s", set, *splits);
        mkdir(at(path), 0777);
        for (const char *const *c = classes; *c; c++) {
            snprintf(path, sizeof path, "%s/%s/%s", set, *splits, *c);
            mkdir(at(path), 0777);
            for (size_t i = 0; i < n; i++) {
                snprintf(path, sizeof path, "%s/%s/%s/%03zu.png", set, *splits, *c, i);
                write_face(path, (unsigned)i);
            }
        }
    }
}

static const char *const both[] = {"train", "val_set", NULL}, *const three[] = {"Happy", "angry", "contempt", NULL};
static const char *const numbers[] = {"0", "1", "6", NULL};

static fer_status try(const char *set, const fer_data_source *like, enum feri_use use, struct feri_dataset **out,
                      fer_error *err)
{
    fer_data_source source = *like;
    source.path = at(set);
    return feri_dataset_open(&source, use, out, err);
}

static struct feri_dataset *open_for(enum feri_use use, const char *set, const fer_data_source *like)
{
    struct feri_dataset *ds;
    fer_error err = {0};
    if (try(set, like, use, &ds, &err) != FER_OK) fail_msg("%s", err.text);
    return ds;
}

static struct feri_dataset *open_with(const char *set, const fer_data_source *like)
{
    return open_for(FERI_USE_ALL, set, like);
}

static void refused(const char *set, const fer_data_source *opt, fer_status status, const char *word)
{
    struct feri_dataset *ds;
    fer_error err = {0};
    assert_int_equal(try(set, opt, FERI_USE_ALL, &ds, &err), status);
    if (!strstr(err.text, word)) fail_msg("'%s' does not speak of '%s'", err.text, word);
}

static int make_sets(void **state)
{
    if (make_root(state) != 0) return -1;
    make_set("named", both, three, 6);
    make_set("numbered", both, numbers, 2);
    return 0;
}

static void test_words_become_emotions_in_affectnets_order(void **state)
{
    (void)state;
    struct feri_dataset *ds = open_with("named", &(fer_data_source){0});
    assert_int_equal(feri_dataset_n_classes(ds), 3);
    assert_string_equal(feri_dataset_class(ds, 0), "happiness");
    assert_string_equal(feri_dataset_class(ds, 1), "anger");
    assert_string_equal(feri_dataset_class(ds, 2), "contempt");
    assert_string_equal(feri_dataset_layout(ds), "folders");
    feri_dataset_close(ds);
}

static void test_the_use_chooses_the_split(void **state)
{
    (void)state;
    static const struct {
        enum feri_use use;
        const char *split;
        size_t n;
        fer_split found;
    } cases[] = {{FERI_USE_ALL, NULL, 36, FER_SPLIT_TRAIN},  {FERI_USE_TRAIN, NULL, 18, FER_SPLIT_TRAIN},
                 {FERI_USE_VAL, NULL, 18, FER_SPLIT_VAL},    {FERI_USE_TEST, NULL, 18, FER_SPLIT_VAL},
                 {FERI_USE_TRAIN, "val", 18, FER_SPLIT_VAL}, {FERI_USE_TRAIN, "all", 36, FER_SPLIT_TRAIN}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct feri_dataset *ds = open_for(cases[i].use, "named", &(fer_data_source){.split = cases[i].split});
        assert_int_equal(feri_dataset_size(ds), cases[i].n);
        assert_int_equal(feri_dataset_split(ds, 0), cases[i].found);
        feri_dataset_close(ds);
    }
    refused("named", &(fer_data_source){.split = "test"}, FER_ERR_FORMAT, "train (18), val (18)");
    refused("named", &(fer_data_source){.split = "tset"}, FER_ERR_ARGUMENT, "tset");
}

static void test_numbers_need_an_order(void **state)
{
    (void)state;
    refused("numbered", &(fer_data_source){0}, FER_ERR_ARGUMENT, "affectnet: 0 neutral, 1 happiness");
    refused("numbered", &(fer_data_source){.order = "afectnet"}, FER_ERR_ARGUMENT, "afectnet");
    static const struct {
        const char *order, *class;
    } six[] = {{"affectnet", "anger"},
               {"alphabetical", "sadness"},
               {"fer2013", "neutral"},
               {"a,b,c,d,e,f,joy,h", "happiness"}};
    for (size_t k = 0; k < 4; k++) {
        struct feri_dataset *ds = open_with("numbered", &(fer_data_source){.order = six[k].order});
        for (size_t i = 0; i < feri_dataset_size(ds); i++)
            if (strstr(feri_dataset_file(ds, i), "/6/"))
                assert_string_equal(feri_dataset_class(ds, feri_dataset_label(ds, i)), six[k].class);
        feri_dataset_close(ds);
    }
    /* RAF-DB counts from 1: the folder 0 means nothing in it. */
    refused("numbered", &(fer_data_source){.order = "rafdb"}, FER_ERR_FORMAT, "'0' is not the name of a class");
}

static void test_classes_are_kept_and_merged(void **state)
{
    (void)state;
    static const char *const keep[] = {"anger", "happy"}, *const merge[] = {"contempt=anger"},
                             *const unknown[] = {"joyful"}, *const bad[] = {"contempt"};
    struct feri_dataset *ds =
        open_with("named", &(fer_data_source){.classes = keep, .n_classes = 2, .merge = merge, .n_merge = 1});
    size_t counts[2] = {0};
    assert_int_equal(feri_dataset_n_classes(ds), 2);
    assert_string_equal(feri_dataset_class(ds, 0), "anger");
    assert_string_equal(feri_dataset_class(ds, 1), "happiness");
    for (size_t i = 0; i < feri_dataset_size(ds); i++) counts[feri_dataset_label(ds, i)]++;
    assert_true(counts[0] == 24 && counts[1] == 12);
    assert_true(feri_dataset_target(ds, 0)[feri_dataset_label(ds, 0)] == 1);
    feri_dataset_close(ds);
    ds = open_with("named", &(fer_data_source){.classes = keep, .n_classes = 1});
    assert_int_equal(feri_dataset_size(ds), 12);
    assert_int_equal(feri_dataset_n_left(ds), 1);
    assert_true(feri_dataset_left(ds, 0)->n == 24 && !feri_dataset_left(ds, 0)->damage);
    feri_dataset_close(ds);
    refused("named", &(fer_data_source){.classes = unknown, .n_classes = 1}, FER_ERR_ARGUMENT,
            "happiness, anger, contempt");
    refused("named", &(fer_data_source){.merge = bad, .n_merge = 1}, FER_ERR_ARGUMENT, "FROM=TO");
    refused("named", &(fer_data_source){.classes = bad, .n_classes = 1, .merge = merge, .n_merge = 1}, FER_ERR_ARGUMENT,
            "merged into 'anger'");
}

static size_t count_split(const struct feri_dataset *ds, const uint8_t *splits, fer_split s, size_t k)
{
    size_t n = 0;
    for (size_t i = 0; i < feri_dataset_size(ds); i++) n += splits[i] == s && feri_dataset_label(ds, i) == k;
    return n;
}

static void test_the_split_is_exact_and_repeats(void **state)
{
    (void)state;
    uint8_t a[36], b[36], c[36];
    static const char *const keep[] = {"contempt"};
    fer_error err = {0};
    struct feri_dataset *ds = open_with("named", &(fer_data_source){0});
    fer_prepare_options opt = {.val_per_class = 2, .seed = 42};
    assert_int_equal(feri_split_samples(ds, &opt, a, &err), FER_OK);
    assert_int_equal(feri_split_samples(ds, &opt, b, &err), FER_OK);
    assert_memory_equal(a, b, sizeof a);
    for (size_t k = 0; k < 3; k++) {
        assert_int_equal(count_split(ds, a, FER_SPLIT_TRAIN, k), 4);
        assert_int_equal(count_split(ds, a, FER_SPLIT_VAL, k), 2);
        assert_int_equal(count_split(ds, a, FER_SPLIT_TEST, k), 6); /* what was held out */
    }
    opt.seed = 43;
    assert_int_equal(feri_split_samples(ds, &opt, c, &err), FER_OK);
    assert_memory_not_equal(a, c, sizeof a);
    opt.val_per_class = 6;
    assert_int_equal(feri_split_samples(ds, &opt, c, &err), FER_ERR_FORMAT);
    assert_non_null(strstr(err.text, "'happiness' has 6 images"));
    feri_dataset_close(ds);
    /* A class has the same draw, whatever other classes there are. */
    ds = open_with("named", &(fer_data_source){.classes = keep, .n_classes = 1});
    opt = (fer_prepare_options){.val_per_class = 2, .seed = 42};
    assert_int_equal(feri_split_samples(ds, &opt, b, &err), FER_OK);
    struct feri_dataset *all = open_with("named", &(fer_data_source){0});
    for (size_t i = 0, j = 0; i < feri_dataset_size(all); i++)
        if (feri_dataset_label(all, i) == 2) assert_int_equal(a[i], b[j++]);
    feri_dataset_close(all);
    feri_dataset_close(ds);
}

static void test_the_prepared_tables_are_the_same_set(void **state)
{
    (void)state;
    size_t counts[3];
    char digest[2][FERI_DIGEST_MAX];
    fer_error err = {0};
    struct feri_dataset *ds = open_with("named", &(fer_data_source){0});
    fer_prepare_options opt = {.val_per_class = 1, .seed = 1};
    if (feri_prepare(ds, at("prepared/here"), &opt, counts, &err) != FER_OK) fail_msg("%s", err.text);
    assert_true(counts[0] == 15 && counts[1] == 3 && counts[2] == 18);
    struct feri_dataset *again = open_with("prepared/here", &(fer_data_source){0});
    assert_string_equal(feri_dataset_layout(again), "table");
    assert_int_equal(feri_dataset_size(again), feri_dataset_size(ds));
    feri_dataset_close(again);
    /* By themselves, in the order of the set. */
    again = open_with("prepared/here/test.csv", &(fer_data_source){0});
    feri_dataset_close(ds);
    ds = open_with("named", &(fer_data_source){.split = "val"});
    assert_int_equal(feri_dataset_digest(ds, digest[0], NULL), FER_OK);
    assert_int_equal(feri_dataset_digest(again, digest[1], NULL), FER_OK);
    assert_string_equal(digest[0], digest[1]);
    feri_dataset_close(again);
    feri_dataset_close(ds);
}

static void assert_same_pixels(const struct feri_dataset *a, size_t i, const struct feri_dataset *b, size_t j)
{
    struct feri_pixels x, y;
    fer_error err;
    assert_int_equal(feri_dataset_read(a, i, &x, &err), FER_OK);
    assert_int_equal(feri_dataset_read(b, j, &y, &err), FER_OK);
    assert_true(x.w == y.w && x.h == y.h && x.c == y.c);
    assert_memory_equal(x.data, y.data, x.w * x.h * x.c);
    feri_pixels_free(&x);
    feri_pixels_free(&y);
}

static void pack_and_compare(const struct feri_dataset *ds, size_t side)
{
    struct feri_packed packed;
    fer_error err = {0};
    fer_pack_options opt = {.side = side, .channels = 1};
    if (feri_pack_images(ds, at("set.ferpack"), &opt, &packed, &err) != FER_OK) fail_msg("%s", err.text);
    assert_int_equal(packed.images, feri_dataset_size(ds));
    struct feri_dataset *again = open_with("set.ferpack", &(fer_data_source){0});
    assert_int_equal(feri_dataset_size(again), feri_dataset_size(ds));
    for (size_t i = 0; i < feri_dataset_size(ds); i++) {
        assert_string_equal(feri_dataset_class(again, feri_dataset_label(again, i)),
                            feri_dataset_class(ds, feri_dataset_label(ds, i)));
        assert_int_equal(feri_dataset_split(again, i), feri_dataset_split(ds, i));
        assert_same_pixels(ds, i, again, i);
    }
    feri_dataset_close(again);
}

static void test_a_pack_is_the_same_set(void **state)
{
    (void)state;
    struct feri_dataset *ds = open_with("named", &(fer_data_source){0});
    pack_and_compare(ds, 0); /* files */
    pack_and_compare(ds, 8); /* raw pixels of the size they have */
    feri_dataset_close(ds);
}

static void test_a_damaged_pack_is_refused(void **state)
{
    (void)state;
    struct feri_dataset *ds = open_with("named", &(fer_data_source){0});
    pack_and_compare(ds, 8);
    feri_dataset_close(ds);
    struct stat s;
    assert_int_equal(stat(at("set.ferpack"), &s), 0);
    for (off_t size = s.st_size - 1; size > 8; size = size / 2) {
        fer_error err = {0};
        assert_int_equal(truncate(at("set.ferpack"), size), 0);
        if (try("set.ferpack", &(fer_data_source){0}, FERI_USE_ALL, &ds, &err) == FER_OK)
            fail_msg("a pack of %ld bytes opens", (long)size);
        assert_non_null(strstr(err.text, "set.ferpack"));
    }
}

static void test_a_failed_pack_leaves_no_file(void **state)
{
    (void)state;
    struct feri_packed packed;
    fer_error err = {0};
    make_set("broken", both, three, 2);
    write_text("broken/train/angry/001.png", "no picture");
    struct feri_dataset *ds = open_with("broken", &(fer_data_source){0});
    fer_pack_options opt = {.side = 8, .channels = 3};
    assert_int_equal(feri_pack_images(ds, at("broken.ferpack"), &opt, &packed, &err), FER_ERR_FORMAT);
    assert_non_null(strstr(err.text, "train/angry/001.png"));
    assert_int_not_equal(access(at("broken.ferpack"), F_OK), 0);
    assert_int_not_equal(access(at("broken.ferpack.tmp"), F_OK), 0);
    feri_dataset_close(ds);
    ds = open_with("broken", &(fer_data_source){.skip_bad = true});
    assert_int_equal(feri_pack_images(ds, at("broken.ferpack"), &opt, &packed, &err), FER_OK);
    assert_true(packed.images == 11 && packed.skipped == 1);
    feri_dataset_close(ds);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words_become_emotions_in_affectnets_order),
        cmocka_unit_test(test_the_use_chooses_the_split),
        cmocka_unit_test(test_numbers_need_an_order),
        cmocka_unit_test(test_classes_are_kept_and_merged),
        cmocka_unit_test(test_the_split_is_exact_and_repeats),
        cmocka_unit_test(test_the_prepared_tables_are_the_same_set),
        cmocka_unit_test(test_a_pack_is_the_same_set),
        cmocka_unit_test(test_a_damaged_pack_is_refused),
        cmocka_unit_test(test_a_failed_pack_leaves_no_file),
    };
    return cmocka_run_group_tests(tests, make_sets, remove_root);
}
