/* The functions that web/libfer.js calls: pictures in, faces out as rows of doubles. JavaScript sees no structure of
 * fer/fer.h, so their layout stays this file's concern. */
#include "fer/pipeline.h"
#include "models/model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT(name) __attribute__((export_name(#name), used)) name

#define FACES_MAX 1024

/* The columns of a face, as web/libfer.js reads them. The scores and then the smoothed scores follow. */
enum column {
    COLUMN_ID,
    COLUMN_BOX,
    COLUMN_CONFIDENCE = COLUMN_BOX + 4,
    COLUMN_POINTS,
    COLUMN_TURNED = COLUMN_POINTS + 2 * FER_FACE_POINTS,
    COLUMN_SEEN,
    COLUMN_LABEL,
    COLUMN_VALENCE,
    COLUMN_AROUSAL,
    COLUMN_POSE,
    COLUMN_QUALITY = COLUMN_POSE + 3,
    COLUMN_SCORES = COLUMN_QUALITY + 4
};

/* A loaded model with the last answer and the last error. */
struct fer_web {
    fer_model *model;
    fer_face faces[FACES_MAX];
    double rows[FACES_MAX][COLUMN_SCORES + 2 * FER_FACE_CLASSES];
    bool whole;
    fer_error error;
};

struct fer_web *EXPORT(fer_web_new)(void)
{
    return calloc(1, sizeof(struct fer_web));
}

void EXPORT(fer_web_free)(struct fer_web *w)
{
    if (!w) return;
    fer_model_free(w->model);
    free(w);
}

/* Memory for what JavaScript passes. */
void *EXPORT(fer_web_alloc)(size_t size)
{
    return malloc(size);
}

void EXPORT(fer_web_release)(void *memory)
{
    free(memory);
}

const char *EXPORT(fer_web_error)(const struct fer_web *w)
{
    return w->error.text;
}

/* Take a .safetensors file; its bytes are no longer needed afterwards. */
bool EXPORT(fer_web_load)(struct fer_web *w, const uint8_t *data, size_t size)
{
    fer_model_free(w->model);
    return feri_model_load_bytes(data, size, "the weights", &w->model, &w->error) == FER_OK;
}

size_t EXPORT(fer_web_n_classes)(const struct fer_web *w)
{
    return fer_model_get_info(w->model).n_classes;
}

const char *EXPORT(fer_web_class)(const struct fer_web *w, size_t i)
{
    return fer_model_get_info(w->model).classes[i];
}

const char *EXPORT(fer_web_model_name)(const struct fer_web *w)
{
    return fer_model_get_info(w->model).name;
}

const char *EXPORT(fer_web_provenance)(const struct fer_web *w)
{
    return fer_model_get_info(w->model).provenance;
}

bool EXPORT(fer_web_has_valence_arousal)(const struct fer_web *w)
{
    return fer_model_has_valence_arousal(w->model);
}

/* rotate: degrees, or -1 for FER_ROTATE_AUTO. */
fer_pipeline *EXPORT(fer_web_pipeline)(struct fer_web *w, float threshold, float smallest, size_t longest, int rotate,
                                       bool tta, unsigned threads)
{
    fer_pipeline *p;
    fer_pipeline_options opt = {
        .detector = {.threshold = threshold,
                     .smallest = smallest,
                     .longest = longest,
                     .rotate = rotate < 0 ? FER_ROTATE_AUTO : (fer_rotation)(rotate / 90)},
        .model = w->model,
        .tta = tta,
        .threads = threads,
    };
    return fer_pipeline_new(&opt, &p, &w->error) == FER_OK ? p : NULL;
}

void EXPORT(fer_web_pipeline_free)(fer_pipeline *p)
{
    fer_pipeline_free(p);
}

static void write_numbers(double *row, size_t n, const float *values)
{
    for (size_t i = 0; i < n; i++) row[i] = (double)values[i];
}

static void write_row(const fer_face *f, size_t n_classes, double *row)
{
    row[COLUMN_ID] = (double)f->id;
    write_numbers(row + COLUMN_BOX, 4, (const float[]){f->x, f->y, f->width, f->height});
    row[COLUMN_CONFIDENCE] = (double)f->confidence;
    write_numbers(row + COLUMN_POINTS, (size_t)2 * FER_FACE_POINTS, f->points[0]);
    row[COLUMN_TURNED] = f->turned;
    row[COLUMN_SEEN] = f->seen;
    row[COLUMN_LABEL] = (double)f->label;
    row[COLUMN_VALENCE] = (double)f->valence;
    row[COLUMN_AROUSAL] = (double)f->arousal;
    write_numbers(row + COLUMN_POSE, 3, (const float[]){f->yaw, f->pitch, f->roll});
    write_numbers(row + COLUMN_QUALITY, 4, (const float[]){f->size, f->sharpness, f->occlusion, f->quality});
    write_numbers(row + COLUMN_SCORES, n_classes, f->scores);
    write_numbers(row + COLUMN_SCORES + n_classes, n_classes, f->smoothed);
}

/* The number of faces, or -1 and an error. */
static int finish(struct fer_web *w, fer_status st, size_t n)
{
    if (st != FER_OK) return -1;
    for (size_t i = 0; i < n; i++) write_row(&w->faces[i], fer_model_get_info(w->model).n_classes, w->rows[i]);
    return (int)n;
}

static fer_view rgba_view(const uint8_t *rgba, size_t width, size_t height)
{
    return (fer_view){FER_RGBA8, width, height, {rgba}, {4 * width}};
}

static size_t at_most(size_t max)
{
    return max > 0 && max < FACES_MAX ? max : FACES_MAX;
}

/* As `fer predict --faces auto`, all and whole. */
enum which { WHICH_AUTO, WHICH_ALL, WHICH_WHOLE };

int EXPORT(fer_web_analyze)(struct fer_web *w, fer_pipeline *p, const uint8_t *rgba, size_t width, size_t height,
                            int which, size_t max)
{
    fer_view v = rgba_view(rgba, width, height);
    size_t n = 0;
    fer_status st;
    max = at_most(max);
    w->whole = which == WHICH_WHOLE;
    switch ((enum which)which) {
    case WHICH_ALL: st = fer_pipeline_run(p, &v, max, w->faces, &n, &w->error); break;
    case WHICH_WHOLE:
        st = fer_pipeline_read_whole(p, &v, w->faces, &w->error);
        n = 1;
        break;
    default: st = fer_pipeline_run_auto(p, &v, max, w->faces, &n, &w->whole, &w->error); break;
    }
    for (size_t i = 0; i < n; i++) w->faces[i].id = i + 1;
    return finish(w, st, n);
}

/* Whether the last picture was taken as one cropped face. */
bool EXPORT(fer_web_whole)(const struct fer_web *w)
{
    return w->whole;
}

const double *EXPORT(fer_web_row)(const struct fer_web *w, size_t i)
{
    return w->rows[i];
}

fer_tracker *EXPORT(fer_web_tracker)(struct fer_web *w, fer_pipeline *p, unsigned detect_every, float smooth,
                                     float patience)
{
    fer_tracker *t;
    fer_tracker_options opt = {.detect_every = detect_every, .smooth = smooth, .patience = patience};
    return fer_tracker_new(p, &opt, &t, &w->error) == FER_OK ? t : NULL;
}

void EXPORT(fer_web_tracker_free)(fer_tracker *t)
{
    fer_tracker_free(t);
}

int EXPORT(fer_web_next)(struct fer_web *w, fer_tracker *t, const uint8_t *rgba, size_t width, size_t height,
                         double seconds, size_t max)
{
    fer_view v = rgba_view(rgba, width, height);
    size_t n = 0;
    fer_status st = fer_tracker_next(t, &v, seconds, at_most(max), w->faces, &n, &w->error);
    w->whole = false;
    return finish(w, st, n);
}
