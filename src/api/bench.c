#include "fer/bench.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/rng.h"
#include "base/sorted.h"
#include "models/model.h"
#include "train/trainer.h"

#include <stdlib.h>
#include <string.h>

#define WARM_UP  2
#define SECONDS  3.0
#define RUNS_MIN 5
#define RUNS_MAX 1000

/* The subject of a benchmark: a session of the inference plan, or a trainer. */
struct subject {
    fer_model *model;
    struct feri_pool *pool;
    struct feri_exec *own; /* for inference */
    struct feri_trainer *trainer;
    struct feri_exec *exec; /* of either one */
    float *images, *targets;
    size_t batch;
};

static void subject_free(struct subject *s)
{
    if (!s) return;
    feri_exec_free(s->own);
    feri_trainer_free(s->trainer);
    feri_pool_free(s->pool);
    fer_model_free(s->model);
    feri_free(s->images);
    feri_free(s->targets);
    free(s);
}

static fer_status set_up_inference(struct subject *s, const fer_bench_options *opt, enum feri_isa isa, fer_error *err)
{
    const struct feri_plan *plan;
    fer_status st = feri_pool_new(opt->threads, &s->pool, err);
    if (st == FER_OK) st = feri_model_plan(s->model, isa, &plan, err);
    if (st == FER_OK) st = feri_exec_new(plan, s->batch, s->pool, &s->own, err);
    s->exec = s->own;
    return st;
}

static fer_status set_up_training(struct subject *s, const fer_bench_options *opt, enum feri_isa isa, fer_error *err)
{
    struct feri_trainer_options t = feri_trainer_defaults();
    t.train.batch = s->batch;
    t.train.threads = opt->threads;
    t.kernels = feri_kernels_get(isa);
    fer_status st = feri_trainer_new(s->model, &t, &s->trainer, err);
    if (st == FER_OK) s->exec = feri_trainer_exec(s->trainer);
    return st;
}

static fer_status fill(struct subject *s, fer_error *err)
{
    fer_model_info info = fer_model_get_info(s->model);
    size_t count = s->batch * info.height * info.width * info.channels;
    struct feri_rng rng = feri_rng_new(1, 2, 3);
    s->images = feri_alloc(count * sizeof *s->images);
    s->targets = feri_alloc_zero(s->batch * info.n_classes * sizeof *s->targets);
    if (!s->images || !s->targets) return feri_fail_memory(err, count * sizeof *s->images);
    for (size_t i = 0; i < count; i++) s->images[i] = feri_rng_range(&rng, -1, 1);
    for (size_t i = 0; i < s->batch; i++) s->targets[i * info.n_classes + i % info.n_classes] = 1;
    return FER_OK;
}

static fer_status set_up(struct subject *s, const fer_bench_options *opt, fer_error *err)
{
    enum feri_isa isa;
    fer_model_options m = {.height = opt->input, .width = opt->input, .channels = opt->channels};
    fer_status st = feri_isa_find(opt->isa, &isa, err);
    if (st == FER_OK) st = fer_model_new(opt->model, &m, &s->model, err);
    if (st == FER_OK) st = opt->train ? set_up_training(s, opt, isa, err) : set_up_inference(s, opt, isa, err);
    return st == FER_OK ? fill(s, err) : st;
}

static fer_status run(struct subject *s, fer_error *err)
{
    double loss;
    fer_model_info info = fer_model_get_info(s->model);
    const struct feri_step step = {.n = s->batch, .images = s->images, .targets = s->targets};
    if (s->trainer) return feri_trainer_step(s->trainer, &step, 1e-5f, &loss, err);
    memcpy(feri_exec_input(s->exec), s->images,
           s->batch * info.height * info.width * info.channels * sizeof *s->images);
    feri_exec_forward(s->exec, s->batch, 0);
    return FER_OK;
}

static fer_status measure(struct subject *s, size_t wanted, double times[RUNS_MAX], size_t *n_out, fer_error *err)
{
    fer_status st = FER_OK;
    size_t n = 0;
    for (int i = 0; i < WARM_UP && st == FER_OK; i++) st = run(s, err);
    feri_exec_profile(s->exec, true);
    for (double start = feri_now(); st == FER_OK && n < (wanted ? wanted : RUNS_MAX); n++) {
        double t = feri_now();
        if (!wanted && n >= RUNS_MIN && t - start > SECONDS) break;
        st = run(s, err);
        times[n] = feri_now() - t;
    }
    *n_out = n;
    feri_sort(n, times);
    return st;
}

static fer_status take_nodes(const struct subject *s, size_t runs, fer_bench_result *out, fer_error *err)
{
    const struct feri_node_time *t = feri_exec_times(s->exec, &out->n_nodes);
    out->nodes = calloc(out->n_nodes + 1, sizeof *out->nodes);
    if (!out->nodes) return feri_fail_memory(err, out->n_nodes * sizeof *out->nodes);
    for (size_t i = 0; i < out->n_nodes; i++)
        out->nodes[i] = (fer_bench_node){t[i].op,
                                         t[i].name,
                                         t[i].out.h,
                                         t[i].out.w,
                                         t[i].out.c,
                                         t[i].macs,
                                         t[i].forward_s * 1e3 / (double)runs,
                                         t[i].backward_s * 1e3 / (double)runs};
    return FER_OK;
}

static fer_status bench(struct subject *s, const fer_bench_options *opt, fer_bench_result *out, fer_error *err)
{
    double times[RUNS_MAX];
    fer_status st = measure(s, opt->runs, times, &out->runs, err);
    if (st != FER_OK) return st;
    size_t n = out->runs;
    fer_model_info info = fer_model_get_info(s->model);
    out->batch = s->batch;
    out->threads = feri_pool_threads(s->trainer ? feri_trainer_pool(s->trainer) : s->pool);
    out->median_ms = times[n / 2] * 1e3;
    out->min_ms = times[0] * 1e3;
    out->p95_ms = times[(n - 1) * 95 / 100] * 1e3;
    out->images_per_second = (double)s->batch / times[n / 2];
    out->gflops = (opt->train ? 6 : 2) * (double)info.macs * out->images_per_second / 1e9;
    out->arena_mb = (double)feri_exec_arena_size(s->exec) / 1e6;
    const struct feri_plan *plan;
    if (!opt->train && feri_model_plan(s->model, FERI_ISA_AUTO, &plan, NULL) == FER_OK)
        out->weights_mb = (double)feri_plan_weights_size(plan) / 1e6;
    return take_nodes(s, n, out, err);
}

fer_status fer_bench(const fer_bench_options *opt, fer_bench_result *out, fer_error *err)
{
    if (!opt || !out) return feri_fail(err, FER_ERR_ARGUMENT, "fer_bench: options and out must not be NULL");
    *out = (fer_bench_result){0};
    if (!opt->model || opt->batch > 65536 || opt->runs > RUNS_MAX)
        return feri_fail(err, FER_ERR_ARGUMENT,
                         "bench: expected a model, a batch of 1 to 65536 (got %zu) and at most %d runs (got %zu)",
                         opt->batch, RUNS_MAX, opt->runs);
    struct subject *s = calloc(1, sizeof *s);
    if (!s) return feri_fail_memory(err, sizeof *s);
    s->batch = opt->batch ? opt->batch : 1;
    out->owner = s;
    fer_status st = set_up(s, opt, err);
    if (st == FER_OK) st = bench(s, opt, out, err);
    if (st != FER_OK) fer_bench_free(out);
    return st;
}

void fer_bench_free(fer_bench_result *result)
{
    if (!result) return;
    subject_free(result->owner);
    free(result->nodes);
    *result = (fer_bench_result){0};
}
