#define _POSIX_C_SOURCE 200809L /* stat */
#include "draw/plot.h"
#include "commands/commands.h"
#include "common/args.h"
#include "common/cli.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A run's directory stands for the log.csv in it. */
static char *log_path(const char *what)
{
    struct stat st;
    bool directory = stat(what, &st) == 0 && S_ISDIR(st.st_mode);
    size_t size = strlen(what) + sizeof "/log.csv";
    char *path = malloc(size);
    if (path) snprintf(path, size, "%s%s", what, directory ? "/log.csv" : "");
    return path;
}

static int draw(const char *what, const char *output, const char *title)
{
    if (!plot_possible(output)) return CLI_FAILED;
    char *path = log_path(what);
    if (!path) return cli_fail("out of memory");
    struct run_log log;
    int code = CLI_FAILED;
    if (run_log_read(path, &log)) {
        code = plot_curves(output, title ? title : what, &log);
        run_log_free(&log);
    }
    free(path);
    return code;
}

int cmd_plot(int argc, char **argv)
{
    static const char *const read[] = {"log.csv", NULL};
    const char *output = NULL, *title = NULL;
    struct cli_option options[] = {
        CLI_OPTION(CLI_TEXT, "output", .file = CLI_TARGET, .value = &output, .arg = "FILE", .required = true,
                   .help = "output drawing, .png or .svg"),
        CLI_OPTION(CLI_TEXT, "title", .value = &title, .help = "title above the drawing", .unset = "the path"),
    };
    struct cli_usage usage = {.command = "plot",
                              .operands = "RUN|log.csv",
                              .summary = "draw a run's training curves",
                              .notes = "Draws loss and accuracy of training and validation over the epochs.",
                              .example = "fer plot run1 --output curves.svg",
                              .operands_min = 1,
                              .operands_max = 1,
                              .each = CLI_RUN,
                              .names = read};
    struct cli_operands operands;
    int code = cli_parse(&usage, options, CLI_N(options), argc, argv, &operands);
    return code == CLI_GO_ON ? draw(operands.items[0], output, title) : code;
}
