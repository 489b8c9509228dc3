#include "base/file.h"
#include "base/names.h"
#include "commands/commands.h"
#include "common/cli.h"
#include "films/folder.h"
#include "films/kinds.h"

#include <stdint.h>
#include <string.h>

/* Options of one film have no place among many, whose outputs are named after them. */
static int check_targets(const struct film_targets *t)
{
    const char *one = t->summary ? "summary" : t->timeline ? "timeline" : t->annotate ? "annotate" : NULL;
    for (size_t i = 0; i < faces_n_formats; i++)
        if (t->paths[i]) one = faces_formats[i].films;
    if (!one) return CLI_GO_ON;
    return cli_misuse(
        "video: --%s is for one film; with --out, --write names the outputs of each film, and the summary "
        "is always written",
        one);
}

static bool read_list(struct input_list *films, const char *list, const struct cli_operands *operands)
{
    bool ok = true;
    for (size_t i = 0; ok && i < operands->n; i++) ok = input_list_add(films, operands->items[i]);
    if (ok && list) ok = input_list_read(films, list);
    input_left_say(&films->left);
    return ok;
}

static int many(const struct film *f, struct film_folder *folder, const char *list, const struct cli_operands *operands)
{
    struct input_list films = {.kind = &input_films, .leave = folder->archive.out};
    int code = check_targets(&f->targets);
    if (code != CLI_GO_ON) return code;
    /* Processes of one job share the films, unless each has a shard of its own. */
    if (!folder->archive.shard && !(folder->ranks = ranks_join())) return CLI_FAILED;
    bool ok = ranks_rank(folder->ranks) > 0 || read_list(&films, list, operands);
    folder->settings = f->settings;
    code = ok ? film_folder_run(f, folder, &films) : CLI_FAILED;
    if (films.failed && code == CLI_OK) code = CLI_FAILED;
    input_list_free(&films);
    ranks_leave(folder->ranks, folder->together ? CLI_OK : code);
    return code;
}

static int one(struct film *f, const struct cli_operands *operands, bool sound)
{
    f->source = operands->items[0];
    if (operands->n > 1)
        return cli_misuse("video: %zu films; --out DIR is needed for the outputs of more than one", operands->n);
    if (feri_is_dir(f->source))
        return cli_misuse("video: %s is a directory; --out DIR is needed for the outputs of its films", f->source);
    if (feri_names_picture(f->source)) cli_note("%s: a picture; 'fer predict' reads pictures", f->source);
    if (sound) f->targets.audio_from = f->source;
    return film_run(f);
}

/* As typed. */
struct drawn {
    const char *baseline;
    bool boxes;
};

static bool reads_standard_input(const struct cli_operands *operands)
{
    for (size_t i = 0; i < operands->n; i++)
        if (strcmp(operands->items[i], "-") == 0) return true;
    return false;
}

/* What is drawn, and the passes over the film that this needs. */
static int check_drawing(struct film *f, const struct film_folder *folder, const struct drawn *d,
                         const struct cli_operands *operands)
{
    struct film_kinds kinds = {.timeline = f->targets.timeline != NULL, .annotate = f->targets.annotate != NULL};
    if (folder->archive.out && !film_kinds_parse(&kinds, folder->write)) return CLI_USAGE;
    bool draws = kinds.timeline || kinds.annotate;
    if (d->baseline && !baseline_parse(d->baseline, &f->baseline))
        return cli_misuse("video: --baseline '%s': must be auto, or seconds from above 0 to 1000000", d->baseline);
    if (f->blur && !draws) return cli_misuse("video: --blur-faces goes with an annotated film or a timeline");
    if (!d->boxes && !kinds.annotate) return cli_misuse("video: --no-boxes goes with an annotated film");
    if (draws && (f->blur || d->baseline) && reads_standard_input(operands))
        return cli_misuse("video: -: --blur-faces and --baseline read a film twice to draw it; name a file");
    f->targets.bare = !d->boxes;
    return CLI_GO_ON;
}

static int run(struct film *f, struct film_folder *folder, const char *list, const struct cli_operands *operands,
               const struct drawn *d)
{
    if (f->end > 0 && f->end <= f->start)
        return cli_misuse("video: --start %g, --end %g: the end must come after the start", (double)f->start,
                          (double)f->end);
    if (operands->n == 0 && !list) return cli_misuse("video: no film given; see 'fer video --help'");
    if (folder->piece > 0 && !folder->archive.out) return cli_misuse("video: --piece needs --out DIR");
    if (folder->piece > 0 && f->blur)
        return cli_misuse("video: --piece and --blur-faces: films with blurred faces are not cut");
    if (list && !folder->archive.out)
        return cli_misuse("video: --list: --out DIR is needed for the outputs of more than one film");
    int code = archive_check(&folder->archive, "video");
    if (code != CLI_GO_ON) return code;
    if ((code = check_drawing(f, folder, d, operands)) != CLI_GO_ON) return code;
    return folder->archive.out ? many(f, folder, list, operands) : one(f, operands, folder->sound);
}

/* The options that do not change what is written of a film, and those of one film. */
static const char *const aside[] = {"weights", "detector", "threads", "isa",    "out",      "list",     "jobs",
                                    "resume",  "shard",    "summary", "format", "timeline", "annotate", NULL};

int cmd_video(int argc, char **argv)
{
    struct film f = film_defaults();
    f.aside = aside;
    struct film_folder folder = {.write = "csv", .jobs = 1, .sound = true};
    const char *list = NULL;
    struct drawn drawn = {.boxes = true};
    struct cli_option options[] = {
        CLI_OPTION_EVERY(&f.every),
        CLI_OPTION_FPS(&f.fps),
        CLI_OPTION(CLI_REAL, "start", .value = &f.start, .min = 0, .max = 1e6,
                   .help = "start, in seconds of the file's own time, which begins at 0 or later"),
        CLI_OPTION(CLI_REAL, "end", .value = &f.end, .min = 0.001, .max = 1e6,
                   .help = "end, in seconds of the file's own time", .unset = "the file's"),
        CLI_OPTION(CLI_TEXT, "baseline", .value = &drawn.baseline, .arg = "SECONDS|auto",
                   .help = "subtract each person's usual face from the scores: that of the first seconds in which the "
                           "person is seen, or of the whole film",
                   .unset = "scores are those of the model"),
        CLI_OPTION_BLUR_FACES(&f.blur),
        CLI_OPTION_BOXES(&drawn.boxes),
        CLI_OPTION(CLI_FLAG, "audio", .value = &folder.sound, .help = "keep the sound in annotated films"),
        CLI_OPTION(CLI_TEXT, "input-format", .value = &f.video.format, .arg = "NAME",
                   .help = "FFmpeg's name of the container", .unset = "recognised by its content"),
        CLI_OPTION(CLI_SIZE, "max-pixels", .value = &f.video.pixels_max, .min = 1, .max = 1 << 30,
                   .help = "refuse larger frames", .unset = "67108864"),
        CLI_OPTION(CLI_TEXT, "out", .value = &folder.archive.out, .arg = "DIR",
                   .help = "analyse all the films, and write the outputs of each and a summary over all into DIR",
                   .unset = "one film"),
        ARCHIVE_OPTION_SHARD(&folder.archive),
        ARCHIVE_OPTION_RESUME(&folder.archive),
        CLI_OPTION(CLI_TEXT, "write", .value = &folder.write, .arg = "A,B,...", .help = FILM_KINDS_HELP),
        CLI_OPTION(CLI_TEXT, "list", .file = CLI_SOURCE, .value = &list, .arg = "FILE|-",
                   .help = "file with more films and directories, one name per line; -: standard input",
                   .unset = "none"),
        CLI_OPTION(CLI_SIZE, "jobs", .value = &folder.jobs, .min = 1, .max = 256,
                   .help = "films at once, or pieces of films"),
        CLI_OPTION(CLI_REAL, "piece", .value = &folder.piece, .min = 1, .max = 1e6, .arg = "SECONDS",
                   .help = "with --out: cut films into pieces of so many seconds, which --jobs and the processes of "
                           "one job share; a face may get another number at a cut",
                   .unset = "films are whole"),
    };
    struct cli_usage usage = {
        .command = "video",
        .operands = "FILE|DIR|PATTERN|- ...",
        .summary = "track the faces of a video and recognise their expressions",
        .notes = "FILE is any file that FFmpeg reads; - is standard input. By default, the CSV table goes to standard "
                 "output. Times are those of the frames. Faces keep their number over time, also through short "
                 "occlusions. Ctrl-C stops the run. All outputs are valid and contain everything processed so far. "
                 "From a damaged file fer reports everything up to the damage; the exit code is then 1. With --out, "
                 "there may be many films; one that fails does not stop the others. A score says "
                 "how a face looks to a network, not what a person feels.",
        .example = "fer video talk.mp4 --csv talk.csv --annotate drawn.mp4 --summary",
        .operands_min = 0,
        .operands_max = SIZE_MAX,
        .each = CLI_SOURCE,
        .streams = true};
    struct cli_operands operands;
    int code = film_parse(&f, &usage, options, CLI_N(options), argc, argv, &operands);
    if (code != CLI_GO_ON) return code;
    code = run(&f, &folder, list, &operands, &drawn);
    json_decref(f.settings);
    return code;
}
