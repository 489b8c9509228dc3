#include "commands/commands.h"
#include "common/args.h"
#include "common/cli.h"
#include "ranks/ranks.h"

#include <math.h>

enum format { TEXT, JSON };

static int print_json(const fer_detector_eval *e)
{
    json_t *recall = json_object(), *faces = json_object();
    for (size_t k = 0; k < FER_FACE_SIZES; k++) {
        char key[32];
        snprintf(key, sizeof key, "%.0f", e->sizes[k]);
        feri_json_set(recall, key, cli_json_number(e->recall[k]));
        feri_json_set(faces, key, json_integer((json_int_t)e->faces_of_size[k]));
    }
    return cli_json_print(json_pack("{s:I, s:I, s:I, s:I, s:o, s:o, s:o, s:o, s:f, s:f, s:o}", "images",
                                    (json_int_t)e->images, "faces", (json_int_t)e->faces, "hits", (json_int_t)e->hits,
                                    "false_alarms", (json_int_t)e->false_alarms, "average_precision",
                                    cli_json_number(e->average_precision), "precision", cli_json_number(e->precision),
                                    "recall", recall, "faces_of_size", faces, "threshold", e->threshold, "iou", e->iou,
                                    "ece", cli_json_number(e->calibration_error)),
                          true);
}

static int print_text(const fer_detector_eval *e)
{
    printf("%zu pictures, %zu faces; average precision %.2f %% at IoU %.2f\n", e->images, e->faces,
           100 * e->average_precision, e->iou);
    if (isfinite(e->calibration_error))
        printf("calibration error of the confidence (ECE, 10 bins): %.2f %%\n", 100 * e->calibration_error);
    printf("at threshold %.3f: %zu found, %zu false alarms, precision %.2f %%\n", e->threshold, e->hits,
           e->false_alarms, 100 * e->precision);
    printf("faces at least   number   recall\n");
    for (size_t k = 0; k < FER_FACE_SIZES; k++)
        if (isfinite(e->recall[k]))
            printf("%8.0f px wide   %6zu   %5.2f %%\n", e->sizes[k], e->faces_of_size[k], 100 * e->recall[k]);
        else printf("%8.0f px wide   %6zu   -\n", e->sizes[k], e->faces_of_size[k]);
    return CLI_OK;
}

/* Rank 0 alone prints. */
static int evaluate(const char *data, fer_detector_eval_options *o, int format, const struct ranks *ranks)
{
    fer_detector_eval result;
    fer_error err;
    o->ranks = ranks_table(ranks);
    if (fer_evaluate_detector(data, o, &result, &err) != FER_OK) return ranks_fail(ranks, "%s", err.text);
    if (ranks_rank(ranks) > 0) return CLI_OK;
    return format == JSON ? print_json(&result) : print_text(&result);
}

int cmd_eval_detector(int argc, char **argv)
{
    static const char *const formats[] = {"text", "json", NULL};
    fer_detector_eval_options o = fer_detector_eval_defaults();
    const char *data = NULL;
    int format = TEXT;
    struct cli_option options[] = {
        CLI_OPTION(CLI_TEXT, "data", .file = CLI_SOURCE, .value = &data, .arg = "PATH",
                   .help = "pictures, faces.csv, ignore.csv: directory, tar or zip", .required = true),
        CLI_OPTION(CLI_TEXT, "detector", .file = CLI_SOURCE, .value = &o.detector.weights, .arg = "FILE",
                   .help = "the detector", .unset = "the one built into fer"),
        CLI_OPTION_CHECK(&o.detector.check),
        CLI_OPTION(CLI_REAL, "threshold", .value = &o.threshold, .min = 0, .max = 1,
                   .help = "least confidence of a detection", .unset = "the lowest with at most --false-alarms"),
        CLI_OPTION(CLI_SIZE, "false-alarms", .value = &o.false_alarms, .min = 1, .max = 1000000,
                   .help = "largest number of false alarms, without --threshold"),
        CLI_OPTION(CLI_REAL, "iou", .value = &o.iou, .min = 0.05, .max = 0.95,
                   .help = "least overlap (IoU) of a detection with the face"),
        CLI_OPTION(CLI_REAL, "smallest", .value = &o.detector.smallest, .min = 4, .max = 1000,
                   .help = "width of the smallest face to look for, pixels; half the width takes four times as long"),
        CLI_OPTION(CLI_SIZE, "longest", .value = &o.detector.longest, .min = 32, .max = 16384,
                   .help = "pictures with a longer side are scaled down to it"),
        CLI_OPTION_FORMAT(&format, formats),
        CLI_OPTION_THREADS(&o.detector.threads),
        CLI_OPTION_ISA(&o.detector.isa),
    };
    struct cli_usage usage = {.command = "eval-detector",
                              .operands = "",
                              .summary = "measure a face detector on pictures with known faces",
                              .notes = "'mpirun -n N fer eval-detector ...' of a build with MPI shares the pictures "
                                       "among N processes.",
                              .example = "fer eval-detector --data val.tar --format json"};
    struct cli_operands operands;
    int code = cli_parse(&usage, options, CLI_N(options), argc, argv, &operands);
    if (code != CLI_GO_ON) return code;
    struct ranks *ranks = ranks_join();
    return ranks ? ranks_leave(ranks, evaluate(data, &o, format, ranks)) : CLI_FAILED;
}
