#include "base/words.h"
#include "commands/commands.h"
#include "common/args.h"
#include "common/cli.h"
#include "common/data_options.h"
#include "common/help.h"
#include "common/stop.h"

#include <stdlib.h>
#include <string.h>

enum format { TEXT, JSON };

/* What the three commands share. */
struct job {
    fer_data_source source;
    int format;
    unsigned threads;
    struct cli_progress progress;
};

static void start(struct job *j, const char *path)
{
    j->source.path = path;
    cli_progress_start(&j->progress);
    cli_stop_watch();
}

static void finish(struct job *j)
{
    cli_progress_clear(&j->progress);
    cli_data_source_free(&j->source);
}

static const char *const formats[] = {"text", "json", NULL};

/* ---- info ---- */

static void print_counts(const fer_data_summary *s)
{
    printf("\n%-14s %10s", "class", "images");
    for (size_t k = 0; k < FER_SPLITS; k++)
        if (s->split_images[k]) printf(" %10s", k ? fer_split_name((fer_split)k) : "no split");
    putchar('\n');
    for (size_t c = 0; c < s->n_classes; c++) {
        size_t all = 0;
        for (size_t k = 0; k < FER_SPLITS; k++) all += s->counts[k * s->n_classes + c];
        printf("%-14s %10zu", s->classes[c], all);
        for (size_t k = 0; k < FER_SPLITS; k++)
            if (s->split_images[k]) printf(" %10zu", s->counts[k * s->n_classes + c]);
        putchar('\n');
    }
    printf("%-14s %10zu", "all", s->images);
    for (size_t k = 0; k < FER_SPLITS; k++)
        if (s->split_images[k]) printf(" %10zu", s->split_images[k]);
    putchar('\n');
}

static void print_sizes(const fer_data_summary *s)
{
    if (s->n_sizes == 0) return;
    printf("\n%-14s %10s\n", "image size", "images");
    for (size_t i = 0; i < s->n_sizes && i < 12; i++) {
        char text[64];
        snprintf(text, sizeof text, "%zu x %zu %s", s->sizes[i].width, s->sizes[i].height,
                 s->sizes[i].channels == 1 ? "grey" : "RGB");
        printf("%-14s %10zu\n", text, s->sizes[i].n);
    }
    if (s->n_sizes > 12) printf("... and %zu more sizes\n", s->n_sizes - 12);
}

static void print_left(const fer_data_summary *s, bool damage, const char *title)
{
    bool any = false;
    for (size_t i = 0; i < s->n_left_out; i++) {
        if (s->left_out[i].damage != damage) continue;
        if (!any) printf("\n%s\n", title);
        any = true;
        printf("%10zu  %s; the first: %s\n", s->left_out[i].n, s->left_out[i].what, s->left_out[i].first);
    }
}

static void print_info(const char *path, const fer_data_summary *s)
{
    printf("%s: layout %s, %zu images, %zu classes\ndigest: %s\n", path, s->layout, s->images, s->n_classes, s->digest);
    if (s->remark) printf("remark: %s\n", s->remark);
    if (s->with_valence) printf("with valence and arousal: %zu\n", s->with_valence);
    if (s->with_landmarks) printf("with landmarks: %zu\n", s->with_landmarks);
    if (s->with_box) printf("with a face's box: %zu\n", s->with_box);
    if (s->with_votes) printf("with votes: %zu\n", s->with_votes);
    print_counts(s);
    print_sizes(s);
    print_left(s, false, "left out, which is no error in training and evaluation:");
    print_left(s, true, "DAMAGED (an error in training and evaluation without --skip-bad):");
}

static json_t *json_splits(const fer_data_summary *s)
{
    json_t *all = json_object();
    for (size_t k = 0; k < FER_SPLITS; k++) {
        if (s->split_images[k] == 0) continue;
        json_t *classes = json_object();
        for (size_t c = 0; c < s->n_classes; c++)
            feri_json_set(classes, s->classes[c], json_integer((json_int_t)s->counts[k * s->n_classes + c]));
        feri_json_set(all, fer_split_name((fer_split)k),
                      json_pack("{s:I, s:o}", "images", (json_int_t)s->split_images[k], "classes", classes));
    }
    return all;
}

static json_t *json_left(const fer_data_summary *s, bool damage)
{
    json_t *all = json_object();
    for (size_t i = 0; i < s->n_left_out; i++)
        if (s->left_out[i].damage == damage)
            feri_json_set(all, s->left_out[i].what,
                          json_pack("{s:I, s:o}", "images", (json_int_t)s->left_out[i].n, "first",
                                    feri_json_string(s->left_out[i].first)));
    return all;
}

static json_t *json_sizes(const fer_data_summary *s)
{
    json_t *all = json_array();
    for (size_t i = 0; i < s->n_sizes; i++)
        feri_json_add(all, json_pack("{s:I, s:I, s:I, s:I}", "width", (json_int_t)s->sizes[i].width, "height",
                                     (json_int_t)s->sizes[i].height, "channels", (json_int_t)s->sizes[i].channels,
                                     "images", (json_int_t)s->sizes[i].n));
    return all;
}

static int print_info_json(const char *path, const fer_data_summary *s)
{
    return cli_json_print(json_pack("{s:o, s:s, s:s?, s:I, s:s, s:o, s:o, s:o, s:o, s:{s:I, s:I, s:I, s:I}}", "path",
                                    feri_json_string(path), "layout", s->layout, "remark", s->remark, "images",
                                    (json_int_t)s->images, "digest", s->digest, "splits", json_splits(s), "sizes",
                                    json_sizes(s), "left_out", json_left(s, false), "damaged", json_left(s, true),
                                    "with", "valence", (json_int_t)s->with_valence, "landmarks",
                                    (json_int_t)s->with_landmarks, "box", (json_int_t)s->with_box, "votes",
                                    (json_int_t)s->with_votes),
                          true);
}

static int run_info(struct job *j, const char *path, bool quick)
{
    fer_error err;
    fer_data_summary *s;
    start(j, path);
    const fer_data_info_options opt = {
        .pictures = !quick, .threads = j->threads, .progress = cli_progress_report, .progress_user = &j->progress};
    fer_status st = fer_data_info(&j->source, &opt, &s, &err);
    finish(j);
    if (st != FER_OK) return cli_fail("%s", err.text);
    int code = CLI_OK;
    if (j->format == JSON) code = print_info_json(path, s);
    else print_info(path, s);
    fer_data_summary_free(s);
    return code;
}

static int cmd_data_info(int argc, char **argv)
{
    struct job j = {0};
    bool quick = false;
    struct cli_option options[] = {
        CLI_OPTIONS_DATA(&j.source),
        cli_data_option("protocol", &j.source),
        CLI_OPTION(CLI_FLAG, "quick", .value = &quick, .help = "read labels only, no pictures"),
        CLI_OPTION_THREADS(&j.threads),
        CLI_OPTION_FORMAT(&j.format, formats),
    };
    struct cli_usage usage = {.command = "data info",
                              .operands = "PATH",
                              .operands_min = 1,
                              .operands_max = 1,
                              .each = CLI_SOURCE,
                              .summary = "describe a data set",
                              .notes =
                                  "Prints layout, splits, counts per class, image sizes, what is left out and what is "
                                  "damaged. It changes nothing. Damage is reported and is not a failure here.",
                              .example = "fer data info AffectNet/"};
    struct cli_operands operands;
    int code = cli_parse(&usage, options, CLI_N(options), argc, argv, &operands);
    return code == CLI_GO_ON ? run_info(&j, operands.items[0], quick) : code;
}

/* ---- prepare ---- */

static int run_prepare(struct job *j, const char *path, const char *out, fer_prepare_options *o)
{
    fer_error err;
    size_t n[3];
    start(j, path);
    o->progress = cli_progress_report;
    o->progress_user = &j->progress;
    fer_status st = fer_data_prepare(&j->source, out, o, n, &err);
    finish(j);
    if (st != FER_OK) return cli_fail("%s", err.text);
    if (j->format == JSON)
        return cli_json_print(json_pack("{s:o, s:I, s:I, s:I}", "out", feri_json_string(out), "train", (json_int_t)n[0],
                                        "val", (json_int_t)n[1], "test", (json_int_t)n[2]),
                              true);
    printf("%s: train.csv %zu images, val.csv %zu, test.csv %zu\n", out, n[0], n[1], n[2]);
    return CLI_OK;
}

static int cmd_data_prepare(int argc, char **argv)
{
    struct job j = {0};
    const char *out = NULL;
    static const char *const tables[] = {"train.csv", "val.csv", "test.csv", "prepare.sums", NULL};
    fer_prepare_options o = fer_prepare_defaults();
    struct cli_option options[] = {
        CLI_OPTION(CLI_TEXT, "out", .file = CLI_TARGET_DIR, .names = tables, .value = &out, .arg = "DIR",
                   .required = true, .help = "directory for train.csv, val.csv and test.csv"),
        CLI_OPTION(CLI_SIZE, "val-per-class", .value = &o.val_per_class, .min = 0, .max = 1e9,
                   .help = "images per class to draw from train for validation; 0: none, the set stays one part"),
        CLI_OPTION(CLI_SIZE, "test-per-class", .value = &o.test_per_class, .min = 1, .max = 1e9,
                   .help = "images per class to draw for test, if the set holds none out itself",
                   .unset = "as --val-per-class"),
        CLI_OPTION(CLI_SEED, "seed", .value = &o.seed, .help = "random seed of the draw"),
        CLI_OPTION(CLI_FLAG, "landmarks", .value = &o.landmarks, .help = "keep landmarks in the tables"),
        CLI_OPTIONS_DATA_KIND(&j.source),
        cli_data_option("protocol", &j.source),
        cli_data_option("skip-bad", &j.source),
        CLI_OPTION(CLI_WORD, "format", .value = &j.format, .words = formats, .help = "format of the summary"),
    };
    struct cli_usage usage = {.command = "data prepare",
                              .operands = "PATH",
                              .operands_min = 1,
                              .operands_max = 1,
                              .each = CLI_SOURCE,
                              .summary = "split a data set into train, val and test",
                              .notes =
                                  "Writes train.csv, val.csv and test.csv, which 'fer train', 'fer eval' and 'fer "
                                  "experiment' read. Pictures stay where they are. The set's own held-out images "
                                  "become test, and val is drawn from train. A set that already has both keeps them. "
                                  "The same seed gives the same split on any machine, from folders, tars or a zip.",
                              .example = "fer data prepare AffectNet/ --out prepared --val-per-class 500 --seed 42"};
    struct cli_operands operands;
    int code = cli_parse(&usage, options, CLI_N(options), argc, argv, &operands);
    return code == CLI_GO_ON ? run_prepare(&j, operands.items[0], out, &o) : code;
}

/* ---- pack ---- */

static int run_pack(struct job *j, const char *path, const char *out, fer_pack_options *o)
{
    fer_error err;
    size_t n;
    start(j, path);
    o->threads = j->threads;
    o->progress = cli_progress_report;
    o->progress_user = &j->progress;
    fer_status st = fer_data_pack(&j->source, out, o, &n, &err);
    finish(j);
    if (st != FER_OK) return cli_fail("%s", err.text);
    if (j->format == JSON)
        return cli_json_print(json_pack("{s:o, s:I}", "out", feri_json_string(out), "images", (json_int_t)n), true);
    printf("%s: %zu images\n", out, n);
    return CLI_OK;
}

static int cmd_data_pack(int argc, char **argv)
{
    struct job j = {0};
    const char *out = NULL;
    fer_pack_options o = {.channels = 3};
    struct cli_option options[] = {
        CLI_OPTION(CLI_TEXT, "out", .file = CLI_TARGET, .endings = ".ferpack", .value = &out, .arg = "FILE",
                   .required = true, .help = "output file"),
        CLI_OPTION(CLI_SIZE, "size", .value = &o.side, .min = 8, .max = 1024,
                   .help = "store raw pixels, cropped and resized to N x N", .unset = "store the files unchanged"),
        CLI_OPTION(CLI_SIZE, "channels", .value = &o.channels, .min = 1, .max = 3,
                   .help = "channels of raw pixels: 1 (grey) or 3 (RGB)"),
        CLI_OPTIONS_DATA(&j.source),
        cli_data_option("protocol", &j.source),
        cli_data_option("skip-bad", &j.source),
        CLI_OPTION_THREADS(&j.threads),
        CLI_OPTION(CLI_WORD, "format", .value = &j.format, .words = formats, .help = "format of the summary"),
    };
    struct cli_usage usage = {.command = "data pack",
                              .operands = "PATH",
                              .operands_min = 1,
                              .operands_max = 1,
                              .each = CLI_SOURCE,
                              .summary = "pack a data set's images and labels into one file",
                              .notes = "For sets far larger than memory: one file with random access instead of many "
                                       "small ones. Every command reads it like any other data set.",
                              .example = "fer data pack prepared/train.csv --size 112 --out train.ferpack"};
    struct cli_operands operands;
    int code = cli_parse(&usage, options, CLI_N(options), argc, argv, &operands);
    if (code == CLI_GO_ON && o.channels == 2) code = cli_misuse("data pack: --channels '2': must be 1 or 3");
    return code == CLI_GO_ON ? run_pack(&j, operands.items[0], out, &o) : code;
}

/* ---- all ---- */

static const struct cli_command commands[] = {
    {"info", "describe a data set", cmd_data_info},
    {"prepare", "split a data set into train, val and test, as published", cmd_data_prepare},
    {"pack", "pack a data set's images and labels into one file", cmd_data_pack},
};

int cmd_data(int argc, char **argv)
{
    static const char *const names[] = {"info", "prepare", "pack", NULL};
    static const struct cli_group group = {.name = "data",
                                           .summary = "inspect, split and pack data sets",
                                           .notes = "'fer help data COMMAND' lists a command's options.\n\nexample:\n"
                                                    "  fer data info AffectNet/",
                                           .commands = commands,
                                           .n = CLI_N(commands)};
    enum cli_form form = argc >= 2 ? cli_form_of(argv[1]) : CLI_FORM_NONE;
    if (form != CLI_FORM_NONE) return cli_group_help(form, &group);
    for (size_t i = 0; argc >= 2 && i < CLI_N(commands); i++)
        if (strcmp(argv[1], commands[i].name) == 0) return commands[i].run(argc - 1, argv + 1);
    if (argc < 2) return cli_misuse("'fer data' needs a command: info, prepare or pack");
    const char *near = feri_word_near(names, argv[1]);
    if (near) cli_say("unknown command 'data %s'; did you mean 'data %s'?", argv[1], near);
    else cli_say("unknown command 'data %s'; the commands are info, prepare and pack", argv[1]);
    return CLI_USAGE;
}
