/* One command's help in the form that was asked for. */
#include "common/help.h"

#include <string.h>

enum cli_form cli_form_of(const char *arg)
{
    static const struct {
        const char *arg;
        enum cli_form form;
    } forms[] = {{"--help", CLI_FORM_TEXT},
                 {"-h", CLI_FORM_TEXT},
                 {"--help=man", CLI_FORM_MAN},
                 {"--help=bash", CLI_FORM_BASH},
                 {"--help=zsh", CLI_FORM_ZSH}};
    for (size_t i = 0; i < CLI_N(forms); i++)
        if (strcmp(arg, forms[i].arg) == 0) return forms[i].form;
    return CLI_FORM_NONE;
}

void cli_help(enum cli_form form, const struct cli_usage *u, const struct cli_option *options, size_t n)
{
    switch (form) {
    case CLI_FORM_NONE: break;
    case CLI_FORM_TEXT: cli_help_text(u, options, n); break;
    case CLI_FORM_MAN: cli_help_man(u, options, n); break;
    case CLI_FORM_BASH: cli_help_bash(u, options, n); break;
    case CLI_FORM_ZSH: cli_help_zsh(u, options, n); break;
    }
}
