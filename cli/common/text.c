#include "base/mem.h"
#include "common/cli.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static void say(const char *fmt, va_list ap)
{
    fputs("fer: ", stderr);
    vfprintf(stderr, fmt, ap);
    fputc('\n', stderr);
}

#define SAY(fmt)           \
    do {                   \
        va_list ap;        \
        va_start(ap, fmt); \
        say(fmt, ap);      \
        va_end(ap);        \
    } while (0)

void cli_say(const char *fmt, ...)
{
    SAY(fmt);
}

int cli_fail(const char *fmt, ...)
{
    SAY(fmt);
    return CLI_FAILED;
}

bool cli_refuse(const char *fmt, ...)
{
    SAY(fmt);
    return false;
}

int cli_misuse(const char *fmt, ...)
{
    SAY(fmt);
    return CLI_USAGE;
}

bool cli_good(fer_status st, const fer_error *err)
{
    if (st != FER_OK) cli_say("%s", err->text);
    return st == FER_OK;
}

bool cli_no_memory(void)
{
    return cli_refuse("out of memory");
}

void cli_say_line(void *user, const char *line)
{
    (void)user;
    cli_say("%s", line);
}

#define NEAREST_MAX 63 /* longer words are not compared */

static size_t least(size_t a, size_t b, size_t c)
{
    size_t m = a < b ? a : b;
    return m < c ? m : c;
}

/* Levenshtein's distance, one row of the table at a time. */
static size_t distance(const char *a, const char *b)
{
    size_t row[NEAREST_MAX + 1], n = strlen(b);
    for (size_t j = 0; j <= n; j++) row[j] = j;
    for (size_t i = 1; a[i - 1]; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= n; j++) {
            size_t above = row[j];
            row[j] = least(above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1]));
            diagonal = above;
        }
    }
    return row[n];
}

const char *cli_nearest(const char *typed, const char *const *words)
{
    size_t length = strlen(typed),
           best = length / 2 < 3 ? length / 2 + 1 : 4; /* a greater distance is not a typing error */
    const char *found = NULL;
    for (size_t i = 0; length <= NEAREST_MAX && words[i]; i++) {
        if (strlen(words[i]) > NEAREST_MAX) continue;
        size_t d = distance(typed, words[i]);
        if (d < best) {
            best = d;
            found = words[i];
        }
    }
    return found;
}

static char *ascii_only(const char *text)
{
    char *copy = feri_strdup(text);
    for (char *p = copy; p && *p; p++)
        if ((unsigned char)*p >= 128) *p = '?';
    return copy;
}

json_t *cli_json_text(const char *text)
{
    if (!text) return json_null();
    json_t *json = json_string(text);
    if (json) return json;
    char *copy = ascii_only(text);
    json = copy ? json_string(copy) : NULL;
    free(copy);
    return json;
}

json_t *cli_json_number(double v)
{
    return isfinite(v) ? json_real(v) : json_null();
}

int cli_json_print(json_t *doc, bool indented)
{
    size_t flags = JSON_REAL_PRECISION(7) | (indented ? JSON_INDENT(2) : JSON_COMPACT);
    int code = CLI_OK;
    if (!doc || json_dumpf(doc, stdout, flags) != 0) code = cli_fail("the JSON output cannot be written");
    else putchar('\n');
    json_decref(doc);
    return code;
}

void cli_csv_field(FILE *to, const char *prefix, const char *text)
{
    if (!text[strcspn(text, ",\"\r\n")]) {
        fprintf(to, "%s%s", prefix, text);
        return;
    }
    fprintf(to, "\"%s", prefix);
    for (; *text; text++) {
        if (*text == '"') putc('"', to);
        putc(*text, to);
    }
    putc('"', to);
}

void cli_csv_text(const char *text)
{
    cli_csv_field(stdout, "", text);
}

fer_model *cli_load_model(const char *path)
{
    fer_error err;
    fer_model *m = NULL;
    char shipped[4096];
    /* A command makes one session and ends, so the model's own weights need not stay in memory. */
    fer_load_options opt = {.report = cli_say_line, .mapped = true};
    fer_status st = path ? FER_OK : fer_model_default_path(shipped, sizeof shipped, &err);
    if (st == FER_OK) st = fer_model_load(path ? path : shipped, &opt, &m, &err);
    return cli_good(st, &err) ? m : NULL;
}
