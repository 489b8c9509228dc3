/* The help as text: --help. */
#include "common/help.h"

#include <stdio.h>
#include <string.h>

#define WIDTH  80
#define COLUMN 28 /* where the descriptions of options start */

/* Print words from column `indent`, wrapped at WIDTH. */
static void print_wrapped(const char *text, size_t indent)
{
    size_t at = indent;
    while (*text) {
        size_t n = strcspn(text, " ");
        if (at > indent && at + 1 + n > WIDTH) {
            printf("\n%*s", (int)indent, "");
            at = indent;
        }
        int printed = printf("%s%.*s", at > indent ? " " : "", (int)n, text);
        at += printed > 0 ? (size_t)printed : 0;
        text += n + strspn(text + n, " ");
    }
    putchar('\n');
}

static void print_option(const struct cli_option *o)
{
    char text[512];
    int n = printf("  --%s %s", o->name, cli_value_name(o));
    size_t at = n > 0 ? (size_t)n : 0;
    if (at + 2 > COLUMN) {
        putchar('\n');
        at = 0;
    }
    printf("%*s", (int)(COLUMN - at), "");
    cli_option_text(o, text, sizeof text);
    print_wrapped(text, COLUMN);
}

void cli_help_text(const struct cli_usage *u, const struct cli_option *options, size_t n)
{
    printf("fer %s: %s\n\nusage: fer %s [options]%s%s\n", u->command, u->summary, u->command, *u->operands ? " " : "",
           u->operands);
    if (u->notes) {
        putchar('\n');
        print_wrapped(u->notes, 0);
    }
    printf("\noptions:\n");
    for (size_t i = 0; i < n; i++) print_option(&options[i]);
    printf("\nexample:\n  %s\n", u->example);
}
