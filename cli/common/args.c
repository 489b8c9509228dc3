#include "common/args.h"

#include "common/cli.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct parser {
    const struct cli_usage *usage;
    const struct cli_option *options;
    size_t n;
    bool *given; /* [n] */
};

/* ---- values ---- */

static bool refuse(char why[CLI_WHY_MAX], const char *wanted)
{
    snprintf(why, CLI_WHY_MAX, "must be %s", wanted);
    return false;
}

static bool refuse_range(char why[CLI_WHY_MAX], const struct cli_option *o, const char *kind)
{
    snprintf(why, CLI_WHY_MAX, "must be %s from %.10g to %.10g", kind, o->min, o->max);
    return false;
}

/* strtoull() takes signs and leading blanks, which a count has not. */
static bool whole_number(const char *text, char **end, unsigned long long *out)
{
    if (*text < '0' || *text > '9') return false;
    errno = 0;
    *out = strtoull(text, end, 10);
    return errno == 0;
}

static bool number_between(const char *text, char stop, const struct cli_option *o, unsigned long long *out, char **end)
{
    return whole_number(text, end, out) && **end == stop && (double)*out >= o->min && (double)*out <= o->max;
}

static bool set_flag(const struct cli_option *o, const char *text, char *why)
{
    bool on = strcmp(text, "on") == 0;
    if (!on && strcmp(text, "off") != 0) return refuse(why, "on or off");
    *(bool *)o->value = on;
    return true;
}

static bool set_whole(const struct cli_option *o, const char *text, char *why)
{
    unsigned long long v;
    char *end;
    if (!number_between(text, '\0', o, &v, &end)) return refuse_range(why, o, "a whole number");
    if (o->type == CLI_SIZE) *(size_t *)o->value = (size_t)v;
    else *(unsigned *)o->value = (unsigned)v;
    return true;
}

static bool set_seed(const struct cli_option *o, const char *text, char *why)
{
    unsigned long long v;
    char *end;
    if (!whole_number(text, &end, &v) || *end) return refuse(why, "a whole number from 0 to 18446744073709551615");
    *(uint64_t *)o->value = v;
    return true;
}

static bool set_real(const struct cli_option *o, const char *text, char *why)
{
    char *end;
    double v = strtod(text, &end);
    if (end == text || *end || !isfinite(v) || v < o->min || v > o->max) return refuse_range(why, o, "a number");
    *(float *)o->value = (float)v;
    return true;
}

static bool set_pair(const struct cli_option *o, const char *text, char *why)
{
    unsigned long long a, b;
    char *end;
    if (!number_between(text, ',', o, &a, &end) || !number_between(end + 1, '\0', o, &b, &end))
        return refuse_range(why, o, "N,M: two whole numbers");
    *(struct cli_pair *)o->value = (struct cli_pair){(int)a, (int)b};
    return true;
}

static void join_words(const char *const *words, const char *between, char *out, size_t size)
{
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; words[i] && used < size; i++) {
        int n = snprintf(out + used, size - used, "%s%s", i ? between : "", words[i]);
        if (n > 0) used += (size_t)n;
    }
}

static bool set_word(const struct cli_option *o, const char *text, char *why)
{
    for (int i = 0; o->words[i]; i++)
        if (strcmp(o->words[i], text) == 0) {
            if (o->type == CLI_WORD) *(int *)o->value = i;
            else *(const char **)o->value = o->words[i];
            return true;
        }
    char list[200], wanted[220];
    join_words(o->words, ", ", list, sizeof list);
    snprintf(wanted, sizeof wanted, "one of %s", list);
    return refuse(why, wanted);
}

static bool add_to_list(const struct cli_option *o, const char *text, char *why)
{
    struct cli_list *list = o->value;
    const char **items = realloc(list->items, (list->n + 1) * sizeof *items);
    if (!items) return refuse(why, "kept, but memory is out");
    items[list->n++] = text;
    list->items = items;
    return true;
}

static bool set_text(const struct cli_option *o, const char *text, char *why)
{
    if (!*text) return refuse(why, "a text that is not empty");
    if (o->type == CLI_LIST) return add_to_list(o, text, why);
    *(const char **)o->value = text;
    return true;
}

bool cli_set_option(const struct cli_option *o, const char *text, char why[CLI_WHY_MAX])
{
    switch (o->type) {
    case CLI_FLAG: return set_flag(o, text, why);
    case CLI_TEXT:
        if (o->words) return set_word(o, text, why);
        return set_text(o, text, why);
    case CLI_LIST: return set_text(o, text, why);
    case CLI_SIZE:
    case CLI_COUNT: return set_whole(o, text, why);
    case CLI_SEED: return set_seed(o, text, why);
    case CLI_REAL: return set_real(o, text, why);
    case CLI_WORD: return set_word(o, text, why);
    case CLI_PAIR: return set_pair(o, text, why);
    }
    return true;
}

/* ---- names ---- */

const struct cli_option *cli_find_option(const struct cli_option *options, size_t n, const char *name, size_t length)
{
    for (size_t i = 0; i < n; i++)
        if (strlen(options[i].name) == length && memcmp(options[i].name, name, length) == 0) return &options[i];
    return NULL;
}

static size_t count(const char *const *words)
{
    size_t n = 0;
    while (words[n]) n++;
    return n;
}

const char *cli_nearest_option(const struct cli_option *options, size_t n, const char *const *more, const char *typed)
{
    size_t n_more = count(more);
    const char *near = NULL, **names = calloc(n + n_more + 1, sizeof *names);
    if (!names) return NULL;
    for (size_t i = 0; i < n; i++) names[i] = options[i].name;
    for (size_t i = 0; i < n_more; i++) names[n + i] = more[i];
    near = cli_nearest(typed, names);
    free(names);
    return near;
}

const char *cli_peek(const struct cli_option *options, size_t n, int argc, char **argv, const char *name)
{
    const char *found = NULL;
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strncmp(argv[i], "--", 2) != 0) continue;
        const char *option = argv[i] + 2, *value = strchr(option, '=');
        size_t length = value ? (size_t)(value - option) : strlen(option);
        const struct cli_option *o = cli_find_option(options, n, option, length);
        if (!o) continue;
        if (value) value++;
        else if (o->type == CLI_FLAG) value = "";
        else value = ++i < argc ? argv[i] : NULL;
        if (value && strcmp(o->name, name) == 0) found = value;
    }
    return found;
}

/* ---- the command line ---- */

static int refuse_unknown(const struct parser *p, const char *name, size_t length)
{
    char typed[64];
    snprintf(typed, sizeof typed, "%.*s", (int)(length < 63 ? length : 63), name);
    static const char *const more[] = {"help", NULL};
    const char *near = cli_nearest_option(p->options, p->n, more, typed);
    if (near) cli_say("%s: unknown option --%s; did you mean --%s?", p->usage->command, typed, near);
    else cli_say("%s: unknown option --%s; 'fer %s --help' lists them", p->usage->command, typed, p->usage->command);
    return CLI_USAGE;
}

static int set_value(const struct parser *p, const struct cli_option *o, const char *text)
{
    char why[CLI_WHY_MAX];
    if (cli_set_option(o, text, why)) return CLI_GO_ON;
    cli_say("%s: --%s '%s': %s", p->usage->command, o->name, text, why);
    return CLI_USAGE;
}

/* name is what stands behind the dashes, *next the argument after it, moved on when it is taken as the value.
 */
static int parse_option(struct parser *p, const char *name, char **argv, int argc, int *next)
{
    const char *value = strchr(name, '=');
    size_t length = value ? (size_t)(value - name) : strlen(name);
    const struct cli_option *o = cli_find_option(p->options, p->n, name, length);
    bool off = !o && length > 3 && strncmp(name, "no-", 3) == 0;
    if (off) o = cli_find_option(p->options, p->n, name + 3, length - 3);
    if (!o || (off && o->type != CLI_FLAG)) return refuse_unknown(p, name, length);
    if (o->type == CLI_LIST && !p->given[o - p->options]) ((struct cli_list *)o->value)->n = 0;
    p->given[o - p->options] = true;

    if (o->type == CLI_FLAG) {
        if (value) {
            cli_say("%s: --%s '%s': must be given without a value", p->usage->command, o->name, value + 1);
            return CLI_USAGE;
        }
        *(bool *)o->value = !off;
        return CLI_GO_ON;
    }
    if (value) return set_value(p, o, value + 1);
    if (*next >= argc) {
        cli_say("%s: --%s needs a value", p->usage->command, o->name);
        return CLI_USAGE;
    }
    return set_value(p, o, argv[(*next)++]);
}

static int check_complete(const struct parser *p, size_t n_operands)
{
    const struct cli_usage *u = p->usage;
    for (size_t i = 0; i < p->n; i++)
        if (p->options[i].required && !p->given[i]) {
            cli_say("%s: --%s is required; see 'fer %s --help'", u->command, p->options[i].name, u->command);
            return CLI_USAGE;
        }
    if (n_operands >= u->operands_min && n_operands <= u->operands_max) return CLI_GO_ON;
    if (n_operands < u->operands_min)
        cli_say("%s: too few arguments; usage: fer %s [options] %s", u->command, u->command, u->operands);
    else cli_say("%s: too many arguments; usage: fer %s [options] %s", u->command, u->command, u->operands);
    return CLI_USAGE;
}

static int parse_all(struct parser *p, int argc, char **argv, struct cli_operands *operands)
{
    bool options_end = false;
    operands->items = argv + 1;
    operands->n = 0;
    for (int i = 1; i < argc;) {
        char *arg = argv[i++];
        int code = CLI_GO_ON;
        if (options_end || arg[0] != '-' || arg[1] == '\0') operands->items[operands->n++] = arg;
        else if (strcmp(arg, "--") == 0) options_end = true;
        else if (strcmp(arg, "--help") == 0 || strcmp(arg, "-h") == 0) {
            cli_help(p->usage, p->options, p->n);
            code = CLI_OK;
        } else if (arg[1] != '-') {
            cli_say("%s: unknown option %s; options have two dashes", p->usage->command, arg);
            code = CLI_USAGE;
        } else code = parse_option(p, arg + 2, argv, argc, &i);
        if (code != CLI_GO_ON) return code;
    }
    return check_complete(p, operands->n);
}

int cli_parse(const struct cli_usage *u, const struct cli_option *options, size_t n, int argc, char **argv,
              struct cli_operands *operands)
{
    struct parser p = {u, options, n, calloc(n + 1, sizeof *p.given)};
    if (!p.given) return cli_fail("out of memory");
    int code = parse_all(&p, argc, argv, operands);
    free(p.given);
    return code;
}
