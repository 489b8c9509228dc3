/* The help as a manual page. */
#include "common/help.h"

#include "fer/fer.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define WIDTH 64 /* of a line of a paragraph, before characters are written as roff needs them */

static void print_character(char c)
{
    if (c == '\\') fputs("\\e", stdout);
    else if (c == '-') fputs("\\-", stdout);
    else if (c == '\'') fputs("\\(aq", stdout);
    else putchar(c);
}

void cli_print_roff(const char *text)
{
    if (*text == '.' || *text == '\'') fputs("\\&", stdout);
    for (; *text; text++) print_character(*text);
}

void cli_print_roff_paragraph(const char *text)
{
    size_t at = 0;
    while (*text) {
        size_t n = strcspn(text, " ");
        if (at > 0) putchar(at + n > WIDTH ? '\n' : ' ');
        if (at == 0 || at + n > WIDTH) {
            at = 0;
            if (*text == '.' || *text == '\'') fputs("\\&", stdout);
        }
        for (size_t i = 0; i < n; i++) print_character(text[i]);
        at += n + 1;
        text += n + strspn(text + n, " ");
    }
    putchar('\n');
}

/* "fer", "fer-data-info": what the page's file is called. */
static void page_name(const char *command, char *out, size_t size)
{
    int n = snprintf(out, size, "fer%s%s", *command ? "-" : "", command);
    for (int i = 0; i < n && (size_t)i < size; i++)
        if (out[i] == ' ') out[i] = '-';
}

/* The date is that of the version: equal sources give equal pages. */
void cli_print_roff_head(const char *command, const char *summary)
{
    char name[64];
    page_name(command, name, sizeof name);
    printf(".TH ");
    for (const char *p = name; *p; p++) putchar(*p == '-' ? *p : toupper((unsigned char)*p));
    printf(" 1 \"" FER_RELEASED "\" \"libfer %s\" \"User Commands\"\n.SH NAME\n%s \\- ", fer_version(), name);
    cli_print_roff(summary);
    printf("\n.SH SYNOPSIS\n.nf\n\\fBfer%s%s\\fR ", *command ? " " : "", command);
}

static void print_option(const struct cli_option *o)
{
    char text[512];
    printf(".TP\n\\fB\\-\\-");
    cli_print_roff(o->name);
    printf("\\fR");
    if (*cli_value_name(o)) {
        printf(" \\fI");
        cli_print_roff(cli_value_name(o));
        printf("\\fR");
    }
    putchar('\n');
    cli_option_text(o, text, sizeof text);
    cli_print_roff_paragraph(text);
}

void cli_help_man(const struct cli_usage *u, const struct cli_option *options, size_t n)
{
    cli_print_roff_head(u->command, u->summary);
    printf("[\\fIoptions\\fR] ");
    cli_print_roff(u->operands);
    printf("\n.fi\n.SH DESCRIPTION\n");
    cli_print_roff_paragraph(u->notes ? u->notes : u->summary);
    printf(".SH OPTIONS\n");
    for (size_t i = 0; i < n; i++) print_option(&options[i]);
    printf(".SH EXAMPLES\n.nf\n");
    cli_print_roff(u->example);
    printf("\n.fi\n.SH EXIT STATUS\n0: success. 1: failure; standard error says of what. 2: wrong usage.\n"
           ".SH SEE ALSO\n.BR fer (1)\n");
}
