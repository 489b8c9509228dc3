#include "commands/commands.h"
#include "common/cli.h"
#include "films/film.h"

int cmd_video(int argc, char **argv)
{
    struct film f = film_defaults();
    bool sound = true;
    struct cli_option options[] = {
        CLI_OPTION(CLI_SIZE, "every", .value = &f.every, .min = 1, .max = 1000000,
                   .help = "every so many frames are looked at"),
        CLI_OPTION(CLI_REAL, "fps", .value = &f.fps, .min = 0.001, .max = 1000,
                   .help = "at most so many frames a second are looked at", .unset = "all"),
        CLI_OPTION(CLI_REAL, "start", .value = &f.start, .min = 0, .max = 1e6,
                   .help = "first second, of the file's own time"),
        CLI_OPTION(CLI_REAL, "end", .value = &f.end, .min = 0, .max = 1e6, .help = "end, likewise",
                   .unset = "the file's"),
        CLI_OPTION(CLI_FLAG, "audio", .value = &sound, .help = "keep the sound in the film that --annotate writes"),
        CLI_OPTION(CLI_TEXT, "input-format", .value = &f.video.format, .arg = "NAME",
                   .help = "FFmpeg's name of the container", .unset = "by content"),
        CLI_OPTION(CLI_SIZE, "max-pixels", .value = &f.video.pixels_max, .min = 1, .max = 1 << 30,
                   .help = "frames with more pixels are refused", .unset = "67108864"),
    };
    struct cli_usage usage = {
        .command = "video",
        .operands = "FILE|-",
        .summary = "follow the faces of a video and tell their expressions",
        .notes =
            "Any file that FFmpeg reads; - is standard input. Times are the frames' own timestamps. Without a wish for "
            "something else, the table (--csv) goes to standard output. Faces keep their number over time, through "
            "short "
            "occlusions too. Interrupted (Ctrl-C), every output is complete up to that moment; of a damaged file "
            "everything up to the damage is told, and the exit code is 1. "
            "A score says how a face looks to a network, not what a person feels.",
        .example = "fer video talk.mp4 --csv talk.csv --annotate drawn.mp4 --summary",
        .operands_min = 1,
        .operands_max = 1};
    struct cli_operands operands;
    int code = film_parse(&f, &usage, options, CLI_N(options), argc, argv, &operands);
    if (code != CLI_GO_ON) return code;
    f.source = operands.items[0];
    if (sound) f.targets.audio_from = f.source;
    return film_run(&f);
}
