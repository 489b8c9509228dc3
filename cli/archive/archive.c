#define _DEFAULT_SOURCE /* flock */
#include "archive/archive.h"

#include "archive/folder.h"
#include "archive/journal.h"
#include "archive/tables.h"
#include "base/mem.h"
#include "common/cli.h"
#include "common/file.h"
#include "ranks/share.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

struct archive {
    struct archive_task task;
    const char *out;
    struct shard shard;
    struct ranks *ranks;
    struct answers answers; /* of earlier runs: in rank 0 all, in others those of its own journal */
    bool *wanted;           /* [task.n], in rank 0: inputs of this shard without an answer */
    size_t n_wanted;
    struct crew *crew;
    pthread_mutex_t lock; /* for the journal */
    struct journal journal;
    int held; /* the file that keeps other runs away; -1: not held */
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

/* ---- opening: rank 0 ---- */

/* A file system without locks is no reason to refuse the work. */
static bool take_lock(struct archive *a)
{
    char *path = folder_path(a->out, a->shard, ranks_rank(a->ranks), "lock");
    if (!path) return false;
    a->held = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    bool ok = a->held >= 0;
    if (!ok) cli_say("%s: cannot be created: %s", path, strerror(errno));
    else if (flock(a->held, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
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

/* Whether nobody holds the lock beside a journal. */
static bool is_idle(const char *journal)
{
    size_t stem = strlen(journal) - strlen("journal");
    char *path = feri_strdup(journal);
    if (!path) return cli_no_memory();
    snprintf(path + stem, strlen("journal") + 1, "lock");
    int fd = open(path, O_RDWR | O_CLOEXEC);
    bool idle = fd < 0 || flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
    if (fd >= 0) close(fd);
    free(path);
    return idle;
}

/* The ranks of an earlier job may live longer than its rank 0. */
static bool are_idle(const struct archive *a)
{
    char *own = folder_path(a->out, a->shard, 0, "journal");
    bool idle = own != NULL;
    for (size_t i = 0; idle && i < a->answers.n_files; i++)
        if (strcmp(a->answers.files[i].path, own) != 0 && !is_idle(a->answers.files[i].path))
            idle = cli_refuse("%s: another process works on it", a->out);
    free(own);
    return idle;
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

static bool check_head(const struct archive *a, const json_t *head)
{
    char what[256];
    if (!a->answers.head.doc || !answers_differ(a->answers.head.doc, head, what, sizeof what)) return true;
    return cli_refuse("%s: cannot be resumed, it was begun with something else: %s; give the same, or name another "
                      "--out",
                      a->out, what);
}

static bool is_answered(const struct archive *a, size_t number)
{
    return answers_has(&a->answers, number) && (!a->task.stands || a->task.stands(a->task.user, number));
}

static bool wants(const void *user, size_t number)
{
    const struct archive *a = user;
    return a->wanted[number];
}

static bool find_wanted(struct archive *a)
{
    if (!(a->wanted = calloc(a->task.n + 1, sizeof *a->wanted))) return cli_no_memory();
    for (size_t i = 0; i < a->task.n; i++) {
        a->wanted[i] = shard_has(a->shard, i) && !is_answered(a, i);
        a->n_wanted += a->wanted[i];
    }
    return true;
}

static bool open_first(struct archive *a, bool resume, const json_t *head)
{
    if (!make_folder(a) || !take_lock(a) || !read_answers(a, resume) || !are_idle(a) || !check_head(a, head) ||
        !find_wanted(a))
        return false;
    size_t all = shard_size(a->shard, a->task.n);
    if (a->n_wanted < all) cli_note("%s: %zu of %zu inputs have their answer", a->out, all - a->n_wanted, all);
    return true;
}

/* ---- opening: all ranks ---- */

/* A rank with other options, inputs, weights or another processor would write other bytes. */
static bool agree(struct archive *a, const json_t *head)
{
    char what[256], *text = ranks_rank(a->ranks) == 0 ? feri_json_dump(head, JSON_COMPACT) : NULL;
    size_t n = text ? strlen(text) : 0;
    json_t *first = NULL;
    if (ranks_size(a->ranks) == 1) {
        free(text);
        return true;
    }
    bool ok = ranks_share(a->ranks, &text, &n) && (feri_json_read(text, n, &first, NULL) == FER_OK || cli_no_memory());
    if (ok && answers_differ(first, head, what, sizeof what)) {
        ranks_fail(a->ranks, "has other inputs or settings than rank 0: %s", what);
        ok = false;
    }
    json_decref(first);
    free(text);
    return ok;
}

static bool open_journal(struct archive *a, json_t *head)
{
    size_t rank = ranks_rank(a->ranks);
    char *path = folder_path(a->out, a->shard, rank, "journal");
    feri_json_set(head, "shard", json_pack("[I, I]", (json_int_t)a->shard.index, (json_int_t)a->shard.count));
    bool ok = path && (rank == 0 || take_lock(a)) &&
              (rank == 0 || !cli_file_exists(path) || answers_read(&a->answers, path)) &&
              journal_open(&a->journal, path, head, size_of(&a->answers, path));
    free(path);
    return ok;
}

static bool open_all(struct archive *a, bool resume)
{
    json_t *head = archive_head(&a->task);
    const struct crew_options crew = {.ranks = a->ranks,
                                      .n = a->task.n,
                                      .order = a->task.order,
                                      .wants = wants,
                                      .user = a,
                                      .chunk_max = a->task.chunk_max,
                                      .ahead = a->task.ahead};
    bool ok = head && (ranks_rank(a->ranks) > 0 || open_first(a, resume, head)) && agree(a, head) &&
              open_journal(a, head) && (a->crew = crew_new(&crew)) != NULL;
    json_decref(head);
    return ok;
}

static void release(struct archive *a)
{
    answers_free(&a->answers);
    crew_free(a->crew);
    free(a->wanted);
    pthread_mutex_destroy(&a->lock);
    if (a->held >= 0) close(a->held);
    free(a);
}

struct archive *archive_open(const struct archive_options *o, const struct archive_task *t, struct ranks *ranks)
{
    struct archive *a = calloc(1, sizeof *a);
    if (!a) {
        cli_no_memory();
        return NULL;
    }
    *a = (struct archive){.task = *t, .out = o->out, .shard = SHARD_ALL, .ranks = ranks, .journal.fd = -1, .held = -1};
    pthread_mutex_init(&a->lock, NULL);
    if (o->shard) shard_parse(o->shard, &a->shard);
    if (open_all(a, o->resume)) return a;
    journal_close(&a->journal);
    release(a);
    return NULL;
}

/* ---- answers ---- */

size_t archive_n_wanted(const struct archive *a)
{
    return a->n_wanted;
}

bool archive_has(const struct archive *a, size_t number)
{
    return a->wanted && shard_has(a->shard, number) && !a->wanted[number];
}

bool archive_wants(const struct archive *a, size_t number)
{
    return a->wanted && a->wanted[number];
}

size_t archive_n_taken(const struct archive *a)
{
    return crew_n_taken(a->crew);
}

enum crew_next archive_next(struct archive *a, size_t *number)
{
    return crew_next(a->crew, number);
}

void archive_poll(struct archive *a)
{
    crew_poll(a->crew);
}

static bool add(struct archive *a, size_t number, const char *rows, const char *failure)
{
    const struct journal_entry e = {number, a->task.name(a->task.user, number), rows, failure};
    pthread_mutex_lock(&a->lock);
    bool ok = journal_add(&a->journal, &e);
    pthread_mutex_unlock(&a->lock);
    return ok;
}

bool archive_add(struct archive *a, size_t number, const char *rows)
{
    return add(a, number, rows, NULL);
}

bool archive_fail(struct archive *a, size_t number, const char *rows, const char *why)
{
    char *row = NULL;
    size_t size;
    FILE *f = open_memstream(&row, &size);
    if (!f) return cli_no_memory();
    cli_csv_field(f, "", a->task.name(a->task.user, number));
    putc(',', f);
    cli_csv_field(f, "", why);
    putc('\n', f);
    bool ok = fclose(f) == 0 ? add(a, number, rows, row) : cli_no_memory();
    free(row);
    return ok;
}

/* ---- the end ---- */

static int write_tables(const struct archive *a, size_t *n_failed)
{
    struct answers all = {0};
    bool ok = folder_read(&all, a->out, &a->shard);
    size_t of = shard_size(a->shard, a->task.n), done = ok ? answers_count(&all, a->shard, false) : 0;
    *n_failed = ok ? answers_count(&all, a->shard, true) : 0;
    if (ok && done < of) {
        cli_say("%s: %zu of %zu inputs have their answer; run the same command with --resume for the others", a->out,
                done, of);
        ok = false;
    }
    ok = ok && tables_write(&all, a->shard, a->out);
    answers_free(&all);
    return ok ? CLI_OK : CLI_FAILED;
}

/* A process that could not do its part ends the others, too: what they have answered is in their journals. */
static int finish(struct archive *a, bool complete, size_t *n_failed)
{
    bool alone = ranks_size(a->ranks) == 1;
    if (!journal_close(&a->journal)) return CLI_FAILED;
    if (!alone && (!complete || !crew_end(a->crew))) return CLI_FAILED;
    return ranks_rank(a->ranks) == 0 ? write_tables(a, n_failed) : CLI_OK;
}

int archive_close(struct archive *a, bool complete, size_t *n_failed)
{
    *n_failed = 0;
    if (!a) return CLI_OK;
    int code = finish(a, complete, n_failed);
    release(a);
    return code;
}
