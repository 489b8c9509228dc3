/* The help of commands that share a first word, in every form. The completions are scripts that consist of a branch for
 * each command, which prints its own. */
#include "common/cli.h"
#include "common/help.h"

#include <string.h>

static int ask_each(const struct cli_group *g, const char *form)
{
    char name[32], help[16];
    char *argv[] = {name, help, NULL};
    int code = CLI_OK;
    snprintf(help, sizeof help, "--help=%s", form);
    for (size_t i = 0; i < g->n && code == CLI_OK; i++) {
        snprintf(name, sizeof name, "%s", g->commands[i].name);
        code = g->commands[i].run(2, argv);
    }
    return code;
}

static void print_names(const struct cli_group *g)
{
    for (size_t i = 0; i < g->n; i++) printf("%s%s", i ? " " : "", g->commands[i].name);
}

/* ---- text, manual ---- */

void cli_group_text(FILE *to, const struct cli_group *g)
{
    const char *space = *g->name ? " " : "";
    int width = 0;
    for (size_t i = 0; i < g->n; i++) {
        int length = (int)strlen(g->commands[i].name);
        if (length > width) width = length;
    }
    fprintf(to, "fer%s%s: %s\n\nusage: fer%s%s COMMAND [options] ...\n\ncommands:\n", space, g->name, g->summary, space,
            g->name);
    for (size_t i = 0; i < g->n; i++) fprintf(to, "  %-*s  %s\n", width, g->commands[i].name, g->commands[i].summary);
    fprintf(to, "\n%s\n", g->notes);
}

static int print_man(const struct cli_group *g)
{
    cli_print_roff_head(g->name, g->summary);
    printf("\\fICOMMAND\\fR [\\fIoptions\\fR] ...\n.fi\n.SH DESCRIPTION\n");
    for (const char *line = g->notes; *line;) {
        size_t length = strcspn(line, "\n");
        char text[256];
        snprintf(text, sizeof text, "%.*s", (int)length, line);
        if (*text) cli_print_roff(text);
        else printf(".PP");
        putchar('\n');
        line += length + (line[length] == '\n');
    }
    printf(".SH COMMANDS\n");
    for (size_t i = 0; i < g->n; i++) {
        printf(".TP\n\\fBfer%s%s %s\\fR\n", *g->name ? " " : "", g->name, g->commands[i].name);
        cli_print_roff(g->commands[i].summary);
        putchar('\n');
    }
    printf(".SH SEE ALSO\n");
    if (*g->name) printf(".BR fer (1),\n");
    for (size_t i = 0; i < g->n; i++)
        printf(".BR fer%s%s\\-%s (1)%s\n", *g->name ? "\\-" : "", g->name, g->commands[i].name,
               i + 1 < g->n ? "," : "");
    return CLI_OK;
}

/* ---- bash ---- */

/* COMPREPLY gets the answers. Where it stays empty, readline completes names of files (-o default). */
static const char bash_end[] = "    esac\n"
                               "    if [ -n \"$values\" ]; then\n"
                               "        mapfile -t COMPREPLY < <(compgen -W \"$values\" -- \"$now\")\n"
                               "    elif [ \"$kind\" = dirs ]; then\n"
                               "        compopt -o filenames\n"
                               "        mapfile -t COMPREPLY < <(compgen -d -- \"$now\")\n"
                               "    elif [ \"$kind\" = nothing ]; then\n"
                               "        compopt +o default\n"
                               "    elif [ -z \"$kind\" ] && [[ $now == -* ]]; then\n"
                               "        mapfile -t COMPREPLY < <(compgen -W \"$options\" -- \"$now\")\n"
                               "    fi\n"
                               "}\n"
                               "complete -o default -F _fer fer\n";

/* bash takes "--format=js" for the three words "--format", "=" and "js". */
static void print_bash_start(const struct cli_group *g)
{
    printf("# Completion for fer in bash, made by 'fer --help=bash' from its tables of options.\n"
           "_fer() {\n"
           "    local now=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} command=${COMP_WORDS[1]}\n"
           "    local options= values= kind=\n"
           "    COMPREPLY=()\n"
           "    if [ \"$now\" = = ]; then\n"
           "        now=\n"
           "    elif [ \"$before\" = = ]; then\n"
           "        before=${COMP_WORDS[COMP_CWORD-2]}\n"
           "    fi\n"
           "    if [ \"$COMP_CWORD\" -gt 2 ] && [ \"$command\" = data ]; then command=\"data ${COMP_WORDS[2]}\"; fi\n"
           "    if [ \"$COMP_CWORD\" -eq 1 ]; then command=; fi\n"
           "    case $command in\n"
           "    '' | help)\n"
           "        values='");
    print_names(g);
    printf(" help version'\n        ;;\n");
}

static int print_bash(const struct cli_group *g)
{
    if (!*g->name) print_bash_start(g);
    else {
        printf("    '%s')\n        values='", g->name);
        print_names(g);
        printf("'\n        ;;\n");
    }
    int code = ask_each(g, "bash");
    if (!*g->name) fputs(bash_end, stdout);
    return code;
}

/* ---- zsh ---- */

/* Of the words of the command line the first is the group's name; then come its command and that one's arguments. */
static void print_zsh_commands(const struct cli_group *g)
{
    printf("        local -a commands\n        commands=(\n");
    for (size_t i = 0; i < g->n; i++) {
        printf("            '%s:", g->commands[i].name);
        cli_print_quoted(g->commands[i].summary, "");
        printf("'\n");
    }
    if (!*g->name)
        printf("            'help:list the options of a command'\n            'version:print the version'\n");
    printf("        )\n        _describe command commands\n");
}

static int print_zsh(const struct cli_group *g)
{
    if (!*g->name)
        printf("#compdef fer\n# Completion for fer in zsh, made by 'fer --help=zsh' from its tables of options.\n"
               "_fer() {\n");
    else printf("    %s)\n", g->name);
    printf("    if (( CURRENT == 2 )); then\n");
    print_zsh_commands(g);
    printf("        return\n    fi\n    shift words\n    (( CURRENT-- ))\n    case $words[1] in\n");
    int code = ask_each(g, "zsh");
    printf("    esac\n");
    printf(*g->name ? "        ;;\n" : "}\n_fer \"$@\"\n");
    return code;
}

int cli_group_help(enum cli_form form, const struct cli_group *g)
{
    switch (form) {
    case CLI_FORM_NONE: break;
    case CLI_FORM_TEXT: cli_group_text(stdout, g); break;
    case CLI_FORM_MAN: return print_man(g);
    case CLI_FORM_BASH: return print_bash(g);
    case CLI_FORM_ZSH: return print_zsh(g);
    }
    return CLI_OK;
}
