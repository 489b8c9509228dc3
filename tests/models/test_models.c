/* The model family: parameters, names and shapes as in PyTorch; the promises of saving, loading and naming. */
#define _POSIX_C_SOURCE 200809L
#include "formats/safetensors.h"
#include "models/model.h"
#include "models/torchvision.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static fer_model *make(const char *name, const fer_model_options *opt)
{
    fer_model *m;
    fer_error err = {0};
    if (fer_model_new(name, opt, &m, &err) != FER_OK) fail_msg("%s: %s", name, err.text);
    return m;
}

/* ---- against PyTorch's state_dicts (state_dicts.csv by make_fixtures.py) ---- */

static uint64_t fnv(uint64_t h, const char *text)
{
    for (; *text; text++) h = (h ^ (uint8_t)*text) * UINT64_C(0x100000001B3);
    return h;
}

static uint64_t hash_names(const fer_model *m)
{
    uint64_t total = 0;
    for (size_t i = 0; i < fer_model_get_info(m).n_tensors; i++) {
        fer_tensor_info t = fer_model_tensor(m, i);
        char size[32];
        uint64_t h = fnv(fnv(UINT64_C(0xCBF29CE484222325), t.name), " ");
        for (size_t d = 0; d < t.n_dims; d++) {
            snprintf(size, sizeof size, "%s%zu", d ? "," : "", t.dims[d]);
            h = fnv(h, size);
        }
        total += h;
    }
    return total;
}

static void test_published_models_have_pytorchs_tensors(void **state)
{
    (void)state;
    char name[32];
    size_t params, tensors, seen = 0;
    unsigned long long hash;
    FILE *f = fopen(FER_SOURCE_DIR "/tests/models/state_dicts.csv", "r");
    assert_non_null(f);
    while (fscanf(f, "%31[^,],%zu,%zu,%llx\n", name, &params, &tensors, &hash) == 4) {
        fer_model *m = make(name, NULL);
        fer_model_info info = fer_model_get_info(m);
        assert_string_equal(info.name, name);
        assert_int_equal(info.n_params, params);
        assert_int_equal(info.n_tensors, tensors);
        if (hash_names(m) != hash) fail_msg("%s: names or shapes differ from PyTorch's state_dict", name);
        fer_model_free(m);
        seen++;
    }
    fclose(f);
    assert_int_equal(seen, 8);
}

static void test_published_figures(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        size_t params;
        uint64_t macs; /* millions at 224 */
    } published[] = {
        {"vcct-1", 11260410, 17683}, {"vcct-2", 11705274, 17705}, {"mcct-1", 3001212, 572}, {"mcct-2", 3446076, 594},
        {"mcct-3", 3890940, 616},    {"mcct-6", 5225532, 681},    {"mcct-7", 5670396, 702}, {"cct-7/3x2", 855689, 206},
    };
    for (size_t i = 0; i < sizeof published / sizeof *published; i++) {
        fer_model *m = make(published[i].name, NULL);
        fer_model_info info = fer_model_get_info(m);
        assert_int_equal(info.n_params, published[i].params);
        assert_int_equal((info.macs + 500000) / 1000000, published[i].macs);
        fer_model_free(m);
    }
}

/* Parameters as PyTorch counts those of tests/oracle/libfer_models.py; the budgets in multiply-adds are our own. */
static void test_our_own_models_keep_their_budgets(void **state)
{
    (void)state;
    static const struct {
        const char *asked, *name;
        size_t params, macs;
    } wanted[] = {{"LibFER-S", "libfer-s", 1180033, 80000000}, {"LibFER-XS", "libfer-xs", 378617, 20000000}};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        fer_model *m = make(wanted[i].asked, NULL);
        fer_model_info info = fer_model_get_info(m);
        assert_string_equal(info.name, wanted[i].name);
        assert_int_equal(info.n_params, wanted[i].params);
        assert_true(info.macs <= wanted[i].macs);
        assert_int_equal(info.height, 48);
        assert_int_equal(info.channels, 1);
        fer_model_free(m);
    }
}

static void test_a_layer_more_adds_what_the_paper_says(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {{"mcct-4", "mcct-5"}, {"vcct-8", "vcct-9"}};
    for (size_t i = 0; i < 2; i++) {
        fer_model *a = make(pairs[i][0], NULL), *b = make(pairs[i][1], NULL);
        assert_int_equal(fer_model_get_info(b).n_params - fer_model_get_info(a).n_params, 444864);
        fer_model_free(a);
        fer_model_free(b);
    }
}

static void test_mobilenet_has_the_parameters_of_its_description(void **state)
{
    (void)state;
    fer_model *m = make("mobilenet-1", NULL);
    fer_model_info info = fer_model_get_info(m);
    assert_int_equal(info.n_params, 3232008); /* as PyTorch counts those of tests/oracle/libfer_models.py */
    assert_int_equal(info.height, 129);
    assert_int_equal(info.channels, 1);
    fer_model_free(m);
}

static void test_check_is_a_small_classifier(void **state)
{
    (void)state;
    fer_model *m = make("check-s", NULL);
    fer_model_info info = fer_model_get_info(m);
    assert_int_equal(info.n_params, 122216); /* as PyTorch counts those of tests/oracle/libfer_models.py */
    assert_true(info.macs <= 7000000);
    assert_int_equal(info.height, 48);
    assert_int_equal(info.channels, 3);
    fer_model_free(m);
}

/* ---- sizes, channels, classes, names ---- */

static void test_other_sizes_channels_and_classes_run(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        size_t h, w, c, classes;
    } wanted[] = {{"mcct-1", 97, 130, 1, 7},   {"mcct-1", 64, 64, 3, 2},      {"cct-7", 48, 60, 1, 5},
                  {"resnet-8", 48, 48, 1, 8},  {"resnet-14", 33, 47, 3, 3},   {"libfer-s", 64, 56, 3, 7},
                  {"libfer-xs", 48, 72, 1, 2}, {"mobilenet-1", 65, 64, 3, 4}, {"check-s", 40, 48, 1, 2}};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        fer_model_options opt = {
            .height = wanted[i].h, .width = wanted[i].w, .channels = wanted[i].c, .n_classes = wanted[i].classes};
        fer_model *m = make(wanted[i].name, &opt);
        fer_session *s;
        fer_error err = {0};
        float *x = calloc(wanted[i].h * wanted[i].w * wanted[i].c, sizeof *x), logits[8];
        assert_int_equal(fer_session_new(m, NULL, &s, &err), FER_OK);
        assert_int_equal(fer_session_run(s, 1, x, logits, &err), FER_OK);
        for (size_t k = 0; k < wanted[i].classes; k++) assert_true(logits[k] > -1e6f && logits[k] < 1e6f);
        fer_session_free(s);
        fer_model_free(m);
        free(x);
    }
}

static void test_a_familys_first_weight_shows_its_channels(void **state)
{
    (void)state;
    const fer_model_entry *entry;
    for (size_t i = 0; (entry = fer_model_registry(i)); i++)
        for (size_t c = 1; c <= 3; c += 2) {
            fer_model *m = make(entry->name, &(fer_model_options){.channels = c});
            const struct feri_param *first = feri_graph_find_param(m->graph, m->family->first_weight);
            if (!first || first->n_dims != 4) fail_msg("%s has no such convolution", entry->name);
            assert_int_equal(first->dims[1], c);
            fer_model_free(m);
        }
}

static void refused(const char *name, const fer_model_options *opt, const char *word)
{
    fer_model *m = NULL;
    fer_error err = {0};
    assert_int_not_equal(fer_model_new(name, opt, &m, &err), FER_OK);
    assert_null(m);
    if (!strstr(err.text, word)) fail_msg("%s: '%s' does not mention '%s'", name, err.text, word);
}

static void test_what_cannot_be_made_is_refused(void **state)
{
    (void)state;
    refused("nonet-3", NULL, "mcct");
    refused("mcct", NULL, "mcct");
    refused("mcct-0", NULL, "mcct-0");
    refused("mcct-99999999999999999999", NULL, "mcct-9");
    refused("mcct-1x", NULL, "mcct-1x");
    refused("libfer-1", NULL, "libfer-s");
    refused("libfer-", NULL, "libfer-s, libfer-xs");
    refused("libfer-x", NULL, "libfer-xs");
    refused("resnet-s", NULL, "resnet-N");
    refused("", NULL, "mcct");
    refused("mcct-1", &(fer_model_options){.height = 8, .width = 8}, "8");
    refused("mcct-1", &(fer_model_options){.channels = 2}, "2");
    refused("mcct-1", &(fer_model_options){.height = 1000000000, .width = 1000000000}, "1000000000");
    refused("mcct-1", &(fer_model_options){.preprocess = "nosuch"}, "nosuch");
    refused("mcct-1", &(fer_model_options){.n_classes = 2, .classes = (const char *const[]){"a", "a"}}, "a");
}

static void hold(fer_model *m)
{
    assert_int_equal(feri_graph_hold(m->graph, NULL), FER_OK);
}

static void test_a_seed_is_an_initialisation(void **state)
{
    (void)state;
    fer_model *a = make("resnet-8", &(fer_model_options){.seed = 4}),
              *b = make("resnet-8", &(fer_model_options){.seed = 4});
    fer_model *c = make("resnet-8", &(fer_model_options){.seed = 5});
    hold(a);
    hold(b);
    hold(c);
    const struct feri_param *p = feri_graph_param(a->graph, 0), *q = feri_graph_param(b->graph, 0),
                            *r = feri_graph_param(c->graph, 0);
    assert_memory_equal(p->data, q->data, p->count * sizeof(float));
    assert_memory_not_equal(p->data, r->data, p->count * sizeof(float));
    fer_model_free(a);
    fer_model_free(b);
    fer_model_free(c);
}

/* ---- files ---- */

static char dir[] = "/tmp/fer-models-XXXXXX", file[64], other[64];

static int make_dir(void **state)
{
    (void)state;
    if (!mkdtemp(dir)) return -1;
    snprintf(file, sizeof file, "%s/m.safetensors", dir);
    snprintf(other, sizeof other, "%s/o.safetensors", dir);
    return 0;
}

static int remove_dir(void **state)
{
    (void)state;
    unlink(file);
    unlink(other);
    return rmdir(dir);
}

static void test_saving_keeps_every_bit_and_word(void **state)
{
    (void)state;
    const char *const classes[] = {"calm", "say \"boo\"", "\xC3\xA9t\xC3\xA9"};
    fer_model *m = make("resnet-8", &(fer_model_options){.height = 40,
                                                         .width = 44,
                                                         .channels = 3,
                                                         .n_classes = 3,
                                                         .classes = classes,
                                                         .preprocess = "imagenet",
                                                         .provenance = "a test",
                                                         .seed = 3}),
              *back;
    fer_error err = {0};
    assert_int_equal(fer_model_save(m, file, FER_FLOAT32, &err), FER_OK);
    assert_int_equal(fer_model_load(file, NULL, &back, &err), FER_OK);
    hold(m);
    fer_model_info a = fer_model_get_info(m), b = fer_model_get_info(back);
    assert_string_equal(a.name, b.name);
    assert_string_equal(a.preprocess, b.preprocess);
    assert_string_equal(a.provenance, b.provenance);
    assert_true(a.height == b.height && a.width == b.width && a.channels == b.channels && a.n_classes == b.n_classes);
    for (size_t i = 0; i < 3; i++) assert_string_equal(a.classes[i], b.classes[i]);
    for (size_t i = 0; i < feri_graph_n_params(m->graph); i++) {
        const struct feri_param *p = feri_graph_param(m->graph, i), *q = feri_graph_param(back->graph, i);
        assert_string_equal(p->name, q->name);
        assert_memory_equal(p->data, q->data, p->count * sizeof(float));
    }
    fer_model_free(back);
    /* Half precision: within 2^-11 relative, or half of the smallest subnormal. */
    assert_int_equal(fer_model_save(m, file, FER_FLOAT16, &err), FER_OK);
    assert_int_equal(fer_model_load(file, NULL, &back, &err), FER_OK);
    for (size_t i = 0; i < feri_graph_n_params(m->graph); i++) {
        const struct feri_param *p = feri_graph_param(m->graph, i), *q = feri_graph_param(back->graph, i);
        for (size_t k = 0; k < p->count; k++) {
            float off = p->data[k] - q->data[k], size = p->data[k] < 0 ? -p->data[k] : p->data[k];
            assert_true((off < 0 ? -off : off) <= size / 2048 + 3e-8f);
        }
    }
    fer_model_free(back);
    fer_model_free(m);
}

static void logits_of(const fer_model *m, float logits[8])
{
    static float x[48 * 48];
    fer_session *s;
    fer_error err;
    for (size_t i = 0; i < 48 * 48; i++) x[i] = (float)(i % 31) / 31;
    assert_int_equal(fer_session_new(m, NULL, &s, &err), FER_OK);
    assert_int_equal(fer_session_run(s, 1, x, logits, &err), FER_OK);
    fer_session_free(s);
}

/* A mapped model says the same, from a file that is gone, as often as it is asked, and holds nothing. */
static void test_a_mapped_model_is_the_same_model(void **state)
{
    (void)state;
    for (fer_dtype dtype = FER_FLOAT32; dtype <= FER_FLOAT16; dtype++) {
        fer_model *m = make("resnet-8", &(fer_model_options){.seed = 3}), *held, *mapped, *back;
        fer_error err = {0};
        float a[8], b[8];
        assert_int_equal(fer_model_save(m, file, dtype, &err), FER_OK);
        assert_int_equal(fer_model_load(file, NULL, &held, &err), FER_OK);
        assert_int_equal(fer_model_load(file, &(fer_load_options){.mapped = true}, &mapped, &err), FER_OK);
        assert_int_equal(unlink(file), 0);
        logits_of(held, a);
        for (int turn = 0; turn < 2; turn++) {
            logits_of(mapped, b);
            assert_memory_equal(a, b, sizeof a);
        }
        for (size_t i = 0; i < feri_graph_n_params(mapped->graph); i++)
            assert_null(feri_graph_param(mapped->graph, i)->data);
        assert_int_equal(fer_model_save(mapped, file, FER_FLOAT32, &err), FER_OK);
        assert_int_equal(fer_model_load(file, NULL, &back, &err), FER_OK);
        for (size_t i = 0; i < feri_graph_n_params(held->graph); i++) {
            const struct feri_param *p = feri_graph_param(held->graph, i), *q = feri_graph_param(back->graph, i);
            assert_memory_equal(p->data, q->data, p->count * sizeof(float));
        }
        fer_model_free(back);
        fer_model_free(mapped);
        fer_model_free(held);
        fer_model_free(m);
    }
}

/* Nothing is mapped, so changes to the file cause an error and not a signal. */
static void test_a_file_cut_short_under_a_model_is_an_error(void **state)
{
    (void)state;
    fer_model *m = make("resnet-8", &(fer_model_options){.seed = 3}), *mapped;
    fer_session *s = NULL;
    fer_error err = {0};
    assert_int_equal(fer_model_save(m, file, FER_FLOAT16, &err), FER_OK);
    assert_int_equal(fer_model_load(file, &(fer_load_options){.mapped = true}, &mapped, &err), FER_OK);
    assert_int_equal(truncate(file, 5000), 0);
    assert_int_equal(fer_session_new(mapped, NULL, &s, &err), FER_ERR_IO);
    assert_non_null(strstr(err.text, "the file has changed since it was opened"));
    assert_null(s);
    assert_int_equal(fer_model_save(mapped, file, FER_FLOAT32, &err), FER_ERR_IO);
    fer_model_free(mapped);
    fer_model_free(m);
    unlink(file);
}

struct lines {
    size_t n;
    char text[4096];
};

static void collect(void *user, const char *line)
{
    struct lines *l = user;
    size_t used = strlen(l->text);
    l->n++;
    snprintf(l->text + used, sizeof l->text - used, "%s\n", line);
}

/* A file with one tensor missing, one too many, and one of another shape. */
static void write_misfit(const fer_model *m)
{
    struct feri_tensors t = {0};
    fer_error err = {0};
    assert_int_equal(feri_model_put_tensors(m, &t, &err), FER_OK);
    strcpy(t.items[0].name, "zz"); /* one missing, one unexpected */
    struct feri_tensor *last = &t.items[t.n - 1];
    assert_int_equal(last->n_dims, 1);
    last->dims[0] -= 1;
    last->count -= 1;
    assert_int_equal(feri_safetensors_write(other, &t, FERI_DTYPE_F32, &err), FER_OK);
    feri_tensors_free(&t);
}

static void test_misfits_are_listed_and_partial_loads_the_rest(void **state)
{
    (void)state;
    fer_model *m = make("resnet-8", &(fer_model_options){.seed = 3}), *back = NULL;
    fer_error err = {0};
    struct lines lines = {0};
    const struct feri_param *first = feri_graph_param(m->graph, 0), *second = feri_graph_param(m->graph, 1);
    write_misfit(m);
    hold(m);
    assert_int_not_equal(
        fer_model_load(other, &(fer_load_options){.report = collect, .report_user = &lines}, &back, &err), FER_OK);
    assert_null(back);
    assert_int_equal(lines.n, 3);
    assert_non_null(strstr(lines.text, first->name));
    assert_non_null(strstr(lines.text, "zz"));
    assert_non_null(strstr(err.text, other));
    lines = (struct lines){0};
    assert_int_equal(fer_model_load(other,
                                    &(fer_load_options){.partial = true, .report = collect, .report_user = &lines},
                                    &back, &err),
                     FER_OK);
    assert_int_equal(lines.n, 3);
    assert_memory_equal(feri_graph_find_param(back->graph, second->name)->data, second->data,
                        second->count * sizeof(float));
    fer_model_free(back);
    fer_model_free(m);
}

/* Tensors of another network, called otherwise or shaped otherwise, would leave a random model. */
static void test_partial_refuses_a_file_that_fits_nothing(void **state)
{
    (void)state;
    struct feri_tensors t = {0};
    fer_model *back = NULL;
    fer_error err = {0};
    const size_t dims[] = {3}, one[] = {1};
    struct feri_tensor *a = feri_tensors_add(&t, "conv1.weight", 1, dims),
                       *b = feri_tensors_add(&t, "bn1.num_batches_tracked", 1, one);
    assert_true(a && b);
    memset(a->data, 0, 3 * sizeof(float));
    memset(b->data, 0, sizeof(float));
    assert_int_equal(feri_safetensors_write(other, &t, FERI_DTYPE_F32, &err), FER_OK);
    feri_tensors_free(&t);
    const fer_load_options partial = {.model = "resnet-8", .partial = true};
    assert_int_equal(fer_model_load(other, &partial, &back, &err), FER_ERR_SHAPE);
    assert_null(back);
    assert_non_null(strstr(err.text, "none of the 2 tensors fits model 'resnet-8'"));
}

static void test_a_missing_or_foreign_file_is_refused(void **state)
{
    (void)state;
    fer_model *m, *made = make("resnet-8", NULL);
    fer_error err = {0};
    assert_int_equal(fer_model_load("/nonexistent/w.safetensors", NULL, &m, &err), FER_ERR_IO);
    assert_non_null(strstr(err.text, "/nonexistent/w.safetensors"));
    assert_int_not_equal(fer_model_load(FER_SOURCE_DIR "/README.md", NULL, &m, &err), FER_OK);
    assert_non_null(strstr(err.text, "README.md"));
    assert_int_not_equal(fer_model_save(made, "/nonexistent/w.safetensors", FER_FLOAT32, &err), FER_OK);
    assert_non_null(strstr(err.text, "/nonexistent/w.safetensors"));
    fer_model_free(made);
}

static void test_null_is_refused_by_name(void **state)
{
    (void)state;
    fer_model *m, *made = make("resnet-8", NULL);
    fer_error err = {0};
    const char *const path = "null.safetensors";
    assert_int_equal(fer_model_new(NULL, NULL, &m, &err), FER_ERR_ARGUMENT);
    assert_non_null(strstr(err.text, "fer_model_new: name and out"));
    assert_int_equal(fer_model_new("resnet-8", NULL, NULL, &err), FER_ERR_ARGUMENT);
    assert_int_equal(fer_model_load(NULL, NULL, &m, &err), FER_ERR_ARGUMENT);
    assert_non_null(strstr(err.text, "fer_model_load: path and out"));
    assert_int_equal(fer_model_load(path, NULL, NULL, &err), FER_ERR_ARGUMENT);
    assert_int_equal(fer_model_save(NULL, path, FER_FLOAT32, &err), FER_ERR_ARGUMENT);
    assert_non_null(strstr(err.text, "fer_model_save: model and path"));
    assert_int_equal(fer_model_save(made, NULL, FER_FLOAT32, &err), FER_ERR_ARGUMENT);
    fer_model_free(made);
}

static void add(struct feri_tensors *t, size_t layer, const char *what, size_t n_dims, size_t channels)
{
    const size_t dims[4] = {channels, 1, 1, 1};
    char name[64];
    snprintf(name, sizeof name, "features.%zu.%s", layer, what);
    assert_non_null(feri_tensors_add(t, name, n_dims, dims));
}

/* Renamed tensors are found by their new names, and what is not used is gone. */
static void test_a_backbone_of_torchvision_is_found_by_our_names(void **state)
{
    static const size_t convolutions[4] = {2, 2, 4, 4}, channels[4] = {64, 128, 256, 512};
    static const char *const norm[] = {"weight", "bias", "running_mean", "running_var"};
    struct feri_tensors t = {0};
    struct feri_foreign foreign;
    fer_error err = {0};
    size_t layer = 0;
    (void)state;
    for (size_t block = 0; block < 4; block++, layer++)
        for (size_t i = 0; i < convolutions[block]; i++, layer += 3) {
            add(&t, layer, "weight", 4, channels[block]);
            add(&t, layer, "bias", 1, channels[block]);
            for (size_t k = 0; k < 4; k++) add(&t, layer + 1, norm[k], 1, channels[block]);
        }
    add(&t, layer, "weight", 4, 512);
    if (feri_torchvision_vgg19_bn(&t, &foreign, &err) != FER_OK) fail_msg("%s", err.text);
    assert_int_equal(foreign.n_dropped, 1);
    assert_int_equal(t.n, 12 * 6);
    assert_ptr_equal(feri_tensors_find(&t, "vgg.block1.0.convblock.0.weight"), &t.items[0]);
    assert_ptr_equal(feri_tensors_find(&t, "vgg.block4.3.convblock.1.running_var"), &t.items[12 * 6 - 1]);
    assert_null(feri_tensors_find(&t, "features.0.weight"));
    feri_tensors_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_published_models_have_pytorchs_tensors),
        cmocka_unit_test(test_published_figures),
        cmocka_unit_test(test_our_own_models_keep_their_budgets),
        cmocka_unit_test(test_mobilenet_has_the_parameters_of_its_description),
        cmocka_unit_test(test_check_is_a_small_classifier),
        cmocka_unit_test(test_a_layer_more_adds_what_the_paper_says),
        cmocka_unit_test(test_other_sizes_channels_and_classes_run),
        cmocka_unit_test(test_a_familys_first_weight_shows_its_channels),
        cmocka_unit_test(test_what_cannot_be_made_is_refused),
        cmocka_unit_test(test_a_seed_is_an_initialisation),
        cmocka_unit_test(test_saving_keeps_every_bit_and_word),
        cmocka_unit_test(test_a_mapped_model_is_the_same_model),
        cmocka_unit_test(test_a_file_cut_short_under_a_model_is_an_error),
        cmocka_unit_test(test_misfits_are_listed_and_partial_loads_the_rest),
        cmocka_unit_test(test_partial_refuses_a_file_that_fits_nothing),
        cmocka_unit_test(test_a_backbone_of_torchvision_is_found_by_our_names),
        cmocka_unit_test(test_a_missing_or_foreign_file_is_refused),
        cmocka_unit_test(test_null_is_refused_by_name),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
