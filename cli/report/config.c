#include "common/cli.h"
#include "report/page.h"

#include <stdlib.h>
#include <string.h>

/* Facts of a run that are not options, in display order. A dot leads into an object. */
static const struct {
    const char *key, *label;
} facts[] = {{"data", "training set"},
             {"data_digest", "its fingerprint"},
             {"val", "validation set"},
             {"val_digest", "its fingerprint"},
             {"seed", "seed"},
             {"version", "version of fer"},
             {"machine.cpu", "processor"},
             {"machine.threads", "threads used"},
             {"machine.isa", "instruction set used"},
             {"started", "started"},
             {"seconds", "seconds"}};

/* Neither options worth comparing nor facts. */
static const char *const hidden[] = {"out", "machine", "params"};

static bool is_fact(const char *key)
{
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++)
        if (strcmp(key, facts[i].key) == 0) return true;
    for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++)
        if (strcmp(key, hidden[i]) == 0) return true;
    return false;
}

static const json_t *find(const json_t *config, const char *key)
{
    char name[40];
    const char *dot = strchr(key, '.');
    if (!dot) return json_object_get(config, key);
    snprintf(name, sizeof name, "%.*s", (int)(dot - key), key);
    return json_object_get(json_object_get(config, name), dot + 1);
}

static void value_cell(struct page *p, const json_t *v)
{
    if (!v || json_is_null(v)) {
        fputs("<td class=\"soft\">not set</td>", p->f);
        return;
    }
    char *text = json_is_string(v) ? NULL : feri_json_dump(v, JSON_ENCODE_ANY | JSON_REAL_PRECISION(9));
    if (!text && !json_is_string(v)) p->lost = true;
    page_cell(p, "td class=\"run\"", text ? text : json_is_string(v) ? json_string_value(v) : "?");
    free(text);
}

static void value_row(struct page *p, const char *label, const char *key, const struct report_run *runs, size_t n)
{
    fputs("<tr>", p->f);
    page_cell(p, "th", label);
    for (size_t i = 0; i < n; i++) value_cell(p, find(runs[i].config, key));
    fputs("</tr>\n", p->f);
}

static void table_head(struct page *p, const char *first, const struct report_run *runs, size_t n)
{
    fputs("<div class=\"scroll\"><table>\n<thead><tr>", p->f);
    page_cell(p, "th", first);
    for (size_t i = 0; i < n; i++) page_cell(p, "th class=\"run\"", runs[i].name);
    fputs("</tr></thead>\n<tbody>\n", p->f);
}

static void table_tail(struct page *p)
{
    fputs("</tbody>\n</table></div>\n", p->f);
}

static bool differs(const char *key, const struct report_run *runs, size_t n)
{
    const json_t *first = json_object_get(runs[0].config, key);
    for (size_t i = 1; i < n; i++) {
        const json_t *v = json_object_get(runs[i].config, key);
        if (!first != !v || (first && !json_equal(first, v))) return true;
    }
    return false;
}

static bool seen_before(const char *key, const struct report_run *runs, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (json_object_get(runs[k].config, key)) return true;
    return false;
}

/* Options that differ, with one column per run, or options that do not, with one column for all. A run of another
 * version may have further options. Returns their number; show false: only count. */
static size_t option_rows(struct page *p, const struct report_run *runs, size_t n, bool different, bool show)
{
    size_t rows = 0;
    for (size_t i = 0; i < n; i++) {
        const char *key;
        json_t *v;
        json_object_foreach(runs[i].config, key, v)
        {
            if (is_fact(key) || seen_before(key, runs, i) || differs(key, runs, n) != different) continue;
            rows++;
            if (show) value_row(p, key, key, runs, different ? n : 1);
        }
    }
    return rows;
}

static void different_options(struct page *p, const struct report_run *runs, size_t n)
{
    fputs("<h3>Options that differ</h3>\n", p->f);
    if (option_rows(p, runs, n, true, false) == 0) {
        fputs("<p>None: the runs were started with the same options.</p>\n", p->f);
        return;
    }
    table_head(p, "option", runs, n);
    option_rows(p, runs, n, true, true);
    table_tail(p);
}

static void common_options(struct page *p, const struct report_run *runs, size_t n)
{
    fputs("<div class=\"scroll\"><table>\n<thead><tr><th>option</th><th>value</th></tr></thead>\n<tbody>\n", p->f);
    option_rows(p, runs, n, false, true);
    table_tail(p);
}

void page_config(struct page *p, const struct report_run *runs, size_t n)
{
    fputs("<h2>Configuration</h2>\n", p->f);
    if (n > 1) different_options(p, runs, n);
    fputs(n > 1 ? "<details><summary>Options that all runs share</summary>\n" : "<h3>Options</h3>\n", p->f);
    common_options(p, runs, n);
    if (n > 1) fputs("</details>\n", p->f);
    fputs("<h3>Data, machine and time</h3>\n", p->f);
    table_head(p, "", runs, n);
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++) value_row(p, facts[i].label, facts[i].key, runs, n);
    table_tail(p);
}
