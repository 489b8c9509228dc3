#define _POSIX_C_SOURCE 200809L /* strdup */
#include "runs/recipe.h"

#include "common/cli.h"
#include "common/file.h"
#include "runs/shipped_recipes.h"

#include <stdlib.h>
#include <string.h>

#define SIZE_LIMIT ((size_t)1 << 20) /* a larger file is not a recipe */

/* ---- lines ---- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* A comment begins with '#' at a line's start or after a space, so that a path may contain '#'. */
static void cut_comment(char *line)
{
    for (char *p = line; *p; p++)
        if (*p == '#' && (p == line || is_blank(p[-1]))) {
            *p = '\0';
            return;
        }
}

static char *trim(char *text)
{
    while (is_blank(*text)) text++;
    size_t n = strlen(text);
    while (n > 0 && is_blank(text[n - 1])) n--;
    text[n] = '\0';
    return text;
}

static bool read_title(struct recipe *r, const struct recipe_line *line)
{
    if (!r->title && *line->value) {
        r->title = line->value;
        return true;
    }
    return cli_refuse("%s:%zu: 'title' %s", r->path, line->number, r->title ? "is given twice" : "has no text");
}

static bool add_line(struct recipe *r, const struct recipe_line *line)
{
    struct recipe_line *lines = realloc(r->lines, (r->n + 1) * sizeof *lines);
    if (!lines) return cli_refuse("%s: out of memory", r->path);
    r->lines = lines;
    r->lines[r->n++] = *line;
    return true;
}

static bool read_line(struct recipe *r, char *text, size_t number)
{
    cut_comment(text);
    text = trim(text);
    if (!*text) return true;
    char *equals = strchr(text, '=');
    if (!equals || equals == text)
        return cli_refuse("%s:%zu: '%.60s': must be 'name = value', or a comment after '#'", r->path, number, text);
    *equals = '\0';
    struct recipe_line line = {number, trim(text), trim(equals + 1)};
    return strcmp(line.name, "title") == 0 ? read_title(r, &line) : add_line(r, &line);
}

static bool read_lines(struct recipe *r)
{
    bool ok = true;
    char *line = r->text;
    for (size_t number = 1; line; number++) {
        char *next = strchr(line, '\n');
        if (next) *next++ = '\0';
        ok &= read_line(r, line, number);
        line = next;
    }
    if (!ok) recipe_free(r);
    return ok;
}

bool recipe_read(const char *path, struct recipe *r)
{
    size_t size;
    *r = (struct recipe){.path = path, .text = cli_file_read(path, SIZE_LIMIT, &size)};
    if (!r->text) return false;
    if (strlen(r->text) == size) return read_lines(r);
    cli_say("%s: not a text: it holds a zero byte", path);
    recipe_free(r);
    return false;
}

bool recipe_read_shipped(const char *name, struct recipe *r)
{
    const struct shipped_recipe *s = shipped_recipes;
    while (s->name && strcmp(s->name, name) != 0) s++;
    *r = (struct recipe){.path = name, .text = s->name ? strdup(s->text) : NULL};
    return r->text && read_lines(r);
}

void recipe_free(struct recipe *r)
{
    free(r->lines);
    free(r->text);
    *r = (struct recipe){0};
}

/* ---- lines to options ---- */

static void say_unknown(const struct recipe *r, const struct recipe_line *line, const struct cli_option *options,
                        size_t n)
{
    static const char *const more[] = {"title", NULL};
    const char *near = cli_nearest_option(options, n, more, line->name);
    if (near) cli_say("%s:%zu: unknown name '%s'; did you mean '%s'?", r->path, line->number, line->name, near);
    else cli_say("%s:%zu: unknown name '%s'; 'fer train --help' lists them", r->path, line->number, line->name);
}

/* The line before `line` that has the same name, NULL: none. */
static const struct recipe_line *earlier(const struct recipe *r, const struct recipe_line *line)
{
    for (const struct recipe_line *p = r->lines; p < line; p++)
        if (strcmp(p->name, line->name) == 0) return p;
    return NULL;
}

static bool apply_line(const struct recipe *r, const struct recipe_line *line, struct cli_option *options, size_t n)
{
    fer_error err;
    const struct cli_option *found = cli_find_option(options, n, line->name, strlen(line->name));
    if (!found) {
        say_unknown(r, line, options, n);
        return false;
    }
    const struct recipe_line *before = earlier(r, line);
    if (before && found->type != CLI_LIST)
        return cli_refuse("%s:%zu: '%s' is given twice, first in line %zu", r->path, line->number, line->name,
                          before->number);
    options[found - options].required = false;
    if (cli_set_option(found, line->value, &err) == FER_OK) return true;
    return cli_refuse("%s:%zu: %s", r->path, line->number, err.text);
}

/* A recipe may name its data, but need not. */
static bool is_place(const struct cli_option *o)
{
    return o->row && o->row->use == FER_OPTION_PLACE;
}

bool recipe_apply(const struct recipe *r, struct cli_option *options, size_t n)
{
    bool ok = true;
    for (size_t i = 0; i < r->n; i++) ok &= apply_line(r, &r->lines[i], options, n);
    for (size_t i = 0; i < n; i++)
        if (options[i].required && !is_place(&options[i])) {
            cli_say("%s: '%s' is required", r->path, options[i].name);
            ok = false;
        }
    return ok;
}

/* ---- options to lines ---- */

static bool write_text(FILE *f, const char *name, const char *value)
{
    bool fits = *value && !is_blank(value[0]) && !is_blank(value[strlen(value) - 1]);
    for (const char *p = value; fits && *p; p++) fits = *p != '\n' && !(*p == '#' && (p == value || is_blank(p[-1])));
    if (fits) return fprintf(f, "%s = %s\n", name, value) > 0;
    return cli_refuse("%s '%s': not possible in a recipe: it begins or ends with a space, or has a line break or ' #'",
                      name, value);
}

static bool write_option(FILE *f, const struct cli_option *o)
{
    size_t n;
    for (size_t item = 0; (n = cli_get_option(o, item, NULL, 0)) > 0; item++) {
        char *text = malloc(n + 1);
        if (!text) return cli_refuse("%s: out of memory", o->name);
        cli_get_option(o, item, text, n + 1);
        bool ok = write_text(f, o->name, text);
        free(text);
        if (!ok) return false;
    }
    return true;
}

bool recipe_write(FILE *f, const struct cli_option *options, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!write_option(f, &options[i])) return false;
    return true;
}
