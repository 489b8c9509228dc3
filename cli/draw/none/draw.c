/* Replaces the drawings in a build without cairo. */
#include "common/cli.h"
#include "draw/annotate.h"
#include "draw/plot.h"
#include "draw/timeline.h"

#pragma GCC diagnostic ignored "-Wunused-parameter" /* there is nothing to do with them */

bool plot_available(void)
{
    return cli_refuse("this build of fer was made without cairo and cannot draw");
}

bool plot_possible(const char *path)
{
    return cli_refuse("%s: this build of fer was made without cairo and cannot draw", path);
}

#define NO_DRAWING(name, ...)                             \
    int name(const char *path, __VA_ARGS__)               \
    {                                                     \
        return plot_possible(path) ? CLI_OK : CLI_FAILED; \
    }

NO_DRAWING(plot_curves, const char *title, const struct run_log *log)
NO_DRAWING(plot_curve, enum plot_part part, const struct run_log *log)
NO_DRAWING(plot_runs, const struct plot_run *runs, size_t n)
NO_DRAWING(plot_faces, const struct plot_face *faces, size_t n)
NO_DRAWING(plot_explanation, const struct plot_explanation *p)
NO_DRAWING(plot_confusion, const char *title, const fer_evaluation *e)
NO_DRAWING(plot_reliability, const char *title, const fer_evaluation *e)
NO_DRAWING(plot_timeline, const char *title, struct timeline *t, double least)

struct annotator *annotate_new(const char *const *classes, size_t n_classes)
{
    plot_available();
    return NULL;
}

void annotate_free(struct annotator *a)
{
}

bool annotate_draw(struct annotator *a, uint8_t *rgb, size_t width, size_t height, size_t stride, const fer_face *faces,
                   size_t n)
{
    return plot_available();
}

bool annotate_view(struct annotator *a, const fer_view *view, const fer_face *faces, size_t n, fer_view *out)
{
    return plot_available();
}

fer_image *annotate_image(struct annotator *a, const fer_image *picture, const fer_face *faces, size_t n)
{
    plot_available();
    return NULL;
}

int annotate_picture(struct annotator *a, const fer_image *picture, const fer_face *faces, size_t n, const char *path)
{
    return plot_possible(path) ? CLI_OK : CLI_FAILED;
}
