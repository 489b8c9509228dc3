/* A command's branch of the completion in bash, which cli_group_help() puts together. A branch sets `options`, and for
 * the option before the cursor `values` (its words) or `kind` (files, dirs, nothing). */
#include "common/help.h"

#include <stdio.h>

static void print_names(const struct cli_option *options, size_t n)
{
    printf("        options='--help");
    for (size_t i = 0; i < n; i++) {
        printf(" --%s", options[i].name);
        if (options[i].type == CLI_FLAG) printf(" --no-%s", options[i].name);
    }
    printf("'\n");
}

static void print_values(const struct cli_option *o)
{
    static const char *const kinds[] = {
        [CLI_COMPLETE_NOTHING] = "nothing", [CLI_COMPLETE_FILES] = "files", [CLI_COMPLETE_DIRS] = "dirs"};
    enum cli_completion kind = cli_completion_of(o);
    if (o->type == CLI_FLAG) return;
    printf("        --%s) ", o->name);
    if (kind != CLI_COMPLETE_WORDS) printf("kind=%s ;;\n", kinds[kind]);
    else {
        printf("values='");
        for (size_t i = 0; o->words[i]; i++) printf("%s%s", i ? " " : "", o->words[i]);
        printf("' ;;\n");
    }
}

void cli_help_bash(const struct cli_usage *u, const struct cli_option *options, size_t n)
{
    printf("    '%s')\n", u->command);
    print_names(options, n);
    printf("        case $before in\n");
    for (size_t i = 0; i < n; i++) print_values(&options[i]);
    printf("        esac\n        ;;\n");
}
