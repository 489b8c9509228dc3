/* WebVTT: subtitles that a player shows. A cue a face, as long as no face comes, goes, changes its label or moves far.
 */
#include "faces/writer.h"

#include <math.h>

static void begin(struct faces_out *o)
{
    fputs("WEBVTT\n", o->f);
}

static void timestamp(FILE *f, unsigned long long ms)
{
    fprintf(f, "%02llu:%02llu:%02llu.%03llu", ms / 3600000, ms / 60000 % 60, ms / 1000 % 60, ms % 1000);
}

static double within(double v, double lo, double hi)
{
    return v < lo ? lo : v > hi ? hi : v;
}

/* Below the chin; nearer to the rim a centred line would have no room. */
static void place(const struct faces_out *o, const struct faces_span *s)
{
    double n = (double)s->n, w = (double)o->width, h = (double)o->height;
    double x = (s->box[0] + s->box[2] / 2) / n / w, y = (s->box[1] + s->box[3]) / n / h;
    if (w > 0 && h > 0 && isfinite(x) && isfinite(y))
        fprintf(o->f, " position:%.1f%% line:%.1f%%", within(100 * x, 15, 85), within(100 * y, 0, 90));
}

static void cue(struct faces_out *o, const struct faces_span *s, double end)
{
    unsigned long long from = (unsigned long long)llround(s->start * 1000),
                       to = (unsigned long long)llround(end * 1000);
    if (to <= from) return; /* a cue must last */
    putc('\n', o->f);
    timestamp(o->f, from);
    fputs(" --> ", o->f);
    timestamp(o->f, to);
    place(o, s);
    fprintf(o->f, "\nface %llu: ", (unsigned long long)s->id);
    faces_markup_text(o->f, o->kind.classes[s->label]);
    fprintf(o->f, " %.0f %%\n", 100 * s->sums[s->label] / (double)s->n);
}

static void close_all(struct faces_out *o, double end)
{
    for (size_t i = 0; i < o->n_spans; i++) cue(o, &o->spans[i], end);
    o->n_spans = 0;
}

static bool is_near(const struct faces_span *s, const fer_face *face)
{
    float dx = face->x + face->width / 2 - s->first[0] - s->first[2] / 2,
          dy = face->y + face->height - s->first[1] - s->first[3];
    return fabsf(dx) <= s->first[2] / 2 && fabsf(dy) <= s->first[3] / 2;
}

static struct faces_span *same(struct faces_out *o, const struct faces_frame *frame, size_t i)
{
    uint64_t id = faces_number(frame, i);
    for (size_t k = 0; k < o->n_spans; k++) {
        struct faces_span *s = &o->spans[k];
        if (s->id == id) return s->label == frame->faces[i].label && is_near(s, &frame->faces[i]) ? s : NULL;
    }
    return NULL;
}

static bool frame_cues(struct faces_out *o, const struct faces_frame *frame)
{
    bool go_on = frame->n == o->n_spans;
    for (size_t i = 0; go_on && i < frame->n; i++) go_on = same(o, frame, i) != NULL;
    if (!go_on) close_all(o, frame->seconds);
    for (size_t i = 0; i < frame->n; i++) {
        if (go_on) faces_span_grow(same(o, frame, i), &frame->faces[i], o->kind.n_classes);
        else if (!faces_span_open(o, frame, i)) return false;
    }
    return true;
}

static void end(struct faces_out *o)
{
    close_all(o, o->clock.now + frame_clock_last(&o->clock));
}

const struct faces_writer faces_vtt = {begin, frame_cues, end};
