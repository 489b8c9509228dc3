/* A command's branch of the completion in zsh, which cli_group_help() puts together: a call of _arguments. */
#include "common/help.h"

#include <stdio.h>
#include <string.h>

/* What _arguments gives a meaning in a specification. */
#define SPECIAL "[]:\\"

void cli_print_quoted(const char *text, const char *special)
{
    for (; *text; text++) {
        if (*text == '\'') fputs("'\\''", stdout);
        else {
            if (strchr(special, *text)) putchar('\\');
            putchar(*text);
        }
    }
}

static void print_action(const struct cli_option *o)
{
    switch (cli_completion_of(o)) {
    case CLI_COMPLETE_NOTHING: break;
    case CLI_COMPLETE_FILES: printf("_files"); break;
    case CLI_COMPLETE_DIRS: printf("_files -/"); break;
    case CLI_COMPLETE_WORDS:
        for (size_t i = 0; o->words[i]; i++) printf("%s%s", i ? " " : "(", o->words[i]);
        putchar(')');
    }
}

static void print_option(const struct cli_option *o)
{
    if (o->type == CLI_FLAG) {
        printf(" \\\n            '(--no-%s)--%s[", o->name, o->name);
        cli_print_quoted(o->help, SPECIAL);
        printf("]' \\\n            '(--%s)--no-%s'", o->name, o->name);
        return;
    }
    printf(" \\\n            '%s--%s=[", o->type == CLI_LIST ? "*" : "", o->name);
    cli_print_quoted(o->help, SPECIAL);
    printf("]:");
    cli_print_quoted(*cli_value_name(o) ? cli_value_name(o) : "WORD", SPECIAL);
    putchar(':');
    print_action(o);
    putchar('\'');
}

void cli_help_zsh(const struct cli_usage *u, const struct cli_option *options, size_t n)
{
    const char *space = strrchr(u->command, ' ');
    printf("    %s)\n        _arguments '--help[list the options]'", space ? space + 1 : u->command);
    for (size_t i = 0; i < n; i++) print_option(&options[i]);
    if (u->operands_max > 0) printf(" \\\n            '*:file:_files'");
    printf("\n        ;;\n");
}
