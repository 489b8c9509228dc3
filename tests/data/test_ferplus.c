/* FER+ as published: the counts of the real files if they are available, and hand-written cases for the rules on votes.
 */
#include "faces.h"

#include <sys/stat.h>

#define TRAIN FER_SOURCE_DIR "/../shared/data/ferplus/FER2013Train.tar"
#define VALID FER_SOURCE_DIR "/../shared/data/ferplus/FER2013Valid.tar"

static void count_classes(const char *path, fer_protocol protocol, size_t total, const char *const *names,
                          const size_t *counts, size_t n)
{
    struct feri_dataset *ds;
    fer_error err;
    if (access(path, R_OK) != 0) skip();
    if (open_set(path, protocol, false, &ds, &err) != FER_OK) fail_msg("%s", err.text);
    assert_int_equal(feri_dataset_size(ds), total);
    for (size_t k = 0; k < n; k++) {
        size_t have = 0;
        for (size_t i = 0; i < feri_dataset_size(ds); i++)
            have += strcmp(feri_dataset_class(ds, feri_dataset_label(ds, i)), names[k]) == 0;
        assert_int_equal(have, counts[k]);
    }
    feri_dataset_close(ds);
}

static const char *const emotions[8] = {"neutral", "happiness", "surprise", "sadness",
                                        "anger",   "disgust",   "fear",     "contempt"};

static void test_published_counts_of_the_training_split(void **state)
{
    (void)state;
    count_classes(TRAIN, FER_MAJORITY, 25045, emotions, (const size_t[]){8733, 7284, 3136, 3022, 2098, 116, 536, 120},
                  8);
}

static void test_published_counts_of_the_validation_split(void **state)
{
    (void)state;
    count_classes(VALID, FER_MAJORITY, 3191, emotions, (const size_t[]){1180, 862, 411, 348, 289, 25, 60, 16}, 8);
}

/* ---- votes ---- */

#define BOX "\"(0, 0, 48, 48)\""

static void make_votes(void)
{
    if (mkdir(at("votes"), 0777) != 0) return;
    write_text("votes/label.csv",
               "a.png," BOX ",6,4,0,0,0,0,0,0,0,0\n" /* neutral by majority: 0.6, 0.4 */
               "b.png," BOX ",5,5,0,0,0,0,0,0,0,0\n" /* a tie: no majority; the first for all */
               "c.png," BOX ",4,1,1,1,1,1,1,0,0,0\n" /* single votes are outliers: 4 of 4 is neutral */
               "d.png," BOX ",0,0,0,3,0,0,0,0,7,0\n" /* mostly unknown: in no protocol */
               "e.png," BOX ",0,0,4,2,0,0,0,0,4,0\n" /* largest an emotion, not more than half */
               "f.png," BOX ",1,1,1,1,1,1,1,1,1,1\n" /* nothing left */
               "g.png," BOX ",0,0,0,0,0,0,0,10,0,0\n");
    for (const char *p = "abcdefg"; *p; p++) {
        char name[] = "votes/x.png";
        name[6] = *p;
        write_face(name, 100);
    }
}

static void assert_files(fer_protocol protocol, const char *files, const char *labels)
{
    struct feri_dataset *ds;
    fer_error err;
    if (open_set(at("votes"), protocol, false, &ds, &err) != FER_OK) fail_msg("%s", err.text);
    assert_int_equal(feri_dataset_size(ds), strlen(files));
    assert_int_equal(feri_dataset_n_classes(ds), 8);
    for (size_t i = 0; i < strlen(files); i++) {
        const char *slash = strrchr(feri_dataset_file(ds, i), '/');
        const char *base = slash ? slash + 1 : feri_dataset_file(ds, i);
        assert_true(base[0] == files[i]);
        assert_true(feri_dataset_class(ds, feri_dataset_label(ds, i))[0] == labels[i]);
    }
    feri_dataset_close(ds);
}

static void test_protocols_follow_the_votes(void **state)
{
    (void)state;
    make_votes();
    assert_files(FER_MAJORITY, "acg", "nnc");
    assert_files(FER_ALL, "abceg", "nnnsc");
    assert_files(FER_DISTRIBUTION, "abceg", "nnnsc");
}

static void test_distributions_are_the_remaining_votes(void **state)
{
    (void)state;
    struct feri_dataset *ds;
    fer_error err;
    make_votes();
    assert_int_equal(open_set(at("votes"), FER_DISTRIBUTION, false, &ds, &err), FER_OK);
    static const float want[5][8] = {
        {0.6f, 0.4f}, {0.5f, 0.5f}, {1}, {0, 0, 4 / 6.0f, 2 / 6.0f}, {0, 0, 0, 0, 0, 0, 0, 1}};
    for (size_t i = 0; i < 5; i++)
        for (size_t k = 0; k < 8; k++) assert_float_equal(feri_dataset_target(ds, i)[k], want[i][k], 1e-6f);
    feri_dataset_close(ds);
    assert_int_equal(open_set(at("votes"), FER_MAJORITY, false, &ds, &err), FER_OK);
    for (size_t k = 0; k < 8; k++) assert_float_equal(feri_dataset_target(ds, 0)[k], k == 0, 0);
    feri_dataset_close(ds);
}

static void test_a_directory_and_its_tar_are_the_same_set(void **state)
{
    (void)state;
    struct feri_dataset *a, *b;
    fer_error err;
    char command[512];
    make_votes();
    snprintf(command, sizeof command, "tar -C %s -cf %s votes", root, at("votes.tar"));
    if (system(command) != 0) skip();
    assert_int_equal(open_set(at("votes"), FER_ALL, false, &a, &err), FER_OK);
    assert_int_equal(open_set(at("votes.tar"), FER_ALL, false, &b, &err), FER_OK);
    assert_int_equal(feri_dataset_size(a), feri_dataset_size(b));
    for (size_t i = 0; i < feri_dataset_size(a); i++) {
        struct feri_pixels x, y;
        assert_int_equal(feri_dataset_label(a, i), feri_dataset_label(b, i));
        assert_int_equal(feri_dataset_read(a, i, &x, &err), FER_OK);
        assert_int_equal(feri_dataset_read(b, i, &y, &err), FER_OK);
        assert_memory_equal(x.data, y.data, 64);
        feri_pixels_free(&x);
        feri_pixels_free(&y);
    }
    feri_dataset_close(a);
    feri_dataset_close(b);
}

/* ---- class folders ---- */

static void test_class_folders(void **state)
{
    (void)state;
    struct feri_dataset *ds;
    fer_error err;
    mkdir(at("folders"), 0777);
    mkdir(at("folders/joy"), 0777);
    mkdir(at("folders/awe"), 0777);
    write_face("folders/joy/1.png", 1);
    write_face("folders/joy/2.png", 2);
    write_face("folders/awe/1.png", 3);
    write_text("folders/README.txt", "not a picture");
    assert_int_equal(open_set(at("folders"), FER_MAJORITY, false, &ds, &err), FER_OK);
    assert_int_equal(feri_dataset_size(ds), 3);
    assert_int_equal(feri_dataset_n_classes(ds), 2);
    assert_string_equal(feri_dataset_class(ds, 0), "awe");
    assert_string_equal(feri_dataset_class(ds, 1), "joy");
    assert_int_equal(feri_dataset_label(ds, 0), 0);
    assert_int_equal(feri_dataset_label(ds, 2), 1);
    feri_dataset_close(ds);
}

/* ---- bad sets ---- */

static void refused(const char *folder, const char *word)
{
    struct feri_dataset *ds = NULL;
    fer_error err;
    assert_int_not_equal(open_set(at(folder), FER_MAJORITY, false, &ds, &err), FER_OK);
    assert_null(ds);
    if (!strstr(err.text, word) || !strstr(err.text, folder))
        fail_msg("'%s' does not name %s and %s", err.text, folder, word);
}

static void test_bad_rows_name_file_line_and_value(void **state)
{
    (void)state;
    mkdir(at("bad"), 0777);
    write_face("bad/a.png", 5);
    write_text("bad/label.csv", "a.png," BOX ",9,0,0,0,0,0,0,0,0,0\na.png," BOX ",9,0,0\n");
    refused("bad", "line 2");
    write_text("bad/label.csv", "a.png," BOX ",9,0,0,0,0,0,0,0,0,0\nb.png," BOX ",9,0,0,0,0,0,0,0,0,0\n");
    refused("bad", "b.png");
    write_text("bad/label.csv", "a.png," BOX ",9,0,0,x7,0,0,0,0,0,0\n");
    refused("bad", "x7");
    write_text("bad/label.csv", "a.png," BOX ",-9,0,0,0,0,0,0,0,0,0\n");
    refused("bad", "-9");
    write_text("bad/label.csv", "");
    refused("bad", "bad");
    write_text("bad/label.csv", "a.png," BOX ",5,5,0,0,0,0,0,0,0,0\n");
    refused("bad", "bad"); /* nothing of it is in this protocol */
}

static void test_bad_rows_are_counted_when_asked_to_be_skipped(void **state)
{
    (void)state;
    struct feri_dataset *ds;
    fer_error err;
    mkdir(at("skip"), 0777);
    write_face("skip/a.png", 5);
    write_text("skip/label.csv", "a.png," BOX ",9,0,0,0,0,0,0,0,0,0\nmissing.png," BOX
                                 ",9,0,0,0,0,0,0,0,0,0\na.png," BOX ",9,0,0,x,0,0,0,0,0,0\n");
    assert_int_equal(open_set(at("skip"), FER_MAJORITY, true, &ds, &err), FER_OK);
    assert_int_equal(feri_dataset_size(ds), 1);
    assert_int_equal(feri_dataset_n_skipped(ds), 2);
    feri_dataset_close(ds);
}

static void test_nothing_and_nowhere_are_refused(void **state)
{
    (void)state;
    mkdir(at("empty"), 0777);
    refused("empty", "empty");
    refused("nowhere", "nowhere");
    write_text("words.txt", "these are words, not a tar, and long enough to look at");
    refused("words.txt", "words.txt");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_published_counts_of_the_training_split),
        cmocka_unit_test(test_published_counts_of_the_validation_split),
        cmocka_unit_test(test_protocols_follow_the_votes),
        cmocka_unit_test(test_distributions_are_the_remaining_votes),
        cmocka_unit_test(test_a_directory_and_its_tar_are_the_same_set),
        cmocka_unit_test(test_class_folders),
        cmocka_unit_test(test_bad_rows_name_file_line_and_value),
        cmocka_unit_test(test_bad_rows_are_counted_when_asked_to_be_skipped),
        cmocka_unit_test(test_nothing_and_nowhere_are_refused),
    };
    return cmocka_run_group_tests(tests, make_root, remove_root);
}
