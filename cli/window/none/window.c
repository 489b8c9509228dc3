/* A build without SDL2. */
#include "window/window.h"

struct window *window_open(const char *title, const char **why)
{
    (void)title;
    *why = "this build has no SDL2";
    return NULL;
}

bool window_show(struct window *w, const fer_view *picture)
{
    (void)w;
    (void)picture;
    return false;
}

void window_close(struct window *w)
{
    (void)w;
}
