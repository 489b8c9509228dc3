#include "commands/commands.h"
#include "common/cli.h"
#include "common/file.h"
#include "draw/annotate.h"
#include "films/film.h"
#include "window/window.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LINE_SECONDS 1.0 /* between two lines if nothing changes */

enum show { SHOW_AUTO, SHOW_WINDOW, SHOW_TEXT, SHOW_NOTHING };

struct camera {
    struct film film;
    int show;
    struct window *window;
    struct annotator *annotator; /* for the window, if the film itself is not drawn */
    double last_line;
    uint64_t state;       /* of faces and labels when the last line was printed */
    size_t frames, shown; /* maximum of frames, 0: no limit; frames shown */
};

/* ---- text ---- */

/* A number that changes with the faces and their labels. */
static uint64_t state_of(const struct faces_frame *f)
{
    uint64_t h = 1469598103934665603u;
    for (size_t i = 0; i < f->n; i++) h = (h ^ (f->faces[i].id * 64 + f->faces[i].label)) * 1099511628211u;
    return h;
}

static void print_line(struct camera *c, const struct film_moment *m)
{
    const struct faces_frame *f = m->frame;
    uint64_t state = state_of(f);
    if (state == c->state && f->seconds - c->last_line < LINE_SECONDS) return;
    c->state = state;
    c->last_line = f->seconds;
    printf("%8.2f s  ", f->seconds);
    for (size_t i = 0; i < f->n; i++) {
        const fer_face *face = &f->faces[i];
        printf("%sface %llu %s", i ? ", " : "", (unsigned long long)face->id, m->kind->classes[face->label]);
        if (face->label < m->kind->n_classes) printf(" %.0f %%", 100 * (double)face->smoothed[face->label]);
    }
    printf("%s  (%.0f frames/s, latency %.0f ms, %llu dropped)\n", f->n ? "" : "no face", m->rate, 1000 * m->latency,
           (unsigned long long)m->dropped);
    fflush(stdout);
}

/* ---- window ---- */

/* The frame with its faces drawn in, unless the outputs have drawn it already. */
static bool draw(struct camera *c, const struct film_moment *m, fer_view *out)
{
    *out = *m->view;
    if (c->film.targets.annotate) return true;
    if (!c->annotator && !(c->annotator = annotate_new(m->kind->classes, m->kind->n_classes))) return false;
    return annotate_view(c->annotator, m->view, m->frame->faces, m->frame->n, out);
}

static bool look(void *user, const struct film_moment *m)
{
    struct camera *c = user;
    fer_view drawn;
    c->shown++;
    if (c->window) {
        if (!draw(c, m, &drawn) || !window_show(c->window, &drawn)) return false;
    } else if (c->show != SHOW_NOTHING) {
        print_line(c, m);
    }
    return !c->frames || c->shown < c->frames;
}

static bool open_window(struct camera *c)
{
    const char *why;
    if (c->show != SHOW_AUTO && c->show != SHOW_WINDOW) return true;
    c->window = window_open("fer", &why);
    if (!c->window && c->show == SHOW_WINDOW) return cli_refuse("camera: no window: %s", why);
    return true;
}

/* Lines of text between the rows of a table would spoil it. */
static bool prints_tables(const struct film_targets *t)
{
    for (size_t i = 0; i < faces_n_formats; i++)
        if (cli_is_standard_output(t->paths[i])) return true;
    return t->summary && t->summary_format != SUMMARY_TEXT;
}

int cmd_camera(int argc, char **argv)
{
    static const char *const shows[] = {"auto", "window", "text", "nothing", NULL};
    struct camera c = {.film = film_defaults()};
    struct film *f = &c.film;
    float rate = 0;
    f->video.format = "v4l2";
    struct cli_option options[] = {
        CLI_OPTION(
            CLI_WORD, "show", .value = &c.show, .words = shows,
            .help =
                "show the results in a window, as lines of text, or not at all; auto: a window if possible, else text"),
        CLI_OPTION(CLI_SIZE, "width", .value = &f->video.width, .min = 1, .max = 65536,
                   .help = "frame width to request", .unset = "the camera's choice"),
        CLI_OPTION(CLI_SIZE, "height", .value = &f->video.height, .min = 1, .max = 65536,
                   .help = "frame height to request", .unset = "the camera's choice"),
        CLI_OPTION(CLI_REAL, "rate", .value = &rate, .min = 0.1, .max = 1000, .help = "frames per second to request",
                   .unset = "the camera's choice"),
        CLI_OPTION(CLI_SIZE, "frames", .value = &c.frames, .min = 1, .max = 1e15, .help = "stop after N frames",
                   .unset = "until interrupted"),
        CLI_OPTION(CLI_TEXT, "input-format", .value = &f->video.format, .arg = "NAME",
                   .help = "FFmpeg's name of the kind of device, or of a file's container; fer reads that file as if "
                           "it came live"),
    };
    struct cli_usage usage = {
        .command = "camera",
        .operands = "[DEVICE]",
        .summary = "track the faces of a camera stream and recognise their expressions",
        .notes =
            "DEVICE is /dev/video0 by default. When the machine cannot keep up, fer drops frames; it does not delay "
            "them. The window closes on q or Escape. Ctrl-C stops the run. All outputs are valid and contain "
            "everything processed so far. A score says how a face looks to a network, not what a person feels.",
        .example = "fer camera --csv session.csv --summary",
        .operands_min = 0,
        .operands_max = 1,
        .each = CLI_SOURCE,
        .streams = true};
    struct cli_operands operands;
    int code = film_parse(f, &usage, options, CLI_N(options), argc, argv, &operands);
    if (code != CLI_GO_ON) return code;
    bool tables = prints_tables(&f->targets);
    if (tables && c.show == SHOW_TEXT)
        return cli_misuse("camera: --show text and an output would both go to standard output; name a file");
    f->source = operands.n ? operands.items[0] : "/dev/video0";
    f->video.live = true;
    f->video.rate = (double)rate;
    f->quiet = true;
    f->look = look;
    f->user = &c;
    if (!open_window(&c)) return CLI_FAILED;
    if (tables && !c.window) c.show = SHOW_NOTHING;
    code = film_run(f);
    window_close(c.window);
    annotate_free(c.annotator);
    return code;
}
