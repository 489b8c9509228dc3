/* SDL2's functions, looked up when a window is opened. Linked, they would load the desktop's libraries for every
 * command. */
#define _GNU_SOURCE /* dlopen's flags */
#include "window/window.h"

#include <SDL.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#define FUNCTIONS(f)                                                                                        \
    f(InitSubSystem) f(QuitSubSystem) f(CreateWindow) f(DestroyWindow) f(SetWindowSize) f(CreateRenderer)   \
        f(DestroyRenderer) f(CreateTexture) f(DestroyTexture) f(UpdateTexture) f(RenderClear) f(RenderCopy) \
            f(RenderPresent) f(PollEvent) f(GetError) f(SetHint)

struct sdl {
#define FIELD(name) __typeof__(SDL_##name) *name;
    FUNCTIONS(FIELD)
#undef FIELD
};

struct window {
    struct sdl sdl;
    SDL_Window *window;
    SDL_Renderer *renderer;
    SDL_Texture *texture;
    size_t width, height; /* of the texture */
};

static bool find(struct sdl *sdl, const char **why)
{
#define NAME(name) "SDL_" #name,
    static const char *const names[] = {FUNCTIONS(NAME)};
#undef NAME
    void *library = dlopen(FER_SDL2, RTLD_NOW | RTLD_LOCAL);
    *why = "SDL2 is not installed";
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        void *found = library ? dlsym(library, names[i]) : NULL;
        if (!found) return false;
        memcpy((char *)sdl + i * sizeof found, &found, sizeof found);
    }
    return true;
}

/* SDL must not take over the signals: the command finishes its outputs on Ctrl-C. */
static bool open_window(struct window *w, const char *title, const char **why)
{
    if (!find(&w->sdl, why)) return false;
    *why = "there is no display";
    w->sdl.SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1");
    if (w->sdl.InitSubSystem(SDL_INIT_VIDEO) != 0) return false;
    w->window =
        w->sdl.CreateWindow(title, SDL_WINDOWPOS_UNDEFINED, SDL_WINDOWPOS_UNDEFINED, 640, 480, SDL_WINDOW_RESIZABLE);
    w->renderer = w->window ? w->sdl.CreateRenderer(w->window, -1, 0) : NULL;
    return w->renderer != NULL;
}

struct window *window_open(const char *title, const char **why)
{
    struct window *w = calloc(1, sizeof *w);
    *why = "out of memory";
    if (w && open_window(w, title, why)) return w;
    window_close(w);
    return NULL;
}

static bool resize(struct window *w, const fer_view *p)
{
    if (w->texture && w->width == p->width && w->height == p->height) return true;
    if (w->texture) w->sdl.DestroyTexture(w->texture);
    w->width = p->width;
    w->height = p->height;
    w->texture = w->sdl.CreateTexture(w->renderer, SDL_PIXELFORMAT_RGB24, SDL_TEXTUREACCESS_STREAMING, (int)p->width,
                                      (int)p->height);
    w->sdl.SetWindowSize(w->window, (int)p->width, (int)p->height);
    return w->texture != NULL;
}

static bool is_end(const SDL_Event *e)
{
    return e->type == SDL_QUIT ||
           (e->type == SDL_KEYDOWN && (e->key.keysym.sym == SDLK_q || e->key.keysym.sym == SDLK_ESCAPE));
}

bool window_show(struct window *w, const fer_view *p)
{
    SDL_Event event;
    if (!resize(w, p)) return false;
    w->sdl.UpdateTexture(w->texture, NULL, p->planes[0], (int)p->strides[0]);
    w->sdl.RenderClear(w->renderer);
    w->sdl.RenderCopy(w->renderer, w->texture, NULL, NULL);
    w->sdl.RenderPresent(w->renderer);
    while (w->sdl.PollEvent(&event))
        if (is_end(&event)) return false;
    return true;
}

void window_close(struct window *w)
{
    if (!w) return;
    if (w->texture) w->sdl.DestroyTexture(w->texture);
    if (w->renderer) w->sdl.DestroyRenderer(w->renderer);
    if (w->window) w->sdl.DestroyWindow(w->window);
    if (w->sdl.QuitSubSystem) w->sdl.QuitSubSystem(SDL_INIT_VIDEO);
    free(w);
}
