/* SubRip: subtitles for nearly every player. A numbered entry as long as no face comes, goes or changes its label, with
 * a line per face. SubRip entries have no position in the picture, and players show simultaneous ones badly. */
#include "faces/writer.h"

/* SubRip has no way to escape the brackets of tags (<b>, {\an8}), and players disagree on what is a tag. */
static void text(FILE *f, const char *name)
{
    for (; *name; name++) {
        unsigned char c = (unsigned char)*name;
        if (c == '<' || c == '{') putc('(', f);
        else if (c == '>' || c == '}') putc(')', f);
        else putc(c < 32 || c == 127 ? ' ' : c, f);
    }
}

static void entry(struct faces_out *o, unsigned long long from, unsigned long long to)
{
    fprintf(o->f, "%llu\n", (unsigned long long)o->n_cues);
    faces_cue_times(o->f, from, to, ',');
    putc('\n', o->f);
    for (size_t i = 0; i < o->n_spans; i++) {
        const struct faces_span *s = &o->spans[i];
        fprintf(o->f, "face %llu: ", (unsigned long long)s->id);
        text(o->f, o->kind.classes[s->label]);
        if (s->label < o->kind.n_classes) fprintf(o->f, " %.0f %%", 100 * s->sums[s->label] / (double)s->n);
        putc('\n', o->f);
    }
    putc('\n', o->f);
}

static bool frame_entries(struct faces_out *o, const struct faces_frame *frame)
{
    return faces_cues_add(o, frame, false, entry);
}

static void end(struct faces_out *o)
{
    faces_cues_end(o, faces_end(o), entry);
}

const struct faces_writer faces_srt = {NULL, frame_entries, end};
