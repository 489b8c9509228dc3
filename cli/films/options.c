#include "archive/task.h"
#include "common/cli.h"
#include "films/film.h"

#include <stdlib.h>
#include <string.h>

struct film film_defaults(void)
{
    return (struct film){
        .every = 1,
        .tracker = fer_tracker_defaults(),
        .pipeline.detector = {.smallest = fer_detector_defaults().smallest, .rotate = FER_ROTATE_AUTO}};
}

static const char *endings_of(const char *format)
{
    static const char *const all[][2] = {
        {"jsonl", ".jsonl .json"}, {"vtt", ".vtt"}, {"srt", ".srt"}, {"emotionml", ".xml"}};
    for (size_t i = 0; i < CLI_N(all); i++)
        if (strcmp(format, all[i][0]) == 0) return all[i][1];
    return ".csv .tsv";
}

static size_t format_options(struct film_targets *t, struct cli_option *out)
{
    size_t n = 0;
    for (size_t i = 0; i < faces_n_formats; i++)
        if (faces_formats[i].films)
            out[n++] = (struct cli_option)CLI_OPTION(
                CLI_TEXT, faces_formats[i].films, .value = &t->paths[i], .arg = "FILE|-", .file = CLI_TARGET,
                .endings = endings_of(faces_formats[i].films), .help = faces_formats[i].help, .unset = "not written");
    return n;
}

int film_parse(struct film *f, const struct cli_usage *usage, const struct cli_option *own, size_t n, int argc,
               char **argv, struct cli_operands *operands)
{
    const struct cli_option first[] = {CLI_OPTION_WEIGHTS(&f->weights), CLI_OPTION_PRIOR(&f->prior),
                                       CLI_OPTION_ABSTAIN(&f->abstain), CLI_OPTION_MIN_QUALITY(&f->min_quality),
                                       CLI_OPTION_DETECTOR(&f->pipeline.detector.weights)};
    const struct cli_option rest[] = {
        CLI_OPTION(CLI_FLAG, "summary", .file = CLI_PRINTS, .value = &f->targets.summary,
                   .help = "print at the end: each face's share of time per expression"),
        CLI_OPTION(CLI_WORD, "format", .value = &f->targets.summary_format, .words = summary_format_words,
                   .help = "format of the summary"),
        CLI_OPTION(CLI_TEXT, "timeline", .file = CLI_TARGET, .value = &f->targets.timeline, .arg = "FILE",
                   .help = "draw the scores over time, PNG or SVG", .unset = "not drawn"),
        CLI_OPTION(CLI_TEXT, "annotate", .file = CLI_TARGET, .endings = ".mp4 .m4v .mkv .mov", .strict = true,
                   .value = &f->targets.annotate, .arg = "FILE",
                   .help = "write the film with boxes, expressions and scores: .mp4, .mkv or .mov",
                   .unset = "not written"),
        CLI_OPTION_SMOOTH(&f->tracker.smooth),
        CLI_OPTION_DETECT_EVERY(&f->tracker.detect_every),
        CLI_OPTION_PATIENCE(&f->tracker.patience),
        CLI_OPTION_THRESHOLD(&f->pipeline.detector.threshold),
        CLI_OPTION_SMALLEST(&f->pipeline.detector.smallest),
        CLI_OPTION_ROTATE(&f->pipeline.detector.rotate),
        CLI_OPTION_TTA(&f->pipeline.tta),
        CLI_OPTION_THREADS(&f->pipeline.threads),
        CLI_OPTION_ISA(&f->pipeline.isa),
    };
    struct cli_option *all = calloc(CLI_N(first) + faces_n_formats + CLI_N(rest) + n, sizeof *all), *end = all;
    if (!all) return cli_fail("out of memory");
    for (size_t i = 0; i < CLI_N(first); i++) *end++ = first[i];
    end += format_options(&f->targets, end);
    for (size_t i = 0; i < CLI_N(rest); i++) *end++ = rest[i];
    for (size_t i = 0; i < n; i++) *end++ = own[i];
    int code = cli_parse(usage, all, (size_t)(end - all), argc, argv, operands);
    if (code == CLI_GO_ON && f->aside && !(f->settings = archive_settings(all, (size_t)(end - all), f->aside)))
        code = cli_fail("out of memory");
    free(all);
    return code;
}
