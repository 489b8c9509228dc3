#include "common/args.h"

#include "base/words.h"
#include "common/cli.h"

#include <stdlib.h>
#include <string.h>

struct parser {
    const struct cli_usage *usage;
    const struct cli_option *options;
    size_t n;
    const char **given; /* [n]: the value as it was typed, "on" and "off" of a switch; NULL: not given */
};

/* ---- names ---- */

const struct cli_option *cli_find_option(const struct cli_option *options, size_t n, const char *name, size_t length)
{
    for (size_t i = 0; i < n; i++)
        if (strlen(options[i].name) == length && memcmp(options[i].name, name, length) == 0) return &options[i];
    return NULL;
}

const char *cli_nearest_option(const struct cli_option *options, size_t n, const char *const *more, const char *typed)
{
    size_t n_more = feri_words_count(more);
    const char *near = NULL, **names = calloc(n + n_more + 1, sizeof *names);
    if (!names) return NULL;
    for (size_t i = 0; i < n; i++) names[i] = options[i].name;
    for (size_t i = 0; i < n_more; i++) names[n + i] = more[i];
    near = feri_word_near(names, typed);
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
    if (strcmp(typed, "version") == 0)
        return cli_misuse("%s: unknown option --version; 'fer --version' prints the version", p->usage->command);
    const char *near = cli_nearest_option(p->options, p->n, more, typed);
    if (near) cli_say("%s: unknown option --%s; did you mean --%s?", p->usage->command, typed, near);
    else cli_say("%s: unknown option --%s; 'fer %s --help' lists them", p->usage->command, typed, p->usage->command);
    return CLI_USAGE;
}

static int set_value(const struct parser *p, const struct cli_option *o, const char *text)
{
    fer_error err;
    if (cli_set_option(o, text, &err) == FER_OK) return CLI_GO_ON;
    return cli_misuse("%s: --%s", p->usage->command, err.text);
}

/* An option counts once, so that no value wins over another without a word. Lists take several. */
static int refuse_second(const struct parser *p, const struct cli_option *o, const char *text)
{
    const char *command = p->usage->command, *first = p->given[o - p->options];
    if (o->type != CLI_FLAG)
        return cli_misuse("%s: --%s is given twice, '%s' and '%s'; give it once", command, o->name, first, text);
    if (strcmp(first, text) == 0) return cli_misuse("%s: --%s is given twice; give it once", command, o->name);
    return cli_misuse("%s: --%s and --no-%s are both given; give one of them", command, o->name, o->name);
}

static int take_value(struct parser *p, const struct cli_option *o, const char *text)
{
    size_t i = (size_t)(o - p->options);
    if (p->given[i] && o->type != CLI_LIST) return refuse_second(p, o, text);
    if (!p->given[i]) cli_clear_option(o);
    p->given[i] = text;
    return set_value(p, o, text);
}

/* name: the text after the dashes. *next: the next argument; advanced if it is taken as the value.
 */
static int parse_option(struct parser *p, const char *name, char **argv, int argc, int *next)
{
    const char *value = strchr(name, '=');
    size_t length = value ? (size_t)(value - name) : strlen(name);
    const struct cli_option *o = cli_find_option(p->options, p->n, name, length);
    bool off = !o && length > 3 && strncmp(name, "no-", 3) == 0;
    if (off) o = cli_find_option(p->options, p->n, name + 3, length - 3);
    if (!o || (off && o->type != CLI_FLAG)) return refuse_unknown(p, name, length);
    if (o->type == CLI_FLAG) {
        if (value)
            return cli_misuse("%s: --%s '%s': must be given without a value", p->usage->command, o->name, value + 1);
        return take_value(p, o, off ? "off" : "on");
    }
    if (value) return take_value(p, o, value + 1);
    if (*next >= argc) return cli_misuse("%s: --%s needs a value", p->usage->command, o->name);
    return take_value(p, o, argv[(*next)++]);
}

static int check_complete(const struct parser *p, size_t n_operands)
{
    const struct cli_usage *u = p->usage;
    for (size_t i = 0; i < p->n; i++)
        if (p->options[i].required && !p->given[i])
            return cli_misuse("%s: --%s is required; see 'fer %s --help'", u->command, p->options[i].name, u->command);
    if (n_operands >= u->operands_min && n_operands <= u->operands_max) return CLI_GO_ON;
    if (n_operands < u->operands_min)
        cli_say("%s: too few arguments; usage: fer %s [options] %s", u->command, u->command, u->operands);
    else cli_say("%s: too many arguments; usage: fer %s [options] %s", u->command, u->command, u->operands);
    return CLI_USAGE;
}

/* Looked for first: the help shows the defaults, which other options have not changed yet. */
static enum cli_form wanted_help(int argc, char **argv)
{
    enum cli_form form = CLI_FORM_NONE;
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0 && form == CLI_FORM_NONE; i++) form = cli_form_of(argv[i]);
    return form;
}

static int parse_all(struct parser *p, int argc, char **argv, struct cli_operands *operands)
{
    enum cli_form form = wanted_help(argc, argv);
    if (form != CLI_FORM_NONE) {
        cli_help(form, p->usage, p->options, p->n);
        return CLI_OK;
    }
    bool options_end = false;
    operands->items = argv + 1;
    operands->n = 0;
    for (int i = 1; i < argc;) {
        char *arg = argv[i++];
        int code = CLI_GO_ON;
        if (options_end || arg[0] != '-' || arg[1] == '\0') operands->items[operands->n++] = arg;
        else if (strcmp(arg, "--") == 0) options_end = true;
        else if (arg[1] != '-') {
            cli_say("%s: unknown option %s; options have two dashes", p->usage->command, arg);
            code = CLI_USAGE;
        } else code = parse_option(p, arg + 2, argv, argc, &i);
        if (code != CLI_GO_ON) return code;
    }
    return check_complete(p, operands->n);
}

int cli_parse(const struct cli_usage *u, const struct cli_option *own, size_t n_own, int argc, char **argv,
              struct cli_operands *operands)
{
    static const struct cli_option common[] = {
        CLI_OPTION(CLI_FLAG, "quiet", .value = &cli_quiet, .help = "no progress and no notes; errors are reported")};
    size_t n = n_own + CLI_N(common);
    struct cli_option *options = calloc(n, sizeof *options);
    struct parser p = {u, options, n, calloc(n, sizeof *p.given)};
    int code = CLI_FAILED;
    if (options && p.given) {
        if (n_own) memcpy(options, own, n_own * sizeof *own);
        memcpy(options + n_own, common, sizeof common);
        code = parse_all(&p, argc, argv, operands);
        if (code == CLI_GO_ON) cli_advice_note(u, own, n_own, p.given, operands);
    } else cli_no_memory();
    free(p.given);
    free(options);
    return code == CLI_GO_ON ? cli_check_files(u, own, n_own, operands) : code;
}
