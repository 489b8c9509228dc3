/* The drawings of a build without cairo. */
#include "common/cli.h"
#include "draw/annotate.h"
#include "draw/plot.h"
#include "draw/timeline.h"

bool plot_available(void)
{
    cli_say("this build of fer was made without cairo and cannot draw");
    return false;
}

bool plot_possible(const char *path)
{
    cli_say("%s: this build of fer was made without cairo and cannot draw", path);
    return false;
}

int plot_curves(const char *path, const char *title, const struct run_log *log)
{
    (void)title;
    (void)log;
    return plot_possible(path) ? CLI_OK : CLI_FAILED;
}

int plot_curve(const char *path, enum plot_part part, const struct run_log *log)
{
    (void)part;
    (void)log;
    return plot_possible(path) ? CLI_OK : CLI_FAILED;
}

int plot_runs(const char *path, const struct plot_run *runs, size_t n)
{
    (void)runs;
    (void)n;
    return plot_possible(path) ? CLI_OK : CLI_FAILED;
}

int plot_faces(const char *path, const struct plot_face *faces, size_t n)
{
    (void)faces;
    (void)n;
    return plot_possible(path) ? CLI_OK : CLI_FAILED;
}

int plot_explanation(const char *path, const struct plot_explanation *p)
{
    (void)p;
    return plot_possible(path) ? CLI_OK : CLI_FAILED;
}

int plot_confusion(const char *path, const char *title, const fer_evaluation *e)
{
    (void)title;
    (void)e;
    return plot_possible(path) ? CLI_OK : CLI_FAILED;
}

int plot_reliability(const char *path, const char *title, const fer_evaluation *e)
{
    (void)title;
    (void)e;
    return plot_possible(path) ? CLI_OK : CLI_FAILED;
}

int plot_timeline(const char *path, const char *title, struct timeline *t, double least)
{
    (void)title;
    (void)t;
    (void)least;
    return plot_possible(path) ? CLI_OK : CLI_FAILED;
}

struct annotator *annotate_new(const char *const *classes, size_t n_classes)
{
    (void)classes;
    (void)n_classes;
    plot_available();
    return NULL;
}

void annotate_free(struct annotator *a)
{
    (void)a;
}

bool annotate_draw(struct annotator *a, uint8_t *rgb, size_t width, size_t height, size_t stride, const fer_face *faces,
                   size_t n)
{
    (void)a;
    (void)rgb;
    (void)width;
    (void)height;
    (void)stride;
    (void)faces;
    (void)n;
    return plot_available();
}

int annotate_picture(struct annotator *a, const fer_image *picture, const fer_face *faces, size_t n, const char *path)
{
    (void)a;
    (void)picture;
    (void)faces;
    (void)n;
    return plot_possible(path) ? CLI_OK : CLI_FAILED;
}
