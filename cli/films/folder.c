#define _POSIX_C_SOURCE 200809L /* nanosleep, stat */
#include "films/folder.h"

#include "base/clock.h"
#include "base/pool.h"
#include "base/stop.h"
#include "common/cli.h"
#include "common/file.h"
#include "common/stop.h"
#include "films/bases.h"
#include "films/join.h"
#include "films/one.h"
#include "films/table.h"
#include "inputs/share.h"
#include "ranks/share.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define POLL_NS 2000000L

enum { JOBS_MAX = 256 };

/* One film. */
struct entry {
    struct work *work;
    const char *path, *base;
    struct film_cuts cuts;
    double share; /* of it that is done */
};

/* A piece of a film. */
struct part {
    size_t film, piece;
};

struct work {
    struct film_folder *folder;
    struct film_shop shop;
    fer_model *model;
    char **bases;
    size_t n_bases;
    struct entry *entries; /* each film of the list once */
    size_t *order;         /* [n]: in which they are begun; NULL: as they are */
    size_t n;
    unsigned threads; /* of a film */
    struct archive *archive;
    struct part *parts; /* [n_parts]: of all films that are cut */
    size_t n_parts;
    struct crew *crew; /* hands out the parts; NULL: films are handed out */

    pthread_mutex_t lock;  /* for what follows, and for the shares of the entries */
    double share, skipped; /* sums over the entries */
    size_t n_running;      /* threads */
    bool failed;           /* standard output, or the journal */
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
    if (share < e->share) return; /* its pieces are done already */
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

/* With the lock held: a line for each film as it ends, for whoever waits for it. */
static void report(struct work *w, const struct entry *e, const char *end)
{
    cli_progress_clear(&w->progress);
    printf("%-7s ", end);
    cli_print_name(e->path);
    printf("  ");
    cli_print_name(e->base);
    putchar('\n');
    if (fflush(stdout) != 0) w->failed = true;
}

/* ---- films ---- */

/* Note the result of a film. False after an error message. */
static bool note(struct work *w, const struct entry *e, bool done, const char *why)
{
    size_t number = (size_t)(e - w->entries);
    char *rows = film_one_rows(&w->shop, e->path, e->base);
    bool ok = rows && (done ? archive_add(w->archive, number, rows) : archive_fail(w->archive, number, rows, why));
    free(rows);
    return ok;
}

static void remove_pieces(const struct work *w, const struct entry *e)
{
    for (size_t k = 0; e->cuts.n > 1 && k < e->cuts.n; k++) {
        char *path = film_piece_path(w->folder->archive.out, (size_t)(e - w->entries), k);
        if (path) remove(path);
        free(path);
    }
}

/* Its pieces were analysed before. why is set only if one of them failed. */
static enum film_end join_entry(struct work *w, struct entry *e, char *why, size_t size)
{
    struct film_found found;
    bool joined = film_join(w->folder->archive.out, (size_t)(e - w->entries), e->path, &e->cuts,
                            film_overlap(w->shop.usual), &found, why, size);
    enum film_end end = joined ? film_one(&w->shop, e->path, e->base, w->threads, &found, progress, e) : FILM_FAILED;
    spool_free(found.spool);
    return end;
}

static void run_entry(struct work *w, struct entry *e)
{
    char why[FER_ERROR_TEXT_MAX + 64], pieces[sizeof why] = "";
    cli_keep_error(why, sizeof why);
    enum film_end end = e->cuts.n > 1 ? join_entry(w, e, pieces, sizeof pieces)
                                      : film_one(&w->shop, e->path, e->base, w->threads, NULL, progress, e);
    cli_keep_error(NULL, 0);
    bool ok = end == FILM_STOPPED || note(w, e, end == FILM_DONE, pieces[0] ? pieces : why);
    if (ok && end != FILM_STOPPED) remove_pieces(w, e);
    pthread_mutex_lock(&w->lock);
    w->failed |= !ok;
    advance(e, 1);
    if (end != FILM_STOPPED) report(w, e, end == FILM_DONE ? "done" : "failed");
    show(w);
    pthread_mutex_unlock(&w->lock);
}

static void run_part(struct work *w, const struct part *p)
{
    struct entry *e = &w->entries[p->film];
    char *path = film_piece_path(w->folder->archive.out, p->film, p->piece);
    enum film_end end = path ? film_piece(&w->shop, e->path, &e->cuts, p->piece, w->threads, path) : FILM_FAILED;
    free(path);
    pthread_mutex_lock(&w->lock);
    w->failed |= end == FILM_FAILED;
    advance(e, e->share + 0.8 / (double)e->cuts.n);
    show(w);
    pthread_mutex_unlock(&w->lock);
}

static bool goes_on(struct work *w)
{
    pthread_mutex_lock(&w->lock);
    bool failed = w->failed;
    pthread_mutex_unlock(&w->lock);
    return !failed && !feri_stop_pending();
}

static void pause_a_moment(void)
{
    nanosleep(&(struct timespec){.tv_nsec = POLL_NS}, NULL);
}

static enum crew_next next_number(struct work *w, size_t *number)
{
    return w->crew ? crew_next(w->crew, number) : archive_next(w->archive, number);
}

static void *worker_main(void *arg)
{
    struct work *w = arg;
    size_t number;
    for (enum crew_next got; goes_on(w) && (got = next_number(w, &number)) != CREW_END;) {
        if (got != CREW_TAKE) pause_a_moment();
        else if (w->crew) run_part(w, &w->parts[number]);
        else run_entry(w, &w->entries[number]);
    }
    pthread_mutex_lock(&w->lock);
    w->n_running--;
    pthread_mutex_unlock(&w->lock);
    return NULL;
}

static bool is_running(struct work *w)
{
    pthread_mutex_lock(&w->lock);
    bool running = w->n_running > 0;
    pthread_mutex_unlock(&w->lock);
    return running;
}

static bool start_thread(struct work *w, pthread_t *thread)
{
    pthread_mutex_lock(&w->lock);
    w->n_running++;
    bool ok = pthread_create(thread, NULL, worker_main, w) == 0;
    w->n_running -= !ok;
    pthread_mutex_unlock(&w->lock);
    return ok;
}

/* Further threads are a help, not a need. Among several ranks this one only polls. */
static bool run_all(struct work *w)
{
    pthread_t threads[JOBS_MAX];
    bool alone = ranks_size(w->folder->ranks) == 1;
    size_t most = w->crew ? w->n_parts : w->n;
    size_t n = 0, jobs = w->folder->jobs < most ? w->folder->jobs : most, more = alone && jobs > 0 ? jobs - 1 : jobs;
    while (n < more && start_thread(w, &threads[n])) n++;
    bool ok = alone || n > 0 || more == 0;
    if (alone) {
        w->n_running++;
        worker_main(w);
    } else if (ok)
        for (; is_running(w); pause_a_moment())
            if (w->crew) crew_poll(w->crew);
            else archive_poll(w->archive);
    else cli_say("no thread could be started");
    while (n > 0) pthread_join(threads[--n], NULL);
    return ok && goes_on(w);
}

/* ---- pieces ---- */

static bool wants_part(const void *user, size_t number)
{
    const struct work *w = user;
    const struct part *p = &w->parts[number];
    char *path = film_piece_path(w->folder->archive.out, p->film, p->piece);
    bool wants = path && !film_piece_is_there(path);
    free(path);
    return wants;
}

/* Rank 0 cuts the films of this shard that have no answer yet, and all ranks get to know where. */
static bool cut_films(struct work *w)
{
    size_t size = w->n * sizeof(struct film_cuts);
    struct film_cuts *all = ranks_rank(w->folder->ranks) == 0 ? calloc(w->n + 1, sizeof *all) : NULL;
    if (ranks_rank(w->folder->ranks) == 0 && !all) return cli_no_memory();
    for (size_t i = 0; all && i < w->n; i++)
        all[i] = archive_wants(w->archive, i) ? film_cuts_of(w->shop.usual, w->entries[i].path, w->folder->piece)
                                              : (struct film_cuts){.n = 1};
    char *bytes = (char *)all;
    bool ok = ranks_share(w->folder->ranks, &bytes, &size);
    for (size_t i = 0; ok && i < w->n; i++) {
        memcpy(&w->entries[i].cuts, bytes + i * sizeof *all, sizeof *all);
        if (w->entries[i].cuts.n > 1) w->n_parts += w->entries[i].cuts.n;
    }
    free(bytes);
    return ok;
}

static bool list_parts(struct work *w)
{
    size_t n = 0;
    if (!(w->parts = calloc(w->n_parts + 1, sizeof *w->parts))) return cli_no_memory();
    for (size_t i = 0; i < w->n; i++)
        for (size_t k = 0; w->entries[i].cuts.n > 1 && k < w->entries[i].cuts.n; k++)
            w->parts[n++] = (struct part){i, k};
    return true;
}

static bool run_parts(struct work *w)
{
    const struct crew_options crew = {
        .ranks = w->folder->ranks, .n = w->n_parts, .wants = wants_part, .user = w, .chunk_max = 1};
    if (!(w->crew = crew_new(&crew))) return false;
    bool ok = run_all(w) && (ranks_size(w->folder->ranks) == 1 || crew_end(w->crew));
    crew_free(w->crew);
    w->crew = NULL;
    if (ok) ranks_barrier(w->folder->ranks); /* all pieces are there */
    return ok;
}

/* Find the faces of all films that are cut; the films are written from these. */
static bool process_parts(struct work *w)
{
    return w->folder->piece <= 0 || (cut_films(w) && list_parts(w) && (w->n_parts == 0 || run_parts(w)));
}

/* ---- the films, the end ---- */

static bool make_entries(struct work *w, const struct input_list *films)
{
    w->entries = calloc(films->n + 1, sizeof *w->entries);
    if (!w->entries) return cli_no_memory();
    for (size_t i = 0; i < films->n; i++)
        if (w->bases[i]) /* else the path comes before in the list */
            w->entries[w->n++] = (struct entry){.work = w, .path = films->items[i].path, .base = w->bases[i]};
    return true;
}

/* Films at once share the processors. */
static unsigned threads_of_film(const struct film *usual, const struct film_folder *folder)
{
    unsigned all = usual->pipeline.threads ? usual->pipeline.threads : feri_cpu_count(), jobs = (unsigned)folder->jobs;
    return all / jobs ? all / jobs : 1;
}

static const char *name_of(const void *user, size_t i)
{
    const struct work *w = user;
    return w->entries[i].path;
}

static bool stands(const void *user, size_t i)
{
    const struct work *w = user;
    return film_one_is_complete(&w->shop, w->entries[i].base);
}

struct sized {
    size_t number;
    off_t size;
};

static int by_size(const void *a, const void *b)
{
    const struct sized *x = a, *y = b;
    if (x->size != y->size) return x->size > y->size ? -1 : 1;
    return (x->number > y->number) - (x->number < y->number);
}

/* If several work, the largest files come first, so that nobody begins a long film when the others are done. */
static bool choose_order(struct work *w)
{
    if (w->folder->jobs == 1 && ranks_size(w->folder->ranks) == 1) return true;
    struct sized *all = calloc(w->n + 1, sizeof *all);
    w->order = calloc(w->n + 1, sizeof *w->order);
    bool ok = all && w->order;
    for (size_t i = 0; ok && i < w->n; i++) {
        struct stat st;
        all[i] = (struct sized){i, stat(w->entries[i].path, &st) == 0 ? st.st_size : 0};
    }
    if (ok) qsort(all, w->n, sizeof *all, by_size);
    for (size_t i = 0; ok && i < w->n; i++) w->order[i] = all[i].number;
    free(all);
    return ok || cli_no_memory();
}

static bool open_archive(struct work *w, const struct film *usual)
{
    const struct archive_models models = {usual->weights, usual->pipeline.detector.weights, usual->pipeline.isa};
    char *header = film_table_header(&w->shop.kind);
    const struct archive_task task = {.command = "video",
                                      .n = w->n,
                                      .name = name_of,
                                      .stands = stands,
                                      .user = w,
                                      .settings = w->folder->settings,
                                      .table = FILM_TABLE,
                                      .before = header,
                                      .after = "",
                                      .order = w->order,
                                      .chunk_max = 1,
                                      .ahead = 0};
    if (header && archive_settings_add_models(w->folder->settings, &models, w->model))
        w->archive = archive_open(&w->folder->archive, &task, w->folder->ranks);
    free(header);
    return w->archive != NULL;
}

static size_t skip_complete(struct work *w)
{
    size_t n = 0;
    for (size_t i = 0; i < w->n; i++) {
        if (!archive_has(w->archive, i)) continue;
        advance(&w->entries[i], 1);
        report(w, &w->entries[i], "skipped");
        n++;
    }
    w->skipped = w->share;
    return n;
}

static int process(struct work *w)
{
    size_t skipped = skip_complete(w), wanted = archive_n_wanted(w->archive), failed;
    bool first = ranks_rank(w->folder->ranks) == 0;
    cli_stop_watch();
    cli_progress_start(&w->progress);
    bool ok = process_parts(w) && run_all(w);
    cli_progress_clear(&w->progress);
    int code = archive_close(w->archive, ok, &failed);
    w->folder->together = ok && code == CLI_OK;
    if (code != CLI_OK || !ok) return CLI_FAILED;
    if (first) cli_note("%zu films analysed, %zu complete before, %zu failed", wanted - failed, skipped, failed);
    return failed == 0 ? CLI_OK : CLI_FAILED;
}

/* What all ranks do, rank 0 first, so that what fails in all is said once. */
static int load(struct work *w, const struct film *usual, const struct input_list *films)
{
    w->bases = film_bases_new(films, &w->shop.kinds, w->folder->archive.out);
    if (!w->bases) return CLI_USAGE;
    w->n_bases = films->n;
    w->model = cli_load_model_for(usual->weights, usual->prior);
    return w->model ? CLI_OK : CLI_FAILED;
}

static int run(struct work *w, const struct film *usual, struct input_list *films)
{
    bool first = ranks_rank(w->folder->ranks) == 0;
    int code = first ? load(w, usual, films) : CLI_OK;
    if (code != CLI_OK) return code;
    cli_quiet |= !first;
    if (!input_list_share(films, w->folder->ranks)) return CLI_FAILED;
    if (!first && (code = load(w, usual, films)) != CLI_OK) return code;
    if (!make_entries(w, films)) return CLI_FAILED;
    film_shop_open(&w->shop, usual, w->model);
    w->threads = threads_of_film(usual, w->folder);
    return choose_order(w) && open_archive(w, usual) ? process(w) : CLI_FAILED;
}

int film_folder_run(const struct film *usual, struct film_folder *folder, struct input_list *films)
{
    struct work w = {.folder = folder, .shop.sound = folder->sound};
    if (!film_kinds_parse(&w.shop.kinds, folder->write ? folder->write : "csv")) return CLI_USAGE;
    pthread_mutex_init(&w.lock, NULL);
    int code = run(&w, usual, films);
    fer_model_free(w.model);
    free(w.entries);
    free(w.order);
    free(w.parts);
    if (w.bases) film_bases_free(w.bases, w.n_bases);
    pthread_mutex_destroy(&w.lock);
    return code;
}
