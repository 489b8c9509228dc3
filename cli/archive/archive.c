#define _DEFAULT_SOURCE /* flock */
#include "archive/archive.h"

#include "archive/folder.h"
#include "archive/journal.h"
#include "archive/tables.h"
#include "base/fnv.h"
#include "common/cli.h"
#include "common/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

struct archive {
    size_t n;
    const char *(*name)(const void *user, size_t i);
    const void *user;
    const char *out;
    struct shard shard;
    struct answers answers; /* of earlier runs */
    size_t n_wanted;
    struct journal journal;
    int lock; /* -1: not held */
};

int archive_check(const struct archive_options *o, const char *command)
{
    struct shard shard;
    if (!o->out && (o->shard || o->resume))
        return cli_misuse("%s: --%s needs --out DIR", command, o->shard ? "shard" : "resume");
    if (o->shard && !shard_parse(o->shard, &shard))
        return cli_misuse("%s: --shard '%s': expected I/N, such as 3/8: the third of eight parts, at most %d", command,
                          o->shard, SHARDS_MAX);
    return CLI_GO_ON;
}

/* ---- the head of the journals ---- */

/* Changes when an input is added, goes or moves. */
static uint64_t sum_of_names(const struct archive_task *t)
{
    uint64_t h = FERI_FNV_START;
    for (size_t i = 0; i < t->n; i++) {
        const char *name = t->name(t->user, i);
        h = feri_fnv(h, name, strlen(name) + 1);
    }
    return h;
}

static json_t *head_of(const struct archive_task *t)
{
    char sum[20];
    json_t *doc = json_object();
    snprintf(sum, sizeof sum, "%016llx", (unsigned long long)sum_of_names(t));
    feri_json_set(doc, "fer", json_string("journal"));
    feri_json_set(doc, "command", json_string(t->command));
    feri_json_set(doc, "version", json_string(fer_version()));
    feri_json_set(doc, "inputs", json_integer((json_int_t)t->n));
    feri_json_set(doc, "names", json_string(sum));
    feri_json_set(doc, "settings", t->settings);
    feri_json_set(doc, "table", json_string(t->table));
    feri_json_set(doc, "before", json_string(t->before));
    feri_json_set(doc, "after", json_string(t->after));
    return doc;
}

static bool check_head(const struct archive *a, const json_t *head)
{
    char what[256];
    if (!a->answers.head.doc || !answers_differ(a->answers.head.doc, head, what, sizeof what)) return true;
    return cli_refuse("%s: cannot be resumed, it was begun with something else: %s; give the same, or name another "
                      "--out",
                      a->out, what);
}

/* ---- opening ---- */

/* A file system without locks is no reason to refuse the work. */
static bool take_lock(struct archive *a)
{
    char *path = folder_path(a->out, a->shard, 0, "lock");
    if (!path) return false;
    a->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    bool ok = a->lock >= 0;
    if (!ok) cli_say("%s: cannot be created: %s", path, strerror(errno));
    else if (flock(a->lock, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
        ok = cli_refuse("%s: another process works on it", a->out);
    free(path);
    return ok;
}

static bool make_folder(const struct archive *a)
{
    char *folder = cli_join(a->out, "journal");
    bool ok = folder && cli_make_dirs(folder);
    free(folder);
    return ok;
}

/* Bytes of a journal that are whole; 0: it is not there. */
static uint64_t size_of(const struct answers *a, const char *path)
{
    for (size_t i = 0; i < a->n_files; i++)
        if (strcmp(a->files[i].path, path) == 0) return a->files[i].size;
    return 0;
}

static bool open_journal(struct archive *a, json_t *head)
{
    char *path = folder_path(a->out, a->shard, 0, "journal");
    feri_json_set(head, "shard", json_pack("[I, I]", (json_int_t)a->shard.index, (json_int_t)a->shard.count));
    bool ok = path && journal_open(&a->journal, path, head, size_of(&a->answers, path));
    free(path);
    return ok;
}

static bool read_answers(struct archive *a, bool resume)
{
    if (!folder_read(&a->answers, a->out, &a->shard)) return false;
    if (a->answers.n_files > 0 && !resume)
        return cli_refuse("%s: has the answers of an earlier run; --resume continues it, or name another --out",
                          a->out);
    if (a->answers.n_damaged > 0)
        cli_note("%s: %zu lines of the journal are incomplete or damaged and left out", a->out, a->answers.n_damaged);
    return true;
}

static bool open_all(struct archive *a, bool resume, json_t *head)
{
    if (!make_folder(a) || !take_lock(a) || !read_answers(a, resume) || !check_head(a, head)) return false;
    for (size_t i = 0; i < a->n; i++) a->n_wanted += archive_wants(a, i);
    size_t all = shard_size(a->shard, a->n);
    if (a->n_wanted < all) cli_note("%s: %zu of %zu inputs have their answer", a->out, all - a->n_wanted, all);
    return open_journal(a, head);
}

static void release(struct archive *a)
{
    answers_free(&a->answers);
    if (a->lock >= 0) close(a->lock);
    free(a);
}

struct archive *archive_open(const struct archive_options *o, const struct archive_task *t)
{
    struct archive *a = calloc(1, sizeof *a);
    json_t *head = head_of(t);
    if (!a || !head) {
        cli_no_memory();
        json_decref(head);
        free(a);
        return NULL;
    }
    *a = (struct archive){
        .n = t->n, .name = t->name, .user = t->user, .out = o->out, .shard = SHARD_ALL, .journal.fd = -1, .lock = -1};
    if (o->shard) shard_parse(o->shard, &a->shard);
    bool ok = open_all(a, o->resume, head);
    json_decref(head);
    if (ok) return a;
    release(a);
    return NULL;
}

/* ---- answers ---- */

bool archive_wants(const struct archive *a, size_t number)
{
    return shard_has(a->shard, number) && !answers_has(&a->answers, number);
}

size_t archive_n_wanted(const struct archive *a)
{
    return a->n_wanted;
}

static bool add(struct archive *a, size_t number, const char *text, bool failed)
{
    const struct journal_entry e = {number, a->name(a->user, number), text, failed};
    return journal_add(&a->journal, &e);
}

bool archive_add(struct archive *a, size_t number, const char *rows)
{
    return add(a, number, rows, false);
}

bool archive_fail(struct archive *a, size_t number, const char *why)
{
    char *row = NULL;
    size_t size;
    FILE *f = open_memstream(&row, &size);
    if (!f) return cli_no_memory();
    cli_csv_field(f, "", a->name(a->user, number));
    putc(',', f);
    cli_csv_field(f, "", why);
    putc('\n', f);
    bool ok = fclose(f) == 0 ? add(a, number, row, true) : cli_no_memory();
    free(row);
    return ok;
}

/* ---- the end ---- */

static int write_tables(const struct archive *a)
{
    struct answers all = {0};
    bool ok = folder_read(&all, a->out, &a->shard);
    size_t of = shard_size(a->shard, a->n), done = ok ? answers_count(&all, a->shard, false) : 0;
    if (ok && done < of) {
        cli_say("%s: %zu of %zu inputs have their answer; run the same command with --resume for the others", a->out,
                done, of);
        ok = false;
    }
    ok = ok && tables_write(&all, a->shard, a->out);
    answers_free(&all);
    return ok ? CLI_OK : CLI_FAILED;
}

int archive_close(struct archive *a)
{
    if (!a) return CLI_OK;
    int code = journal_close(&a->journal) ? write_tables(a) : CLI_FAILED;
    release(a);
    return code;
}
