#include "base/mem.h"
#include "common/cli.h"
#include "faces/writer.h"

#include <math.h>
#include <string.h>

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
    if (!feri_grow(&o->spans, &o->cap_spans, o->n_spans + 1, sizeof *o->spans)) {
        cli_no_memory();
        return NULL;
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

/* ---- cues ---- */

static bool is_near(const struct faces_span *s, const fer_face *face)
{
    float dx = face->x + face->width / 2 - s->first[0] - s->first[2] / 2,
          dy = face->y + face->height - s->first[1] - s->first[3];
    return fabsf(dx) <= s->first[2] / 2 && fabsf(dy) <= s->first[3] / 2;
}

static struct faces_span *same(struct faces_out *o, const struct faces_frame *frame, size_t i, bool placed)
{
    const fer_face *face = &frame->faces[i];
    uint64_t id = faces_number(frame, i);
    for (size_t k = 0; k < o->n_spans; k++) {
        struct faces_span *s = &o->spans[k];
        if (s->id == id) return s->label == face->label && (!placed || is_near(s, face)) ? s : NULL;
    }
    return NULL;
}

void faces_cues_end(struct faces_out *o, double end, faces_cues_fn *write)
{
    unsigned long long to = faces_ms(end);
    unsigned long long from = o->n_spans > 0 ? faces_ms(o->spans[0].start) : to;
    if (from < to) { /* a cue must last */
        o->n_cues++;
        write(o, from, to);
    }
    o->n_spans = 0;
}

bool faces_cues_add(struct faces_out *o, const struct faces_frame *frame, bool placed, faces_cues_fn *write)
{
    bool go_on = frame->n == o->n_spans;
    for (size_t i = 0; go_on && i < frame->n; i++) go_on = same(o, frame, i, placed) != NULL;
    if (!go_on) faces_cues_end(o, frame->seconds, write);
    for (size_t i = 0; i < frame->n; i++) {
        if (go_on) faces_span_grow(same(o, frame, i, placed), &frame->faces[i], o->kind.n_classes);
        else if (!faces_span_open(o, frame, i)) return false;
    }
    return true;
}

/* ---- times ---- */

unsigned long long faces_ms(double seconds)
{
    return (unsigned long long)llround(seconds * 1000);
}

double faces_end(const struct faces_out *o)
{
    return o->clock.now + frame_clock_last(&o->clock);
}

static void timestamp(FILE *f, unsigned long long ms, char point)
{
    fprintf(f, "%02llu:%02llu:%02llu%c%03llu", ms / 3600000, ms / 60000 % 60, ms / 1000 % 60, point, ms % 1000);
}

void faces_cue_times(FILE *f, unsigned long long from, unsigned long long to, char point)
{
    timestamp(f, from, point);
    fputs(" --> ", f);
    timestamp(f, to, point);
}
