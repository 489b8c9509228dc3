#include "films/run.h"

#include "base/clock.h"
#include "base/stop.h"
#include "faces/abstain.h"
#include "faces/quality.h"

#include <math.h>

bool film_is_stopped(void *run)
{
    const struct film_state *r = run;
    return !(r->pass == FILM_SECOND && r->stopped) && feri_stop_pending();
}

/* ---- progress ---- */

/* Seconds of the film that are to be read; known false: nobody knows. */
static double seconds_of(const struct film_state *r, bool *known)
{
    const struct film *f = r->film;
    double to = f->end > 0 ? (double)f->end : r->info.first + r->info.duration, all = to - r->progress.first;
    *known = isfinite(all) && all > 0;
    return all;
}

/* For whoever shows several films in one bar. A second pass, which finds nothing, takes a small part of the time. */
static void report(const struct film_state *r, double share)
{
    const double from[] = {[FILM_ONLY] = 0, [FILM_FIRST] = 0, [FILM_SECOND] = 0.8};
    const double part[] = {[FILM_ONLY] = 1, [FILM_FIRST] = 0.8, [FILM_SECOND] = 0.2};
    r->film->progress(r->film->progress_user, from[r->pass] + part[r->pass] * fmin(fmax(0, share), 1));
}

static void show_progress(struct film_state *r, double seconds)
{
    double spent = feri_now() - r->progress.begun, done = seconds - r->progress.first;
    bool known;
    double all = seconds_of(r, &known);
    if (r->film->progress) report(r, known ? done / all : 0);
    if (r->film->quiet) return;
    char note[80];
    snprintf(note, sizeof note, "  %.1f x real time", done / fmax(spent, 1e-9));
    const fer_progress at = {.what = r->pass == FILM_SECOND ? "drawing" : "video",
                             .done = (size_t)fmax(0, done),
                             .total = known ? (size_t)ceil(all) : 0,
                             .per_second = (double)r->pace.n_read / fmax(spent, 1e-9),
                             .eta_seconds = known && done > 0 ? fmax(0, (all - done) * spent / done) : NAN};
    cli_progress_show(&r->progress.bar, &at, note);
}

/* ---- frames ---- */

/* False after an error message. */
static bool forward_time(struct film_state *r, double *seconds)
{
    double before = r->pace.previous;
    bool stepped;
    *seconds = film_pace_time(&r->pace, *seconds, &stepped);
    if (stepped && r->film->in_pieces)
        return cli_refuse("%s: time steps back at %.3f s, so it cannot be cut into pieces; leave out --piece",
                          r->film->source, before);
    if (stepped && !r->reported_steps) {
        cli_note("%s: time steps back at %.3f s; what follows is moved after it", r->film->source, before);
        r->reported_steps = true;
    }
    return true;
}

static bool look(struct film_state *r, const fer_view *view, double arrival)
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
                            .rate = (double)r->pace.n_searched / fmax(feri_now() - r->progress.begun, 1e-9)};
    if (r->film->video.live) m.latency = feri_now() - r->last.seconds - r->earliest;
    return r->film->look(r->film->user, &m);
}

/* ---- what is found in a frame ---- */

/* By the tracker. What is left out and the label of an unsure face come last: with two passes, in the second. */
static bool search(struct film_state *r, const fer_video_frame *v, double seconds)
{
    fer_error err;
    size_t n;
    if (fer_tracker_next(r->tracker, &v->view, seconds, FILM_FACES_MAX, r->faces, &n, &err) != FER_OK)
        return cli_refuse("%s: frame %llu: %s", r->film->source, (unsigned long long)v->index, err.text);
    if (r->pass == FILM_ONLY) n = quality_keep(r->film->min_quality, r->faces, n);
    if (r->pass == FILM_ONLY) abstain_below(r->film->abstain, r->kind.n_classes, r->faces, n);
    r->last = (struct faces_frame){.file = r->film->source,
                                   .frame = v->index,
                                   .seconds = seconds,
                                   .width = v->view.width,
                                   .height = v->view.height,
                                   .n = n,
                                   .faces = r->faces};
    return true;
}

/* What is to be blurred beside the tracker's faces: in whole pictures, as often as the tracker searches them. */
static bool find(struct film_state *r, const fer_video_frame *v, double seconds)
{
    fer_error err;
    fer_face faces[FILM_FACES_MAX];
    struct faces_frame frame = {.seconds = seconds, .faces = faces};
    unsigned every = r->film->tracker.detect_every;
    if (!r->found || (every > 1 && r->pace.n_searched % every != 0)) return true;
    if (!cli_good(fer_detector_find(r->detector, &v->view, FILM_FACES_MAX, faces, &frame.n, &err), &err)) return false;
    return spool_add(r->found, &frame);
}

/* By the first pass. */
static bool recall(struct film_state *r, bool *more)
{
    if (!spool_read(r->spool, &r->cursor, &r->last, r->faces, more)) return false;
    if (!*more) return true;
    if (r->baseline) baseline_apply(r->baseline, &r->last, r->faces);
    r->last.n = quality_keep(r->film->min_quality, r->faces, r->last.n);
    abstain_below(r->film->abstain, r->kind.n_classes, r->faces, r->last.n);
    return true;
}

/* ---- where frames go ---- */

static enum film_outcome searched(struct film_state *r, const fer_video_frame *v, double seconds, double arrival)
{
    bool more = true;
    if (r->pass == FILM_SECOND) {
        if (!recall(r, &more)) return FILM_FAIL;
        if (!more) return FILM_STOP; /* the first pass came no further */
    } else if (!search(r, v, seconds) || (r->pass == FILM_FIRST && !find(r, v, seconds))) {
        return FILM_FAIL;
    }
    r->pace.n_searched++;
    if (r->pass == FILM_FIRST) return spool_add(r->spool, &r->last) ? FILM_GO_ON : FILM_FAIL;
    fer_view view = v->view;
    if (r->veil && !veil_draw(r->veil, &v->view, seconds, &view)) return FILM_FAIL;
    if (!film_outputs_add(r->outputs, &r->last, &view)) return FILM_FAIL;
    return look(r, &view, arrival) ? FILM_GO_ON : FILM_STOP;
}

static enum film_outcome passed(struct film_state *r, const fer_video_frame *v, double seconds)
{
    fer_view view = v->view;
    if (r->pass == FILM_FIRST) return FILM_GO_ON;
    if (r->veil && !veil_draw(r->veil, &v->view, seconds, &view)) return FILM_FAIL;
    return film_outputs_pass(r->outputs, &r->last, &view, seconds) ? FILM_GO_ON : FILM_FAIL;
}

/* Of a film in pieces, the frames that were searched: pieces may have numbered them otherwise than this pass. */
static bool is_searched(struct film_state *r, const fer_video_frame *v, double seconds)
{
    double next = 0;
    bool more;
    if (!r->film->found) return film_pace_searches(&r->pace, v->index, seconds);
    return !spool_peek(r->spool, &r->cursor, &next, &more) || !more || seconds >= next;
}

static enum film_outcome one_frame(struct film_state *r, const fer_video_frame *v)
{
    double arrival = feri_now();
    if (r->pace.n_read == 0) {
        r->progress.begun = arrival;
        r->progress.first = v->seconds;
        r->earliest = INFINITY;
    }
    double seconds = v->seconds;
    if (!forward_time(r, &seconds)) return FILM_FAIL;
    enum film_outcome o = is_searched(r, v, seconds) ? searched(r, v, seconds, arrival) : passed(r, v, seconds);
    if (o == FILM_STOP) return o;
    r->pace.n_read++;
    show_progress(r, seconds);
    return o;
}

enum film_outcome film_read(struct film_state *r)
{
    fer_error err;
    fer_video_frame v;
    for (;;) {
        bool more;
        fer_status st = fer_video_read(r->video, &v, &more, &err);
        if (st == FER_ERR_STOPPED || (st == FER_OK && (film_is_stopped(r) || !more)))
            return more || st != FER_OK ? FILM_STOP : FILM_GO_ON;
        if (st != FER_OK) {
            cli_progress_clear(&r->progress.bar);
            if (r->pass != FILM_SECOND) cli_say("%s", err.text);
            return FILM_FAIL;
        }
        enum film_outcome o = one_frame(r, &v);
        if (o != FILM_GO_ON) return o;
    }
}

enum film_outcome film_replay(struct film_state *r)
{
    for (bool more;;) {
        if (!recall(r, &more)) return FILM_FAIL;
        if (!more) return FILM_GO_ON;
        if (!film_outputs_add(r->outputs, &r->last, NULL)) return FILM_FAIL;
    }
}
