/* What the graph's builders refuse. */
#include "graph/exec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static feri_value bad_kernel(struct feri_graph *g, feri_value x)
{
    return feri_conv2d(g, x, "op", (struct feri_conv){.out = 4, .kernel = 9});
}
static feri_value bad_groups(struct feri_graph *g, feri_value x)
{
    return feri_conv2d(g, x, "op", (struct feri_conv){.out = 4, .groups = 4});
}
static feri_value bad_no_channels(struct feri_graph *g, feri_value x)
{
    return feri_conv2d(g, x, "op", (struct feri_conv){.out = 0});
}
static feri_value bad_mixed(struct feri_graph *g, feri_value x)
{
    return feri_mixed_depthwise(g, x, "op", 2, (const size_t[]){2, 2}, (const size_t[]){3, 5}, 1);
}
static feri_value bad_slice(struct feri_graph *g, feri_value x)
{
    return feri_slice(g, x, 'c', 4, 3);
}
static feri_value bad_axis(struct feri_graph *g, feri_value x)
{
    return feri_slice(g, x, 'q', 0, 1);
}
static feri_value bad_concat(struct feri_graph *g, feri_value x)
{
    return feri_concat(g, x, feri_slice(g, x, 'h', 0, 1), 'c');
}
static feri_value bad_add(struct feri_graph *g, feri_value x)
{
    return feri_add(g, x, feri_slice(g, x, 'c', 0, 1));
}
static feri_value bad_mul(struct feri_graph *g, feri_value x)
{
    return feri_mul(g, x, feri_slice(g, x, 'w', 0, 1));
}
static feri_value bad_gate(struct feri_graph *g, feri_value x)
{
    return feri_gate(g, x, feri_mean_h(g, x), feri_mean_w(g, x));
}
static feri_value bad_heads(struct feri_graph *g, feri_value x)
{
    return feri_attention(g, feri_reshape(g, x, 1, 12, 6), 4, 0);
}
static feri_value bad_reshape(struct feri_graph *g, feri_value x)
{
    return feri_reshape(g, x, 1, 1, 71);
}
static feri_value bad_pool(struct feri_graph *g, feri_value x)
{
    return feri_max_pool(g, x, 9, 1, 0);
}
static feri_value bad_dropout(struct feri_graph *g, feri_value x)
{
    return feri_dropout(g, x, 1);
}
static feri_value bad_scores(struct feri_graph *g, feri_value x)
{
    return feri_sequence_pool(g, feri_reshape(g, x, 1, 12, 6),
                              feri_linear(g, feri_reshape(g, x, 1, 12, 6), "s", 2, true));
}
static feri_value bad_twice(struct feri_graph *g, feri_value x)
{
    return feri_prelu(g, feri_prelu(g, x, "same"), "same");
}
static feri_value bad_value(struct feri_graph *g, feri_value x)
{
    return feri_add(g, x, 1000);
}

static void test_impossible_shapes_are_refused_with_a_sentence(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        feri_value (*build)(struct feri_graph *g, feri_value x);
    } bad[] = {
        {"kernel larger than the image", bad_kernel},
        {"groups that do not divide", bad_groups},
        {"no output channels", bad_no_channels},
        {"parts that are not all channels", bad_mixed},
        {"slice beyond the end", bad_slice},
        {"no such axis", bad_axis},
        {"concatenation of other heights", bad_concat},
        {"sum of other shapes", bad_add},
        {"product of other shapes", bad_mul},
        {"gates the wrong way round", bad_gate},
        {"heads that do not divide", bad_heads},
        {"another number of elements", bad_reshape},
        {"pool larger than the image", bad_pool},
        {"dropout of everything", bad_dropout},
        {"two scores", bad_scores},
        {"a parameter twice", bad_twice},
        {"a value that is none", bad_value},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct feri_graph *g;
        fer_error err = {0};
        assert_int_equal(feri_graph_new(&g, &err), FER_OK);
        feri_output(g, bad[i].build(g, feri_input(g, 4, 3, 6)));
        if (feri_graph_check(g, &err) == FER_OK) fail_msg("%s: accepted", bad[i].what);
        if (!strchr(err.text, ' ')) fail_msg("%s: no sentence: '%s'", bad[i].what, err.text);
        feri_graph_free(g);
    }
}

/* For a batch larger than the machine's memory nothing is allocated, not even the parameters. */
static void test_a_batch_that_cannot_fit_is_refused_before_anything_is_allocated(void **state)
{
    (void)state;
    for (int train = 0; train < 2; train++) {
        struct feri_graph *g;
        struct feri_plan *plan;
        struct feri_exec *exec;
        fer_error err = {0};
        const struct feri_plan_options opt = {.mode = train ? FERI_PLAN_TRAIN : FERI_PLAN_INFER};
        assert_int_equal(feri_graph_new(&g, &err), FER_OK);
        feri_output(g, feri_conv2d(g, feri_input(g, 64, 64, 4), "c",
                                   (struct feri_conv){.out = 8, .kernel = 3, .pad = 1, .bias = true}));
        assert_int_equal(feri_plan_new(g, &opt, &plan, &err), FER_OK);
        size_t batch = (size_t)(feri_memory_size() / (64 * 64 * (4 + 8) * sizeof(float))) + 1;
        assert_int_equal(feri_exec_new(plan, batch, NULL, &exec, &err), FER_ERR_MEMORY);
        assert_null(exec);
        if (!strstr(err.text, "needs about") || !strstr(err.text, "this machine has")) fail_msg("'%s'", err.text);
        assert_null(feri_graph_param(g, 0)->data);
        assert_int_equal(feri_exec_new(plan, 2, NULL, &exec, &err), FER_OK);
        feri_exec_free(exec);
        feri_plan_free(plan);
        feri_graph_free(g);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_impossible_shapes_are_refused_with_a_sentence),
        cmocka_unit_test(test_a_batch_that_cannot_fit_is_refused_before_anything_is_allocated)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
