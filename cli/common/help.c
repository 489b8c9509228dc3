#include "common/args.h"
#include "common/cli.h"

#include <inttypes.h>
#include <string.h>

#define WIDTH  80
#define COLUMN 28 /* where the descriptions of options begin */

/* Print words from column `indent` on, broken at WIDTH. */
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
    case CLI_FLAG: return "";
    case CLI_TEXT:
    case CLI_LIST: return "TEXT";
    case CLI_SIZE:
    case CLI_COUNT:
    case CLI_SEED: return "N";
    case CLI_REAL: return "X";
    case CLI_WORD: return "";
    case CLI_PAIR: return "N,M";
    }
    return "";
}

/* The value as it stands before parsing; empty when there is nothing to tell. */
static void default_text(const struct cli_option *o, char *out, size_t size)
{
    const char *text;
    out[0] = '\0';
    switch (o->type) {
    case CLI_FLAG:
        if (*(bool *)o->value) snprintf(out, size, "on; --no-%s switches it off", o->name);
        break;
    case CLI_TEXT:
        text = *(const char **)o->value;
        if (text) snprintf(out, size, "%s", text);
        break;
    case CLI_SIZE: snprintf(out, size, "%zu", *(size_t *)o->value); break;
    case CLI_COUNT: snprintf(out, size, "%u", *(unsigned *)o->value); break;
    case CLI_SEED: snprintf(out, size, "%" PRIu64, *(uint64_t *)o->value); break;
    case CLI_REAL: snprintf(out, size, "%.6g", (double)*(float *)o->value); break;
    case CLI_WORD: snprintf(out, size, "%s", o->words[*(int *)o->value]); break;
    case CLI_LIST: break;
    case CLI_PAIR: {
        const struct cli_pair *pair = o->value;
        snprintf(out, size, "%d,%d", pair->a, pair->b);
        break;
    }
    }
    if (o->unset) snprintf(out, size, "%s", o->unset);
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
