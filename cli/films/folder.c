#include "films/folder.h"

#include "base/clock.h"
#include "base/pool.h"
#include "base/stop.h"
#include "common/cli.h"
#include "common/file.h"
#include "common/stop.h"
#include "films/bases.h"
#include "films/one.h"
#include "films/table.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { JOBS_MAX = 256 };

enum state { WAITING, DONE, SKIPPED, FAILED, STOPPED };
static const char *const state_words[] = {"waiting", "done", "skipped", "failed", "stopped"};

/* One film of the list. */
struct entry {
    struct work *work;
    const char *path, *base; /* base NULL: the path comes before in the list */
    enum state state;
    double share; /* of it that is done */
};

struct work {
    const struct film_folder *folder;
    struct film_shop shop;
    struct entry *entries;
    size_t n;
    unsigned threads; /* of a film */

    pthread_mutex_t lock; /* for what follows, and for the states and shares of the entries */
    size_t next;
    double share, skipped; /* sums over the entries */
    bool failed;           /* standard output */
    struct cli_progress progress;
};

/* ---- progress ---- */

/* With the lock held. A terminal's bar moves within a film, too. */
static void show(struct work *w)
{
    double n = (double)w->n, scale = w->progress.terminal ? 1000 : 1, spent = feri_now() - w->progress.start;
    double worked = w->share - w->skipped;
    const fer_progress at = {.what = "films",
                             .done = (size_t)(scale * w->share),
                             .total = (size_t)(scale * n),
                             .eta_seconds = worked > 0 ? spent * (n - w->share) / worked : (double)NAN};
    cli_progress_show(&w->progress, &at, "");
}

static void advance(struct entry *e, double share)
{
    e->work->share += share - e->share;
    e->share = share;
}

static void progress(void *user, double share)
{
    struct entry *e = user;
    pthread_mutex_lock(&e->work->lock);
    advance(e, share);
    show(e->work);
    pthread_mutex_unlock(&e->work->lock);
}

/* ---- films ---- */

static enum state run_entry(struct entry *e)
{
    static const enum state states[] = {[FILM_DONE] = DONE, [FILM_FAILED] = FAILED, [FILM_STOPPED] = STOPPED};
    const struct work *w = e->work;
    if (w->folder->resume && film_one_is_complete(&w->shop, e->base)) return SKIPPED;
    return states[film_one(&w->shop, e->path, e->base, w->threads, progress, e)];
}

/* With the lock held: a line for each film as it ends, for whoever waits for it. */
static void report(struct work *w, const struct entry *e)
{
    cli_progress_clear(&w->progress);
    printf("%-7s ", state_words[e->state]);
    cli_print_name(e->path);
    printf("  ");
    cli_print_name(e->base);
    putchar('\n');
    if (fflush(stdout) != 0) w->failed = true;
}

static void *worker_main(void *arg)
{
    struct work *w = arg;
    pthread_mutex_lock(&w->lock);
    while (w->next < w->n && !w->failed && !feri_stop_pending()) {
        struct entry *e = &w->entries[w->next++];
        pthread_mutex_unlock(&w->lock);
        enum state state = e->base ? run_entry(e) : SKIPPED;
        pthread_mutex_lock(&w->lock);
        e->state = state;
        advance(e, 1);
        if (state == SKIPPED) w->skipped++;
        if (e->base && state != STOPPED) report(w, e);
        show(w);
    }
    pthread_mutex_unlock(&w->lock);
    return NULL;
}

/* Further threads are a help, not a need. */
static void run_all(struct work *w)
{
    pthread_t threads[JOBS_MAX];
    size_t n = 0, jobs = w->folder->jobs < w->n ? w->folder->jobs : w->n;
    while (n + 1 < jobs && pthread_create(&threads[n], NULL, worker_main, w) == 0) n++;
    worker_main(w);
    while (n > 0) pthread_join(threads[--n], NULL);
}

/* ---- the table, the end ---- */

static bool write_table(const struct work *w)
{
    const char **names = calloc(w->n + 1, sizeof *names);
    char **tables = calloc(w->n + 1, sizeof *tables), *path = cli_join(w->folder->out, FILM_TABLE);
    bool ok = names && tables && path;
    for (size_t i = 0; ok && i < w->n; i++) {
        struct film_targets t;
        names[i] = w->entries[i].path;
        if (!w->entries[i].base) continue;
        ok = film_kinds_targets(&w->shop.kinds, w->entries[i].base, &t);
        if (!ok) break;
        tables[i] = (char *)(uintptr_t)t.summary_csv;
        t.summary_csv = NULL;
        film_kinds_free(&t);
    }
    if (!names || !tables) cli_no_memory();
    ok = ok && film_table_write(path, &w->shop.kind, w->n, names, (const char *const *)tables);
    for (size_t i = 0; tables && i < w->n; i++) free(tables[i]);
    free(tables);
    free(names);
    free(path);
    return ok;
}

static size_t count(const struct work *w, enum state state)
{
    size_t n = 0;
    for (size_t i = 0; i < w->n; i++) n += w->entries[i].base && w->entries[i].state == state;
    return n;
}

static int finish(const struct work *w)
{
    size_t done = count(w, DONE), skipped = count(w, SKIPPED), failed = count(w, FAILED);
    size_t left = count(w, WAITING) + count(w, STOPPED);
    if (left > 0)
        return cli_fail("stopped; %zu films are left; the same command with --resume goes on with them", left);
    bool ok = write_table(w);
    cli_note("%zu films analysed, %zu complete before, %zu failed", done, skipped, failed);
    return ok && failed == 0 && !w->failed ? CLI_OK : CLI_FAILED;
}

static bool make_entries(struct work *w, const struct input_list *films, char **bases)
{
    w->n = films->n;
    w->entries = calloc(w->n + 1, sizeof *w->entries);
    if (!w->entries) return cli_no_memory();
    for (size_t i = 0; i < w->n; i++)
        w->entries[i] = (struct entry){.work = w, .path = films->items[i].path, .base = bases[i]};
    return true;
}

/* Films at once share the processors. */
static unsigned threads_of_film(const struct film *usual, const struct film_folder *folder)
{
    unsigned all = usual->pipeline.threads ? usual->pipeline.threads : feri_cpu_count(), jobs = (unsigned)folder->jobs;
    return all / jobs ? all / jobs : 1;
}

static int run(struct work *w, const struct film *usual, const struct input_list *films)
{
    char **bases = film_bases_new(films, &w->shop.kinds, w->folder->out);
    int code = CLI_FAILED;
    if (!bases) return CLI_USAGE;
    w->threads = threads_of_film(usual, w->folder);
    fer_model *model = NULL;
    if (make_entries(w, films, bases) && cli_make_dirs(w->folder->out) &&
        (model = cli_load_model_for(usual->weights, usual->prior)) != NULL) {
        film_shop_open(&w->shop, usual, model);
        cli_stop_watch();
        cli_progress_start(&w->progress);
        run_all(w);
        cli_progress_clear(&w->progress);
        code = finish(w);
    }
    fer_model_free(model);
    free(w->entries);
    film_bases_free(bases, films->n);
    return code;
}

int film_folder_run(const struct film *usual, const struct film_folder *folder, const struct input_list *films)
{
    struct work w = {.folder = folder, .shop.sound = folder->sound};
    if (!film_kinds_parse(&w.shop.kinds, folder->write)) return CLI_USAGE;
    pthread_mutex_init(&w.lock, NULL);
    int code = run(&w, usual, films);
    pthread_mutex_destroy(&w.lock);
    return code;
}
