#include "base/clock.h"
#include "commands/commands.h"
#include "common/args.h"
#include "common/cli.h"
#include "common/file.h"
#include "common/stop.h"
#include "draw/annotate.h"
#include "faces/abstain.h"
#include "faces/output.h"
#include "photos/drawings.h"
#include "photos/run.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define MILLION ((size_t)1000000)

struct job {
    const char *weights, *prior, *detector, *isa, *annotate, *list, *format;
    int faces, rotate;
    unsigned threads;
    size_t batch;
    float threshold, smallest, abstain;
    size_t longest, max_pixels; /* the latter in millions */
    bool skip_bad, tta, verbose;

    fer_model_info info;
    const char *names[FER_FACE_CLASSES + 1]; /* of labels */
    struct photo_list photos;
    struct faces_out *out;         /* NULL: text */
    struct annotator **annotators; /* [workers]; NULL: nothing is drawn */
    char **drawings;               /* [photos.n] */
    size_t n_workers;
    struct cli_progress progress;
    size_t n_bad, n_faces, n_answered;
    double decoding, seconds; /* summed over pictures */
    bool stopped;             /* by a signal */
    bool failed;              /* something other than a bad picture */
};

/* ---- text ---- */

/* The three most likely classes: "happiness 93.1 %, neutral 4.0 %, surprise 1.2 %". */
static void print_scores(const struct job *j, const fer_face *f)
{
    bool printed[FER_FACE_CLASSES] = {false};
    const char *before = f->label < j->info.n_classes ? "  " : "  uncertain: ";
    for (size_t i = 0; i < 3 && i < j->info.n_classes; i++) {
        size_t best = j->info.n_classes;
        for (size_t k = 0; k < j->info.n_classes; k++)
            if (!printed[k] && (best == j->info.n_classes || f->scores[k] > f->scores[best])) best = k;
        printed[best] = true;
        printf("%s%s %.1f %%", i ? ", " : before, j->info.classes[best], 100 * (double)f->scores[best]);
    }
    if (f->valence >= -1) printf("; valence %.2f, arousal %.2f", (double)f->valence, (double)f->arousal);
    putchar('\n');
}

static void print_text(const struct job *j, const struct photo_answer *a)
{
    if (a->n == 0) {
        cli_print_name(a->name);
        puts("  no face");
    }
    for (size_t i = 0; i < a->n; i++) {
        const fer_face *f = &a->faces[i];
        cli_print_name(a->name);
        if (a->whole) printf("  whole picture");
        else
            printf("  face %zu at %.0f,%.0f %.0f x %.0f", i + 1, (double)f->x, (double)f->y, (double)f->width,
                   (double)f->height);
        print_scores(j, f);
    }
}

/* ---- drawn pictures ---- */

static bool draw(void *user, size_t worker, const fer_image *image, const struct photo *photo,
                 const struct photo_answer *a)
{
    const struct job *j = user;
    char *path = j->drawings[a->number];
    (void)photo;
    if (!path) return true;
    return cli_make_parents(path) && annotate_picture(j->annotators[worker], image, a->faces, a->n, path) == CLI_OK;
}

static bool make_annotators(struct job *j, size_t n)
{
    if (!j->annotate) return true;
    if (!(j->drawings = photo_drawings_new(&j->photos, j->annotate))) return false;
    if (!cli_make_dirs(j->annotate)) return false;
    j->annotators = calloc(n, sizeof *j->annotators);
    j->n_workers = n;
    for (size_t i = 0; j->annotators && i < n; i++)
        if (!(j->annotators[i] = annotate_new(j->names, j->info.n_classes))) return false;
    return j->annotators != NULL;
}

/* ---- answers ---- */

static void answer_bad(struct job *j, const struct photo_answer *a)
{
    cli_progress_clear(&j->progress);
    if (!j->skip_bad) cli_say("%s", a->error);
    j->n_bad++;
}

static bool answer(void *user, const struct photo_answer *a)
{
    struct job *j = user;
    struct faces_frame frame = {.file = a->name,
                                .frame = j->n_answered,
                                .width = a->width,
                                .height = a->height,
                                .whole = a->whole,
                                .n = a->n,
                                .faces = a->faces};
    j->decoding += a->decoding;
    j->seconds += a->seconds;
    j->n_faces += a->n;
    if (a->error) answer_bad(j, a);
    else {
        cli_progress_clear(&j->progress);
        if (a->note) cli_say("%s: %s", strcmp(a->name, "-") == 0 ? "standard input" : a->name, a->note);
        j->n_answered++;
        if (!j->out) print_text(j, a);
        else if (!faces_out_add(j->out, &frame)) j->failed = true;
        if (fflush(stdout) != 0) j->failed = true; /* a reader should not have to wait for a full buffer */
    }
    if (j->photos.n > 1) cli_progress_count(&j->progress, "pictures", a->number + 1, j->photos.n);
    j->stopped = feri_stop_pending();
    return !j->failed && !j->stopped;
}

static void say_totals(const struct job *j, double seconds, size_t workers)
{
    if (!j->verbose) return;
    cli_note("%zu pictures, %zu faces in %.2f s: %.1f pictures/s on %zu threads, %.0f %% of the time spent on decoding",
             j->n_answered, j->n_faces, seconds, (double)j->n_answered / seconds, workers,
             100 * j->decoding / (j->seconds > 0 ? j->seconds : 1));
}

/* A read that waits for standard input asks nobody whether to go on: there a signal ends the process as ever. */
static bool reads_standard_input(const struct job *j)
{
    for (size_t i = 0; i < j->photos.n; i++)
        if (strcmp(j->photos.items[i].path, "-") == 0) return true;
    return false;
}

static int run_photos(struct job *j, const fer_model *m)
{
    struct photo_run run = {.list = &j->photos,
                            .options = {.detector = {.weights = j->detector,
                                                     .threshold = j->threshold,
                                                     .smallest = j->smallest,
                                                     .rotate = (fer_rotation)j->rotate,
                                                     .longest = j->longest},
                                        .model = m,
                                        .tta = j->tta,
                                        .threads = j->threads,
                                        .isa = j->isa},
                            .faces = (enum photo_faces)j->faces,
                            .abstain = j->abstain,
                            .pixels_max = j->max_pixels * MILLION,
                            .ahead = j->batch,
                            .see = j->annotate ? draw : NULL,
                            .answer = answer,
                            .user = j};
    size_t workers = photo_workers(&run);
    double start = feri_now();
    if (!make_annotators(j, workers)) return CLI_FAILED;
    cli_progress_start(&j->progress);
    if (!reads_standard_input(j)) cli_stop_watch();
    bool ok = photo_run(&run);
    cli_progress_clear(&j->progress);
    if (j->stopped && !ok) cli_say("stopped; %zu of %zu pictures are answered", j->n_answered + j->n_bad, j->photos.n);
    say_totals(j, feri_now() - start, workers);
    photo_left_say(&j->photos.left);
    if (j->n_bad > 0 && j->skip_bad) cli_note("unreadable pictures skipped: %zu", j->n_bad);
    return ok && !run.failed && !j->failed && !j->photos.failed && (j->n_bad == 0 || j->skip_bad) ? CLI_OK : CLI_FAILED;
}

static int open_out(struct job *j, const fer_model *m)
{
    struct faces_kind kind = {
        .classes = j->names, .n_classes = j->info.n_classes, .valence_arousal = fer_model_has_valence_arousal(m)};
    const struct faces_format *format = faces_format_named(j->format);
    if (!format) return CLI_OK; /* text */
    j->out = faces_out_open(format, NULL, &kind);
    return j->out ? CLI_OK : CLI_FAILED;
}

static int run_job(struct job *j, const struct cli_operands *operands)
{
    for (size_t i = 0; i < operands->n; i++)
        if (!photo_list_add(&j->photos, operands->items[i])) return CLI_FAILED;
    if (j->list && !photo_list_read(&j->photos, j->list)) return CLI_FAILED;
    fer_model *m = cli_load_model_for(j->weights, j->prior);
    if (!m) return CLI_FAILED;
    j->info = fer_model_get_info(m);
    abstain_names(&j->info, j->names);
    int code = open_out(j, m), closed = CLI_OK;
    if (code == CLI_OK) {
        code = run_photos(j, m);
        closed = faces_out_close(j->out);
    }
    for (size_t i = 0; j->annotators && i < j->n_workers; i++) annotate_free(j->annotators[i]);
    free(j->annotators);
    photo_drawings_free(j->drawings, j->photos.n);
    fer_model_free(m);
    return code == CLI_OK ? closed : code;
}

int cmd_predict(int argc, char **argv)
{
    const char *formats[FACES_FORMATS_MAX + 2] = {"text"};
    fer_detector_options usual = fer_detector_defaults();
    struct job j = {
        .format = "json", .batch = 8, .rotate = FER_ROTATE_AUTO, .smallest = usual.smallest, .longest = usual.longest};
    struct cli_option options[] = {
        CLI_OPTION_WEIGHTS(&j.weights),
        CLI_OPTION_PRIOR(&j.prior),
        CLI_OPTION_ABSTAIN(&j.abstain),
        CLI_OPTION_DETECTOR(&j.detector),
        PHOTO_OPTION_FACES(&j.faces),
        CLI_OPTION(CLI_TEXT, "format", .value = &j.format, .words = formats, .help = "output format"),
        CLI_OPTION(CLI_TEXT, "annotate", .value = &j.annotate, .arg = "DIR",
                   .help = "also write the pictures with boxes, expressions and scores into DIR",
                   .unset = "not written"),
        CLI_OPTION(CLI_TEXT, "list", .file = CLI_SOURCE, .value = &j.list, .arg = "FILE|-",
                   .help = "file with more pictures and directories, one name per line; -: standard input",
                   .unset = "none"),
        CLI_OPTION_THRESHOLD(&j.threshold),
        CLI_OPTION_SMALLEST(&j.smallest),
        CLI_OPTION_ROTATE(&j.rotate),
        CLI_OPTION(CLI_SIZE, "longest", .value = &j.longest, .min = 32, .max = 16384,
                   .help = "scale larger pictures down to this longer side, pixels"),
        CLI_OPTION(CLI_SIZE, "max-pixels", .value = &j.max_pixels, .min = 1, .max = 268, .arg = "MILLIONS",
                   .help = "refuse larger pictures by their header, before memory is allocated", .unset = "268"),
        CLI_OPTION_TTA(&j.tta),
        CLI_OPTION_THREADS(&j.threads),
        CLI_OPTION(CLI_SIZE, "batch", .value = &j.batch, .min = 1, .max = 4096,
                   .help = "pictures in progress before the first is reported"),
        CLI_OPTION_ISA(&j.isa),
        CLI_OPTION(CLI_FLAG, "skip-bad", .value = &j.skip_bad,
                   .help = "count unreadable pictures instead of reporting them"),
        CLI_OPTION(CLI_FLAG, "verbose", .value = &j.verbose,
                   .help = "report speed and the share of decoding at the end"),
    };
    struct cli_usage usage = {
        .command = "predict",
        .operands = "IMAGE|DIR|PATTERN|- ...",
        .summary = "recognise facial expressions in images",
        .notes = "Images are PNG, JPEG, BMP, GIF, TIFF, WebP, HEIC, AVIF or JPEG XL. A directory stands for all images "
                 "in it and below, - "
                 "for one image from standard input. An image without a face is a valid result. fer reports an "
                 "unreadable image, continues with the others and ends with exit code 1; with --skip-bad, 0. A score "
                 "says how a face looks to a network, not what a person feels.",
        .example = "fer predict --format text party.jpg holidays/ --annotate drawn",
        .operands_min = 0,
        .operands_max = SIZE_MAX,
        .each = CLI_SOURCE};
    struct cli_operands operands;
    faces_picture_words(formats + 1);
    int code = cli_parse(&usage, options, CLI_N(options), argc, argv, &operands);
    if (code != CLI_GO_ON) return code;
    if (operands.n == 0 && !j.list)
        return cli_misuse("predict: no pictures given; name files, directories or --list; see 'fer predict --help'");
    code = run_job(&j, &operands);
    photo_list_free(&j.photos);
    return code;
}
