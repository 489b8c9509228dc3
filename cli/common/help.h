/* The forms of a command's help. All are made from its table of options: text for --help; a manual page, and the part
 * of a shell's completion that is about it, for the build (cmake/manual.cmake). */
#ifndef FER_COMMON_HELP_H
#define FER_COMMON_HELP_H

#include "common/args.h"

#include <stdio.h>

void cli_help_text(const struct cli_usage *u, const struct cli_option *options, size_t n);
void cli_help_man(const struct cli_usage *u, const struct cli_option *options, size_t n);
void cli_help_bash(const struct cli_usage *u, const struct cli_option *options, size_t n);
void cli_help_zsh(const struct cli_usage *u, const struct cli_option *options, size_t n);

/* A command, and commands that share a first word: those of "fer", and those of "fer data". */
struct cli_command {
    const char *name, *summary;
    int (*run)(int argc, char **argv); /* argv[0] is the command's name */
};
struct cli_group {
    const char *name;    /* "" or "data" */
    const char *summary; /* "inspect, split and pack data sets" */
    const char *notes;   /* paragraphs, after an empty line each */
    const struct cli_command *commands;
    size_t n;
};

/** A group's help: its own, and in a shell's completion that of each of its commands. Returns an exit code. */
int cli_group_help(enum cli_form form, const struct cli_group *g);
void cli_group_text(FILE *to, const struct cli_group *g);

/** The name of an option's value in the help, such as FILE; "" for none. */
const char *cli_value_name(const struct cli_option *o);
/** What the help says of an option: its purpose, its words, its default. */
void cli_option_text(const struct cli_option *o, char *out, size_t size);

/** Print text for roff: hyphens, backslashes and lines that begin like a request are written as it needs them. A
 * paragraph is wrapped and ends its line. */
void cli_print_roff(const char *text);
void cli_print_roff_paragraph(const char *text);
/** The head of a manual page: title, name and summary. `command`: "predict", "data info", "" for fer itself. */
void cli_print_roff_head(const char *command, const char *summary);

/** Print what stands within single quotes of a shell, with a backslash before each of the `special` characters. */
void cli_print_quoted(const char *text, const char *special);

/* What the shell completes an option's value by. */
enum cli_completion { CLI_COMPLETE_NOTHING, CLI_COMPLETE_WORDS, CLI_COMPLETE_FILES, CLI_COMPLETE_DIRS };
enum cli_completion cli_completion_of(const struct cli_option *o);

#endif
