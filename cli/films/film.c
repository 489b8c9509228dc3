#define _POSIX_C_SOURCE 200809L /* sigtimedwait */
#include "films/film.h"

#include "base/clock.h"
#include "common/cli.h"
#include "common/stop.h"
#include "faces/abstain.h"
#include "faces/quality.h"
#include "films/pace.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { FACES_MAX = 256 };

/* A film in progress. */
struct run {
    struct film *film;
    fer_video *video;
    fer_video_info info;
    fer_model *own_model;
    const fer_model *model;
    fer_pipeline *pipeline;
    fer_tracker *tracker;
    struct film_outputs *outputs;
    struct faces_kind kind;
    const char *names[FER_FACE_CLASSES + 1];
    bool reported_steps;
    fer_face faces[FACES_MAX];
    struct faces_frame last; /* the frame searched last */
    struct film_pace pace;
    double begun;    /* clock at the first frame */
    double first;    /* its time */
    double earliest; /* smallest difference of clock and frame time: of a frame that did not wait */
    struct cli_progress progress;
};

/* ---- stopping ---- */

/* Asked between frames, and by a read that waits, perhaps on its own thread. */
static bool is_stopped(void *user)
{
    (void)user;
    return feri_stop_pending();
}

/* ---- opening ---- */

static fer_status open_source(struct run *r, fer_error *err)
{
    fer_video_options v = r->film->video;
    v.start = (double)r->film->start;
    v.end = (double)r->film->end;
    v.stop = is_stopped;
    v.user = r;
    fer_status st = fer_video_open(r->film->source, &v, &r->video, err);
    return st == FER_OK ? fer_video_get_info(r->video, &r->info, err) : st;
}

static fer_status open_pipeline(struct run *r, fer_error *err)
{
    fer_pipeline_options p = r->film->pipeline;
    fer_tracker_options t = r->film->tracker;
    p.model = r->model;
    if (t.smooth <= 0) t.smooth = -1;
    p.detector.threads = p.threads;
    fer_status st = fer_pipeline_new(&p, &r->pipeline, err);
    if (st == FER_OK) st = fer_tracker_new(r->pipeline, &t, &r->tracker, err);
    fer_model_info info = fer_model_get_info(r->model);
    abstain_names(&info, r->names);
    r->kind = (struct faces_kind){.video = true,
                                  .named = r->film->named,
                                  .classes = r->names,
                                  .n_classes = info.n_classes,
                                  .valence_arousal = fer_model_has_valence_arousal(r->model)};
    return st;
}

/* By default, the CSV table goes to standard output. */
static void choose_targets(struct film *f)
{
    struct film_targets *t = &f->targets;
    bool any = t->summary || t->timeline || t->annotate || f->look;
    for (size_t i = 0; i < faces_n_formats; i++) any |= t->paths[i] != NULL;
    if (!any) t->paths[0] = "-";
}

static bool open_run(struct run *r)
{
    fer_error err;
    if (!r->film->model && !(r->own_model = cli_load_model_for(r->film->weights, r->film->prior))) return false;
    r->model = r->film->model ? r->film->model : r->own_model;
    fer_status st = open_source(r, &err);
    if (st == FER_OK) st = open_pipeline(r, &err);
    if (st != FER_OK) return cli_refuse("%s", err.text);
    choose_targets(r->film);
    r->outputs = film_outputs_open(&r->film->targets, &r->kind, &r->info, r->film->source);
    return r->outputs != NULL;
}

static void close_run(struct run *r)
{
    fer_tracker_free(r->tracker);
    fer_pipeline_free(r->pipeline);
    fer_model_free(r->own_model);
    fer_video_close(r->video);
}

/* ---- frames ---- */

/* Seconds of the film that are to be read; known false: nobody knows. */
static double seconds_of(const struct run *r, bool *known)
{
    double to = r->film->end > 0 ? (double)r->film->end : r->info.first + r->info.duration, all = to - r->first;
    *known = isfinite(all) && all > 0;
    return all;
}

static void show_progress(struct run *r, double seconds)
{
    double spent = feri_now() - r->begun, done = seconds - r->first, rate = (double)r->pace.n_read / fmax(spent, 1e-9);
    bool known;
    double all = seconds_of(r, &known);
    if (r->film->progress) r->film->progress(r->film->progress_user, known ? fmin(fmax(0, done / all), 1) : 0);
    if (r->film->quiet) return;
    char note[80];
    snprintf(note, sizeof note, "  %.1f x real time", done / fmax(spent, 1e-9));
    const fer_progress at = {.what = "video",
                             .done = (size_t)fmax(0, done),
                             .total = known ? (size_t)ceil(all) : 0,
                             .per_second = rate,
                             .eta_seconds = known && done > 0 ? fmax(0, (all - done) * spent / done) : NAN};
    cli_progress_show(&r->progress, &at, note);
}

static double forward_time(struct run *r, double seconds)
{
    double before = r->pace.previous;
    bool stepped;
    seconds = film_pace_time(&r->pace, seconds, &stepped);
    if (stepped && !r->reported_steps) {
        cli_note("%s: time steps back at %.3f s; what follows is moved after it", r->film->source, before);
        r->reported_steps = true;
    }
    return seconds;
}

static bool look(struct run *r, const fer_view *view, double arrival)
{
    if (!r->film->look) return true;
    const fer_view *drawn = film_outputs_drawn(r->outputs);
    fer_video_info info = {0};
    fer_video_get_info(r->video, &info, NULL);
    double waited = arrival - r->last.seconds;
    if (waited < r->earliest) r->earliest = waited;
    struct film_moment m = {.frame = &r->last,
                            .kind = &r->kind,
                            .view = drawn ? drawn : view,
                            .latency = (double)NAN,
                            .dropped = info.dropped,
                            .rate = (double)r->pace.n_searched / fmax(feri_now() - r->begun, 1e-9)};
    if (r->film->video.live) m.latency = feri_now() - r->last.seconds - r->earliest;
    return r->film->look(r->film->user, &m);
}

static fer_status search(struct run *r, const fer_video_frame *v, double seconds, fer_error *err)
{
    size_t n;
    fer_status st = fer_tracker_next(r->tracker, &v->view, seconds, FACES_MAX, r->faces, &n, err);
    if (st != FER_OK) return st;
    n = quality_keep(r->film->min_quality, r->faces, n);
    abstain_below(r->film->abstain, r->kind.n_classes, r->faces, n);
    r->last = (struct faces_frame){.file = r->film->source,
                                   .frame = v->index,
                                   .seconds = seconds,
                                   .width = v->view.width,
                                   .height = v->view.height,
                                   .n = n,
                                   .faces = r->faces};
    r->pace.n_searched++;
    return FER_OK;
}

enum outcome { GO_ON, STOP, FAILED };

static enum outcome one_frame(struct run *r, const fer_video_frame *v)
{
    fer_error err;
    double arrival = feri_now();
    if (r->pace.n_read == 0) {
        r->begun = arrival;
        r->first = v->seconds;
        r->earliest = INFINITY;
    }
    double seconds = forward_time(r, v->seconds);
    bool ok;
    if (film_pace_searches(&r->pace, seconds)) {
        if (search(r, v, seconds, &err) != FER_OK) {
            cli_say("%s: frame %llu: %s", r->film->source, (unsigned long long)v->index, err.text);
            return FAILED;
        }
        ok = film_outputs_add(r->outputs, &r->last, &v->view);
        if (ok && !look(r, &v->view, arrival)) return STOP;
    } else {
        ok = film_outputs_pass(r->outputs, &r->last, &v->view, seconds);
    }
    r->pace.n_read++;
    show_progress(r, seconds);
    return ok ? GO_ON : FAILED;
}

static enum outcome read_all(struct run *r)
{
    fer_error err;
    fer_video_frame v;
    for (;;) {
        bool more;
        fer_status st = fer_video_read(r->video, &v, &more, &err);
        if (st == FER_ERR_STOPPED || (st == FER_OK && (is_stopped(r) || !more)))
            return more || st != FER_OK ? STOP : GO_ON;
        if (st != FER_OK) {
            cli_progress_clear(&r->progress);
            cli_say("%s", err.text);
            return FAILED;
        }
        enum outcome o = one_frame(r, &v);
        if (o != GO_ON) return o;
    }
}

/* Not one frame was read, and nobody stopped the run. */
static enum outcome refuse_nothing(const struct run *r)
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
    return FAILED;
}

static int finish(struct run *r, enum outcome o)
{
    bool stopped = o == STOP && is_stopped(r);
    if (stopped && r->film->whole) {
        film_outputs_abort(r->outputs);
        return CLI_FAILED;
    }
    if (stopped) cli_note("stopped at %.3f s; the outputs contain everything up to there", r->pace.previous);
    int code = film_outputs_close(r->outputs, o == GO_ON);
    return o == FAILED ? CLI_FAILED : code;
}

int film_run(struct film *f)
{
    struct run *r = calloc(1, sizeof *r);
    int code = CLI_FAILED;
    if (!r) return cli_fail("out of memory");
    r->film = f;
    r->pace = (struct film_pace){.every = f->every, .fps = f->fps};
    cli_stop_watch();
    if (open_run(r)) {
        cli_progress_start(&r->progress);
        enum outcome o = read_all(r);
        cli_progress_clear(&r->progress);
        if (o == GO_ON && r->pace.n_read == 0) o = refuse_nothing(r);
        code = finish(r, o);
    }
    close_run(r);
    free(r);
    return code;
}
