/* A window that shows pictures. It needs SDL2 at build time (FER_WINDOW) and at run time. */
#ifndef FER_WINDOW_WINDOW_H
#define FER_WINDOW_WINDOW_H

#include "fer/face.h"

#include <stdbool.h>

struct window;

/** NULL: no window is possible; *why then gives the reason, a string that lives as long as the program. */
struct window *window_open(const char *title, const char **why);
/** Show a picture (FER_RGB8); the window takes its size. False: the user closed it, or pressed q or Escape. */
bool window_show(struct window *w, const fer_view *picture);
void window_close(struct window *w);

#endif
