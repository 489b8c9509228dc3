#define _POSIX_C_SOURCE 200809L /* getline */
#include "archive/answers.h"

#include "archive/line.h"
#include "base/mem.h"
#include "common/cli.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define INPUTS_MAX ((json_int_t)1 << 40)

/* ---- heads ---- */

static bool describe(const char *group, const char *key, const json_t *a, const json_t *b, char *text, size_t size)
{
    char *before = json_dumps(a, JSON_ENCODE_ANY), *now = json_dumps(b, JSON_ENCODE_ANY);
    snprintf(text, size, "%s%s: %s before, %s now", group, key, before ? before : "nothing", now ? now : "nothing");
    free(before);
    free(now);
    return true;
}

static bool differ_in(const char *group, const json_t *a, const json_t *b, char *text, size_t size)
{
    const char *key;
    json_t *v;
    json_object_foreach((json_t *)(uintptr_t)a, key, v)
    {
        const json_t *other = json_object_get(b, key);
        if (json_equal(v, other)) continue;
        if (json_is_object(v) && json_is_object(other) && differ_in("--", v, other, text, size)) return true;
        return describe(group, key, v, other, text, size);
    }
    json_object_foreach((json_t *)(uintptr_t)b, key, v) if (!json_object_get(a, key)) return describe(group, key, NULL,
                                                                                                      v, text, size);
    return false;
}

bool answers_differ(const json_t *before, const json_t *now, char *text, size_t size)
{
    return differ_in("", before, now, text, size);
}

/* False: it is no head. */
static bool read_head(json_t *doc, struct answers_head *out)
{
    json_int_t index = 0, count = 0, inputs = -1;
    const char *is = NULL;
    if (json_unpack(doc, "{s:s, s:[I, I], s:I}", "fer", &is, "shard", &index, &count, "inputs", &inputs) != 0 ||
        strcmp(is, "journal") != 0)
        return false;
    if (index < 1 || index > count || count > SHARDS_MAX || inputs < 0 || inputs > INPUTS_MAX) return false;
    json_object_del(doc, "shard");
    *out = (struct answers_head){doc, {(size_t)index, (size_t)count}, (size_t)inputs};
    return true;
}

static bool take_head(struct answers *a, const char *path, const struct answers_head *head)
{
    char what[256];
    if (!a->head.doc) {
        a->head = *head;
        a->head.doc = json_incref(head->doc);
        return true;
    }
    if (answers_differ(a->head.doc, head->doc, what, sizeof what))
        return cli_refuse("%s: is of another run than %s: %s", path, a->files[0].path, what);
    if (a->head.shard.count != head->shard.count)
        return cli_refuse("%s: is of one of %zu shards, but %s of one of %zu", path, head->shard.count,
                          a->files[0].path, a->head.shard.count);
    return true;
}

/* ---- lines ---- */

/* *memory false: there is none left. */
static bool take_answer(struct answers *a, const json_t *doc, struct shard shard, struct answer where, bool *memory)
{
    json_int_t number = -1;
    const char *name, *rows;
    if (json_unpack((json_t *)(uintptr_t)doc, "{s:I, s:s, s:s}", "n", &number, "file", &name, "rows", &rows) != 0 ||
        number < 0 || (size_t)number >= a->head.n_inputs || !shard_has(shard, (size_t)number))
        return false;
    where.number = (size_t)number;
    where.failed = json_is_string(json_object_get(doc, "failure"));
    *memory = feri_grow(&a->items, &a->cap, a->n + 1, sizeof *a->items);
    if (*memory) a->items[a->n++] = where;
    return *memory;
}

struct reading {
    FILE *f;
    char *line;
    size_t cap;
    uint64_t at; /* of the next line */
};

/* The next line without its newline. *whole: it has one. False: the end. */
static bool next_line(struct reading *r, size_t *size, bool *whole)
{
    ssize_t n = getline(&r->line, &r->cap, r->f);
    if (n <= 0) return false;
    *whole = r->line[n - 1] == '\n';
    *size = (size_t)n - *whole;
    r->at += (uint64_t)n;
    return true;
}

static bool read_lines(struct answers *a, struct reading *r, struct answers_file *file, struct shard shard)
{
    size_t size;
    bool whole;
    bool memory = true;
    for (uint64_t at = r->at; memory && next_line(r, &size, &whole); at = r->at) {
        json_t *doc = whole ? journal_line_read(r->line, size) : NULL;
        const struct answer where = {.file = a->n_files - 1, .at = at, .size = size};
        if (doc && take_answer(a, doc, shard, where, &memory)) file->size = r->at;
        else a->n_damaged++;
        json_decref(doc);
    }
    if (!memory) return cli_no_memory();
    return !ferror(r->f) || cli_refuse("%s: cannot be read: %s", file->path, strerror(errno));
}

static bool read_file(struct answers *a, struct reading *r, const char *path)
{
    size_t size;
    bool whole;
    struct answers_head head;
    json_t *doc = next_line(r, &size, &whole) && whole ? journal_line_read(r->line, size) : NULL;
    bool ok = doc && read_head(doc, &head);
    if (!ok) cli_say("%s: is not a journal of fer", path);
    ok = ok && take_head(a, path, &head);
    json_decref(doc);
    if (!ok) return false;
    if (!feri_grow(&a->files, &a->cap_files, a->n_files + 1, sizeof *a->files)) return cli_no_memory();
    struct answers_file *file = &a->files[a->n_files];
    *file = (struct answers_file){feri_strdup(path), r->at};
    if (!file->path) return cli_no_memory();
    a->n_files++;
    return read_lines(a, r, file, head.shard);
}

bool answers_read(struct answers *a, const char *path)
{
    struct reading r = {.f = fopen(path, "rb")};
    if (!r.f) return cli_refuse("%s: cannot be opened: %s", path, strerror(errno));
    bool ok = read_file(a, &r, path);
    fclose(r.f);
    free(r.line);
    return ok;
}

/* ---- what there is ---- */

static int by_number(const void *a, const void *b)
{
    const struct answer *x = a, *y = b;
    if (x->number != y->number) return x->number < y->number ? -1 : 1;
    if (x->failed != y->failed) return x->failed ? 1 : -1;
    if (x->file != y->file) return x->file < y->file ? -1 : 1;
    return (x->at > y->at) - (x->at < y->at);
}

void answers_sort(struct answers *a)
{
    size_t n = 0;
    if (a->n > 0) qsort(a->items, a->n, sizeof *a->items, by_number);
    for (size_t i = 0; i < a->n; i++)
        if (n == 0 || a->items[i].number != a->items[n - 1].number) a->items[n++] = a->items[i];
    a->n = n;
}

bool answers_has(const struct answers *a, size_t number)
{
    size_t low = 0, high = a->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (a->items[middle].number < number) low = middle + 1;
        else high = middle;
    }
    return low < a->n && a->items[low].number == number && !a->items[low].failed;
}

size_t answers_count(const struct answers *a, struct shard shard, bool failed)
{
    size_t n = 0;
    for (size_t i = 0; i < a->n; i++) n += shard_has(shard, a->items[i].number) && a->items[i].failed >= failed;
    return n;
}

size_t answers_missing(const struct answers *a, struct shard shard)
{
    size_t next = shard.index - 1;
    for (size_t i = 0; i < a->n && a->items[i].number <= next; i++)
        if (a->items[i].number == next) next += shard.count;
    return next < a->head.n_inputs ? next : a->head.n_inputs;
}

const char *answers_text(const struct answers *a, const char *key)
{
    const char *text = json_string_value(json_object_get(a->head.doc, key));
    return text ? text : "";
}

void answers_free(struct answers *a)
{
    for (size_t i = 0; i < a->n_files; i++) free(a->files[i].path);
    json_decref(a->head.doc);
    free(a->files);
    free(a->items);
    *a = (struct answers){0};
}

/* ---- writing them in order ---- */

struct copying {
    const struct answers *answers;
    size_t file; /* which one f is */
    FILE *f;     /* NULL: none is open */
    char *line;
    size_t cap;
};

static bool go_to(struct copying *c, const struct answer *where)
{
    const char *path = c->answers->files[where->file].path;
    if (!c->f || c->file != where->file) {
        if (c->f) fclose(c->f);
        c->f = fopen(path, "rb");
        c->file = where->file;
    }
    if (c->f && fseeko(c->f, (off_t)where->at, SEEK_SET) == 0 && feri_grow(&c->line, &c->cap, where->size + 1, 1) &&
        fread(c->line, 1, where->size, c->f) == where->size)
        return true;
    return cli_refuse("%s: cannot be read: %s", path, errno ? strerror(errno) : "it has changed");
}

static bool copy_one(struct copying *c, const struct answer *where, const char *key, FILE *to)
{
    errno = 0;
    if (!go_to(c, where)) return false;
    json_t *doc = journal_line_read(c->line, where->size);
    const char *text = json_string_value(json_object_get(doc, key));
    bool ok = text != NULL;
    if (ok) fputs(text, to);
    else cli_say("%s: has changed while it was read", c->answers->files[where->file].path);
    json_decref(doc);
    return ok;
}

bool answers_write(const struct answers *a, struct shard shard, bool failures, FILE *to)
{
    bool ok = true;
    struct copying c = {.answers = a};
    for (size_t i = 0; ok && i < a->n; i++)
        if (shard_has(shard, a->items[i].number) && a->items[i].failed >= failures)
            ok = copy_one(&c, &a->items[i], failures ? "failure" : "rows", to);
    if (c.f) fclose(c.f);
    free(c.line);
    return ok;
}
