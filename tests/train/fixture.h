/* Shared by the training tests: a directory of their own, small data sets of blobs, and options for runs that finish
 * quickly. */
#ifndef TESTS_TRAIN_FIXTURE_H
#define TESTS_TRAIN_FIXTURE_H

#define _XOPEN_SOURCE 700 /* nftw, mkdtemp */
#include "base/file.h"
#include "base/rng.h"
#include "fer/fer.h"
#include "formats/picture_file.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { SIDE = 16, PER_CLASS = 24, CLASSES = 3 };

static char fixture_dir[256];

static inline int remove_entry(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st;
    (void)type;
    (void)at;
    return remove(path);
}

static inline int fixture_close(void **state)
{
    (void)state;
    return nftw(fixture_dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

/* "<fixture>/<a>" in one of a few rotating buffers. */
static inline const char *in_fixture(const char *name)
{
    static char paths[16][1024];
    static unsigned next;
    char *path = paths[next++ % 16];
    snprintf(path, sizeof paths[0], "%s/%s", fixture_dir, name);
    return path;
}

static inline const char *in_run(const char *run, const char *name)
{
    char both[200];
    snprintf(both, sizeof both, "%s/%s", run, name);
    return in_fixture(both);
}

/* A bright blob in the left, the middle or the right third, somewhere, on noise: a class each. */
static inline void draw_blob(uint8_t *px, size_t class, struct feri_rng *r)
{
    int cx = 3 + (int)class * 5 + (int)feri_rng_below(r, 2), cy = 4 + (int)feri_rng_below(r, 8);
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++) {
            bool inside = (x - cx) * (x - cx) + (y - cy) * (y - cy) <= 5;
            px[y * SIDE + x] = (uint8_t)((inside ? 180 : 20) + (int)feri_rng_below(r, 60));
        }
}

static inline void make_image(const char *dir, const char *class, size_t label, size_t i, uint64_t seed)
{
    uint8_t data[SIDE * SIDE];
    char path[1200];
    const struct feri_pixels px = {SIDE, SIDE, 1, data};
    struct feri_rng r = feri_rng_new(seed, label, i);
    draw_blob(data, label, &r);
    snprintf(path, sizeof path, "%s/%s/%02zu.png", dir, class, i);
    assert_int_equal(feri_pixels_write_png(path, &px, NULL), FER_OK);
}

/* Folders per class. */
static inline void make_dataset(const char *name, const char *const *classes, const size_t *labels, size_t n_classes,
                                uint64_t seed)
{
    for (size_t k = 0; k < n_classes; k++) {
        char dir[512];
        snprintf(dir, sizeof dir, "%s/%s", name, classes[k]);
        assert_int_equal(feri_make_dirs(in_fixture(dir), NULL), FER_OK);
        for (size_t i = 0; i < PER_CLASS; i++) make_image(in_fixture(name), classes[k], labels[k], i, seed);
    }
}

static inline int fixture_open(void **state)
{
    static const char *const classes[CLASSES] = {"left", "middle", "right"};
    static const size_t labels[CLASSES] = {0, 1, 2};
    const char *tmp = getenv("TMPDIR");
    (void)state;
    snprintf(fixture_dir, sizeof fixture_dir, "%s/fer-train-XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(fixture_dir)) return -1;
    make_dataset("train", classes, labels, CLASSES, 1);
    make_dataset("val", classes, labels, CLASSES, 2);
    return 0;
}

/* All options with state between steps are on: momentum, average, dropout, augmentation, oversampling. */
static inline fer_train_options small_options(const char *run)
{
    static char data[600], val[600];
    fer_train_options o = fer_train_defaults();
    snprintf(data, sizeof data, "%s", in_fixture("train"));
    snprintf(val, sizeof val, "%s", in_fixture("val"));
    o.model = "resnet-8";
    o.data.path = data;
    o.val.path = val;
    o.out = in_fixture(run);
    o.input = SIDE;
    o.channels = 1;
    o.epochs = 3;
    o.batch = 12;
    o.lr = 3e-3f;
    o.schedule = FER_COSINE;
    o.warmup = 0.5f;
    o.lr_final = 0.1f;
    o.clip = 5;
    o.ema = 0.8f;
    o.label_smoothing = 0.05f;
    o.augment = (fer_augment_options){.shift = 0.03f, .brightness = 0.1f, .erase = 0.1f};
    o.seed = 7;
    o.threads = 2;
    return o;
}

static inline uint8_t *read_bytes(const char *path, size_t *size)
{
    struct feri_bytes b;
    fer_error err = {0};
    if (feri_file_load(path, &b, &err) != FER_OK) fail_msg("%s", err.text);
    uint8_t *copy = malloc(b.size + 1);
    assert_non_null(copy);
    memcpy(copy, b.data, b.size);
    copy[b.size] = '\0';
    *size = b.size;
    feri_bytes_free(&b);
    return copy;
}

static inline void assert_same_file(const char *run_a, const char *run_b, const char *name)
{
    size_t na, nb;
    uint8_t *a = read_bytes(in_run(run_a, name), &na), *b = read_bytes(in_run(run_b, name), &nb);
    if (na != nb || memcmp(a, b, na) != 0) fail_msg("%s differs between %s and %s", name, run_a, run_b);
    free(a);
    free(b);
}

/* Remove the last two columns, the speed and the schema, from every line. */
static inline void cut_speed(char *text)
{
    char *out = text;
    for (char *line = text; *line;) {
        size_t n = strcspn(line, "\n"), keep = n;
        for (int commas = 0; keep > 0 && (line[keep - 1] != ',' || ++commas < 2);) keep--;
        memmove(out, line, keep);
        out += keep;
        *out++ = '\n';
        line += n + (line[n] == '\n');
    }
    *out = '\0';
}

static inline void assert_same_log(const char *run_a, const char *run_b)
{
    size_t na, nb;
    char *a = (char *)read_bytes(in_run(run_a, "log.csv"), &na), *b = (char *)read_bytes(in_run(run_b, "log.csv"), &nb);
    cut_speed(a);
    cut_speed(b);
    assert_string_equal(a, b);
    free(a);
    free(b);
}

static inline void assert_same_results(const char *run_a, const char *run_b)
{
    assert_same_log(run_a, run_b);
    assert_same_file(run_a, run_b, "best.safetensors");
    assert_same_file(run_a, run_b, "final.safetensors");
}

static inline void train_ok(const fer_train_options *o, const fer_train_events *events)
{
    fer_error err = {0};
    if (fer_train(o, events, &err) != FER_OK) fail_msg("%s", err.text);
}

/* Fails with this status, and the message contains these words. */
static inline void assert_refused(const fer_train_options *o, fer_status st, const char *words)
{
    fer_error err = {0};
    fer_status got = fer_train(o, NULL, &err);
    if (got != st || !strstr(err.text, words))
        fail_msg("expected %s with '%s', got %s: %s", fer_status_name(st), words, fer_status_name(got), err.text);
}

#endif
