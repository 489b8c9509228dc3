/* What every form of the help says of an option. */
#include "common/help.h"

#include <stdio.h>
#include <string.h>

const char *cli_value_name(const struct cli_option *o)
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

void cli_option_text(const struct cli_option *o, char *out, size_t size)
{
    char value[160];
    size_t used = append(out, size, 0, o->help, "", "");
    for (size_t i = 0; o->words && o->words[i]; i++) used = append(out, size, used, i ? ", " : ": ", o->words[i], "");
    default_text(o, value, sizeof value);
    if (o->required) append(out, size, used, " (", "required", ")");
    else if (*value) append(out, size, used, " (default: ", value, ")");
}

enum cli_completion cli_completion_of(const struct cli_option *o)
{
    const char *value = cli_value_name(o);
    if (o->words && o->type != CLI_PAIR) return CLI_COMPLETE_WORDS;
    if (o->file == CLI_RUN || o->file == CLI_TARGET_DIR || strstr(value, "DIR")) return CLI_COMPLETE_DIRS;
    if (o->file != CLI_NO_FILE || strstr(value, "FILE") || strstr(value, "PATH")) return CLI_COMPLETE_FILES;
    return CLI_COMPLETE_NOTHING;
}
