#define _DEFAULT_SOURCE
#include "commands/commands.h"
#include "common/args.h"
#include "common/cli.h"
#include "common/data_options.h"

#include <sys/resource.h>

enum format { TEXT, JSON };

/* VmHWM belongs to this program alone. getrusage() includes what ran in the process before it, such as the caller's
 * interpreter. */
static double peak_memory_mb(void)
{
    char line[256];
    unsigned long kb = 0;
    FILE *f = fopen("/proc/self/status", "r");
    while (f && kb == 0 && fgets(line, sizeof line, f))
        if (sscanf(line, "VmHWM: %lu kB", &kb) != 1) kb = 0;
    if (f) fclose(f);
    if (kb > 0) return (double)kb / 1024.0;
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_maxrss / 1024.0;
}

static double node_gflops(const fer_bench_result *r, const fer_bench_node *n, double ms, int passes)
{
    return ms > 0 ? 2.0 * passes * (double)n->macs * (double)r->batch / ms / 1e6 : 0;
}

static void print_text(const fer_bench_options *opt, const fer_bench_result *r, bool profile)
{
    printf("%s, %s, batch %zu, %u threads, %zu runs: median %.2f ms, min %.2f, p95 %.2f; %.1f images/s, %.1f GFLOP/s; "
           "arena %.1f MB, "
           "process %.0f MB\n",
           opt->model, opt->train ? "training" : "inference", r->batch, r->threads, r->runs, r->median_ms, r->min_ms,
           r->p95_ms, r->images_per_second, r->gflops, r->arena_mb, peak_memory_mb());
    if (!profile) return;
    printf("%-14s %-48s %-16s %10s %8s %10s %8s\n", "operation", "name", "output", "forward ms", "GFLOP/s",
           "backward ms", "GFLOP/s");
    for (size_t i = 0; i < r->n_nodes; i++) {
        const fer_bench_node *n = &r->nodes[i];
        char shape[32];
        snprintf(shape, sizeof shape, "%zux%zux%zu", n->height, n->width, n->channels);
        printf("%-14s %-48.48s %-16s %10.3f %8.1f %10.3f %8.1f\n", n->op, n->name, shape, n->forward_ms,
               node_gflops(r, n, n->forward_ms, 1), n->backward_ms, node_gflops(r, n, n->backward_ms, 2));
    }
}

static int print_json(const fer_bench_options *opt, const fer_bench_result *r, bool profile)
{
    json_t *doc = json_pack("{s:s, s:b, s:I, s:I, s:I, s:f, s:f, s:f, s:f, s:f, s:f, s:f}", "model", opt->model,
                            "train", (int)opt->train, "batch", (json_int_t)r->batch, "threads", (json_int_t)r->threads,
                            "runs", (json_int_t)r->runs, "median_ms", r->median_ms, "min_ms", r->min_ms, "p95_ms",
                            r->p95_ms, "images_per_second", r->images_per_second, "gflops", r->gflops, "peak_memory_mb",
                            peak_memory_mb(), "arena_mb", r->arena_mb);
    json_t *nodes = json_array();
    for (size_t i = 0; profile && i < r->n_nodes; i++) {
        const fer_bench_node *n = &r->nodes[i];
        feri_json_add(nodes, json_pack("{s:s, s:s, s:[I, I, I], s:I, s:f, s:f, s:f}", "op", n->op, "name", n->name,
                                       "output", (json_int_t)n->height, (json_int_t)n->width, (json_int_t)n->channels,
                                       "macs", (json_int_t)n->macs, "forward_ms", n->forward_ms, "backward_ms",
                                       n->backward_ms, "gflops", node_gflops(r, n, n->forward_ms, 1)));
    }
    if (profile) feri_json_set(doc, "nodes", nodes);
    else json_decref(nodes);
    return cli_json_print(doc, true);
}

/* Measures how fast batches are made, instead of how fast they are computed. */
static int bench_data(fer_bench_data_options *opt, int format)
{
    fer_bench_data_result r;
    fer_error err;
    fer_status st = fer_bench_data(opt, &r, &err);
    cli_data_source_free(&opt->data);
    if (st != FER_OK) return cli_fail("%s", err.text);
    if (format == JSON)
        return cli_json_print(json_pack("{s:o, s:I, s:f, s:f, s:f}", "data", feri_json_string(opt->data.path), "images",
                                        (json_int_t)r.images, "seconds", r.seconds, "images_per_second",
                                        r.images_per_second, "peak_memory_mb", peak_memory_mb()),
                              true);
    printf("%s: %zu images in %.2f s, %.1f images/s; process %.0f MB\n", opt->data.path, r.images, r.seconds,
           r.images_per_second, peak_memory_mb());
    return CLI_OK;
}

int cmd_bench(int argc, char **argv)
{
    static const char *const formats[] = {"text", "json", NULL};
    fer_bench_options opt = {.model = "mcct-1", .batch = 1};
    int format = TEXT;
    bool profile = false;
    fer_bench_data_options data = {0};
    struct cli_option options[] = {
        CLI_OPTION(CLI_TEXT, "model", .value = &opt.model, .arg = "NAME", .help = "one of 'fer models'"),
        CLI_OPTION_BATCH(&opt.batch),
        CLI_OPTION_THREADS(&opt.threads),
        CLI_OPTION_INPUT(&opt.input, "the model's own"),
        CLI_OPTION_CHANNELS(&opt.channels, "the model's own"),
        CLI_OPTION(CLI_FLAG, "train", .value = &opt.train, .help = "time training steps instead of inference"),
        CLI_OPTION(CLI_FLAG, "profile", .value = &profile, .help = "time and GFLOP/s of every node"),
        CLI_OPTION(CLI_SIZE, "runs", .value = &opt.runs, .min = 1, .max = 1000, .help = "timed runs",
                   .unset = "about three seconds"),
        CLI_OPTION_ISA(&opt.isa),
        CLI_OPTION(CLI_TEXT, "data", .file = CLI_SOURCE, .value = &data.data.path, .arg = "PATH",
                   .help = "time the making of batches from this data set instead (read, decode, augment)"),
        CLI_OPTIONS_DATA(&data.data),
        CLI_OPTION(CLI_PAIR, "randaugment", .value = &data.augment.randaugment_ops, .min = 0, .max = 30,
                   .help = "with --data: N operations of magnitude M"),
        CLI_OPTION(CLI_REAL, "flip", .value = &data.augment.flip, .min = 0, .max = 1,
                   .help = "with --data: probability of a horizontal flip"),
        CLI_OPTION(CLI_COUNT, "workers", .value = &data.workers, .min = 1, .max = 256,
                   .help = "with --data: threads that decode and augment", .unset = "1"),
        CLI_OPTION(CLI_SIZE, "images", .value = &data.images, .min = 1, .max = 1e9,
                   .help = "with --data: images to prepare", .unset = "2000"),
        CLI_OPTION_FORMAT(&format, formats),
    };
    struct cli_usage usage = {.command = "bench",
                              .operands = "",
                              .summary = "time a model on this machine",
                              .notes = "The model has random weights and input. Two warm-up runs are not counted. "
                                       "GFLOP/s count two operations per multiply-add, three times that in training.",
                              .example = "fer bench --model mcct-7 --threads 1 --profile"};
    struct cli_operands operands;
    int code = cli_parse(&usage, options, CLI_N(options), argc, argv, &operands);
    if (code != CLI_GO_ON) return code;
    if (data.data.path) {
        data.input = opt.input;
        data.channels = opt.channels;
        data.batch = opt.batch > 1 ? opt.batch : 0;
        return bench_data(&data, format);
    }
    fer_bench_result r;
    fer_error err;
    if (fer_bench(&opt, &r, &err) != FER_OK) return cli_fail("%s", err.text);
    if (format == JSON) {
        code = print_json(&opt, &r, profile);
    } else {
        print_text(&opt, &r, profile);
        code = CLI_OK;
    }
    fer_bench_free(&r);
    return code;
}
