#include "base/shown.h"
#include "common/cli.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool cli_quiet;

/* Where the first error message of a thread is kept. */
static _Thread_local struct {
    char *text;
    size_t size;
} kept;

void cli_keep_error(char *text, size_t size)
{
    if (text) *text = '\0';
    kept.text = text;
    kept.size = size;
}

static void keep(const char *text)
{
    if (kept.text && !*kept.text) snprintf(kept.text, kept.size, "%s", text);
}

static void say(bool error, const char *fmt, va_list ap)
{
    char text[8192];
    vsnprintf(text, sizeof text, fmt, ap);
    if (error) keep(text);
    char *shown = feri_shown(text, FERI_SHOWN_LINE); /* names in it may hold anything */
    fprintf(stderr, "fer: %s\n", shown ? shown : text);
    free(shown);
}

#define SAY(error, fmt)      \
    do {                     \
        va_list ap;          \
        va_start(ap, fmt);   \
        say(error, fmt, ap); \
        va_end(ap);          \
    } while (0)

void cli_say(const char *fmt, ...)
{
    SAY(true, fmt);
}

void cli_note(const char *fmt, ...)
{
    if (!cli_quiet) SAY(false, fmt);
}

int cli_fail(const char *fmt, ...)
{
    SAY(true, fmt);
    return CLI_FAILED;
}

bool cli_refuse(const char *fmt, ...)
{
    SAY(true, fmt);
    return false;
}

int cli_misuse(const char *fmt, ...)
{
    SAY(true, fmt);
    return CLI_USAGE;
}

int cli_output_failed(int error)
{
    static bool said;
    if (said) return CLI_FAILED;
    said = true;
    /* The stream forgot why an earlier write failed, so fail again. The new line would follow what was lost. */
    if (!error && write(STDOUT_FILENO, "\n", 1) < 0) error = errno;
    if (error) return cli_fail("standard output: cannot be written: %s", strerror(error));
    return cli_fail("standard output: not all could be written; the disk may be full");
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
    cli_note("%s", line);
}

json_t *cli_json_number(double v)
{
    return isfinite(v) ? json_real(v) : json_null();
}

bool cli_json_mark(json_t *doc)
{
    size_t i;
    json_t *one;
    if (!json_is_array(doc)) return json_object_set_new(doc, "schema", json_integer(CLI_JSON_SCHEMA)) == 0;
    json_array_foreach(doc, i, one) if (!cli_json_mark(one)) return false;
    return true;
}

int cli_json_print(json_t *doc, bool indented)
{
    size_t flags = JSON_REAL_PRECISION(7) | (indented ? JSON_INDENT(2) : JSON_COMPACT);
    int code = CLI_OK;
    char *text = !cli_json_mark(doc) ? NULL : feri_json_dump(doc, flags);
    json_decref(doc);
    if (!text) return cli_fail("the JSON output cannot be made: out of memory");
    errno = 0;
    if (puts(text) == EOF) code = cli_output_failed(errno);
    free(text);
    return code;
}

void cli_csv_field(FILE *to, const char *prefix, const char *text)
{
    char *shown = feri_shown(text, FERI_SHOWN_QUOTED);
    const char *p = shown ? shown : text;
    const bool quoted = p[strcspn(p, ",\"\r\n")] != '\0';
    fprintf(to, "%s%s", quoted ? "\"" : "", prefix);
    for (; *p; p++) {
        if (*p == '"') putc('"', to);
        putc(*p, to);
    }
    if (quoted) putc('"', to);
    free(shown);
}

void cli_print_name(const char *name)
{
    char *shown = feri_shown(name, FERI_SHOWN_LINE);
    fputs(shown ? shown : "(out of memory)", stdout);
    free(shown);
}

void cli_csv_text(const char *text)
{
    cli_csv_field(stdout, "", text);
}

fer_model *cli_load_model(const char *path)
{
    fer_error err;
    fer_model *m = NULL;
    char file[4096];
    /* A command makes one session and ends, so the model's own weights need not stay in memory. */
    fer_load_options opt = {.report = cli_say_line, .mapped = true};
    fer_status st = fer_model_weights_path(path, file, sizeof file, &err);
    if (st == FER_OK) st = fer_model_load(file, &opt, &m, &err);
    return cli_good(st, &err) ? m : NULL;
}

fer_model *cli_load_model_for(const char *path, const char *prior)
{
    fer_error err;
    fer_model *m = cli_load_model(path), *moved = NULL;
    if (!m || !prior) return m;
    fer_status st = fer_assume_prior(m, prior, &moved, &err);
    fer_model_free(m);
    return cli_good(st, &err) ? moved : NULL;
}
