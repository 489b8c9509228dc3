#include "data/table_writer.h"

#include "base/decimal.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

struct feri_table_writer feri_table_writer(const struct feri_dataset *ds, FILE *f)
{
    struct feri_table_writer w = {.ds = ds, .f = f};
    for (size_t i = 0; i < feri_dataset_size(ds); i++) {
        struct feri_annotation a = feri_dataset_annotation(ds, i);
        w.affect = w.affect || !isnan(a.valence) || !isnan(a.arousal);
        w.boxes = w.boxes || a.box[2] > 0;
        w.votes = w.votes || feri_dataset_votes(ds, i);
        w.landmarks = w.landmarks || feri_dataset_has_landmarks(ds, i);
    }
    return w;
}

void feri_table_write_header(const struct feri_table_writer *w)
{
    fprintf(w->f, "image,split,label%s%s%s%s%s%s\n", w->affect ? ",valence,arousal" : "", w->boxes ? ",x,y,w,h" : "",
            w->votes ? ",distribution" : "", w->agreement ? ",agreement" : "", w->landmarks ? ",landmarks" : "",
            w->places ? ",offset,size,width,height,channels" : "");
}

static void write_text(FILE *f, const char *text)
{
    if (!strpbrk(text, ",\"\r\n")) {
        fputs(text, f);
        return;
    }
    putc('"', f);
    for (; *text; text++) {
        if (*text == '"') putc('"', f);
        putc(*text, f);
    }
    putc('"', f);
}

/* The fewest digits that identify the float. NaN becomes an empty field. */
static void write_number(FILE *f, float v)
{
    char text[32];
    if (isnan(v)) return;
    feri_snprintf(text, sizeof text, "%.9g", (double)v);
    fputs(text, f);
}

static void write_votes(const struct feri_table_writer *w, size_t i)
{
    const float *votes = feri_dataset_votes(w->ds, i);
    const char *separator = "";
    putc(',', w->f);
    for (size_t k = 0; votes && k < feri_dataset_n_classes(w->ds); k++) {
        if (!(votes[k] > 0)) continue;
        fprintf(w->f, "%s%s:", separator, feri_dataset_class(w->ds, k));
        write_number(w->f, votes[k]);
        separator = ";";
    }
}

static fer_status write_landmarks(const struct feri_table_writer *w, size_t i, fer_error *err)
{
    float points[2 * FERI_LANDMARKS];
    bool has;
    fer_status st = feri_dataset_landmarks(w->ds, i, points, &has, err);
    if (st != FER_OK) return st;
    putc(',', w->f);
    for (size_t k = 0; has && k < 2 * FERI_LANDMARKS; k++) {
        if (k) putc(';', w->f);
        write_number(w->f, points[k]);
    }
    return FER_OK;
}

static void write_place(FILE *f, const struct feri_packed_at *at)
{
    fprintf(f, ",%" PRIu64 ",%zu,", at->at, at->size);
    if (at->width) fprintf(f, "%zu,%zu,%zu", at->width, at->height, at->channels);
    else fputs(",,", f);
}

fer_status feri_table_write_row(const struct feri_table_writer *w, size_t i, const char *image, fer_split split,
                                const struct feri_packed_at *at, fer_error *err)
{
    struct feri_annotation a = feri_dataset_annotation(w->ds, i);
    fer_status st = FER_OK;
    write_text(w->f, image);
    fprintf(w->f, ",%s,", split == FER_SPLIT_NONE ? "" : fer_split_name(split));
    write_text(w->f, feri_dataset_class(w->ds, feri_dataset_label(w->ds, i)));
    if (w->affect) {
        putc(',', w->f);
        write_number(w->f, a.valence);
        putc(',', w->f);
        write_number(w->f, a.arousal);
    }
    for (size_t k = 0; w->boxes && k < 4; k++) {
        putc(',', w->f);
        if (a.box[2] > 0) write_number(w->f, a.box[k]);
    }
    if (w->votes) write_votes(w, i);
    if (w->agreement) {
        putc(',', w->f);
        write_number(w->f, w->agreement[i]);
    }
    if (w->landmarks) st = write_landmarks(w, i, err);
    if (w->places) write_place(w->f, at);
    putc('\n', w->f);
    return st;
}
