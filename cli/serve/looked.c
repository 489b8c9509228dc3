#include "serve/looked.h"

#include "faces/abstain.h"
#include "faces/quality.h"

static bool decode(struct looked *l)
{
    l->error.status = FER_OK;
    return request_decode(l->request, l->picture->data, l->picture->size, &l->image, &l->error);
}

static void take(struct looked *l, const struct photo_task *t)
{
    struct request *r = l->request;
    l->error = t->error;
    if (l->error.status != FER_OK) return;
    l->seen->n = quality_keep(r->query.min_quality, l->seen->faces, l->seen->n);
    abstain_below(r->query.abstain, r->service->engine.kind.n_classes, l->seen->faces, l->seen->n);
    r->faces += l->seen->n;
}

void looked_at(fer_pipeline *p, size_t n, struct looked *pictures)
{
    struct photo_task tasks[PHOTO_TASKS_MAX];
    struct looked *of[PHOTO_TASKS_MAX];
    size_t n_tasks = 0;
    for (size_t i = 0; i < n; i++) {
        struct looked *l = &pictures[i];
        if (!decode(l)) continue;
        tasks[n_tasks] = (struct photo_task){
            .view = fer_image_view(l->image), .faces = (enum photo_faces)l->request->query.faces, .out = l->seen};
        of[n_tasks++] = l;
    }
    photo_look_many(p, n_tasks, tasks);
    for (size_t i = 0; i < n_tasks; i++) take(of[i], &tasks[i]);
}

void looked_free(struct looked *l)
{
    fer_image_free(l->image);
    l->image = NULL;
}
