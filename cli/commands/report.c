#include "report/report.h"
#include "commands/commands.h"
#include "common/args.h"
#include "common/cli.h"
#include "common/data_options.h"

#include <stdlib.h>

static int make(const struct cli_operands *paths, const char *out, const struct report_test *test)
{
    struct report_run *runs = calloc(paths->n, sizeof *runs);
    if (!runs) return cli_fail("out of memory");
    bool ok = true;
    for (size_t i = 0; ok && i < paths->n; i++) ok = report_run_open(&runs[i], paths->items[i], test);
    ok = ok && report_name_runs(runs, paths->n);
    int code = ok ? report_write(out, runs, paths->n) : CLI_FAILED;
    if (code == CLI_OK) printf("%s/report.html\n", out);
    for (size_t i = 0; i < paths->n; i++) report_run_close(&runs[i]);
    free(runs);
    return code;
}

int cmd_report(int argc, char **argv)
{
    const char *out = NULL;
    static const char *const written[] = {"report.html", "runs.png", "runs.svg", NULL};
    static const char *const read[] = {"config.json",      "log.csv",           "test.json", "predictions.csv",
                                       "best.safetensors", "final.safetensors", NULL};
    struct report_test test = {0};
    struct cli_option options[] = {
        CLI_OPTION(CLI_TEXT, "out", .file = CLI_TARGET_DIR, .names = written, .value = &out, .arg = "DIR",
                   .required = true, .help = "directory of the report, created if missing"),
        CLI_OPTION(CLI_TEXT, "data", .file = CLI_SOURCE, .value = &test.data.path, .arg = "PATH",
                   .help = "test set for runs that were not tested yet, and for the pictures of mistakes",
                   .unset = "none"),
        CLI_OPTIONS_DATA(&test.data),
        cli_data_option("protocol", &test.data),
        CLI_OPTION_THREADS(&test.threads),
    };
    struct cli_usage usage = {
        .command = "report",
        .operands = "RUN ...",
        .summary = "compare training runs on one HTML page",
        .notes = "Writes report.html, which needs no other files, and its drawings as PNG and SVG into DIR. For each "
                 "run they show curves, confusion matrix, classes, calibration, worst mistakes and configuration. A "
                 "run's test results come from test.json and predictions.csv in its directory. Without test.json, fer "
                 "evaluates best.safetensors on --data.",
        .example = "fer report run1 run2 --data FER2013Test.tar --out report",
        .operands_min = 1,
        .operands_max = 100,
        .each = CLI_RUN,
        .names = read};
    struct cli_operands operands;
    int code = cli_parse(&usage, options, CLI_N(options), argc, argv, &operands);
    if (code == CLI_GO_ON) code = make(&operands, out, &test);
    cli_data_source_free(&test.data);
    return code;
}
