#include "base/names.h"
#include "commands/commands.h"
#include "common/cli.h"
#include "films/film.h"

int cmd_video(int argc, char **argv)
{
    struct film f = film_defaults();
    bool sound = true;
    struct cli_option options[] = {
        CLI_OPTION_EVERY(&f.every),
        CLI_OPTION_FPS(&f.fps),
        CLI_OPTION(CLI_REAL, "start", .value = &f.start, .min = 0, .max = 1e6,
                   .help = "start, in seconds of the file's own time, which begins at 0 or later"),
        CLI_OPTION(CLI_REAL, "end", .value = &f.end, .min = 0.001, .max = 1e6,
                   .help = "end, in seconds of the file's own time", .unset = "the file's"),
        CLI_OPTION(CLI_FLAG, "audio", .value = &sound, .help = "keep the sound in the film that --annotate writes"),
        CLI_OPTION(CLI_TEXT, "input-format", .value = &f.video.format, .arg = "NAME",
                   .help = "FFmpeg's name of the container", .unset = "recognised by its content"),
        CLI_OPTION(CLI_SIZE, "max-pixels", .value = &f.video.pixels_max, .min = 1, .max = 1 << 30,
                   .help = "refuse larger frames", .unset = "67108864"),
    };
    struct cli_usage usage = {
        .command = "video",
        .operands = "FILE|-",
        .summary = "track the faces of a video and recognise their expressions",
        .notes = "FILE is any file that FFmpeg reads; - is standard input. By default, the CSV table goes to standard "
                 "output. Times are those of the frames. Faces keep their number over time, also through short "
                 "occlusions. Ctrl-C stops the run. All outputs are valid and contain everything processed so far. "
                 "From a damaged file fer reports everything up to the damage; the exit code is then 1. A score says "
                 "how a face looks to a network, not what a person feels.",
        .example = "fer video talk.mp4 --csv talk.csv --annotate drawn.mp4 --summary",
        .operands_min = 1,
        .operands_max = 1,
        .each = CLI_SOURCE,
        .streams = true};
    struct cli_operands operands;
    int code = film_parse(&f, &usage, options, CLI_N(options), argc, argv, &operands);
    if (code != CLI_GO_ON) return code;
    if (f.end > 0 && f.end <= f.start)
        return cli_misuse("video: --start %g, --end %g: the end must come after the start", (double)f.start,
                          (double)f.end);
    f.source = operands.items[0];
    if (feri_names_picture(f.source)) cli_note("%s: a picture; 'fer predict' reads pictures", f.source);
    if (sound) f.targets.audio_from = f.source;
    return film_run(&f);
}
