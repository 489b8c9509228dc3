/* A table with OpenFace 2's names and order of columns. Three of its 68 points are among ours: the tip of the nose (30)
 * and the corners of the mouth (48, 54). Gaze, distance and action units are unknown and left out; readers look columns
 * up by name. */
#include "base/angle.h"
#include "common/cli.h"
#include "faces/pose.h"
#include "faces/writer.h"

static const int points[] = {FER_NOSE, FER_MOUTH_LEFT, FER_MOUTH_RIGHT};

/* OpenFace's own tables are of one video, and have no such column. */
static bool names_file(const struct faces_out *o)
{
    return !o->kind.video || o->kind.named;
}

static void begin(struct faces_out *o)
{
    if (names_file(o)) fputs("file,", o->f);
    fputs("frame,face_id,timestamp,confidence,success,pose_Rx,pose_Ry,pose_Rz,x_30,x_48,x_54,y_30,y_48,y_54", o->f);
    faces_csv_names(o->f, &o->kind, "");
    putc('\n', o->f);
}

/* OpenFace counts frames from 1 and faces from 0, and writes a frame without a face as zeros. */
static void row_start(const struct faces_out *o, const struct faces_frame *frame, uint64_t face)
{
    if (names_file(o)) {
        cli_csv_field(o->f, "", frame->file);
        putc(',', o->f);
    }
    fprintf(o->f, "%llu,%llu,%.3f", (unsigned long long)frame->frame + 1, (unsigned long long)face, frame->seconds);
}

static void face_row(const struct faces_out *o, const struct faces_frame *frame, size_t i)
{
    const fer_face *face = &frame->faces[i];
    row_start(o, frame, faces_number(frame, i) - 1);
    faces_csv_number(o->f, 3, (double)face->confidence);
    fprintf(o->f, ",%d", face->seen);
    struct pose_xyz r = pose_xyz_of(face);
    faces_csv_number(o->f, 3, r.x * FERI_PI / 180);
    faces_csv_number(o->f, 3, r.y * FERI_PI / 180);
    faces_csv_number(o->f, 3, r.z * FERI_PI / 180);
    for (int axis = 0; axis < 2; axis++)
        for (int p = 0; p < 3; p++) faces_csv_number(o->f, 1, (double)face->points[points[p]][axis]);
    faces_csv_scores(o->f, face->scores, o->kind.n_classes);
    putc('\n', o->f);
}

static bool frame_rows(struct faces_out *o, const struct faces_frame *frame)
{
    if (frame->n == 0) {
        row_start(o, frame, 0);
        fputs(",0,0,0,0,0,0,0,0,0,0,0", o->f);
        for (size_t k = 0; k < o->kind.n_classes; k++) fputs(",0", o->f);
        putc('\n', o->f);
    }
    for (size_t i = 0; i < frame->n; i++) face_row(o, frame, i);
    return true;
}

const struct faces_writer faces_openface = {begin, frame_rows, NULL};
