#include "films/outputs.h"

#include "common/cli.h"
#include "common/file.h"
#include "draw/annotate.h"
#include "draw/plot.h"
#include "draw/timeline.h"
#include "faces/timeline.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TIMELINE_LEAST 0.02 /* the drawing leaves out faces seen for less of the time */

struct film_outputs {
    struct film_targets targets;
    struct faces_kind kind;
    const char *name;
    struct faces_out *outs[FACES_FORMATS_MAX];
    struct summary *summary;
    struct timeline *timeline;
    struct annotator *annotator;
    fer_video_writer *writer;
    fer_video_info info;
    fer_view drawn; /* the annotator's */
    bool failed;    /* the film could not be written, and that was said */
    bool any;       /* a frame was drawn */
};

/* ---- opening ---- */

static bool open_tables(struct film_outputs *o)
{
    for (size_t i = 0; i < faces_n_formats; i++) {
        if (!o->targets.paths[i]) continue;
        o->outs[i] = faces_out_open(&faces_formats[i], o->targets.paths[i], &o->kind);
        if (!o->outs[i]) return false;
    }
    return true;
}

static bool open_rest(struct film_outputs *o)
{
    bool summed = o->targets.summary || o->targets.summary_csv;
    if (summed && !(o->summary = summary_new(&o->kind))) return false;
    if (o->targets.timeline && (!plot_possible(o->targets.timeline) || !(o->timeline = timeline_new(&o->kind))))
        return false;
    return !o->targets.annotate || o->targets.bare ||
           (o->annotator = annotate_new(o->kind.classes, o->kind.n_classes)) != NULL;
}

void film_outputs_abort(struct film_outputs *o)
{
    for (size_t i = 0; i < faces_n_formats; i++) faces_out_abort(o->outs[i]);
    summary_free(o->summary);
    timeline_free(o->timeline);
    annotate_free(o->annotator);
    fer_video_writer_free(o->writer);
    free(o);
}

struct film_outputs *film_outputs_open(const struct film_targets *t, const struct faces_kind *kind,
                                       const fer_video_info *info, const char *name)
{
    struct film_outputs *o = calloc(1, sizeof *o);
    if (!o) {
        cli_no_memory();
        return NULL;
    }
    o->targets = *t;
    o->kind = *kind;
    o->info = *info;
    o->name = name;
    if (open_tables(o) && open_rest(o)) return o;
    film_outputs_abort(o);
    return NULL;
}

/* ---- drawing ---- */

/* Opened with the first frame, whose time becomes the film's start. */
static bool open_writer(struct film_outputs *o, const fer_view *view, double seconds)
{
    fer_error err;
    fer_video_writer_options w = {.width = view->width,
                                  .height = view->height,
                                  .rate = o->info.rate,
                                  .tick_num = o->info.tick_num,
                                  .tick_den = o->info.tick_den,
                                  .origin = seconds,
                                  .audio_from = o->info.has_audio ? o->targets.audio_from : NULL,
                                  .note = cli_say_line};
    if (fer_video_writer_new(o->targets.annotate, &w, &o->writer, &err) == FER_OK) return true;
    return cli_refuse("%s", err.text);
}

static bool draw_frame(struct film_outputs *o, const struct faces_frame *frame, const fer_view *view, double seconds)
{
    fer_error err;
    if (!o->targets.annotate) return true;
    o->drawn = *view;
    if (o->annotator && !annotate_view(o->annotator, view, frame->faces, frame->n, &o->drawn)) return false;
    o->any = true;
    if (!o->writer && !open_writer(o, view, seconds)) return false;
    if (fer_video_writer_add(o->writer, &o->drawn, seconds, &err) == FER_OK) return true;
    return cli_refuse("%s", err.text);
}

static bool draw(struct film_outputs *o, const struct faces_frame *frame, const fer_view *view, double seconds)
{
    bool ok = draw_frame(o, frame, view, seconds);
    o->failed |= !ok;
    return ok;
}

/* ---- frames ---- */

bool film_outputs_add(struct film_outputs *o, const struct faces_frame *frame, const fer_view *view)
{
    for (size_t i = 0; i < faces_n_formats; i++)
        if (o->outs[i] && !faces_out_add(o->outs[i], frame)) return false;
    if (o->summary && !summary_add(o->summary, frame)) return false;
    if (o->timeline && !timeline_add(o->timeline, frame, view->planes[0], view->strides[0])) return false;
    return draw(o, frame, view, frame->seconds);
}

bool film_outputs_pass(struct film_outputs *o, const struct faces_frame *last, const fer_view *view, double seconds)
{
    return draw(o, last, view, seconds);
}

const fer_view *film_outputs_drawn(const struct film_outputs *o)
{
    return o->any ? &o->drawn : NULL;
}

static int finish_writer(struct film_outputs *o)
{
    fer_error err;
    if (!o->targets.annotate) return CLI_OK;
    if (o->failed) return CLI_FAILED;
    if (!o->writer) return cli_fail("%s: not written, there was no frame", o->targets.annotate);
    return fer_video_writer_finish(o->writer, &err) == FER_OK ? CLI_OK : cli_fail("%s", err.text);
}

static int write_summary(const struct film_outputs *o, bool complete)
{
    struct feri_atomic_file file;
    fer_error err;
    if (!cli_file_open(&file, o->targets.summary_csv)) return CLI_FAILED;
    summary_films_header(&o->kind, file.f);
    summary_films_rows(o->summary, o->name, complete, file.f);
    return cli_good(feri_atomic_commit(&file, &err), &err) ? CLI_OK : CLI_FAILED;
}

int film_outputs_close(struct film_outputs *o, bool complete)
{
    int code = finish_writer(o);
    for (size_t i = 0; i < faces_n_formats; i++) {
        if (faces_out_close(o->outs[i]) != CLI_OK) code = CLI_FAILED;
        o->outs[i] = NULL;
    }
    if (o->targets.summary &&
        summary_print(o->summary, (enum summary_format)o->targets.summary_format, stdout) != CLI_OK)
        code = CLI_FAILED;
    if (o->timeline && plot_timeline(o->targets.timeline, o->name, o->timeline, TIMELINE_LEAST) != CLI_OK)
        code = CLI_FAILED;
    if (o->targets.summary_csv && code == CLI_OK) code = write_summary(o, complete);
    film_outputs_abort(o);
    return code;
}
