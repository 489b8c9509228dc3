/* The drawings of a build without cairo. */
#include "cli.h"
#include "plot.h"

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

int plot_confusion(const char *path, const char *title, const fer_evaluation *e)
{
    (void)title;
    (void)e;
    return plot_possible(path) ? CLI_OK : CLI_FAILED;
}
