/* Classifies pictures on several threads, as a server would: one model for all, one pipeline per thread.
 *   threads a.jpg b.jpg ... */
#include <fer/fer.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#define THREADS 4
#define FACES   64
#define PIXELS_MAX                                                                                    \
    50000000 /* whatever somebody sends: larger pictures are refused before their memory is asked for \
              */

struct work {
    const fer_model *model; /* it does not change, so all threads may use it at the same time */
    char **paths;
    size_t n;
    atomic_size_t next, failed;
};

static void answer(fer_pipeline *pipeline, struct work *work, const char *path)
{
    fer_error err;
    fer_image *image = NULL;
    fer_face faces[FACES];
    size_t n = 0;
    fer_status st = fer_image_load_within(path, PIXELS_MAX, &image, &err);
    if (st == FER_OK) {
        fer_view view = fer_image_view(image);
        st = fer_pipeline_run(pipeline, &view, FACES, faces, &n, &err);
    }
    if (st != FER_OK) {
        fprintf(stderr, "threads: %s\n", err.text);
        atomic_fetch_add(&work->failed, 1);
    } else if (n == 0) {
        printf("%s: no face\n", path);
    } else { /* the first face has the highest confidence */
        printf("%s: %zu faces, the first: %s\n", path, n, fer_model_get_info(work->model).classes[faces[0].label]);
    }
    fer_image_free(image);
}

/* A pipeline belongs to one thread and computes on that thread only. As many threads work as there are processors. */
static void *run(void *arg)
{
    struct work *work = arg;
    fer_error err;
    fer_pipeline *pipeline;
    fer_pipeline_options options = {.model = work->model, .threads = 1};
    if (fer_pipeline_new(&options, &pipeline, &err) != FER_OK) {
        fprintf(stderr, "threads: %s\n", err.text);
        atomic_fetch_add(&work->failed, 1);
        return NULL;
    }
    for (size_t i; (i = atomic_fetch_add(&work->next, 1)) < work->n;) answer(pipeline, work, work->paths[i]);
    fer_pipeline_free(pipeline);
    return NULL;
}

int main(int argc, char **argv)
{
    fer_error err;
    fer_model *model;
    pthread_t threads[THREADS];
    size_t started = 0;
    if (argc < 2) {
        fprintf(stderr, "usage: threads PICTURE ...\n");
        return 2;
    }
    if (fer_model_load_default(&model, &err) != FER_OK) {
        fprintf(stderr, "threads: %s\n", err.text);
        return 1;
    }
    struct work work = {.model = model, .paths = argv + 1, .n = (size_t)argc - 1};
    while (started < THREADS && pthread_create(&threads[started], NULL, run, &work) == 0) started++;
    for (size_t i = 0; i < started; i++) pthread_join(threads[i], NULL);
    fer_model_free(model); /* free it after the last pipeline that uses it */
    return started > 0 && work.failed == 0 ? 0 : 1;
}
