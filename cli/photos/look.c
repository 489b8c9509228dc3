#include "photos/look.h"

const char *const photo_faces_words[] = {"auto", "all", "largest", "whole", NULL};

static size_t largest(const fer_face *f, size_t n)
{
    size_t best = 0;
    for (size_t i = 1; i < n; i++)
        if (f[i].width * f[i].height > f[best].width * f[best].height) best = i;
    return best;
}

static fer_pipeline_item item_of(const struct photo_task *t)
{
    static const fer_look looks[] = {[PHOTO_AUTO] = FER_LOOK_AUTO,
                                     [PHOTO_ALL] = FER_LOOK_FACES,
                                     [PHOTO_LARGEST] = FER_LOOK_FACES,
                                     [PHOTO_WHOLE] = FER_LOOK_WHOLE};
    return (fer_pipeline_item){
        .picture = t->view, .look = looks[t->faces], .max = PHOTO_FACES_MAX, .faces = t->out->faces};
}

static void take(struct photo_task *t, const fer_pipeline_item *item)
{
    struct photo_seen *out = t->out;
    t->error = item->error;
    out->whole = item->whole;
    out->n = item->n;
    if (t->faces != PHOTO_LARGEST || out->n < 2) return;
    out->faces[0] = out->faces[largest(out->faces, out->n)];
    out->n = 1;
}

void photo_look_many(fer_pipeline *p, size_t n, struct photo_task *tasks)
{
    fer_pipeline_item items[PHOTO_TASKS_MAX];
    fer_error err;
    for (size_t i = 0; i < n; i++) items[i] = item_of(&tasks[i]);
    if (fer_pipeline_run_many(p, n, items, &err) != FER_OK)
        for (size_t i = 0; i < n; i++) items[i].error = err;
    for (size_t i = 0; i < n; i++) take(&tasks[i], &items[i]);
}

fer_status photo_look(fer_pipeline *p, const fer_view *v, enum photo_faces faces, struct photo_seen *out,
                      fer_error *err)
{
    struct photo_task t = {.view = *v, .faces = faces, .out = out};
    photo_look_many(p, 1, &t);
    if (t.error.status != FER_OK) *err = t.error;
    return t.error.status;
}
