/* 3x3 convolutions in training against sums in double: result, gradient of the input, gradient of the weights. */
#include "check.h"

#include "graph/exec.h"

#define BATCH 5

struct size {
    size_t h, w, ci, co;
};

/* 3x3 convolution of a 1x1 convolution, whose weight makes the gradient of what lies between them wanted. */
struct network {
    struct feri_graph *graph;
    struct feri_plan *plan;
    struct feri_exec *exec;
    struct feri_pool *pool;
    feri_value x, y;
};

static struct network network(const struct feri_kernels *k, struct size s, unsigned threads)
{
    struct network n;
    fer_error err;
    assert_int_equal(feri_graph_new(&n.graph, &err), FER_OK);
    feri_value in = feri_input(n.graph, s.h, s.w, s.ci);
    n.x = feri_conv2d(n.graph, in, "front", (struct feri_conv){.out = s.ci});
    n.y = feri_conv2d(n.graph, n.x, "c", (struct feri_conv){.out = s.co, .kernel = 3, .pad = 1, .bias = true});
    feri_output(n.graph, n.y);
    feri_graph_init_params(n.graph, 3);
    struct feri_plan_options opt = {.mode = FERI_PLAN_TRAIN, .kernels = k};
    assert_int_equal(feri_pool_new(threads, &n.pool, &err), FER_OK);
    assert_int_equal(feri_plan_new(n.graph, &opt, &n.plan, &err), FER_OK);
    assert_int_equal(feri_exec_new(n.plan, BATCH, n.pool, &n.exec, &err), FER_OK);
    struct feri_rng rng = feri_rng_new(5, 1, s.h);
    for (size_t i = 0; i < BATCH * s.h * s.w * s.ci; i++) feri_exec_input(n.exec)[i] = feri_rng_range(&rng, -1, 1);
    return n;
}

static void network_free(struct network *n)
{
    feri_exec_free(n->exec);
    feri_plan_free(n->plan);
    feri_pool_free(n->pool);
    feri_graph_free(n->graph);
}

/* What one training step read and made, copied. */
struct step {
    struct size s;
    size_t images;
    float *x, *y, *dx, *dy, *w, *b, *dw, *db;
};

static const float *grad_of(const struct network *n, const char *name)
{
    return feri_exec_grad(n->exec, (size_t)(feri_graph_find_param(n->graph, name) - feri_graph_param(n->graph, 0)));
}

static struct step run(const struct network *n, struct size s, size_t images)
{
    size_t nx = images * s.h * s.w * s.ci, ny = images * s.h * s.w * s.co, nw = s.co * 9 * s.ci;
    struct step t = {.s = s, .images = images, .dy = noise(ny, 4)};
    feri_exec_forward(n->exec, images, 0);
    t.x = copy(n->exec->value[n->x], nx);
    t.y = copy(feri_exec_output(n->exec), ny);
    memcpy(feri_exec_output_grad(n->exec), t.dy, ny * sizeof *t.dy);
    feri_exec_backward(n->exec, images);
    t.dx = copy(n->exec->grad[n->x], nx);
    t.w = copy(feri_graph_find_param(n->graph, "c.weight")->data, nw);
    t.b = copy(feri_graph_find_param(n->graph, "c.bias")->data, s.co);
    t.dw = copy(grad_of(n, "c.weight"), nw);
    t.db = copy(grad_of(n, "c.bias"), s.co);
    return t;
}

struct sum {
    double value, magnitude;
};

static void add(struct sum *s, float a, float b)
{
    s->value += (double)a * (double)b;
    s->magnitude += fabs((double)a * (double)b);
}

/* Index of pixel (row, col), counted from the padding, times channels; false outside. */
static bool pixel(const struct step *t, size_t image, size_t row, size_t col, size_t channels, size_t *at)
{
    if (row < 1 || row > t->s.h || col < 1 || col > t->s.w) return false;
    *at = ((image * t->s.h + row - 1) * t->s.w + col - 1) * channels;
    return true;
}

static struct sum exact_y(const struct step *t, size_t image, size_t row, size_t col, size_t o)
{
    struct sum sum = {(double)t->b[o], fabs((double)t->b[o])};
    for (size_t tap = 0, at; tap < 9; tap++)
        if (pixel(t, image, row + tap / 3, col + tap % 3, t->s.ci, &at))
            for (size_t ch = 0; ch < t->s.ci; ch++) add(&sum, t->x[at + ch], t->w[(o * 9 + tap) * t->s.ci + ch]);
    return sum;
}

static struct sum exact_dx(const struct step *t, size_t image, size_t row, size_t col, size_t ch)
{
    struct sum sum = {0, 0};
    for (size_t tap = 0, at; tap < 9; tap++)
        if (pixel(t, image, row + 2 - tap / 3, col + 2 - tap % 3, t->s.co, &at))
            for (size_t o = 0; o < t->s.co; o++) add(&sum, t->dy[at + o], t->w[(o * 9 + tap) * t->s.ci + ch]);
    return sum;
}

static struct sum exact_dw(const struct step *t, size_t o, size_t tap, size_t ch)
{
    struct sum sum = {0, 0};
    for (size_t i = 0, at; i < t->images * t->s.h * t->s.w; i++)
        if (pixel(t, i / (t->s.h * t->s.w), i / t->s.w % t->s.h + tap / 3, i % t->s.w + tap % 3, t->s.ci, &at))
            add(&sum, t->x[at + ch], t->dy[i * t->s.co + o]);
    return sum;
}

/* The largest error and the largest sum of magnitudes: values of one tile, or one weight, share their rounding. */
struct worst {
    double error, magnitude;
};

static void compare(struct worst *w, float have, struct sum exact)
{
    w->error = fmax(w->error, fabs((double)have - exact.value));
    w->magnitude = fmax(w->magnitude, exact.magnitude);
}

static void within(const char *what, const struct feri_kernels *k, struct size s, struct worst w)
{
    double eps = w.error / w.magnitude / (double)EPS;
    if (getenv("FER_SHOW"))
        printf("%s, %s, %zu x %zu, %zu -> %zu: %.2f eps\n", what, k->isa, s.h, s.w, s.ci, s.co, eps);
    if (!(eps <= 8))
        fail_msg("%s, %s, %zu x %zu, %zu -> %zu: off by %.2f eps of the magnitude", what, k->isa, s.h, s.w, s.ci, s.co,
                 eps);
}

static void check(const struct feri_kernels *k, struct size s, size_t images)
{
    struct network one = network(k, s, 1), three = network(k, s, 3);
    struct step t = run(&one, s, images), u = run(&three, s, images);
    size_t pixels = images * s.h * s.w;
    assert_memory_equal(t.y, u.y, pixels * s.co * sizeof *t.y);
    assert_memory_equal(t.dx, u.dx, pixels * s.ci * sizeof *t.dx);
    assert_memory_equal(t.dw, u.dw, s.co * 9 * s.ci * sizeof *t.dw);
    assert_memory_equal(t.db, u.db, s.co * sizeof *t.db);
    struct worst y = {0, 0}, dx = {0, 0}, dw = {0, 0};
    for (size_t i = 0; i < pixels; i += pixels / 100 + 1) {
        size_t image = i / (s.h * s.w), row = i / s.w % s.h, col = i % s.w;
        for (size_t o = i % 3; o < s.co; o += 3) compare(&y, t.y[i * s.co + o], exact_y(&t, image, row, col, o));
        for (size_t ch = i % 3; ch < s.ci; ch += 3)
            compare(&dx, t.dx[i * s.ci + ch], exact_dx(&t, image, row, col, ch));
    }
    for (size_t i = 0, count = s.co * 9 * s.ci; i < count; i += count / 1000 + 1)
        compare(&dw, t.dw[i], exact_dw(&t, i / (9 * s.ci), i / s.ci % 9, i % s.ci));
    within("y", k, s, y);
    within("dx", k, s, dx);
    within("dw", k, s, dw);
    network_free(&one);
    network_free(&three);
    release();
}

/* The bound: 8 eps times the largest sum of the products' magnitudes. */
static void test_3x3_convolutions_are_near_the_exact_sums_with_the_same_bits_for_any_threads(void **state)
{
    (void)state;
    static const struct size sizes[] = {{24, 24, 48, 48}, {12, 12, 96, 96}, {6, 6, 192, 192}, {7, 9, 17, 40},
                                        {13, 5, 33, 16},  {4, 4, 160, 48},  {10, 9, 12, 24}};
    check(feri_kernels_get(FERI_ISA_REF), sizes[3], BATCH);
    FOR_EACH_TABLE(k)
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        check(k, sizes[i], BATCH);
        check(k, sizes[i], BATCH - 3); /* a batch smaller than there is room for */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_3x3_convolutions_are_near_the_exact_sums_with_the_same_bits_for_any_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
