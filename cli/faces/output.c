#include "faces/output.h"

#include "common/cli.h"
#include "faces/writer.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const faces_format_words[] = {"csv", "jsonl", "vtt", "emotionml", "openface", "pyfeat", NULL};
static const struct faces_writer *const writers[] = {&faces_csv,       &faces_jsonl,    &faces_vtt,
                                                     &faces_emotionml, &faces_openface, &faces_pyfeat};

/* Says why the stream failed, once. */
static bool written(struct faces_out *o, bool flush)
{
    if (o->failed) return false;
    bool good = !ferror(o->f) && (!flush || fflush(o->f) == 0);
    if (!good) cli_say("%s: cannot be written: %s", o->name, errno ? strerror(errno) : "the disk may be full");
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

struct faces_out *faces_out_open(enum faces_format format, const char *path, const struct faces_kind *kind)
{
    if (kind->n_classes == 0 || kind->n_classes > FER_FACE_CLASSES) {
        cli_say("a model of %zu classes: faces can have 1 to %d", kind->n_classes, FER_FACE_CLASSES);
        return NULL;
    }
    if (format == FACES_VTT && !kind->video) {
        cli_say("%s: vtt is made of times, which pictures do not have", path ? path : "standard output");
        return NULL;
    }
    struct faces_out *o = calloc(1, sizeof *o);
    if (!o) cli_say("out of memory");
    if (!o || !open_stream(o, path)) {
        free(o);
        return NULL;
    }
    o->kind = *kind;
    o->writer = writers[format];
    if (o->writer->begin) o->writer->begin(o);
    return o;
}

static bool in_time(const struct faces_out *o, const struct faces_frame *frame)
{
    if (!o->kind.video) return true;
    if (isfinite(frame->seconds) && frame->seconds >= 0 && (!o->clock.running || frame->seconds >= o->clock.now))
        return true;
    cli_say("%s, frame %llu: its time, %g s, must be a number that is not before the frame before it", frame->file,
            (unsigned long long)frame->frame, frame->seconds);
    return false;
}

/* Spans are written when a later frame ends them, and then tell where they were. */
static bool keep_name(struct faces_out *o, const char *file)
{
    if (o->media && strcmp(o->media, file) == 0) return true;
    char *copy = malloc(strlen(file) + 1);
    if (!copy) {
        cli_say("out of memory");
        return false;
    }
    free(o->media);
    o->media = strcpy(copy, file);
    return true;
}

bool faces_out_add(struct faces_out *o, const struct faces_frame *frame)
{
    if (o->failed) return false;
    if (!in_time(o, frame) || !keep_name(o, frame->file)) return false;
    errno = 0; /* then it tells what went wrong while writing */
    bool ok = o->writer->frame(o, frame);
    frame_clock_tick(&o->clock, frame->seconds);
    o->n_frames++;
    o->width = frame->width;
    o->height = frame->height;
    /* Who reads line by line shall not wait for a full buffer. */
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

uint64_t faces_number(const struct faces_frame *frame, size_t i)
{
    return frame->faces[i].id ? frame->faces[i].id : i + 1;
}

/* ---- spans ---- */

void faces_span_grow(struct faces_span *s, const fer_face *face, size_t n_classes)
{
    const float box[4] = {face->x, face->y, face->width, face->height};
    for (size_t k = 0; k < n_classes; k++) s->sums[k] += (double)face->smoothed[k];
    for (int i = 0; i < 4; i++) s->box[i] += (double)box[i];
    s->confidence += (double)face->confidence;
    s->valence += (double)face->valence;
    s->arousal += (double)face->arousal;
    s->n++;
    s->touched = true;
}

struct faces_span *faces_span_open(struct faces_out *o, const struct faces_frame *frame, size_t i)
{
    if (o->n_spans == o->cap_spans) {
        size_t cap = o->cap_spans ? 2 * o->cap_spans : 16;
        struct faces_span *grown = realloc(o->spans, cap * sizeof *grown);
        if (!grown) {
            cli_say("out of memory");
            return NULL;
        }
        o->spans = grown;
        o->cap_spans = cap;
    }
    const fer_face *face = &frame->faces[i];
    struct faces_span *s = &o->spans[o->n_spans++];
    *s = (struct faces_span){.id = faces_number(frame, i),
                             .label = face->label,
                             .start = frame->seconds,
                             .first = {face->x, face->y, face->width, face->height}};
    faces_span_grow(s, face, o->kind.n_classes);
    return s;
}

void faces_span_drop(struct faces_out *o, size_t i)
{
    o->n_spans--;
    memmove(o->spans + i, o->spans + i + 1, (o->n_spans - i) * sizeof *o->spans);
}

/* ---- text ---- */

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
