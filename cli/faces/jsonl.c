/* JSON lines: one object per picture or frame, with its faces in an array. */
#include "common/cli.h"
#include "faces/writer.h"

#include <math.h>
#include <stdlib.h>

/* To the seven digits that a float has. */
static json_t *number(double v)
{
    char text[32];
    snprintf(text, sizeof text, "%.7g", v);
    return cli_json_number(strtod(text, NULL));
}

static json_t *box_of(const fer_face *face)
{
    return json_pack("[o,o,o,o]", number((double)face->x), number((double)face->y), number((double)face->width),
                     number((double)face->height));
}

static json_t *points_of(const fer_face *face)
{
    json_t *all = json_array();
    for (int p = 0; p < FER_FACE_POINTS; p++)
        feri_json_add(all, json_pack("[o,o]", number((double)face->points[p][0]), number((double)face->points[p][1])));
    return all;
}

static json_t *scores_of(const struct faces_kind *kind, const float *scores)
{
    json_t *all = json_object();
    for (size_t k = 0; k < kind->n_classes; k++) feri_json_set(all, kind->classes[k], number((double)scores[k]));
    return all;
}

static void add_quality(json_t *doc, const fer_face *face)
{
    feri_json_set(doc, "pose",
                  json_pack("{s:o,s:o,s:o}", "yaw", number((double)face->yaw), "pitch", number((double)face->pitch),
                            "roll", number((double)face->roll)));
    feri_json_set(doc, "size", number((double)face->size));
    feri_json_set(doc, "sharpness", number((double)face->sharpness));
    feri_json_set(doc, "occlusion", number((double)face->occlusion));
    feri_json_set(doc, "quality", number((double)face->quality));
}

static void add_valence_arousal(json_t *doc, const struct faces_kind *kind, const fer_face *face)
{
    if (!kind->valence_arousal) return;
    feri_json_set(doc, "valence", number((double)face->valence));
    feri_json_set(doc, "arousal", number((double)face->arousal));
}

static json_t *face_of(const struct faces_kind *kind, const struct faces_frame *frame, size_t i)
{
    const fer_face *face = &frame->faces[i];
    json_t *doc = json_object();
    feri_json_set(doc, "face_id", json_integer((json_int_t)faces_number(frame, i)));
    feri_json_set(doc, "box", box_of(face));
    feri_json_set(doc, "confidence", number((double)face->confidence));
    if (kind->video) feri_json_set(doc, "seen", json_boolean(face->seen));
    feri_json_set(doc, "points", points_of(face));
    if (face->turned) feri_json_set(doc, "turned", json_integer(face->turned));
    add_quality(doc, face);
    feri_json_set(doc, "label", feri_json_string(kind->classes[face->label]));
    feri_json_set(doc, "scores", scores_of(kind, face->scores));
    if (kind->video) feri_json_set(doc, "smoothed", scores_of(kind, face->smoothed));
    add_valence_arousal(doc, kind, face);
    return doc;
}

static bool frame_line(struct faces_out *o, const struct faces_frame *frame)
{
    json_t *doc = json_object(), *faces = json_array();
    if (o->kind.named) feri_json_set(doc, "file", feri_json_string(frame->file));
    if (o->kind.video) {
        feri_json_set(doc, "t", json_real(round(frame->seconds * 1e6) / 1e6));
        feri_json_set(doc, "frame", json_integer((json_int_t)frame->frame));
    } else {
        feri_json_set(doc, "file", feri_json_string(frame->file));
        feri_json_set(doc, "width", json_integer((json_int_t)frame->width));
        feri_json_set(doc, "height", json_integer((json_int_t)frame->height));
        feri_json_set(doc, "whole", json_boolean(frame->whole));
    }
    if (frame->whole && frame->n == 1) { /* so that readers need not look into the array */
        feri_json_set(doc, "label", feri_json_string(o->kind.classes[frame->faces[0].label]));
        feri_json_set(doc, "scores", scores_of(&o->kind, frame->faces[0].scores));
        add_valence_arousal(doc, &o->kind, &frame->faces[0]);
    }
    for (size_t i = 0; i < frame->n; i++) feri_json_add(faces, face_of(&o->kind, frame, i));
    feri_json_set(doc, "faces", faces);
    char *text = !cli_json_mark(doc) ? NULL : feri_json_dump(doc, JSON_COMPACT | JSON_REAL_PRECISION(15));
    json_decref(doc);
    if (!text) return cli_no_memory();
    fprintf(o->f, "%s\n", text);
    free(text);
    return true;
}

const struct faces_writer faces_jsonl = {NULL, frame_line, NULL};
