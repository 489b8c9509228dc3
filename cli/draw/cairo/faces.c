#include "common/cli.h"
#include "draw/cairo/canvas.h"
#include "draw/plot.h"

#define COLUMNS 4
#define FACE    124.0
#define GAP     14.0
#define CAPTION 54.0 /* below each picture: truth, prediction */
#define CELL_H  (FACE + CAPTION)
#define PAGE_W  (GAP + COLUMNS * (FACE + GAP))

static const struct colour ink = {0.13, 0.13, 0.15}, soft = {0.38, 0.38, 0.42}, red = {0.74, 0.13, 0.10};

static bool draw_face(struct canvas *c, double x, double y, const struct plot_face *f)
{
    char text[16];
    bool ok = canvas_picture(c, x, y, FACE, f->image);
    canvas_colour(c, soft);
    double used = canvas_text_width(c, 12, false, "truth: ");
    canvas_text(c, x, y + FACE + 13, ALIGN_LEFT, 12, false, "truth: ");
    canvas_text_within(c, x + used, y + FACE + 13, ALIGN_LEFT, FACE - used, 12, false, f->truth);
    canvas_colour(c, red);
    canvas_text_within(c, x, y + FACE + 31, ALIGN_LEFT, FACE - 52, 12.5, true, f->answer);
    canvas_colour(c, ink);
    snprintf(text, sizeof text, "%.1f %%", 100 * f->confidence);
    canvas_text(c, x + FACE, y + FACE + 31, ALIGN_RIGHT, 12, false, text);
    return ok;
}

int plot_faces(const char *path, const struct plot_face *faces, size_t n)
{
    struct canvas c;
    bool ok = true;
    if (!canvas_open(&c, path, PAGE_W, GAP + (double)((n + COLUMNS - 1) / COLUMNS) * CELL_H)) return CLI_FAILED;
    for (size_t i = 0; ok && i < n; i++)
        ok = draw_face(&c, GAP + (double)(i % COLUMNS) * (FACE + GAP), GAP + (double)(i / COLUMNS) * CELL_H, &faces[i]);
    if (!ok) cli_say("%s: out of memory, or a picture is too large to draw", path);
    int code = canvas_close(&c);
    return ok ? code : CLI_FAILED;
}
