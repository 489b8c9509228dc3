#define _POSIX_C_SOURCE 200809L /* stat */
#include "films/film.h"

#include "common/stop.h"
#include "faces/abstain.h"
#include "films/run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- opening ---- */

static fer_status open_source(struct film_state *r, fer_error *err)
{
    fer_video_options v = r->film->video;
    v.start = (double)r->film->start;
    v.end = (double)r->film->end;
    v.stop = film_is_stopped;
    v.user = r;
    fer_status st = fer_video_open(r->film->source, &v, &r->video, err);
    return st == FER_OK ? fer_video_get_info(r->video, &r->info, err) : st;
}

static fer_status open_pipeline(struct film_state *r, fer_error *err)
{
    fer_pipeline_options p = r->film->pipeline;
    fer_tracker_options t = r->film->tracker;
    p.model = r->model;
    if (t.smooth <= 0) t.smooth = -1;
    p.detector.threads = p.threads;
    fer_status st = fer_pipeline_new(&p, &r->pipeline, err);
    if (st == FER_OK) st = fer_tracker_new(r->pipeline, &t, &r->tracker, err);
    return st;
}

static void describe_faces(struct film_state *r)
{
    fer_model_info info = fer_model_get_info(r->model);
    abstain_names(&info, r->names);
    r->kind = (struct faces_kind){.video = true,
                                  .named = r->film->named,
                                  .classes = r->names,
                                  .n_classes = info.n_classes,
                                  .valence_arousal = fer_model_has_valence_arousal(r->model)};
}

/* By default, the CSV table goes to standard output. */
static void choose_targets(struct film *f)
{
    struct film_targets *t = &f->targets;
    bool any = t->summary || t->timeline || t->annotate || f->look;
    for (size_t i = 0; i < faces_n_formats; i++) any |= t->paths[i] != NULL;
    if (!any) t->paths[0] = "-";
}

static bool needs_pixels(const struct film *f)
{
    return f->targets.timeline || f->targets.annotate;
}

/* A second one beside the tracker's, which keeps its finds to itself. */
static bool open_detector(struct film_state *r)
{
    fer_error err;
    fer_detector_options d = r->film->pipeline.detector;
    d.threads = r->film->pipeline.threads;
    d.isa = r->film->pipeline.isa;
    return cli_good(fer_detector_new(&d, &r->detector, &err), &err);
}

/* A pipe is gone after it was read. */
static bool open_passes(struct film_state *r)
{
    const struct film *f = r->film;
    struct stat st;
    bool subtracts = baseline_is_asked(&f->baseline), blurs = f->blur && needs_pixels(f);
    if (!subtracts && !blurs) return true;
    if (needs_pixels(f) && (stat(f->source, &st) != 0 || !S_ISREG(st.st_mode)))
        return cli_refuse("%s: --blur-faces and --baseline read a film twice to draw it, so it must be a regular file",
                          f->source);
    r->pass = FILM_FIRST;
    if (subtracts && !(r->baseline = baseline_new(&r->kind, &f->baseline, (double)f->tracker.smooth))) return false;
    if (blurs && (!(r->found = spool_new()) || !open_detector(r))) return false;
    return f->found || (r->spool = spool_new()) != NULL;
}

static bool open_film(struct film_state *r)
{
    fer_error err;
    if (!r->film->model && !(r->own_model = cli_load_model_for(r->film->weights, r->film->prior))) return false;
    r->model = r->film->model ? r->film->model : r->own_model;
    fer_status st = open_source(r, &err);
    if (st == FER_OK && !r->film->found) st = open_pipeline(r, &err);
    describe_faces(r);
    return st == FER_OK || cli_refuse("%s", err.text);
}

static bool open_run(struct film_state *r)
{
    if (!open_film(r)) return false;
    choose_targets(r->film);
    if (!open_passes(r)) return false;
    r->outputs = film_outputs_open(&r->film->targets, &r->kind, &r->info, r->film->source);
    return r->outputs != NULL;
}

static void close_run(struct film_state *r)
{
    veil_free(r->veil);
    baseline_free(r->baseline);
    fer_detector_free(r->detector);
    spool_free(r->found);
    spool_free(r->spool);
    fer_tracker_free(r->tracker);
    fer_pipeline_free(r->pipeline);
    fer_model_free(r->own_model);
    fer_video_close(r->video);
}

/* Not one frame was read, and nobody stopped the run. */
static enum film_outcome refuse_nothing(const struct film_state *r)
{
    const struct film *f = r->film;
    double last = r->info.first + r->info.duration;
    char end[64] = "its end", has[96] = "";
    if (f->end > 0) snprintf(end, sizeof end, "%g s", (double)f->end);
    if (isfinite(last)) snprintf(has, sizeof has, "; it goes from %.3f s to %.3f s", r->info.first, last);
    if (f->start > 0 || f->end > 0)
        cli_say("%s: no frame from %g s to %s%s; choose another --start or --end", f->source, (double)f->start, end,
                has);
    else cli_say("%s: holds no frame", f->source);
    return FILM_FAIL;
}

static enum film_outcome read_pass(struct film_state *r)
{
    r->pace =
        (struct film_pace){.every = r->film->every, .fps = r->film->fps, .aligned = r->film->in_pieces, .tick = -1};
    cli_progress_start(&r->progress.bar);
    enum film_outcome o = film_read(r);
    cli_progress_clear(&r->progress.bar);
    return o;
}

static double seconds_between_searches(const struct film_state *r)
{
    double rate = r->info.rate > 0 ? r->info.rate : 25, every = r->film->tracker.detect_every;
    double searched = r->film->fps > 0 ? fmin((double)r->film->fps, rate) : rate;
    return (every > 0 ? every : 1) * (double)r->film->every / searched;
}

/* The outcome is that of the first pass unless the second one fails where the first one did not. */
static enum film_outcome second_pass(struct film_state *r, enum film_outcome first)
{
    fer_error err;
    r->pass = FILM_SECOND;
    r->stopped = first == FILM_STOP;
    if (r->baseline && !baseline_learn(r->baseline, r->spool, r->film->source)) return FILM_FAIL;
    if (!needs_pixels(r->film)) return film_replay(r) == FILM_FAIL ? FILM_FAIL : first;
    if (r->film->blur && !(r->veil = veil_new(r->spool, r->found, seconds_between_searches(r)))) return FILM_FAIL;
    fer_video_close(r->video);
    r->video = NULL;
    if (!cli_good(open_source(r, &err), &err)) return FILM_FAIL;
    enum film_outcome o = read_pass(r);
    return o == FILM_GO_ON || r->stopped ? first : o;
}

/* The first pass was made before, in pieces. */
static enum film_outcome write_found(struct film_state *r)
{
    r->spool = r->film->found->spool;
    r->film->found->spool = NULL;
    if (!r->film->found->failed && spool_size(r->spool) == 0) return refuse_nothing(r);
    return second_pass(r, r->film->found->failed ? FILM_FAIL : FILM_GO_ON);
}

static enum film_outcome read_all(struct film_state *r)
{
    if (r->film->found) return write_found(r);
    enum film_outcome o = read_pass(r);
    if (o == FILM_GO_ON && r->pace.n_read == 0) o = refuse_nothing(r);
    if (r->pass == FILM_FIRST && !(o == FILM_STOP && r->film->whole)) o = second_pass(r, o);
    return o;
}

static int finish(struct film_state *r, enum film_outcome o)
{
    bool stopped = o == FILM_STOP && (r->stopped || film_is_stopped(r));
    if (stopped && r->film->whole) {
        film_outputs_abort(r->outputs);
        return CLI_FAILED;
    }
    if (stopped) cli_note("stopped at %.3f s; the outputs contain everything up to there", r->pace.previous);
    int code = film_outputs_close(r->outputs, o == FILM_GO_ON);
    return o == FILM_FAIL ? CLI_FAILED : code;
}

int film_run(struct film *f)
{
    struct film_state *r = calloc(1, sizeof *r);
    int code = CLI_FAILED;
    if (!r) return cli_fail("out of memory");
    r->film = f;
    cli_stop_watch();
    if (open_run(r)) code = finish(r, read_all(r));
    close_run(r);
    free(r);
    return code;
}

bool film_find(struct film *f, struct spool **found)
{
    struct film_state *r = calloc(1, sizeof *r);
    *found = NULL;
    if (!r) return cli_no_memory();
    r->film = f;
    r->pass = FILM_FIRST;
    bool ok = open_film(r) && (r->spool = spool_new()) && read_pass(r) == FILM_GO_ON;
    *found = r->spool;
    r->spool = NULL;
    close_run(r);
    free(r);
    return ok;
}
