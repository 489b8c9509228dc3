#include "faces/output.h"

#include "base/mem.h"
#include "common/cli.h"
#include "faces/writer.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Report why the stream failed, once. */
static bool written(struct faces_out *o, bool flush)
{
    if (o->failed) return false;
    bool good = !ferror(o->f) && (!flush || fflush(o->f) == 0);
    if (!good && o->f == stdout) cli_output_failed(errno);
    else if (!good) cli_say("%s: cannot be written: %s", o->name, errno ? strerror(errno) : "the disk may be full");
    o->failed = !good;
    return good;
}

static bool open_stream(struct faces_out *o, const char *path)
{
    if (path && strcmp(path, "-") != 0) {
        if (!cli_file_open(&o->file, path)) return false;
        o->f = o->file.f;
        o->name = path;
        return true;
    }
    o->f = stdout;
    o->name = "standard output";
    return true;
}

/* NULL after an error message. */
static struct faces_out *new_out(const struct faces_format *format, const char *name, const struct faces_kind *kind)
{
    if (kind->n_classes == 0 || kind->n_classes > FER_FACE_CLASSES) {
        cli_say("a model of %zu classes: faces can have 1 to %d", kind->n_classes, FER_FACE_CLASSES);
        return NULL;
    }
    if (!kind->video && !format->pictures) {
        cli_say("%s: %s needs times, which pictures do not have", name, format->films);
        return NULL;
    }
    struct faces_out *o = calloc(1, sizeof *o);
    if (!o) {
        cli_no_memory();
        return NULL;
    }
    o->kind = *kind;
    o->writer = format->writer;
    return o;
}

static struct faces_out *begun(struct faces_out *o)
{
    if (o->writer->begin) o->writer->begin(o);
    return o;
}

struct faces_out *faces_out_open(const struct faces_format *format, const char *path, const struct faces_kind *kind)
{
    struct faces_out *o = new_out(format, path ? path : "standard output", kind);
    if (o && open_stream(o, path)) return begun(o);
    free(o);
    return NULL;
}

struct faces_out *faces_out_to(const struct faces_format *format, FILE *stream, const char *name,
                               const struct faces_kind *kind)
{
    struct faces_out *o = new_out(format, name, kind);
    if (!o) return NULL;
    o->f = stream;
    o->name = name;
    return begun(o);
}

static bool in_time(const struct faces_out *o, const struct faces_frame *frame)
{
    if (!o->kind.video) return true;
    if (isfinite(frame->seconds) && frame->seconds >= 0 && (!o->clock.running || frame->seconds >= o->clock.now))
        return true;
    return cli_refuse(
        "%s, frame %llu: its time, %g s, must be a number and not earlier than that of the previous frame", frame->file,
        (unsigned long long)frame->frame, frame->seconds);
}

/* Spans are written when a later frame ends them, and need the name and size of their own picture. */
static bool keep_name(struct faces_out *o, const char *file)
{
    if (o->media && strcmp(o->media, file) == 0) return true;
    char *copy = feri_strdup(file);
    if (!copy) return cli_no_memory();
    free(o->media);
    o->media = copy;
    return true;
}

bool faces_out_add(struct faces_out *o, const struct faces_frame *frame)
{
    if (o->failed) return false;
    if (!in_time(o, frame) || !keep_name(o, frame->file)) return false;
    errno = 0; /* so that it is the error of this write */
    bool ok = o->writer->frame(o, frame);
    frame_clock_tick(&o->clock, frame->seconds);
    o->n_frames++;
    o->width = frame->width;
    o->height = frame->height;
    /* A reader should not have to wait for a full buffer. */
    return written(o, o->f == stdout) && ok;
}

static void release(struct faces_out *o)
{
    free(o->spans);
    free(o->media);
    free(o);
}

int faces_out_close(struct faces_out *o)
{
    if (!o) return CLI_OK;
    errno = 0;
    if (!o->failed && o->writer->end) o->writer->end(o);
    bool good = written(o, true);
    int code = good ? CLI_OK : CLI_FAILED;
    if (o->file.f && cli_file_close(&o->file, good) != CLI_OK) code = CLI_FAILED;
    release(o);
    return code;
}

void faces_out_abort(struct faces_out *o)
{
    if (!o) return;
    if (o->file.f) cli_file_close(&o->file, false);
    release(o);
}

/* ---- text ---- */

void faces_csv_text(FILE *f, const char *text)
{
    putc(',', f);
    cli_csv_field(f, "", text);
}

void faces_csv_names(FILE *f, const struct faces_kind *kind, const char *suffix)
{
    char name[256];
    for (size_t k = 0; k < kind->n_classes; k++) {
        snprintf(name, sizeof name, "%s%s", kind->classes[k], suffix);
        faces_csv_text(f, name);
    }
}

void faces_csv_valence_arousal(FILE *f, const struct faces_kind *kind, double valence, double arousal)
{
    if (!kind->valence_arousal) return;
    faces_csv_number(f, 6, valence);
    faces_csv_number(f, 6, arousal);
}

void faces_csv_number(FILE *f, int digits, double value)
{
    if (isfinite(value)) fprintf(f, ",%.*f", digits, value);
    else putc(',', f);
}

void faces_csv_scores(FILE *f, const float *scores, size_t n)
{
    for (size_t k = 0; k < n; k++) faces_csv_number(f, 6, (double)scores[k]);
}

void faces_markup_text(FILE *f, const char *text)
{
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '&') fputs("&amp;", f);
        else if (c == '<') fputs("&lt;", f);
        else if (c == '>') fputs("&gt;", f);
        else putc(c < 32 || c == 127 ? ' ' : c, f);
    }
}
