#include "base/clock.h"
#include "commands/commands.h"
#include "common/args.h"
#include "common/cli.h"
#include "common/file.h"
#include "common/stop.h"
#include "draw/annotate.h"
#include "draw/blur.h"
#include "faces/abstain.h"
#include "faces/output.h"
#include "inputs/feed.h"
#include "inputs/share.h"
#include "photos/drawings.h"
#include "photos/run.h"
#include "photos/table.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define MILLION ((size_t)1000000)

struct job {
    const char *weights, *prior, *detector, *check, *isa, *annotate, *list, *format;
    int faces, rotate;
    unsigned threads;
    size_t batch;
    float threshold, smallest, abstain, min_quality;
    size_t longest, max_pixels; /* the latter in millions */
    bool skip_bad, tta, verbose, blur, boxes;
    fer_model_info info;
    const char *names[FER_FACE_CLASSES + 1]; /* of labels */
    struct input_list photos;
    struct input_feed *feed; /* NULL: the pictures are photos; else they come from here, and photos is empty */
    struct faces_kind kind;
    struct faces_out *out;         /* NULL: text, or a table in a directory */
    struct photo_table table;      /* with --out */
    size_t n_wanted;               /* pictures to look at; with a feed: 0 */
    bool together;                 /* all ranks came to the end */
    struct annotator **annotators; /* [workers]; NULL: nothing is drawn */
    char **drawings;               /* [photos.n] */
    size_t n_workers;
    struct cli_progress progress;
    size_t n_bad, n_faces, n_answered; /* n_answered: without the bad ones */
    double decoding, seconds;          /* summed over pictures */
    bool stopped;                      /* by a signal */
    bool failed;                       /* something other than a bad picture */
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

static bool draw(void *user, size_t worker, const fer_image *image, const struct input *photo,
                 const struct photo_answer *a)
{
    const struct job *j = user;
    char *path = j->drawings[a->number];
    fer_error err;
    (void)photo;
    if (!path) return true;
    fer_image *blurred = j->blur ? blur_image(image, a->faces, a->n) : NULL;
    const fer_image *from = blurred ? blurred : image;
    bool ok = cli_make_parents(path) && (blurred || !j->blur);
    if (ok && j->boxes) ok = annotate_picture(j->annotators[worker], from, a->faces, a->n, path) == CLI_OK;
    else if (ok) ok = cli_good(fer_image_save(from, path, &err), &err);
    fer_image_free(blurred);
    return ok;
}

static bool make_annotators(struct job *j, size_t n)
{
    if (!j->annotate) return true;
    if (!(j->drawings = photo_drawings_new(&j->photos, j->annotate))) return false;
    if (!cli_make_dirs(j->annotate)) return false;
    if (!j->boxes) return true;
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
    if (j->table.archive && !photo_table_add(&j->table, a)) j->failed = true;
    j->n_bad++;
}

static void say_note(const struct job *j, const struct photo_answer *a)
{
    if (!a->note || (j->feed && cli_quiet)) return; /* who reads answer by answer expects one line */
    cli_say("%s: %s", strcmp(a->name, "-") == 0 ? "standard input" : a->name, a->note);
}

static void answer_good(struct job *j, const struct photo_answer *a)
{
    const struct faces_frame frame = {.file = a->name,
                                      .frame = j->n_answered,
                                      .width = a->width,
                                      .height = a->height,
                                      .whole = a->whole,
                                      .n = a->n,
                                      .faces = a->faces};
    cli_progress_clear(&j->progress);
    say_note(j, a);
    j->n_answered++;
    if (j->table.archive) j->failed |= !photo_table_add(&j->table, a);
    else if (!j->out) print_text(j, a);
    else j->failed |= !faces_out_add(j->out, &frame);
    if (fflush(stdout) != 0) j->failed = true; /* a reader should not have to wait for a full buffer */
}

static bool answer(void *user, const struct photo_answer *a)
{
    struct job *j = user;
    j->decoding += a->decoding;
    j->seconds += a->seconds;
    j->n_faces += a->n;
    if (a->error) answer_bad(j, a);
    else answer_good(j, a);
    size_t done = ranks_size(j->table.ranks) > 1 ? archive_n_taken(j->table.archive) : j->n_answered + j->n_bad;
    if (j->feed || j->n_wanted > 1) cli_progress_count(&j->progress, "pictures", done, j->n_wanted);
    if (j->feed) input_feed_drop(j->feed);
    j->stopped = feri_stop_pending();
    return !j->failed && !j->stopped;
}

/* ---- names that come one by one ---- */

static enum photo_next next_name(void *user, size_t *number, struct input *photo)
{
    static const enum photo_next same[] = {
        [INPUT_TAKE] = PHOTO_TAKE, [INPUT_WAIT] = PHOTO_WAIT, [INPUT_END] = PHOTO_END};
    const struct job *j = user;
    (void)number;
    return same[input_feed_next(j->feed, photo)];
}

static void read_names(void *user)
{
    struct job *j = user;
    j->stopped = feri_stop_pending();
    if (j->stopped) input_feed_end(j->feed);
    else if (input_feed_waiting(j->feed)) {
        cli_progress_clear(&j->progress); /* a name may be worth a message */
        input_feed_read(j->feed);
    }
}

/* False after an error message. */
static bool choose_from_feed(struct job *j, struct photo_run *run)
{
    run->list = NULL;
    run->next = next_name;
    run->poll = read_names;
    run->chooser = j;
    /* Who writes the names may want to read the header first. */
    return fflush(stdout) == 0 || cli_output_failed(errno) == CLI_OK;
}

/* ---- the run ---- */

static void say_stopped(const struct job *j)
{
    const size_t done = j->n_answered + j->n_bad;
    if (j->feed) cli_say("stopped; %zu pictures are answered", done);
    else cli_say("stopped; %zu of %zu pictures are answered", done, j->n_wanted);
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
                                                     .check = j->check,
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
                            .min_quality = j->min_quality,
                            .pixels_max = j->max_pixels * MILLION,
                            .ahead = j->batch,
                            .see = j->annotate ? draw : NULL,
                            .answer = answer,
                            .user = j};
    if (j->table.archive) photo_table_choose(&j->table, &run);
    if (j->feed && !choose_from_feed(j, &run)) return CLI_FAILED;
    size_t workers = photo_workers(&run);
    double start = feri_now();
    if (!make_annotators(j, workers)) return CLI_FAILED;
    cli_progress_start(&j->progress);
    if (!reads_standard_input(j)) cli_stop_watch();
    bool ok = photo_run(&run) && !(j->feed && j->stopped);
    cli_progress_clear(&j->progress);
    if (j->stopped && !ok && !j->table.archive) say_stopped(j);
    say_totals(j, feri_now() - start, workers);
    input_left_say(&j->photos.left);
    return ok && !run.failed && !j->failed ? CLI_OK : CLI_FAILED;
}

static int open_out(struct job *j, const fer_model *m)
{
    j->kind = (struct faces_kind){
        .classes = j->names, .n_classes = j->info.n_classes, .valence_arousal = fer_model_has_valence_arousal(m)};
    if (j->table.options.out) return photo_table_open(&j->table, m) ? CLI_OK : CLI_FAILED;
    if (!j->table.format) return CLI_OK; /* text */
    j->out = faces_out_open(j->table.format, NULL, &j->kind);
    return j->out ? CLI_OK : CLI_FAILED;
}

static int close_out(struct job *j, int code)
{
    if (!j->table.archive) return faces_out_close(j->out);
    int closed = archive_close(j->table.archive, code == CLI_OK, &j->n_bad);
    j->together = code == CLI_OK && closed == CLI_OK;
    return closed;
}

static int predict(struct job *j, const fer_model *m)
{
    j->info = fer_model_get_info(m);
    abstain_names(&j->info, j->names);
    int code = open_out(j, m);
    if (code != CLI_OK) return code;
    j->n_wanted = j->table.archive ? archive_n_wanted(j->table.archive) : j->photos.n;
    code = run_photos(j, m);
    int closed = close_out(j, code);
    if (j->n_bad > 0 && j->skip_bad) cli_note("unreadable pictures skipped: %zu", j->n_bad);
    if (code != CLI_OK || closed != CLI_OK || j->photos.failed) return CLI_FAILED;
    return j->n_bad == 0 || j->skip_bad ? CLI_OK : CLI_FAILED;
}

/* Whether pictures are answered while further names come. A table in a directory counts the pictures first, and
 * drawings are compared with all of them. */
static bool takes_names_as_they_come(const struct job *j)
{
    return j->list && strcmp(j->list, "-") == 0 && !j->table.options.out && !j->annotate;
}

static int read_list(struct job *j, const struct cli_operands *operands)
{
    for (size_t i = 0; i < operands->n; i++)
        if (!input_list_add(&j->photos, operands->items[i])) return CLI_FAILED;
    if (takes_names_as_they_come(j)) return (j->feed = input_feed_new(&j->photos)) ? CLI_OK : CLI_FAILED;
    if (j->list && !input_list_read(&j->photos, j->list)) return CLI_FAILED;
    if (j->table.options.out && reads_standard_input(j))
        return cli_misuse("predict: -: --out needs pictures that have a name, not standard input");
    return CLI_OK;
}

/* Rank 0 goes ahead, so that what fails in all ranks is said once. */
static int run_job(struct job *j, const struct cli_operands *operands)
{
    bool first = ranks_rank(j->table.ranks) == 0;
    int code = first ? read_list(j, operands) : CLI_OK;
    if (code != CLI_OK) return code;
    cli_quiet |= !first;
    fer_model *m = first ? cli_load_model_for(j->weights, j->prior) : NULL;
    if ((first && !m) || !input_list_share(&j->photos, j->table.ranks)) code = CLI_FAILED;
    if (!first && code == CLI_OK) m = cli_load_model_for(j->weights, j->prior);
    code = m && code == CLI_OK ? predict(j, m) : CLI_FAILED;
    for (size_t i = 0; j->annotators && i < j->n_workers; i++) annotate_free(j->annotators[i]);
    free(j->annotators);
    photo_drawings_free(j->drawings, j->photos.n);
    fer_model_free(m);
    return code;
}

/* Processes of one job share the pictures, unless each has a shard of its own. */
static int run_with_ranks(struct job *j, const struct cli_operands *operands)
{
    struct photo_table *t = &j->table;
    t->kind = &j->kind;
    t->list = &j->photos;
    t->models = (struct archive_models){j->weights, j->detector, j->isa};
    if (!t->options.out || t->options.shard) return run_job(j, operands);
    if (!(t->ranks = ranks_join())) return CLI_FAILED;
    int code = run_job(j, operands);
    ranks_leave(t->ranks, j->together ? CLI_OK : code);
    return code;
}

/* The options that do not change what is written of a picture. */
static const char *const aside[] = {"weights", "detector", "annotate", "blur-faces", "boxes",    "list",    "threads",
                                    "batch",   "out",      "shard",    "resume",     "skip-bad", "verbose", NULL};

static int choose_output(struct job *j)
{
    int code = archive_check(&j->table.options, "predict");
    if (code != CLI_GO_ON) return code;
    const bool to_directory = j->table.options.out != NULL;
    if (!j->format) j->format = to_directory ? "csv" : "json";
    j->table.format = faces_format_named(j->format);
    if (to_directory && !j->table.format)
        return cli_misuse("predict: --format %s: --out needs a table, such as --format csv", j->format);
    return CLI_GO_ON;
}

static int check_drawing(const struct job *j)
{
    if (!j->annotate && (j->blur || !j->boxes))
        return cli_misuse("predict: --%s goes with --annotate DIR", j->blur ? "blur-faces" : "no-boxes");
    if (j->blur && j->faces == PHOTO_LARGEST)
        return cli_misuse("predict: --blur-faces needs all faces, and --faces largest leaves the others out");
    if (j->blur && j->min_quality > 0)
        return cli_misuse("predict: --blur-faces needs all faces, and --min-quality leaves the poor ones out");
    return CLI_GO_ON;
}

int cmd_predict(int argc, char **argv)
{
    const char *formats[FACES_FORMATS_MAX + 2] = {"text"};
    fer_detector_options usual = fer_detector_defaults();
    struct job j = {.photos.kind = &input_pictures,
                    .boxes = true,
                    .batch = 8,
                    .rotate = FER_ROTATE_AUTO,
                    .smallest = usual.smallest,
                    .longest = usual.longest};
    struct cli_option options[] = {
        CLI_OPTION_WEIGHTS(&j.weights),
        CLI_OPTION_PRIOR(&j.prior),
        CLI_OPTION_ABSTAIN(&j.abstain),
        CLI_OPTION_MIN_QUALITY(&j.min_quality),
        CLI_OPTION_DETECTOR(&j.detector),
        CLI_OPTION_CHECK(&j.check),
        PHOTO_OPTION_FACES(&j.faces),
        CLI_OPTION(CLI_TEXT, "format", .value = &j.format, .words = formats, .help = "output format",
                   .unset = "json; with --out csv"),
        ARCHIVE_OPTION_OUT(&j.table.options),
        ARCHIVE_OPTION_SHARD(&j.table.options),
        ARCHIVE_OPTION_RESUME(&j.table.options),
        CLI_OPTION(CLI_TEXT, "annotate", .value = &j.annotate, .arg = "DIR",
                   .help = "also write the pictures with boxes, expressions and scores into DIR",
                   .unset = "not written"),
        CLI_OPTION_BLUR_FACES(&j.blur),
        CLI_OPTION_BOXES(&j.boxes),
        CLI_OPTION(CLI_TEXT, "list", .file = CLI_SOURCE, .value = &j.list, .arg = "FILE|-",
                   .help = "file with more pictures and directories, one name per line; -: standard input, each name "
                           "answered as it comes",
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
    if ((code = check_drawing(&j)) != CLI_GO_ON || (code = choose_output(&j)) != CLI_GO_ON) return code;
    if (j.table.options.out && !(j.table.settings = archive_settings(options, CLI_N(options), aside)))
        return cli_fail("out of memory");
    code = run_with_ranks(&j, &operands);
    json_decref(j.table.settings);
    input_feed_free(j.feed);
    input_list_free(&j.photos);
    return code;
}
