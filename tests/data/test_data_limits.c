/* Archives and tables that are made to take long or much. */
#include "data/open.h"
#include "formats/archive_open.h"

#include "../formats/zip.h"

static const char *file(const char *ending)
{
    static char path[64];
    snprintf(path, sizeof path, "data-limits-%ld%s", (long)getpid(), ending);
    return path;
}

/* A tar in a zip that unpacks to a thousand times the zip. */
static void test_tars_in_a_zip_unpack_within_a_limit(void **state)
{
    (void)state;
    enum { STORED = 3 << 20 };
    struct feri_archive *a;
    struct zip zip = {0};
    fer_error err = {0};
    char *zeros = calloc(STORED, 1);
    assert_non_null(zeros);
    zip_put(&zip, &(struct zip_entry){"bomb.tar", 8, 3000000000u, STORED, 0}, zeros);
    struct text bytes = zip_end(&zip);
    save_text(file(".zip"), &bytes);
    refused("bomb", feri_archive_open(file(".zip"), &a, &err), FER_ERR_UNSUPPORTED, &err, "unpack to more than");
    unlink(file(".zip"));
    free(zeros);
}

/* A table of images of which none is in its large archive. */
static void test_a_table_whose_images_are_missing(void **state)
{
    (void)state;
    enum { IMAGES = 50000 };
    struct zip zip = {0};
    struct text table = {0};
    struct feri_dataset *ds;
    fer_error err = {0};
    char line[64];
    add_bytes(&table, "number,exp,valence,arousal\n", 27);
    for (int i = 0; i < IMAGES; i++) {
        int n = snprintf(line, sizeof line, "%d,1,0,0\n", i + IMAGES);
        add_bytes(&table, line, (size_t)n);
        snprintf(line, sizeof line, "set/images/%d.jpg", i);
        zip_add(&zip, line, "", 0);
    }
    zip_add(&zip, "set/labels.csv", table.data, table.size);
    struct text bytes = zip_end(&zip);
    size_t size = bytes.size;
    save_text(file(".zip"), &bytes);
    free(table.data);
    struct limits l = limits_begin();
    refused("table",
            feri_dataset_open(&(fer_data_source){.path = file(".zip"), .skip_bad = true}, FERI_USE_ALL, &ds, &err),
            FER_ERR_FORMAT, &err, "50000 x missing image");
    limits_end(l, "table", size);
    unlink(file(".zip"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tars_in_a_zip_unpack_within_a_limit),
        cmocka_unit_test(test_a_table_whose_images_are_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
