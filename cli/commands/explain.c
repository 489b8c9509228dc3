#define _POSIX_C_SOURCE 200809L /* stat */
#include "base/mem.h"
#include "base/names.h"
#include "base/scores.h"
#include "base/words.h"
#include "commands/commands.h"
#include "common/args.h"
#include "common/cli.h"
#include "common/file.h"
#include "draw/plot.h"
#include "photos/drawings.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum format { TEXT, JSONL };

struct job {
    const char *weights, *out, *class_name, *isa;
    int format;
    unsigned threads;

    bool directory;           /* out is one, or becomes one */
    struct input_list photos; /* their paths are the operands */
    char **drawings;          /* [photos.n]; NULL: no drawing */
    fer_model_info info;
    fer_session *session;
    struct cli_progress progress;
    bool failed;
};

/* ---- where drawings go ---- */

/* "faces/a.jpg" is drawn as "a.explain.png". NULL: out of memory. */
static char *name_in_directory(const char *directory, const char *picture)
{
    const char *slash = strrchr(picture, '/'), *base = slash ? slash + 1 : picture, *dot = strrchr(base, '.');
    size_t stem = dot && dot != base ? (size_t)(dot - base) : strlen(base);
    size_t size = strlen(directory) + stem + sizeof "/.explain.png";
    char *path = malloc(size);
    if (path) snprintf(path, size, "%s/%.*s.explain.png", directory, (int)stem, base);
    return path;
}

/* CLI_GO_ON, or an exit code. */
static int name_drawings(struct job *j)
{
    struct stat st;
    bool file = feri_ends_in(j->out, ".png") || feri_ends_in(j->out, ".svg");
    j->directory = !file || (stat(j->out, &st) == 0 && S_ISDIR(st.st_mode));
    if (!j->directory && j->photos.n > 1)
        return cli_misuse("--out %s: %zu pictures cannot be drawn into one file; name a directory", j->out,
                          j->photos.n);
    if (!(j->drawings = calloc(j->photos.n, sizeof *j->drawings))) return cli_fail("out of memory");
    for (size_t i = 0; i < j->photos.n; i++) {
        char *path = j->directory ? name_in_directory(j->out, j->photos.items[i].path) : feri_strdup(j->out);
        if (!path) return cli_fail("out of memory");
        j->drawings[i] = path;
        if (!plot_possible(path)) return CLI_FAILED;
    }
    bool ok =
        photo_drawings_check(&j->photos, j->drawings, "%s and %s would both be drawn as %s; explain them separately") &&
        plot_available();
    return ok ? CLI_GO_ON : CLI_FAILED;
}

/* ---- one picture ---- */

/* The class of --class, or the most likely one. */
static size_t shown_class(const struct job *j, const fer_explanation *e)
{
    for (size_t k = 0; j->class_name && k < e->n_classes; k++)
        if (strcmp(j->info.classes[k], j->class_name) == 0) return k;
    return feri_largest(e->n_classes, e->scores);
}

/* The most likely classes except the one shown, "neutral 4.0 %, surprise 1.2 %". */
static void list_others(const struct job *j, const fer_explanation *e, size_t shown, char *text, size_t size)
{
    size_t first = SIZE_MAX, second = SIZE_MAX;
    for (size_t k = 0; k < e->n_classes; k++) {
        if (k == shown) continue;
        if (first == SIZE_MAX || e->scores[k] > e->scores[first]) {
            second = first;
            first = k;
        } else if (second == SIZE_MAX || e->scores[k] > e->scores[second]) second = k;
    }
    int n = 0;
    text[0] = '\0';
    if (first < SIZE_MAX)
        n = snprintf(text, size, "%s %.1f %%", j->info.classes[first], 100 * (double)e->scores[first]);
    if (second < SIZE_MAX && n > 0 && (size_t)n < size)
        snprintf(text + n, size - (size_t)n, ", %s %.1f %%", j->info.classes[second], 100 * (double)e->scores[second]);
}

static bool draw(const struct job *j, const char *path, const char *drawing, const fer_image *im,
                 const fer_explanation *e)
{
    char others[200];
    size_t k = shown_class(j, e);
    const char *slash = strrchr(path, '/');
    if (j->directory && !cli_make_dirs(j->out)) return false;
    list_others(j, e, k, others, sizeof others);
    struct plot_explanation plot = {.name = slash ? slash + 1 : path,
                                    .model = j->info.name,
                                    .label = j->info.classes[k],
                                    .others = others,
                                    .score = (double)e->scores[k],
                                    .image = im,
                                    .e = e};
    return plot_explanation(drawing, &plot) == CLI_OK;
}

static void print_peak(const char *what, const fer_explanation *e, const float *map)
{
    size_t best = feri_largest(e->rows * e->columns, map);
    printf(", %s row %zu column %zu (%.2f %%)", what, best / e->columns + 1, best % e->columns + 1,
           100 * (double)map[best]);
}

static void print_text(const struct job *j, const char *path, const fer_explanation *e)
{
    size_t k = shown_class(j, e);
    printf("%s  %s %.1f %%, most of %zu x %zu", path, j->info.classes[k], 100 * (double)e->scores[k], e->rows,
           e->columns);
    print_peak("pooling", e, e->pooling);
    print_peak("rollout", e, e->rollout);
    putchar('\n');
}

static json_t *map_json(const fer_explanation *e, const float *map)
{
    json_t *rows = json_array();
    for (size_t r = 0; r < e->rows; r++) {
        json_t *row = json_array();
        for (size_t c = 0; c < e->columns; c++) feri_json_add(row, json_real((double)map[r * e->columns + c]));
        feri_json_add(rows, row);
    }
    return rows;
}

static int print_json(const struct job *j, const char *path, const char *drawing, const fer_explanation *e)
{
    size_t k = shown_class(j, e);
    json_t *scores = json_object();
    for (size_t i = 0; i < e->n_classes; i++)
        feri_json_set(scores, j->info.classes[i], json_real((double)e->scores[i]));
    json_t *doc = json_pack("{s:o, s:o, s:o, s:f, s:o}", "file", feri_json_string(path), "label",
                            feri_json_string(j->info.classes[feri_largest(e->n_classes, e->scores)]), "class",
                            feri_json_string(j->info.classes[k]), "score", (double)e->scores[k], "scores", scores);
    feri_json_set(doc, "rows", json_integer((json_int_t)e->rows));
    feri_json_set(doc, "columns", json_integer((json_int_t)e->columns));
    feri_json_set(doc, "layers", json_integer((json_int_t)e->layers));
    feri_json_set(doc, "pooling", map_json(e, e->pooling));
    feri_json_set(doc, "rollout", map_json(e, e->rollout));
    feri_json_set(doc, "drawing", drawing ? feri_json_string(drawing) : json_null());
    return cli_json_print(doc, false);
}

static void show(struct job *j, size_t i, const fer_image *im, const fer_explanation *e)
{
    const char *path = j->photos.items[i].path, *drawing = j->drawings ? j->drawings[i] : NULL;
    if (drawing && !draw(j, path, drawing, im, e)) {
        j->failed = true;
        drawing = NULL;
    }
    if (j->format == TEXT) print_text(j, path, e);
    else if (print_json(j, path, drawing, e) != CLI_OK) j->failed = true;
    fflush(stdout);
}

/* False: the model cannot be explained, whatever the picture. */
static bool explain(struct job *j, size_t i)
{
    const char *path = j->photos.items[i].path;
    fer_error err;
    fer_image *im;
    fer_explanation *e = NULL;
    if (fer_image_load(path, &im, &err) != FER_OK) {
        cli_progress_clear(&j->progress);
        cli_say("%s", err.text);
        j->failed = true;
        return true;
    }
    fer_status st = fer_explain(j->session, im, &e, &err);
    cli_progress_clear(&j->progress);
    if (st == FER_OK) show(j, i, im, e);
    else if (st == FER_ERR_UNSUPPORTED) cli_say("%s", err.text);
    else cli_say("%s: %s", path, err.text);
    j->failed |= st != FER_OK;
    fer_explanation_free(e);
    fer_image_free(im);
    return st != FER_ERR_UNSUPPORTED;
}

/* ---- all of them ---- */

static bool class_is_there(const struct job *j)
{
    if (!j->class_name) return true;
    char list[512] = "", meant[FERI_MEANT_MAX];
    for (size_t k = 0; k < j->info.n_classes; k++) {
        if (strcmp(j->info.classes[k], j->class_name) == 0) return true;
        size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, "%s%s", k ? ", " : "", j->info.classes[k]);
    }
    return cli_refuse("--class %s: model %s has no such class; its classes are %s%s", j->class_name, j->info.name, list,
                      feri_class_meant(j->info.n_classes, j->info.classes, j->class_name, meant));
}

static int explain_all(struct job *j)
{
    fer_error err;
    fer_model *m = cli_load_model(j->weights);
    if (!m) return CLI_FAILED;
    j->info = fer_model_get_info(m);
    fer_session_options opt = {.threads = j->threads, .isa = j->isa};
    j->failed = !class_is_there(j);
    if (!j->failed && fer_session_new(m, &opt, &j->session, &err) != FER_OK) {
        cli_say("%s", err.text);
        j->failed = true;
    }
    cli_progress_start(&j->progress);
    for (size_t i = 0; j->session && i < j->photos.n && explain(j, i); i++)
        if (j->photos.n > 1) cli_progress_count(&j->progress, "explaining", i + 1, j->photos.n);
    cli_progress_clear(&j->progress);
    fer_session_free(j->session);
    fer_model_free(m);
    return j->failed ? CLI_FAILED : CLI_OK;
}

static int run_job(struct job *j, const struct cli_operands *operands)
{
    j->photos = (struct input_list){.items = calloc(operands->n, sizeof *j->photos.items), .n = operands->n};
    if (!j->photos.items) return cli_fail("out of memory");
    for (size_t i = 0; i < operands->n; i++) j->photos.items[i].path = operands->items[i];
    int code = j->out ? name_drawings(j) : CLI_GO_ON;
    if (code == CLI_GO_ON) code = explain_all(j);
    photo_drawings_free(j->drawings, j->photos.n);
    free(j->photos.items);
    return code;
}

int cmd_explain(int argc, char **argv)
{
    static const char *const formats[] = {"text", "json", NULL};
    struct job j = {0};
    struct cli_option options[] = {
        CLI_OPTION_WEIGHTS(&j.weights),
        CLI_OPTION(CLI_TEXT, "out", .file = CLI_TARGET, .value = &j.out, .arg = "FILE|DIR", .unset = "no drawing",
                   .help = "output drawing, .png or .svg, or a directory for NAME.explain.png"),
        CLI_OPTION(CLI_TEXT, "class", .value = &j.class_name, .arg = "NAME", .unset = "the most likely",
                   .help = "show the score of this class"),
        CLI_OPTION_FORMAT(&j.format, formats),
        CLI_OPTION_THREADS(&j.threads),
        CLI_OPTION_ISA(&j.isa),
    };
    struct cli_usage usage = {
        .command = "explain",
        .operands = "IMAGE ...",
        .summary = "show where a model looked",
        .notes = "Each picture is one cropped face. Two maps show how much each part of it contributes to the result: "
                 "the weights of the sequence pooling, and attention rollout, which follows them down through the "
                 "layers. The model's tokens must be positions of the picture, as in libfer-s and CCT. The maps do not "
                 "depend on --class.",
        .example = "fer explain face.png --out looked.png",
        .operands_min = 1,
        .operands_max = SIZE_MAX,
        .each = CLI_SOURCE};
    struct cli_operands operands;
    int code = cli_parse(&usage, options, CLI_N(options), argc, argv, &operands);
    return code == CLI_GO_ON ? run_job(&j, &operands) : code;
}
