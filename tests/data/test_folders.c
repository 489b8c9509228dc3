/* Class folders: which files are samples, how classes are numbered, and the message for a set without classes. */
#include "faces.h"

#include <sys/stat.h>

static struct feri_dataset *open_folders(const char *name)
{
    struct feri_dataset *ds;
    fer_error err;
    if (open_set(at(name), FER_MAJORITY, false, &ds, &err) != FER_OK) fail_msg("%s", err.text);
    return ds;
}

static void folder(const char *set, const char *class)
{
    char name[128];
    mkdir(at(set), 0777);
    snprintf(name, sizeof name, "%s/%s", set, class);
    mkdir(at(name), 0777);
}

static void test_classes_are_in_byte_order(void **state)
{
    (void)state;
    static const char *const order[] = {"10", "9", "Anger", "anger", "b"};
    for (size_t k = 0; k < 5; k++) {
        char name[64];
        folder("order", order[4 - k]);
        snprintf(name, sizeof name, "order/%s/1.png", order[4 - k]);
        write_face(name, 50);
    }
    struct feri_dataset *ds = open_folders("order");
    assert_int_equal(feri_dataset_n_classes(ds), 5);
    for (size_t k = 0; k < 5; k++) {
        assert_string_equal(feri_dataset_class(ds, k), order[k]);
        assert_int_equal(feri_dataset_label(ds, k), k);
    }
    feri_dataset_close(ds);
}

/* Space and '-' sort before '/', which must not matter: "joy" comes before "joy (mild)", as in any program that sorts
 * the names of folders. */
static void test_a_name_that_begins_like_another_comes_after_it(void **state)
{
    (void)state;
    folder("prefix", "joy");
    folder("prefix", "joy (mild)");
    write_face("prefix/joy/1.png", 1);
    write_face("prefix/joy (mild)/1.png", 2);
    struct feri_dataset *ds = open_folders("prefix");
    assert_int_equal(feri_dataset_n_classes(ds), 2);
    assert_string_equal(feri_dataset_class(ds, 0), "joy");
    assert_string_equal(feri_dataset_class(ds, 1), "joy (mild)");
    feri_dataset_close(ds);
}

/* Whatever the numbers are, a sample's label is the folder that contains its file. */
static void test_labels_are_the_files_folders(void **state)
{
    (void)state;
    static const char *const names[] = {"joy/1.png", "joy (mild)/1.png", "joy-2/1.png", "joy.old/1.png"};
    for (size_t i = 0; i < 4; i++) {
        char class[32] = "", name[64];
        memcpy(class, names[i], strcspn(names[i], "/"));
        folder("labels", class);
        snprintf(name, sizeof name, "labels/%s", names[i]);
        write_face(name, 1);
    }
    struct feri_dataset *ds = open_folders("labels");
    assert_int_equal(feri_dataset_size(ds), 4);
    for (size_t i = 0; i < 4; i++) {
        const char *file = feri_dataset_file(ds, i), *class = feri_dataset_class(ds, feri_dataset_label(ds, i));
        if (strcspn(file, "/") != strlen(class) || strncmp(file, class, strlen(class)) != 0)
            fail_msg("'%s' is labelled '%s'", file, class);
        for (size_t k = 0; k < 4; k++)
            assert_float_equal(feri_dataset_target(ds, i)[k], (k == feri_dataset_label(ds, i)), 0);
    }
    feri_dataset_close(ds);
}

static void test_pictures_one_folder_down_are_the_samples(void **state)
{
    (void)state;
    folder("which", "joy");
    folder("which", "joy/deeper");
    folder("which", "empty");
    folder("which", "notes");
    write_face("which/joy/a.PNG", 1);
    write_face("which/joy/b.JpEg", 2); /* the name makes it a sample, the bytes say how to read it */
    write_face("which/joy/deeper/c.png", 3);
    write_face("which/top.png", 4);
    write_text("which/notes/a.txt", "png");
    write_text("which/notes/png", "png");
    struct feri_dataset *ds = open_folders("which");
    struct feri_pixels px;
    fer_error err;
    assert_int_equal(feri_dataset_n_classes(ds), 1);
    assert_int_equal(feri_dataset_size(ds), 2);
    assert_string_equal(feri_dataset_file(ds, 0), "joy/a.PNG");
    assert_int_equal(feri_dataset_read(ds, 1, &px, &err), FER_OK);
    assert_true(px.w == 8 && px.h == 8 && px.c == 1 && px.data[1] == 2);
    feri_pixels_free(&px);
    feri_dataset_close(ds);
}

/* What the set says was left out under these words; 0: nothing. */
static size_t left(const struct feri_dataset *ds, const char *what, const char *first)
{
    for (size_t i = 0; i < feri_dataset_n_left(ds); i++) {
        const struct feri_left_out *l = feri_dataset_left(ds, i);
        if (strcmp(l->what, what) != 0) continue;
        if (strcmp(l->first, first) != 0) fail_msg("%s: the first is '%s', expected '%s'", what, l->first, first);
        assert_false(l->damage);
        return l->n;
    }
    return 0;
}

static void test_what_is_no_sample_is_counted_and_named(void **state)
{
    (void)state;
    folder("rest", "train");
    folder("rest", "train/joy");
    folder("rest", "train/joy/old");
    folder("rest", "train/awe");
    folder("rest", "train/fear");
    folder("rest", "train/.ipynb_checkpoints");
    write_face("rest/train/joy/1.png", 1);
    write_face("rest/train/joy/._1.png", 1);
    write_face("rest/train/.ipynb_checkpoints/1.png", 1);
    write_face("rest/train/joy/old/2.png", 1);
    write_face("rest/train/3.png", 1);
    write_face("rest/4.png", 1);
    write_text("rest/train/awe/1.XYZ", "x");
    write_text("rest/train/awe/2.xyz", "x");
    write_text("rest/train/readme", "x");
    struct feri_dataset *ds = open_folders("rest/train");
    assert_int_equal(feri_dataset_size(ds), 1);
    assert_int_equal(left(ds, "hidden file", ".ipynb_checkpoints/1.png"), 2);
    assert_int_equal(left(ds, "picture in a deeper folder", "joy/old/2.png"), 1);
    assert_int_equal(left(ds, "picture outside a class folder", "3.png"), 1);
    assert_int_equal(left(ds, "no picture by its name (.xyz)", "awe/1.XYZ"), 2);
    assert_int_equal(left(ds, "no picture by its name (another ending)", "readme"), 1);
    assert_int_equal(left(ds, "folder without a picture of a class", "awe"), 2); /* fear is empty */
    assert_int_equal(feri_dataset_n_left(ds), 6);
    feri_dataset_close(ds);
}

static void test_links_in_circles_and_pipes_are_counted(void **state)
{
    (void)state;
    folder("circle", "joy");
    write_face("circle/joy/1.png", 1);
    if (symlink(".", at("circle/joy/self")) != 0 || symlink("../../circle", at("circle/joy/up")) != 0 ||
        symlink("gone.png", at("circle/joy/2.png")) != 0 || mkfifo(at("circle/joy/3.png"), 0666) != 0)
        skip();
    struct feri_dataset *ds = open_folders("circle");
    assert_int_equal(feri_dataset_size(ds), 1);
    const char *loop = "joy/self";
    for (size_t i = 0; i < feri_dataset_n_left(ds); i++) /* the first in the directory's own order */
        if (strcmp(feri_dataset_left(ds, i)->first, "joy/up") == 0) loop = "joy/up";
    assert_int_equal(left(ds, "link to a folder that it lies in", loop), 2);
    assert_int_equal(left(ds, "link to nothing", "joy/2.png"), 1);
    assert_int_equal(left(ds, "pipe, socket or device", "joy/3.png"), 1);
    feri_dataset_close(ds);
}

/* In tars and zips empty folders, links and replaced files are as good as in a directory. */
static void test_archives_say_what_they_leave_out(void **state)
{
    (void)state;
    static const char *const kinds[] = {"tar", "zip"};
    char command[1024];
    folder("packed", "joy");
    folder("packed", "awe");
    write_face("packed/joy/1.png", 1);
    if (symlink("1.png", at("packed/joy/2.png")) != 0) skip();
    snprintf(command, sizeof command, "cd %s && tar cf ../packed.tar . && tar rf ../packed.tar ./joy/1.png",
             at("packed"));
    if (system(command) != 0) skip();
    snprintf(command, sizeof command, "cd %s && zip -qry ../packed.zip .", at("packed"));
    bool zip = system(command) == 0;
    for (size_t k = 0; k < 1 + (size_t)zip; k++) {
        char name[32];
        snprintf(name, sizeof name, "packed.%s", kinds[k]);
        struct feri_dataset *ds = open_folders(name);
        assert_int_equal(feri_dataset_size(ds), 1);
        assert_int_equal(left(ds, "folder without a picture of a class", "awe"), 1);
        if (k == 0) assert_int_equal(left(ds, "symbolic link in an archive", "./joy/2.png"), 1);
        else assert_int_equal(left(ds, "symbolic link in an archive", "joy/2.png"), 1);
        if (k == 0) assert_int_equal(left(ds, "file with the name of a later one in its archive", "joy/1.png"), 1);
        feri_dataset_close(ds);
    }
}

/* A column of names taken for classes. */
static void test_a_thousand_classes_are_refused(void **state)
{
    (void)state;
    struct feri_dataset *ds;
    fer_error err;
    mkdir(at("names"), 0777);
    write_face("names/1.png", 1);
    FILE *f = fopen(at("names/set.csv"), "w");
    assert_non_null(f);
    fputs("image,label\n", f);
    for (int i = 0; i < 2000; i++) fprintf(f, "1.png,person%d\n", i);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(open_set(at("names/set.csv"), FER_MAJORITY, true, &ds, &err), FER_ERR_FORMAT);
    assert_non_null(strstr(err.text, "more than 1024 classes ('person0', 'person1', ...)"));
}

/* The rows before have no picture, so the entries are looked up in another way by then. */
static void test_pictures_behind_missing_ones_are_found(void **state)
{
    (void)state;
    struct feri_dataset *ds;
    fer_error err;
    folder("late", "deep");
    folder("late", "deep/er");
    write_face("late/deep/er/12.png", 12);
    write_face("late/deep/er/123.png", 123);
    FILE *f = fopen(at("late/training.csv"), "w");
    assert_non_null(f);
    fputs("number,exp,valence,arousal\n", f);
    for (int i = 0; i < 20; i++) fprintf(f, "%d,1,0,0\n", 1000 + i);
    fputs("12,2,0,0\n123,3,0,0\n1,3,0,0\n", f);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(open_set(at("late"), FER_MAJORITY, true, &ds, &err), FER_OK);
    assert_int_equal(feri_dataset_size(ds), 2);
    assert_int_equal(feri_dataset_n_skipped(ds), 21);
    assert_string_equal(feri_dataset_file(ds, 0), "deep/er/12.png");
    assert_string_equal(feri_dataset_file(ds, 1), "deep/er/123.png");
    feri_dataset_close(ds);
}

static void test_links_to_pictures_are_samples(void **state)
{
    (void)state;
    folder("links", "joy");
    write_face("target.png", 77);
    if (symlink(at("target.png"), at("links/joy/a.png")) != 0) skip();
    struct feri_dataset *ds = open_folders("links");
    struct feri_pixels px;
    fer_error err;
    assert_int_equal(feri_dataset_size(ds), 1);
    assert_int_equal(feri_dataset_read(ds, 0, &px, &err), FER_OK);
    assert_int_equal(px.data[1], 77);
    feri_pixels_free(&px);
    feri_dataset_close(ds);
}

/* `tar -C set .` puts "./" before every name. */
static void test_a_tar_of_the_folder_itself_is_the_same_set(void **state)
{
    (void)state;
    char command[512];
    folder("tarred", "awe");
    folder("tarred", "joy");
    write_face("tarred/awe/1.png", 11);
    write_face("tarred/joy/1.png", 22);
    snprintf(command, sizeof command, "tar -C %s -cf %s .", at("tarred"), at("tarred.tar"));
    if (system(command) != 0) skip();
    struct feri_dataset *ds = open_folders("tarred.tar");
    assert_int_equal(feri_dataset_size(ds), 2);
    assert_int_equal(feri_dataset_n_classes(ds), 2);
    assert_string_equal(feri_dataset_class(ds, 0), "awe");
    for (size_t i = 0; i < 2; i++) {
        struct feri_pixels px;
        fer_error err;
        assert_int_equal(feri_dataset_read(ds, i, &px, &err), FER_OK);
        assert_int_equal(px.data[1], i ? 22 : 11);
        feri_pixels_free(&px);
    }
    feri_dataset_close(ds);
}

static void refused(const char *set, const char *word)
{
    struct feri_dataset *ds;
    fer_error err;
    assert_int_not_equal(open_set(at(set), FER_MAJORITY, false, &ds, &err), FER_OK);
    assert_null(ds);
    if (!strstr(err.text, at(set)) || !strstr(err.text, word))
        fail_msg("'%s' does not name the set and %s", err.text, word);
}

static void test_a_set_without_samples_is_told_what_was_looked_for(void **state)
{
    (void)state;
    mkdir(at("flat"), 0777);
    write_face("flat/1.png", 1);
    refused("flat", "label.csv");
    refused("flat", "folders");
    folder("hollow", "joy");
    refused("hollow", "folders");
}

/* Broken pictures do not prevent opening. Reading one names set and file, and the others can still be read. */
static void test_a_broken_picture_is_named_and_stays_alone(void **state)
{
    (void)state;
    struct feri_pixels px;
    fer_error err = {0};
    folder("broken", "joy");
    write_text("broken/joy/1.png", "these are no pixels");
    write_text("broken/joy/2.png", "");
    write_face("broken/joy/3.png", 3);
    struct feri_dataset *ds = open_folders("broken");
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(feri_dataset_read(ds, i, &px, &err), FER_ERR_FORMAT);
        assert_null(px.data);
        if (!strstr(err.text, at("broken")) || !strstr(err.text, i ? "joy/2.png" : "joy/1.png"))
            fail_msg("'%s' does not name the picture", err.text);
    }
    assert_int_equal(feri_dataset_read(ds, 2, &px, &err), FER_OK);
    feri_pixels_free(&px);
    unlink(at("broken/joy/3.png"));
    assert_int_equal(feri_dataset_read(ds, 2, &px, &err), FER_ERR_IO);
    assert_non_null(strstr(err.text, "joy/3.png"));
    feri_dataset_close(ds);
}

static void test_protocols_have_names(void **state)
{
    (void)state;
    fer_protocol p, other = FER_ALL;
    for (int i = FER_MAJORITY; i <= FER_ALL; i++) {
        assert_int_equal(fer_protocol_parse(fer_protocol_name((fer_protocol)i), &p, NULL), FER_OK);
        assert_int_equal(p, i);
    }
    assert_int_equal(fer_protocol_parse("Majority", &other, NULL), FER_ERR_ARGUMENT);
    assert_int_equal(fer_protocol_parse("", &other, NULL), FER_ERR_ARGUMENT);
    assert_int_equal(other, FER_ALL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_classes_are_in_byte_order),
        cmocka_unit_test(test_a_name_that_begins_like_another_comes_after_it),
        cmocka_unit_test(test_labels_are_the_files_folders),
        cmocka_unit_test(test_pictures_one_folder_down_are_the_samples),
        cmocka_unit_test(test_what_is_no_sample_is_counted_and_named),
        cmocka_unit_test(test_links_in_circles_and_pipes_are_counted),
        cmocka_unit_test(test_archives_say_what_they_leave_out),
        cmocka_unit_test(test_a_thousand_classes_are_refused),
        cmocka_unit_test(test_pictures_behind_missing_ones_are_found),
        cmocka_unit_test(test_links_to_pictures_are_samples),
        cmocka_unit_test(test_a_tar_of_the_folder_itself_is_the_same_set),
        cmocka_unit_test(test_a_set_without_samples_is_told_what_was_looked_for),
        cmocka_unit_test(test_a_broken_picture_is_named_and_stays_alone),
        cmocka_unit_test(test_protocols_have_names),
    };
    return cmocka_run_group_tests(tests, make_root, remove_root);
}
