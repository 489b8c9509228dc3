#include "train/face_options.h"

#include "base/error.h"
#include "base/option.h"
#include "kernels/kernels.h"
#include "models/face_cells.h"

#define ROW(group_, kind_, name_, member, ...)                              \
    {                                                                       \
        .group = #group_, .kind = FER_OPTION_##kind_, .name = name_,        \
        .offset = offsetof(fer_detector_train_options, member), __VA_ARGS__ \
    }
#define RANGE(least, most) .min = least, .max = most
#define PLACE              .use = FER_OPTION_PLACE

static const fer_option rows[] = {
    /* The path of the data does not matter, only the content: the run's fingerprint contains digests of it. */
    ROW(data, PATH, "data", data, PLACE, .arg = "PATH[:WEIGHT],...", .required = true,
        .help = "training pictures and faces.csv: directories, tars or zips; a picture of weight 0.5 is drawn half as "
                "often"),
    ROW(data, PATH, "val", val, PLACE, .arg = "PATH", .help = "validation pictures, measured after every epoch",
        .unset = "none"),
    ROW(call, PATH, "out", out, .use = FER_OPTION_CALL, .arg = "DIR", .required = true,
        .help = "directory of this run"),
    ROW(model, TEXT, "model", model, .arg = "NAME", .required = true, .help = "one of 'fer models'"),
    ROW(data, PATH, "crops", crops, PLACE, .arg = "PATH",
        .help = "faces with FER2013's crop to paste, in addition to the pictures' own", .unset = "none"),
    ROW(model, PATH, "init", init, .arg = "FILE", .help = "weights to start from", .unset = "random"),
    ROW(steps, SIZE, "epochs", epochs, RANGE(1, 100000), .help = "epochs"),
    ROW(data, SIZE, "canvases", canvases, RANGE(1, 10000000), .help = "composed pictures per epoch"),
    ROW(data, SIZE, "size", size, RANGE(64, 1024), .help = "height and width of a composed picture, a multiple of 32"),
    ROW(steps, SIZE, "batch", batch, RANGE(1, 1024), .help = "composed pictures per step"),
    ROW(steps, REAL, "lr", lr, RANGE(1e-6, 1), .help = "largest learning rate of the one-cycle schedule"),
    ROW(steps, REAL, "weight-decay", weight_decay, RANGE(0, 1), .key = "weight-decay", .help = "weight decay of AdamW"),
    ROW(steps, REAL, "ema", ema, RANGE(0, 0.99999), .help = "decay of the moving average of the weights; 0: off"),
    ROW(machine, SEED, "seed", seed, .use = FER_OPTION_CHANCE, .help = "random seed of weights and composed pictures"),
    ROW(call, FLAG, "resume", resume, .use = FER_OPTION_CALL, .help = "continue from the last checkpoint in DIR"),
    ROW(machine, COUNT, "threads", threads, PLACE, RANGE(1, 256), .help = "threads that compute",
        .unset = "one per processor"),
    ROW(machine, TEXT, "isa", isa, PLACE, .words = feri_isa_words, .help = "instruction set", .unset = "auto"),
};

fer_option_table fer_detector_train_table(void)
{
    return (fer_option_table){rows, sizeof rows / sizeof *rows};
}

fer_detector_train_options fer_detector_train_defaults(void)
{
    return (fer_detector_train_options){.model = "face-s",
                                        .epochs = 40,
                                        .canvases = 4096,
                                        .size = 320,
                                        .batch = 16,
                                        .lr = 0.003f,
                                        .weight_decay = 0.02f,
                                        .ema = 0.998f,
                                        .seed = 1};
}

fer_status feri_face_options_check(const fer_detector_train_options *o, fer_error *err)
{
    fer_status st = feri_options_check(fer_detector_train_table(), o, err);
    if (st != FER_OK) return st;
    if (o->canvases < o->batch)
        return feri_fail(err, FER_ERR_ARGUMENT, "canvases: %zu are fewer than one batch of %zu", o->canvases, o->batch);
    if (o->size % FERI_FACE_STRIDE_MAX)
        return feri_fail(err, FER_ERR_ARGUMENT, "size: %zu pixels, expected a multiple of %d", o->size,
                         FERI_FACE_STRIDE_MAX);
    return FER_OK;
}
