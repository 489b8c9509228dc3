#include "faces/summary.h"

#include "base/mem.h"
#include "base/sorted.h"
#include "common/cli.h"
#include "faces/writer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const summary_format_words[] = {"text", "json", "csv", NULL};

/* Means over time are sums of these times seconds. */
enum { CONFIDENCE, VALENCE, AROUSAL, SCORES, VALUES = SCORES + FER_FACE_CLASSES };

struct row {
    uint64_t id; /* first, see find() */
    uint64_t transitions;
    double first, last, seconds, by_class[FER_FACE_CLASSES + 1];
    double sums[VALUES];
    bool seen;    /* at all */
    bool now;     /* seen in the latest frame, whose end is not known yet: */
    size_t label; /* and otherwise when it was last seen */
    float at[VALUES];
};

struct summary {
    struct faces_kind kind;
    struct frame_clock clock;
    uint64_t n_frames;
    double start;
    struct row *rows; /* by id */
    size_t n, cap;
    uint64_t *present; /* ids of the latest frame */
    size_t n_present, cap_present;
};

struct summary *summary_new(const struct faces_kind *kind)
{
    struct summary *s = calloc(1, sizeof *s);
    if (s) s->kind = *kind;
    else cli_no_memory();
    return s;
}

void summary_free(struct summary *s)
{
    if (!s) return;
    free(s->rows);
    free(s->present);
    free(s);
}

/* The first row whose id is not smaller. */
static size_t find(const struct summary *s, uint64_t id)
{
    return feri_find_id(s->n, s->rows, sizeof *s->rows, id);
}

static struct row *row_of(struct summary *s, uint64_t id, double seconds)
{
    size_t i = find(s, id);
    if (i < s->n && s->rows[i].id == id) return &s->rows[i];
    if (!feri_grow(&s->rows, &s->cap, s->n + 1, sizeof *s->rows)) {
        cli_no_memory();
        return NULL;
    }
    memmove(s->rows + i + 1, s->rows + i, (s->n - i) * sizeof *s->rows);
    s->n++;
    s->rows[i] = (struct row){.id = id, .first = seconds, .last = seconds};
    return &s->rows[i];
}

/* The current frame lasted `step` seconds, until `end`. */
static void account(struct row *r, double step, double end)
{
    if (!r->now) return;
    r->seconds += step;
    r->by_class[r->label] += step;
    for (size_t i = 0; i < VALUES; i++) r->sums[i] += step * (double)r->at[i];
    r->last = end;
    r->now = false;
}

static void note(struct row *r, const fer_face *face)
{
    r->now = true;
    r->transitions += r->seen && r->label != face->label;
    r->seen = true;
    r->label = face->label;
    r->at[CONFIDENCE] = face->confidence;
    r->at[VALENCE] = face->valence;
    r->at[AROUSAL] = face->arousal;
    memcpy(r->at + SCORES, face->scores, sizeof face->scores);
}

bool summary_add(struct summary *s, const struct faces_frame *frame)
{
    if (s->n_frames++ == 0) s->start = frame->seconds;
    double step = frame_clock_tick(&s->clock, frame->seconds);
    for (size_t i = 0; i < s->n_present; i++) account(&s->rows[find(s, s->present[i])], step, frame->seconds);
    s->n_present = 0;
    for (size_t i = 0; i < frame->n; i++) {
        if (!frame->faces[i].seen) continue;
        if (!feri_grow(&s->present, &s->cap_present, s->n_present + 1, sizeof *s->present)) return cli_no_memory();
        struct row *r = row_of(s, faces_number(frame, i), frame->seconds);
        if (!r) return false;
        note(r, &frame->faces[i]);
        s->present[s->n_present++] = r->id;
    }
    return true;
}

static double mean(const struct row *r, size_t value)
{
    return r->seconds > 0 ? r->sums[value] / r->seconds : (double)NAN;
}

bool summary_face(const struct summary *s, size_t i, struct summary_face *out)
{
    if (i >= s->n) return false;
    struct row r = s->rows[i];
    double step = frame_clock_last(&s->clock);
    account(&r, step, s->clock.now + step);
    *out = (struct summary_face){
        .id = r.id, .first = r.first, .last = r.last, .seconds = r.seconds, .transitions = r.transitions};
    memcpy(out->by_class, r.by_class, sizeof out->by_class);
    for (size_t k = 0; k < FER_FACE_CLASSES; k++) out->means[k] = mean(&r, SCORES + k);
    out->confidence = mean(&r, CONFIDENCE);
    out->valence = s->kind.valence_arousal ? mean(&r, VALENCE) : NAN;
    out->arousal = s->kind.valence_arousal ? mean(&r, AROUSAL) : NAN;
    return true;
}

static double share(const struct summary_face *f, size_t k)
{
    return f->seconds > 0 ? f->by_class[k] / f->seconds : 0;
}

static double duration(const struct summary *s)
{
    return s->clock.now + frame_clock_last(&s->clock) - s->start;
}

/* ---- text ---- */

static int width_of(const char *name)
{
    int w = (int)strlen(name);
    return w < 7 ? 7 : w;
}

static void print_text(const struct summary *s, FILE *to)
{
    struct summary_face f;
    fprintf(to, "%llu frames, %.2f s, %zu %s\n", (unsigned long long)s->n_frames, duration(s), s->n,
            s->n == 1 ? "face" : "faces");
    if (s->n == 0) return;
    fprintf(to, "\n%6s %9s %9s %9s %10s", "face", "first", "last", "seconds", "confidence");
    for (size_t k = 0; k < s->kind.n_classes; k++)
        fprintf(to, " %*s", width_of(s->kind.classes[k]), s->kind.classes[k]);
    if (s->kind.valence_arousal) fprintf(to, " %7s %7s", "valence", "arousal");
    putc('\n', to);
    for (size_t i = 0; summary_face(s, i, &f); i++) {
        fprintf(to, "%6llu %9.2f %9.2f %9.2f %10.3f", (unsigned long long)f.id, f.first, f.last, f.seconds,
                f.confidence);
        for (size_t k = 0; k < s->kind.n_classes; k++)
            fprintf(to, " %*.1f %%", width_of(s->kind.classes[k]) - 2, 100 * share(&f, k));
        if (s->kind.valence_arousal) fprintf(to, " %7.2f %7.2f", f.valence, f.arousal);
        putc('\n', to);
    }
}

/* ---- CSV ---- */

static void csv_header(const struct faces_kind *kind, FILE *to)
{
    fputs("face_id,first,last,seconds,confidence", to);
    faces_csv_names(to, kind, "");
    faces_csv_names(to, kind, "_mean");
    if (kind->valence_arousal) fputs(",valence,arousal", to);
    fputs(",transitions", to);
}

static void csv_row(const struct faces_kind *kind, const struct summary_face *f, FILE *to)
{
    fprintf(to, "%llu,%.6f,%.6f,%.6f", (unsigned long long)f->id, f->first, f->last, f->seconds);
    faces_csv_number(to, 6, f->confidence);
    for (size_t k = 0; k < kind->n_classes; k++) faces_csv_number(to, 6, share(f, k));
    for (size_t k = 0; k < kind->n_classes; k++) faces_csv_number(to, 6, f->means[k]);
    faces_csv_valence_arousal(to, kind, f->valence, f->arousal);
    fprintf(to, ",%llu", (unsigned long long)f->transitions);
}

static void print_csv(const struct summary *s, FILE *to)
{
    struct summary_face f;
    csv_header(&s->kind, to);
    putc('\n', to);
    for (size_t i = 0; summary_face(s, i, &f); i++) {
        csv_row(&s->kind, &f, to);
        putc('\n', to);
    }
}

/* ---- the table of several films ---- */

void summary_films_header(const struct faces_kind *kind, FILE *to)
{
    fputs("file,", to);
    csv_header(kind, to);
    fputs(",complete\n", to);
}

/* As many fields as in a row with a face, but empty. */
static void no_face(const struct faces_kind *kind, const char *file, bool complete, FILE *to)
{
    size_t empty = 4 + 2 * kind->n_classes + (kind->valence_arousal ? 2 : 0) + 1;
    cli_csv_field(to, "", file);
    fputs(",0", to);
    while (empty--) putc(',', to);
    fprintf(to, ",%d\n", complete);
}

void summary_films_unread(const struct faces_kind *kind, const char *file, FILE *to)
{
    no_face(kind, file, false, to);
}

void summary_films_rows(const struct summary *s, const char *file, bool complete, FILE *to)
{
    struct summary_face f;
    if (s->n == 0) no_face(&s->kind, file, complete, to);
    for (size_t i = 0; summary_face(s, i, &f); i++) {
        cli_csv_field(to, "", file);
        putc(',', to);
        csv_row(&s->kind, &f, to);
        fprintf(to, ",%d\n", complete);
    }
}

/* ---- JSON ---- */

static json_t *number(double v)
{
    return cli_json_number(round(v * 1e6) / 1e6);
}

static json_t *json_of(const struct summary *s, const struct summary_face *f)
{
    json_t *shares = json_object(), *means = json_object();
    for (size_t k = 0; k < s->kind.n_classes; k++) {
        feri_json_set(shares, s->kind.classes[k], number(share(f, k)));
        feri_json_set(means, s->kind.classes[k], number(f->means[k]));
    }
    json_t *doc =
        json_pack("{s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:I}", "face_id", (json_int_t)f->id, "first", number(f->first),
                  "last", number(f->last), "seconds", number(f->seconds), "confidence", number(f->confidence), "shares",
                  shares, "means", means, "transitions", (json_int_t)f->transitions);
    if (doc && s->kind.valence_arousal) {
        feri_json_set(doc, "valence", number(f->valence));
        feri_json_set(doc, "arousal", number(f->arousal));
    }
    return doc;
}

static bool print_json(const struct summary *s, FILE *to)
{
    struct summary_face f;
    json_t *faces = json_array();
    for (size_t i = 0; summary_face(s, i, &f); i++) feri_json_add(faces, json_of(s, &f));
    json_t *doc =
        json_pack("{s:I, s:o, s:o}", "frames", (json_int_t)s->n_frames, "seconds", number(duration(s)), "faces", faces);
    char *text = !cli_json_mark(doc) ? NULL : feri_json_dump(doc, JSON_INDENT(2) | JSON_REAL_PRECISION(15));
    json_decref(doc);
    if (!text) return cli_no_memory();
    fprintf(to, "%s\n", text);
    free(text);
    return true;
}

int summary_print(const struct summary *s, enum summary_format format, FILE *to)
{
    bool ok = true;
    if (format == SUMMARY_JSON) ok = print_json(s, to);
    else if (format == SUMMARY_CSV) print_csv(s, to);
    else print_text(s, to);
    if (ok && !ferror(to)) return CLI_OK;
    return cli_fail("the summary cannot be written");
}
