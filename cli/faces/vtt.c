/* WebVTT: subtitles that a player shows. One cue per face, as long as no face comes, goes, changes its label or moves
 * far.
 */
#include "faces/writer.h"

#include <math.h>

static void begin(struct faces_out *o)
{
    fputs("WEBVTT\n", o->f);
}

static double within(double v, double lo, double hi)
{
    return v < lo ? lo : v > hi ? hi : v;
}

/* Below the chin. Closer to the edge, a centred line would have no room. */
static void place(const struct faces_out *o, const struct faces_span *s)
{
    double n = (double)s->n, w = (double)o->width, h = (double)o->height;
    double x = (s->box[0] + s->box[2] / 2) / n / w, y = (s->box[1] + s->box[3]) / n / h;
    if (w > 0 && h > 0 && isfinite(x) && isfinite(y))
        fprintf(o->f, " position:%.1f%% line:%.1f%%", within(100 * x, 15, 85), within(100 * y, 0, 90));
}

static void cues(struct faces_out *o, unsigned long long from, unsigned long long to)
{
    for (size_t i = 0; i < o->n_spans; i++) {
        const struct faces_span *s = &o->spans[i];
        putc('\n', o->f);
        faces_cue_times(o->f, from, to, '.');
        place(o, s);
        fprintf(o->f, "\nface %llu: ", (unsigned long long)s->id);
        faces_markup_text(o->f, o->kind.classes[s->label]);
        if (s->label < o->kind.n_classes) fprintf(o->f, " %.0f %%", 100 * s->sums[s->label] / (double)s->n);
        putc('\n', o->f);
    }
}

static bool frame_cues(struct faces_out *o, const struct faces_frame *frame)
{
    return faces_cues_add(o, frame, true, cues);
}

static void end(struct faces_out *o)
{
    faces_cues_end(o, faces_end(o), cues);
}

const struct faces_writer faces_vtt = {begin, frame_cues, end};
