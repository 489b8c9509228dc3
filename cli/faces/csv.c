/* fer's own table: one row per face. A frame or picture without a face is a row with success 0. */
#include "common/cli.h"
#include "faces/writer.h"

#define QUALITY_NAMES   ",yaw,pitch,roll,size,sharpness,occlusion,quality"
#define QUALITY_COLUMNS 7

/* ---- of a video ---- */

static void begin_video(struct faces_out *o)
{
    if (o->kind.named) fputs("file,", o->f);
    fputs("frame,face_id,timestamp,confidence,success,x,y,w,h" QUALITY_NAMES, o->f);
    faces_csv_names(o->f, &o->kind, "");
    fputs(",label", o->f);
    faces_csv_names(o->f, &o->kind, "_smoothed");
    if (o->kind.valence_arousal) fputs(",valence,arousal", o->f);
    putc('\n', o->f);
}

static void film_name(const struct faces_out *o, const struct faces_frame *frame)
{
    if (!o->kind.named) return;
    cli_csv_field(o->f, "", frame->file);
    putc(',', o->f);
}

/* As many fields as in a row with a face, but empty. */
static void no_face(const struct faces_out *o, const struct faces_frame *frame)
{
    size_t empty = 4 + QUALITY_COLUMNS + 2 * o->kind.n_classes + 1 + (o->kind.valence_arousal ? 2 : 0);
    film_name(o, frame);
    fprintf(o->f, "%llu,0,%.6f,0,0", (unsigned long long)frame->frame, frame->seconds);
    while (empty--) putc(',', o->f);
    putc('\n', o->f);
}

static void box(FILE *f, const fer_face *face)
{
    const float numbers[4] = {face->x, face->y, face->width, face->height};
    for (int k = 0; k < 4; k++) faces_csv_number(f, 2, (double)numbers[k]);
}

static void quality(FILE *f, const fer_face *face)
{
    const float angles[3] = {face->yaw, face->pitch, face->roll},
                shares[3] = {face->sharpness, face->occlusion, face->quality};
    for (int k = 0; k < 3; k++) faces_csv_number(f, 2, (double)angles[k]);
    faces_csv_number(f, 2, (double)face->size);
    for (int k = 0; k < 3; k++) faces_csv_number(f, 4, (double)shares[k]);
}

static void face_of_video(const struct faces_out *o, const struct faces_frame *frame, size_t i)
{
    const fer_face *face = &frame->faces[i];
    film_name(o, frame);
    fprintf(o->f, "%llu,%llu,%.6f", (unsigned long long)frame->frame, (unsigned long long)faces_number(frame, i),
            frame->seconds);
    faces_csv_number(o->f, 6, (double)face->confidence);
    fprintf(o->f, ",%d", face->seen);
    box(o->f, face);
    quality(o->f, face);
    faces_csv_scores(o->f, face->scores, o->kind.n_classes);
    faces_csv_text(o->f, o->kind.classes[face->label]);
    faces_csv_scores(o->f, face->smoothed, o->kind.n_classes);
    faces_csv_valence_arousal(o->f, &o->kind, (double)face->valence, (double)face->arousal);
    putc('\n', o->f);
}

/* ---- of pictures ---- */

static void begin_pictures(struct faces_out *o)
{
    fputs("file,label", o->f);
    faces_csv_names(o->f, &o->kind, "");
    if (o->kind.valence_arousal) fputs(",valence,arousal", o->f);
    fputs(",face_id,confidence,success,x,y,w,h" QUALITY_NAMES ",whole\n", o->f);
}

static void no_face_in_picture(const struct faces_out *o, const struct faces_frame *frame)
{
    size_t before = 1 + o->kind.n_classes + (o->kind.valence_arousal ? 2 : 0), after = 4 + QUALITY_COLUMNS;
    cli_csv_field(o->f, "", frame->file);
    while (before--) putc(',', o->f);
    fputs(",0,0,0", o->f);
    while (after--) putc(',', o->f);
    fputs(",0\n", o->f);
}

static void face_of_picture(const struct faces_out *o, const struct faces_frame *frame, size_t i)
{
    const fer_face *face = &frame->faces[i];
    cli_csv_field(o->f, "", frame->file);
    faces_csv_text(o->f, o->kind.classes[face->label]);
    faces_csv_scores(o->f, face->scores, o->kind.n_classes);
    faces_csv_valence_arousal(o->f, &o->kind, (double)face->valence, (double)face->arousal);
    fprintf(o->f, ",%llu", (unsigned long long)faces_number(frame, i));
    faces_csv_number(o->f, 6, (double)face->confidence);
    fputs(",1", o->f);
    box(o->f, face);
    quality(o->f, face);
    fprintf(o->f, ",%d\n", frame->whole);
}

/* ---- both ---- */

static void begin(struct faces_out *o)
{
    if (o->kind.video) begin_video(o);
    else begin_pictures(o);
}

static bool frame_rows(struct faces_out *o, const struct faces_frame *frame)
{
    if (frame->n == 0) (o->kind.video ? no_face : no_face_in_picture)(o, frame);
    for (size_t i = 0; i < frame->n; i++) (o->kind.video ? face_of_video : face_of_picture)(o, frame, i);
    return true;
}

const struct faces_writer faces_csv = {begin, frame_rows, NULL};
