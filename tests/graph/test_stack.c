/* Stacks of convolutions in inference: they are made where they may be, and give the bits of separate convolutions. */
#include "graph/conv.h"
#include "runner.h"

#define MIDDLE 21 /* channels between the convolutions, and of both results together */

enum reader { NOBODY, READ_TOO, OTHER_KERNEL };

static feri_value flat(struct feri_graph *g, feri_value x)
{
    struct feri_shape s = feri_value_shape(g, x);
    return feri_reshape(g, x, 1, s.h * s.w, s.c);
}

/* 4x4 stride 4, then 2x2 stride 2 into 9 and into 12 channels. A third reader keeps them apart. */
static struct feri_graph *build(size_t h, size_t w, enum reader third)
{
    struct feri_graph *g;
    fer_error err = {0};
    assert_int_equal(feri_graph_new(&g, &err), FER_OK);
    feri_value x = feri_input(g, h, w, 3);
    x = feri_conv2d(g, x, "stem", (struct feri_conv){.out = MIDDLE, .kernel = 4, .stride = 4, .bias = true});
    x = feri_activation(g, feri_batch_norm(g, x, "norm"), FERI_ACT_RELU);
    feri_value y = feri_conv2d(g, x, "left", (struct feri_conv){.out = 9, .kernel = 2, .stride = 2, .bias = true});
    feri_value z = feri_conv2d(g, x, "right", (struct feri_conv){.out = 12, .kernel = 2, .stride = 2});
    z = flat(g, feri_concat(g, y, feri_activation(g, z, FERI_ACT_HSWISH), 'c'));
    if (third == OTHER_KERNEL)
        x = feri_conv2d(g, x, "third", (struct feri_conv){.out = MIDDLE, .kernel = 4, .stride = 4});
    if (third != NOBODY) z = feri_concat(g, z, flat(g, x), 'w');
    feri_output(g, z);
    if (feri_graph_check(g, &err) != FER_OK) fail_msg("%s", err.text);
    feri_graph_init_params(g, 5);
    return g;
}

static struct runner run(struct feri_graph *g, const struct feri_kernels *kernels, unsigned threads)
{
    struct runner r = compile(g, &(struct feri_plan_options){.mode = FERI_PLAN_INFER, .kernels = kernels}, threads);
    feri_exec_forward(r.exec, BATCH, 0);
    return r;
}

static void end(struct runner *r)
{
    dismiss(r);
    feri_graph_free(r->graph);
}

static size_t stacks(const struct runner *r)
{
    size_t n = 0;
    for (size_t i = 0; i < r->plan->n_nodes; i++) n += r->plan->nodes[i].op == &feri_op_conv_stack;
    return n;
}

static void compare(size_t h, size_t w, const struct feri_kernels *kernels, enum reader third)
{
    struct runner stacked = run(build(h, w, NOBODY), kernels, 2), apart = run(build(h, w, third), kernels, 1);
    size_t size = stacked.n_out / BATCH, size_apart = apart.n_out / BATCH;
    assert_int_equal(stacks(&stacked), 1);
    assert_int_equal(stacks(&apart), 0);
    for (size_t i = 0; i < BATCH; i++)
        assert_memory_equal(feri_exec_output(stacked.exec) + i * size, feri_exec_output(apart.exec) + i * size_apart,
                            size * sizeof(float));
    end(&stacked);
    end(&apart);
}

static void test_a_stack_gives_the_bits_of_separate_convolutions(void **state)
{
    (void)state;
    for (int isa = FERI_ISA_AUTO; isa <= FERI_ISA_AVX512; isa++) {
        const struct feri_kernels *kernels = feri_kernels_get((enum feri_isa)isa);
        if (!kernels) continue;
        compare(8, 8, kernels, READ_TOO);
        compare(16, 272, kernels, READ_TOO); /* rows are cut into tiles */
        compare(112, 48, kernels, READ_TOO);
    }
}

static void test_readers_with_another_kernel_keep_convolutions_apart(void **state)
{
    (void)state;
    compare(32, 48, NULL, OTHER_KERNEL);
}

static void test_patches_that_do_not_cover_the_input_are_not_stacked(void **state)
{
    (void)state;
    static const size_t sides[][2] = {{33, 32}, {32, 34}, {36, 32}, {32, 44}};
    for (size_t i = 0; i < 4; i++) {
        struct runner r = run(build(sides[i][0], sides[i][1], NOBODY), NULL, 1);
        assert_int_equal(stacks(&r), 0);
        end(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_stack_gives_the_bits_of_separate_convolutions),
        cmocka_unit_test(test_readers_with_another_kernel_keep_convolutions_apart),
        cmocka_unit_test(test_patches_that_do_not_cover_the_input_are_not_stacked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
