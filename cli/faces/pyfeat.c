/* A table for Py-Feat's read_feat(): FaceRect*, the pose, its seven emotions in its order, then other classes. */
#include "base/emotions.h"
#include "base/words.h"
#include "faces/pose.h"
#include "faces/writer.h"

static const enum feri_emotion emotions[] = {FERI_ANGER,   FERI_DISGUST,  FERI_FEAR,   FERI_HAPPINESS,
                                             FERI_SADNESS, FERI_SURPRISE, FERI_NEUTRAL};
#define N_EMOTIONS (sizeof emotions / sizeof *emotions)

static bool is_theirs(const char *name)
{
    size_t emotion = feri_emotion_named(name);
    for (size_t e = 0; e < N_EMOTIONS; e++)
        if (emotions[e] == emotion) return true;
    return false;
}

static void begin(struct faces_out *o)
{
    fputs("FaceRectX,FaceRectY,FaceRectWidth,FaceRectHeight,FaceScore,Pitch,Roll,Yaw", o->f);
    for (size_t e = 0; e < N_EMOTIONS; e++) fprintf(o->f, ",%s", feri_emotion_name(emotions[e]));
    for (size_t k = 0; k < o->kind.n_classes; k++)
        if (!is_theirs(o->kind.classes[k])) faces_csv_text(o->f, o->kind.classes[k]);
    if (o->kind.valence_arousal) fputs(",valence,arousal", o->f);
    fputs(",Identity,input,frame", o->f);
    if (o->kind.video) fputs(",approx_time", o->f);
    putc('\n', o->f);
}

static void row_end(const struct faces_out *o, const struct faces_frame *frame)
{
    faces_csv_text(o->f, frame->file);
    fprintf(o->f, ",%llu", (unsigned long long)frame->frame);
    if (o->kind.video) fprintf(o->f, ",%.3f", frame->seconds);
    putc('\n', o->f);
}

static void emotion_scores(const struct faces_out *o, const fer_face *face)
{
    const struct faces_kind *kind = &o->kind;
    for (size_t e = 0; e < N_EMOTIONS; e++) {
        size_t k;
        if (feri_class_find(kind->n_classes, kind->classes, feri_emotion_name(emotions[e]), &k))
            faces_csv_number(o->f, 6, (double)face->scores[k]);
        else putc(',', o->f); /* a class the model lacks */
    }
    for (size_t k = 0; k < kind->n_classes; k++)
        if (!is_theirs(kind->classes[k])) faces_csv_number(o->f, 6, (double)face->scores[k]);
}

static void face_row(const struct faces_out *o, const struct faces_frame *frame, size_t i)
{
    const fer_face *face = &frame->faces[i];
    fprintf(o->f, "%.2f", (double)face->x);
    faces_csv_number(o->f, 2, (double)face->y);
    faces_csv_number(o->f, 2, (double)face->width);
    faces_csv_number(o->f, 2, (double)face->height);
    faces_csv_number(o->f, 6, (double)face->confidence);
    struct pose_xyz r = pose_xyz_of(face); /* Py-Feat's pitch is positive for a face that looks up */
    faces_csv_number(o->f, 2, -r.x);
    faces_csv_number(o->f, 2, r.z);
    faces_csv_number(o->f, 2, r.y);
    emotion_scores(o, face);
    faces_csv_valence_arousal(o->f, &o->kind, (double)face->valence, (double)face->arousal);
    fprintf(o->f, ",Person_%llu", (unsigned long long)faces_number(frame, i));
    row_end(o, frame);
}

/* Py-Feat has a row of NaN for a frame without a face. */
static void no_face(const struct faces_out *o, const struct faces_frame *frame)
{
    size_t commas = 4 + 3 + N_EMOTIONS + (o->kind.valence_arousal ? 2 : 0) + 1;
    for (size_t k = 0; k < o->kind.n_classes; k++) commas += !is_theirs(o->kind.classes[k]);
    while (commas--) putc(',', o->f);
    row_end(o, frame);
}

static bool frame_rows(struct faces_out *o, const struct faces_frame *frame)
{
    if (frame->n == 0) no_face(o, frame);
    for (size_t i = 0; i < frame->n; i++) face_row(o, frame, i);
    return true;
}

const struct faces_writer faces_pyfeat = {begin, frame_rows, NULL};
