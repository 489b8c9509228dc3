#include "base/words.h"
#include "commands/commands.h"
#include "common/args.h"
#include "common/cli.h"
#include "common/help.h"
#include "common/stop.h"
#include "common/streams.h"

#include <errno.h>
#include <string.h>

static const struct cli_command commands[] = {
    {"predict", "recognise facial expressions in images", cmd_predict},
    {"video", "track the faces of a video and recognise their expressions", cmd_video},
    {"merge", "join the results of processes that shared their inputs", cmd_merge},
    {"camera", "the same, live from a camera", cmd_camera},
    {"serve", "serve predictions over HTTP", cmd_serve},
    {"explain", "show where a model looked", cmd_explain},
    {"train", "train a model on labelled faces", cmd_train},
    {"experiment", "train and test several recipes, and compare them", cmd_experiment},
    {"eval", "measure a model on labelled faces", cmd_eval},
    {"train-detector", "train a face detector", cmd_train_detector},
    {"eval-detector", "measure a face detector", cmd_eval_detector},
    {"calibrate-detector", "calibrate a face detector's confidence", cmd_calibrate_detector},
    {"label", "label faces by models, as training data", cmd_label},
    {"calibrate", "calibrate a model's scores", cmd_calibrate},
    {"data", "inspect, split and pack data sets", cmd_data},
    {"models", "list the models", cmd_models},
    {"info", "describe a model or a weights file", cmd_info},
    {"convert", "convert weights from PyTorch; average or adjust weights", cmd_convert},
    {"run", "run a model on raw tensors", cmd_run},
    {"bench", "time a model on this machine", cmd_bench},
    {"plot", "draw a run's training curves", cmd_plot},
    {"report", "compare training runs on one HTML page", cmd_report},
};

static const struct cli_group all = {
    .name = "",
    .summary = "facial expression recognition",
    .notes =
        "'fer help COMMAND' lists a command's options. 'fer version' prints the version.\nResults go to "
        "standard output, everything else to standard error. Exit codes:\n0 success, 1 failure, 2 wrong usage.\n\nA "
        "score says how a face looks to a network, not what a person feels.",
    .commands = commands,
    .n = CLI_N(commands)};

static const char *const help_words[] = {"help", "--help", "-h", NULL};
static const char *const version_words[] = {"version", "--version", "-V", NULL};

static int refuse_command(const char *typed)
{
    const char *names[CLI_N(commands) + 3] = {[CLI_N(commands)] = help_words[0], version_words[0]};
    for (size_t i = 0; i < CLI_N(commands); i++) names[i] = commands[i].name;
    const char *near = feri_word_near(names, typed);
    if (near) cli_say("unknown command '%s'; did you mean '%s'?", typed, near);
    else cli_say("unknown command '%s'; 'fer --help' lists the commands", typed);
    return CLI_USAGE;
}

static int run_command(int argc, char **argv)
{
    for (size_t i = 0; i < CLI_N(commands); i++)
        if (strcmp(argv[0], commands[i].name) == 0) return commands[i].run(argc, argv);
    return refuse_command(argv[0]);
}

/* "help data info" is "data info --help". */
static int help_for(int argc, char **argv)
{
    char help[] = "--help", *turned[4] = {NULL};
    int n = argc < 3 ? argc : 3;
    if (n == 1 || feri_word_among(help_words, argv[1])) {
        cli_group_text(stdout, &all);
        return CLI_OK;
    }
    for (int i = 1; i < n; i++) turned[i - 1] = argv[i];
    turned[n - 1] = help;
    return run_command(n, turned);
}

static int dispatch(int argc, char **argv)
{
    if (argc < 2) {
        cli_group_text(stderr, &all);
        return CLI_USAGE;
    }
    enum cli_form form = cli_form_of(argv[1]);
    if (form != CLI_FORM_NONE && form != CLI_FORM_TEXT) return cli_group_help(form, &all);
    if (feri_word_among(help_words, argv[1])) return help_for(argc - 1, argv + 1);
    if (feri_word_among(version_words, argv[1])) {
        printf("fer %s\n", fer_version());
        return CLI_OK;
    }
    if (argv[1][0] == '-') return cli_misuse("unknown option %s; options follow a command, see 'fer --help'", argv[1]);
    return run_command(argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
    cli_hold_streams();
    int code = dispatch(argc, argv);
    /* A result that was not written (because the disk is full, for example) is a failure. */
    errno = 0;
    if (fflush(stdout) != 0 || ferror(stdout)) code = cli_output_failed(errno);
    if (code == CLI_FAILED) cli_advise();
    cli_advice_forget();
    if (code != CLI_OK && feri_stop_pending()) cli_stop_now();
    return code;
}
