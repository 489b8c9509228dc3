/* The drawings of a build without cairo. */
#include "cli.h"
#include "plot.h"

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

int plot_curves(const char *path, const char *title, const struct plot_log *log)
{
    (void)title;
    (void)log;
    return plot_possible(path) ? CLI_OK : CLI_FAILED;
}

int plot_curve(const char *path, enum plot_part part, const struct plot_log *log)
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
