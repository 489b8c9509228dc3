/* Passes invented faces to the command's writers and drawing functions (see main). */
#include "base/clock.h"
#include "draw/annotate.h"
#ifdef FER_PLOTS
#include "draw/cairo/annotate_layout.h"
#endif
#include "common/cli.h"
#include "draw/plot.h"
#include "draw/timeline.h"
#include "faces/output.h"
#include "faces/summary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const classes[] = {"neutral", "happiness", "surprise", "sadness",
                                      "anger",   "disgust",   "fear",     "contempt"};
static const char *const odd_classes[] = {"a,\"b\"", "x --> <y> & z", "happiness"};
enum { HAPPINESS = 1, SADNESS = 3, ANGER = 4 };

static fer_face face_at(uint64_t id, float x, float y, float size, size_t label, float score)
{
    fer_face f = {.id = id,
                  .x = x,
                  .y = y,
                  .width = size,
                  .height = 1.25f * size,
                  .confidence = 0.9f,
                  .seen = true,
                  .label = label,
                  .valence = -0.5f,
                  .arousal = 0.25f,
                  .yaw = 30,
                  .pitch = -20,
                  .roll = 10,
                  .size = 70,
                  .sharpness = 0.75f,
                  .occlusion = 0.125f,
                  .quality = 0.8f};
    for (size_t k = 0; k < FER_FACE_CLASSES; k++) f.scores[k] = (1 - score) / 7;
    f.scores[label] = score;
    memcpy(f.smoothed, f.scores, sizeof f.scores);
    for (int p = 0; p < FER_FACE_POINTS; p++) {
        f.points[p][0] = x + (float)p;
        f.points[p][1] = y + 10 * (float)p;
    }
    return f;
}

/* Ten frames a second, 320 x 240. Face 1 is happy for four frames, then sad for three. Face 2 appears in the third
 * frame and is hidden in the fourth. The sixth frame is empty. The last frame is late. */
static size_t frame_of(uint64_t t, fer_face *faces)
{
    size_t n = 0;
    if (t == 5) return 0;
    faces[n++] = face_at(1, 40, 50, 60, t < 4 ? HAPPINESS : SADNESS, t == 0 ? 0.8f : 0.9f);
    if (t == 2 || t == 3) {
        faces[n] = face_at(2, 200, 60, 50, ANGER, 0.6f);
        faces[n++].seen = t == 2;
    }
    return n;
}

static struct faces_kind kind_of(const char *words)
{
    bool odd = strstr(words, "odd") != NULL;
    return (struct faces_kind){.video = strstr(words, "video") != NULL,
                               .classes = odd ? odd_classes : classes,
                               .n_classes = odd ? 3 : 8,
                               .valence_arousal = strstr(words, "va") != NULL};
}

static struct faces_frame make_frame(const struct faces_kind *kind, uint64_t t, fer_face *faces)
{
    struct faces_frame f = {.file = "a film, \"1\".mp4",
                            .frame = t,
                            .seconds = t == 7 ? 0.9 : (double)t / 10,
                            .width = 320,
                            .height = 240,
                            .faces = faces};
    f.n = frame_of(t, faces);
    if (!kind->video) {
        f.file = t == 5 ? "nobody.png" : "one & two.png";
        f.seconds = 0;
    }
    for (size_t i = 0; i < f.n; i++) {
        if (kind->n_classes == 3) faces[i].label = t % 2;
        if (!kind->video) faces[i].id = 0;
        if (t == 6) faces[i].valence = NAN;
    }
    return f;
}

/* FORMAT FILE KIND FRAMES: KIND holds words: video, va, odd, abort, many (the frames over and over). */
static int write_faces(char **argv)
{
    fer_face faces[2];
    struct faces_kind kind = kind_of(argv[4]);
    struct faces_out *o = faces_out_open(faces_format_named(argv[2]), argv[3], &kind);
    if (!o) return CLI_FAILED;
    bool many = strstr(argv[4], "many") != NULL, ok = true;
    for (uint64_t t = 0; ok && t < strtoull(argv[5], NULL, 10); t++) {
        struct faces_frame f = make_frame(&kind, many ? t % 8 : t, faces);
        if (many) f.seconds = (double)t / 10;
        f.frame = t;
        ok = faces_out_add(o, &f);
    }
    if (strstr(argv[4], "back")) {
        struct faces_frame f = make_frame(&kind, 0, faces);
        ok = faces_out_add(o, &f);
    }
    if (strstr(argv[4], "abort")) {
        faces_out_abort(o);
        return CLI_OK;
    }
    int code = faces_out_close(o);
    return ok ? code : CLI_FAILED;
}

/* FORMAT FRAMES */
static int summarise(char **argv)
{
    int format = 0, code = CLI_FAILED;
    fer_face faces[2];
    struct faces_kind kind = kind_of("video va");
    while (summary_format_words[format] && strcmp(summary_format_words[format], argv[2]) != 0) format++;
    struct summary *s = summary_new(&kind);
    bool ok = s != NULL;
    for (uint64_t t = 0; ok && t < strtoull(argv[3], NULL, 10); t++) {
        struct faces_frame f = make_frame(&kind, t, faces);
        if (t == 6) faces[0].valence = -0.5f;
        ok = summary_add(s, &f);
    }
    if (ok) code = summary_print(s, (enum summary_format)format, stdout);
    summary_free(s);
    return code;
}

#define N_FACES 200

/* ID,X,Y,W,H,LABEL,SCORE,SEEN ...; returns how many. */
static size_t read_faces(int argc, char **argv, fer_face *faces)
{
    size_t n = 0;
    for (int i = 4; i < argc && n < N_FACES; i++) {
        unsigned long long id;
        size_t label;
        int seen;
        float x, y, w, h, score;
        if (sscanf(argv[i], "%llu,%f,%f,%f,%f,%zu,%f,%d", &id, &x, &y, &w, &h, &label, &score, &seen) != 8) continue;
        faces[n] = face_at(id, x, y, w, label, score);
        faces[n].height = h;
        faces[n++].seen = seen;
    }
    return n;
}

/* FILE X Y: the pixel's red, green and blue. */
static int pixel(char **argv)
{
    fer_image *im;
    fer_error err;
    if (fer_image_load(argv[2], &im, &err) != FER_OK) return cli_fail("%s", err.text);
    const uint8_t *p =
        fer_image_pixels(im) + 3 * (strtoull(argv[4], NULL, 10) * fer_image_width(im) + strtoull(argv[3], NULL, 10));
    printf("%d %d %d\n", p[0], p[1], p[2]);
    fer_image_free(im);
    return CLI_OK;
}

/* WIDTH HEIGHT FACE ...: prints x, y, w, h of box, label and bars for each face, the largest first. */
static int layout(int argc, char **argv)
{
#ifdef FER_PLOTS
    fer_face faces[N_FACES];
    struct annotation items[N_FACES];
    struct canvas canvas = {0};
    if (!plot_available()) return CLI_FAILED;
    canvas.surface = cairo.image_surface_create(CAIRO_FORMAT_RGB24, 1, 1);
    canvas.cr = cairo.create(canvas.surface);
    struct layout l = {.canvas = &canvas,
                       .classes = classes,
                       .n_classes = 8,
                       .width = strtod(argv[2], NULL),
                       .height = strtod(argv[3], NULL),
                       .faces = faces,
                       .n = read_faces(argc, argv, faces),
                       .items = items};
    annotate_layout(&l);
    for (size_t i = 0; i < l.n; i++) {
        const struct rect *r[] = {&items[i].box, &items[i].label, &items[i].bars};
        for (int k = 0; k < 3; k++)
            printf("%.3f %.3f %.3f %.3f%c", r[k]->x, r[k]->y, r[k]->w, r[k]->h, k < 2 ? ' ' : '\n');
    }
    cairo.destroy(canvas.cr);
    cairo.surface_destroy(canvas.surface);
    return CLI_OK;
#else
    (void)argc;
    (void)argv;
    return CLI_FAILED;
#endif
}

/* IN OUT FACE ... */
static int annotate(int argc, char **argv)
{
    fer_face faces[N_FACES];
    fer_image *im;
    fer_error err;
    size_t n = read_faces(argc, argv, faces);
    if (fer_image_load(argv[2], &im, &err) != FER_OK) return cli_fail("%s", err.text);
    struct annotator *a = annotate_new(classes, 8);
    int code = a ? annotate_picture(a, im, faces, n, argv[3]) : CLI_FAILED;
    annotate_free(a);
    fer_image_free(im);
    return code;
}

/* FRAMES: seconds a frame of 640 x 480 with four faces. */
static int speed(char **argv)
{
    const fer_face faces[] = {face_at(1, 40, 60, 110, 1, 0.9f), face_at(2, 300, 80, 100, 3, 0.5f),
                              face_at(3, 520, 300, 80, 0, 0.7f), face_at(4, 200, 320, 60, 4, 0.4f)};
    size_t n = strtoull(argv[2], NULL, 10);
    uint8_t *rgb = calloc(640 * 480, 3);
    struct annotator *a = annotate_new(classes, 8);
    bool ok = rgb && a;
    double start = feri_now();
    for (size_t i = 0; ok && i < n; i++) ok = annotate_draw(a, rgb, 640, 480, 1920, faces, 4);
    if (ok) printf("%.6f\n", (feri_now() - start) / (double)n);
    annotate_free(a);
    free(rgb);
    return ok ? CLI_OK : CLI_FAILED;
}

/* FILE FRAMES FACES [PICTURE]: a new face each second, the k-th for 1 + 2^(k - 1) s; expressions change slowly. Prints
 * the width of a bin, the seconds and, for each face, id, seconds and the sums of scores over its bins. */
static int timeline(int argc, char **argv)
{
    struct faces_kind kind = kind_of("video");
    fer_image *im = NULL;
    if (argc == 6 && fer_image_load(argv[5], &im, NULL) != FER_OK) return CLI_FAILED;
    struct timeline *t = timeline_new(&kind);
    bool ok = t != NULL;
    uint64_t n = strtoull(argv[3], NULL, 10), n_faces = strtoull(argv[4], NULL, 10);
    for (uint64_t i = 0; ok && i < n; i++) {
        fer_face faces[40];
        struct faces_frame f = {.file = "a",
                                .frame = i,
                                .seconds = (double)i / 25,
                                .width = im ? fer_image_width(im) : 0,
                                .height = im ? fer_image_height(im) : 0,
                                .faces = faces};
        for (uint64_t k = 0; k < n_faces && k < 40; k++) {
            double until = (double)(k + 1) + pow(2, (double)k);
            if (f.seconds < (double)k || f.seconds >= until) continue;
            float score = 0.5f + 0.4f * (float)sin(f.seconds / 3 + (double)k);
            faces[f.n++] = face_at(k + 1, 0, 0, f.width ? (float)f.width : 40, (size_t)(f.seconds / 7) % 8, score);
        }
        ok = timeline_add(t, &f, im ? fer_image_pixels(im) : NULL, 3 * f.width);
    }
    int code = ok ? plot_timeline(argv[2], "Expressions in a film", t, 0.02) : CLI_FAILED;
    if (t) {
        struct timeline_view v = timeline_look(t);
        printf("%.6f %.6f\n", v.bin, v.seconds);
        for (size_t i = 0; i < v.n_faces; i++) {
            double sum = 0;
            for (size_t b = 0; b < v.faces[i]->n; b++)
                for (int k = 0; k < 8; k++) sum += (double)v.faces[i]->bins[b].scores[k];
            printf("%llu %.6f %.6f\n", (unsigned long long)v.faces[i]->id, v.faces[i]->seconds, sum);
        }
    }
    timeline_free(t);
    fer_image_free(im);
    return code;
}

static const char help[] =
    "faces_fixture write FORMAT FILE KIND FRAMES | summary FORMAT FRAMES | annotate IN OUT FACE ...\n"
    "              layout WIDTH HEIGHT FACE ...\n"
    "              pixel FILE X Y | speed FRAMES | timeline FILE FRAMES FACES [PICTURE]\n";

int main(int argc, char **argv)
{
    if (argc == 6 && strcmp(argv[1], "write") == 0) return write_faces(argv);
    if (argc == 4 && strcmp(argv[1], "summary") == 0) return summarise(argv);
    if (argc >= 4 && strcmp(argv[1], "annotate") == 0) return annotate(argc, argv);
    if (argc == 3 && strcmp(argv[1], "speed") == 0) return speed(argv);
    if (argc == 5 && strcmp(argv[1], "pixel") == 0) return pixel(argv);
    if (argc >= 4 && strcmp(argv[1], "layout") == 0) return layout(argc, argv);
    if (argc >= 5 && strcmp(argv[1], "timeline") == 0) return timeline(argc, argv);
    fputs(help, stderr);
    return CLI_USAGE;
}
