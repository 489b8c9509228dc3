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
        json_array_append_new(
            all, json_pack("[o,o]", number((double)face->points[p][0]), number((double)face->points[p][1])));
    return all;
}

static json_t *scores_of(const struct faces_kind *kind, const float *scores)
{
    json_t *all = json_object();
    for (size_t k = 0; k < kind->n_classes; k++) json_object_set_new(all, kind->classes[k], number((double)scores[k]));
    return all;
}

static void add_valence_arousal(json_t *doc, const struct faces_kind *kind, const fer_face *face)
{
    if (!kind->valence_arousal) return;
    json_object_set_new(doc, "valence", number((double)face->valence));
    json_object_set_new(doc, "arousal", number((double)face->arousal));
}

static json_t *face_of(const struct faces_kind *kind, const struct faces_frame *frame, size_t i)
{
    const fer_face *face = &frame->faces[i];
    json_t *doc = json_object();
    json_object_set_new(doc, "face_id", json_integer((json_int_t)faces_number(frame, i)));
    json_object_set_new(doc, "box", box_of(face));
    json_object_set_new(doc, "confidence", number((double)face->confidence));
    if (kind->video) json_object_set_new(doc, "seen", json_boolean(face->seen));
    json_object_set_new(doc, "points", points_of(face));
    if (face->turned) json_object_set_new(doc, "turned", json_integer(face->turned));
    json_object_set_new(doc, "label", cli_json_text(kind->classes[face->label]));
    json_object_set_new(doc, "scores", scores_of(kind, face->scores));
    if (kind->video) json_object_set_new(doc, "smoothed", scores_of(kind, face->smoothed));
    add_valence_arousal(doc, kind, face);
    return doc;
}

static bool frame_line(struct faces_out *o, const struct faces_frame *frame)
{
    json_t *doc = json_object(), *faces = json_array();
    if (o->kind.video) {
        json_object_set_new(doc, "t", json_real(round(frame->seconds * 1e6) / 1e6));
        json_object_set_new(doc, "frame", json_integer((json_int_t)frame->frame));
    } else {
        json_object_set_new(doc, "file", cli_json_text(frame->file));
        json_object_set_new(doc, "width", json_integer((json_int_t)frame->width));
        json_object_set_new(doc, "height", json_integer((json_int_t)frame->height));
        json_object_set_new(doc, "whole", json_boolean(frame->whole));
    }
    if (frame->whole && frame->n == 1) { /* so that readers need not look into the array */
        json_object_set_new(doc, "label", cli_json_text(o->kind.classes[frame->faces[0].label]));
        json_object_set_new(doc, "scores", scores_of(&o->kind, frame->faces[0].scores));
        add_valence_arousal(doc, &o->kind, &frame->faces[0]);
    }
    for (size_t i = 0; i < frame->n; i++) json_array_append_new(faces, face_of(&o->kind, frame, i));
    bool ok = json_object_set_new(doc, "faces", faces) == 0 && cli_json_mark(doc);
    if (ok && json_dumpf(doc, o->f, JSON_COMPACT | JSON_REAL_PRECISION(15)) == 0) putc('\n', o->f);
    else if (!ferror(o->f)) {
        cli_no_memory();
        ok = false;
    }
    json_decref(doc);
    return ok;
}

const struct faces_writer faces_jsonl = {NULL, frame_line, NULL};
