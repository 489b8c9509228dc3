#include "common/args.h"
#include "common/cli.h"

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

static const char *value_name(const struct cli_option *o)
{
    if (o->arg) return o->arg;
    if (o->words) return "WORD";
    switch (o->type) {
    case FER_OPTION_FLAG:
    case FER_OPTION_WORD: return "";
    case FER_OPTION_TEXT:
    case FER_OPTION_PATH:
    case FER_OPTION_LIST:
    case FER_OPTION_COMMAS: return "TEXT";
    case FER_OPTION_SIZE:
    case FER_OPTION_COUNT:
    case FER_OPTION_SEED: return "N";
    case FER_OPTION_REAL: return "X";
    case FER_OPTION_PAIR: return "N,M";
    }
    return "";
}

/* The value before parsing; empty if there is nothing to show. */
static void default_text(const struct cli_option *o, char *out, size_t size)
{
    out[0] = '\0';
    if (o->unset) snprintf(out, size, "%s", o->unset);
    else if (o->type != CLI_LIST) cli_get_option(o, 0, out, size);
    if (o->type == CLI_FLAG && strcmp(out, "off") == 0) out[0] = '\0';
    else if (o->type == CLI_FLAG) snprintf(out, size, "on; --no-%s switches it off", o->name);
}

static size_t append(char *out, size_t size, size_t used, const char *before, const char *text, const char *after)
{
    int n = snprintf(out + used, size - used, "%s%s%s", before, text, after);
    return n > 0 && used + (size_t)n < size ? used + (size_t)n : used;
}

static void describe(const struct cli_option *o, char *out, size_t size)
{
    char value[160];
    size_t used = append(out, size, 0, o->help, "", "");
    for (size_t i = 0; o->words && o->words[i]; i++) used = append(out, size, used, i ? ", " : ": ", o->words[i], "");
    default_text(o, value, sizeof value);
    if (o->required) append(out, size, used, " (", "required", ")");
    else if (*value) append(out, size, used, " (default: ", value, ")");
}

static void print_option(const struct cli_option *o)
{
    char text[512];
    int n = printf("  --%s %s", o->name, value_name(o));
    size_t at = n > 0 ? (size_t)n : 0;
    if (at + 2 > COLUMN) {
        putchar('\n');
        at = 0;
    }
    printf("%*s", (int)(COLUMN - at), "");
    describe(o, text, sizeof text);
    print_wrapped(text, COLUMN);
}

void cli_help(const struct cli_usage *u, const struct cli_option *options, size_t n)
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
