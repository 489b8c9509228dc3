/* EmotionML 1.0 (W3C, 2014): in videos an <emotion> per face and span of time in which its label does not change, in
 * pictures one per face. The document defines its own vocabulary, because the standard's big6 lacks neutral and
 * contempt. */
#include "faces/writer.h"

#include <ctype.h>
#include <math.h>

/* Names of a vocabulary's items are NMTOKENs. */
static void token(FILE *f, const char *name)
{
    for (; *name; name++) {
        unsigned char c = (unsigned char)*name;
        putc(c >= 128 || isalnum(c) || c == '.' || c == '-' || c == '_' ? c : '_', f);
    }
}

static void begin(struct faces_out *o)
{
    bool va = o->kind.valence_arousal;
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
          "<emotionml version=\"1.0\" xmlns=\"http://www.w3.org/2009/10/emotionml\" xmlns:fer=\"urn:libfer:face\"\n"
          "           category-set=\"#expressions\"",
          o->f);
    if (va) fputs(" dimension-set=\"#valence-arousal\"", o->f);
    fputs(">\n<vocabulary type=\"category\" id=\"expressions\">\n", o->f);
    for (size_t k = 0; k < o->kind.n_classes; k++) {
        fputs("  <item name=\"", o->f);
        token(o->f, o->kind.classes[k]);
        fputs("\"/>\n", o->f);
    }
    fputs("</vocabulary>\n", o->f);
    if (va)
        fputs("<vocabulary type=\"dimension\" id=\"valence-arousal\">\n"
              "  <item name=\"valence\"/>\n  <item name=\"arousal\"/>\n</vocabulary>\n",
              o->f);
}

static void category(const struct faces_out *o, const struct faces_span *s, size_t k)
{
    fputs("  <category name=\"", o->f);
    token(o->f, o->kind.classes[k]);
    fprintf(o->f, "\" value=\"%.4f\"/>\n", s->sums[k] / (double)s->n);
}

/* -1..1 becomes EmotionML's 0..1. */
static void dimension(FILE *f, const char *name, double value)
{
    double within = value < -1 ? -1 : value > 1 ? 1 : value;
    if (isfinite(value)) fprintf(f, "  <dimension name=\"%s\" value=\"%.4f\"/>\n", name, within / 2 + 0.5);
}

/* A file's name as a URI reference, with reserved characters escaped. */
static void uri(FILE *f, const char *name)
{
    for (; *name; name++) {
        unsigned char c = (unsigned char)*name;
        if (c < 128 && (isalnum(c) || c == '/' || c == '.' || c == '-' || c == '_' || c == '~')) putc(c, f);
        else fprintf(f, "%%%02X", c);
    }
}

/* Position and time in the picture or video: a media fragment (W3C, 2012), in whole pixels from the corner. */
static void reference(const struct faces_out *o, const struct faces_span *s, double end)
{
    double n = (double)s->n, x = s->box[0] / n, y = s->box[1] / n, right = x + s->box[2] / n,
           bottom = y + s->box[3] / n;
    if (!(x > 0)) x = 0;
    if (!(y > 0)) y = 0;
    fputs("  <reference role=\"expressedBy\" uri=\"", o->f);
    uri(o->f, o->media);
    putc('#', o->f);
    if (o->kind.video) fprintf(o->f, "t=%.3f,%.3f&amp;", s->start, end);
    fprintf(o->f, "xywh=%.0f,%.0f,%.0f,%.0f\"/>\n", x, y, fmax(right - x, 0), fmax(bottom - y, 0));
}

static void emotion(const struct faces_out *o, const struct faces_span *s, double end)
{
    fputs("<emotion", o->f);
    if (o->kind.video) fprintf(o->f, " start=\"%llu\" end=\"%llu\"", faces_ms(s->start), faces_ms(end));
    fprintf(o->f, " expressed-through=\"face\">\n  <info><fer:face number=\"%llu\" confidence=\"%.4f\"/></info>\n",
            (unsigned long long)s->id, s->confidence / (double)s->n);
    if (s->label < o->kind.n_classes) category(o, s, s->label); /* the label first */
    for (size_t k = 0; k < o->kind.n_classes; k++)
        if (k != s->label) category(o, s, k);
    if (o->kind.valence_arousal) {
        dimension(o->f, "valence", s->valence / (double)s->n);
        dimension(o->f, "arousal", s->arousal / (double)s->n);
    }
    reference(o, s, end);
    fputs("</emotion>\n", o->f);
}

static void finish(struct faces_out *o, size_t i, double end)
{
    emotion(o, &o->spans[i], end);
    faces_span_drop(o, i);
}

static bool add_face(struct faces_out *o, const struct faces_frame *frame, size_t i)
{
    uint64_t id = faces_number(frame, i);
    for (size_t k = 0; k < o->n_spans; k++) {
        if (o->spans[k].id != id) continue;
        if (o->spans[k].label == frame->faces[i].label) {
            faces_span_grow(&o->spans[k], &frame->faces[i], o->kind.n_classes);
            return true;
        }
        finish(o, k, frame->seconds);
        break;
    }
    return faces_span_open(o, frame, i) != NULL;
}

static void finish_all(struct faces_out *o, double end)
{
    while (o->n_spans) finish(o, 0, end);
}

static bool frame_emotions(struct faces_out *o, const struct faces_frame *frame)
{
    for (size_t k = 0; k < o->n_spans; k++) o->spans[k].touched = false;
    for (size_t i = 0; i < frame->n; i++)
        if (!add_face(o, frame, i)) return false;
    for (size_t k = o->n_spans; k-- > 0;)
        if (!o->spans[k].touched) finish(o, k, frame->seconds);
    if (!o->kind.video) finish_all(o, 0);
    return true;
}

static void end(struct faces_out *o)
{
    finish_all(o, faces_end(o));
    fputs("</emotionml>\n", o->f);
}

const struct faces_writer faces_emotionml = {begin, frame_emotions, end};
