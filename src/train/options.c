#include "train/options.h"

#include "base/error.h"
#include "base/option.h"
#include "data/source_rows.h"
#include "image/image.h"
#include "kernels/kernels.h"

_Static_assert(sizeof(fer_optimizer) == sizeof(int) && sizeof(fer_schedule) == sizeof(int) &&
                   sizeof(fer_protocol) == sizeof(int),
               "enumerations are read as int");

static const char *const optimizers[] = {"adamw", "sgd", NULL};
static const char *const schedules[] = {"constant", "cosine", "one-cycle", NULL};
static const char *const randaugment_keys[] = {"randaugment_ops", "randaugment_magnitude", NULL};

/* A row: group, kind, name, field, and the rest. */
#define ROW(group_, kind_, name_, member, ...)                                                                      \
    {                                                                                                               \
        .group = #group_, .kind = FER_OPTION_##kind_, .name = name_, .offset = offsetof(fer_train_options, member), \
        __VA_ARGS__                                                                                                 \
    }
#define RANGE(least, most) .min = least, .max = most
#define N(member)          .n_offset = offsetof(fer_train_options, member)
#define PLACE              .use = FER_OPTION_PLACE

/* docs/adding-a-training-option.md explains how a row is added. */
static const fer_option rows[] = {
    ROW(call, PATH, "out", out, .use = FER_OPTION_CALL, .arg = "RUN", .required = true,
        .help = "directory of this run, created if missing"),
    ROW(call, FLAG, "resume", resume, .use = FER_OPTION_CALL, .help = "continue from the last checkpoint in RUN"),

    ROW(model, TEXT, "model", model, .arg = "NAME", .required = true, .help = "one of 'fer models'"),
    /* The path of the data does not matter, only the content: the run's fingerprint contains a digest of it. */
    ROW(data, PATH, "data", data.path, PLACE, .arg = "PATH,...", .required = true,
        .help = "training set: a directory, .tar, .zip, .csv or pack; 'fer data info' describes it; several with "
                "weights and protocols of their own: A,B:0.5,C:distribution:2"),
    ROW(data, PATH, "val", val.path, PLACE, .arg = "PATH", .help = "validation set", .unset = "none"),
    FERI_SOURCE_SELECTION(fer_train_options, data.),
    ROW(data, TEXT, "val-split", val.split, PLACE, .words = feri_split_words,
        .help = "part of the validation set to use", .unset = "val, else test"),

    ROW(start, PATH, "init", init, .arg = "FILE", .help = "weights to start from; tensors that match are loaded",
        .unset = "random"),
    ROW(teachers, PATH, "teacher", teacher, .arg = "FILE,...",
        .help = "trained models whose predictions are learned too", .unset = "none"),
    ROW(teachers, REAL, "distill-weight", distill_weight, RANGE(0, 1), .help = "the teachers' share of the loss"),
    ROW(teachers, REAL, "distill-temperature", distill_temperature, RANGE(0.01, 100),
        .help = "temperature that divides the logits of student and teachers"),
    ROW(teachers, FLAG, "distill-mirror", distill_mirror,
        .help = "teachers answer the mirror image too; the mean of both counts"),
    ROW(start, LIST, "freeze", freeze, N(n_freeze), .arg = "PATTERN",
        .help = "do not train these parameters, such as 'vgg.*'; may be repeated"),

    ROW(model, SIZE, "input", input, RANGE(8, 1024), .help = "height and width of the input",
        .unset = "the model's own"),
    ROW(model, SIZE, "channels", channels, RANGE(1, 3), .help = "1 (grey) or 3 (RGB)", .unset = "the model's own"),
    ROW(model, TEXT, "preprocess", preprocess, .words = feri_preprocess_words, .help = "preprocessing of the pixels",
        .unset = "the model's own"),
    FERI_SOURCE_PROTOCOL(fer_train_options, data.),
    ROW(data, WORD, "val-protocol", val.protocol, .words = feri_protocol_words,
        .help = "the same for the validation set"),
    FERI_SOURCE_SKIP_BAD(fer_train_options, data.),

    ROW(steps, SIZE, "epochs", epochs, RANGE(1, 100000), .help = "passes over the data"),
    ROW(steps, SIZE, "batch", batch, RANGE(1, 65536), .help = "images per step, of all ranks together"),
    ROW(steps, REAL, "oversample", oversample, RANGE(0, 100),
        .help =
            "draw all classes equally often; X: images per epoch as a multiple of the set; 0: use every image once"),
    ROW(steps, WORD, "optimizer", optimizer, .words = optimizers, .help = "optimizer"),
    ROW(steps, REAL, "lr", lr, RANGE(1e-12, 100), .help = "learning rate"),
    ROW(steps, REAL, "weight-decay", weight_decay, RANGE(0, 10), .help = "weight decay"),
    ROW(steps, FLAG, "decay-all", decay_all, .help = "apply weight decay to norms, biases and slopes too"),
    ROW(steps, REAL, "momentum", momentum, RANGE(0, 0.9999), .help = "momentum of sgd"),
    ROW(steps, FLAG, "nesterov", nesterov, .help = "use Nesterov's momentum"),
    ROW(steps, REAL, "beta1", beta1, RANGE(0, 0.9999999), .help = "decay of the first moment, adamw"),
    ROW(steps, REAL, "beta2", beta2, RANGE(0, 0.9999999), .help = "decay of the second moment, adamw"),
    ROW(steps, REAL, "eps", eps, RANGE(1e-20, 1), .help = "added to the denominator, adamw"),
    ROW(steps, WORD, "schedule", schedule, .words = schedules, .help = "course of the learning rate"),
    ROW(steps, REAL, "warmup", warmup, RANGE(0, 1000), .help = "epochs of linear warm-up"),
    ROW(steps, REAL, "lr-final", lr_final, RANGE(0, 1),
        .help = "final learning rate of a cosine or one-cycle schedule, as a fraction of --lr"),
    ROW(steps, REAL, "clip", clip, RANGE(0, 1e6), .help = "limit of the norm of the gradient; 0: off"),
    ROW(steps, REAL, "ema", ema, RANGE(0, 0.999999), .help = "decay of the moving average of the weights; 0: off"),
    ROW(loss, REAL, "label-smoothing", label_smoothing, RANGE(0, 0.9),
        .help = "share of the truth that is spread over all classes"),
    ROW(model, REAL, "dropout", dropout, RANGE(-1, 0), .help = "dropout everywhere; 0: none, -1: as in the model"),
    ROW(model, REAL, "drop-path", drop_path, RANGE(0, 0.9),
        .help = "stochastic depth: probability of leaving out the deepest residual branch; 0: off"),
    ROW(loss, REAL, "mixup", mixup, RANGE(0, 100),
        .help = "blend pictures in pairs, with shares from Beta(X, X); 0: off"),
    ROW(loss, REAL, "cutmix", cutmix, RANGE(0, 100),
        .help = "swap boxes in pairs of pictures, with areas from Beta(X, X); 0: off"),
    ROW(loss, REAL, "logit-adjust", logit_adjust, RANGE(0, 10),
        .help = "add X log(class share) to the logits in the training loss; 0: off"),
    ROW(loss, REAL, "sam", sam, RANGE(0, 10),
        .help = "sharpness-aware minimisation: radius of the climb along the gradient; 0: off"),

    ROW(loss, FLAG, "valence-arousal", valence_arousal,
        .help = "also train valence and arousal, if the images have them"),
    ROW(loss, REAL, "va-weight", va_weight, RANGE(0, 1000), .help = "weight of their loss, (1 - CCC) + MSE"),

    ROW(augmentation, REAL, "flip", augment.flip, RANGE(0, 1), .help = "probability of a horizontal flip"),
    ROW(augmentation, REAL, "crop", augment.crop_scale_min, RANGE(0, 1), .key = "crop_scale_min",
        .help = "smallest area of a random resized crop; 0: off"),
    ROW(augmentation, REAL, "shift", augment.shift, RANGE(0, 0.5),
        .help = "random shift by up to this fraction of the side"),
    ROW(augmentation, REAL, "zoom", augment.zoom, RANGE(0, 0.9), .help = "random scale within 1 +- X"),
    ROW(augmentation, REAL, "rotation", augment.rotation, RANGE(0, 180),
        .help = "random rotation by up to this many degrees"),
    ROW(augmentation, REAL, "brightness", augment.brightness, RANGE(0, 1),
        .help = "random brightness factor within 1 +- X"),
    ROW(augmentation, REAL, "contrast", augment.contrast, RANGE(0, 1), .help = "random contrast factor within 1 +- X"),
    ROW(augmentation, REAL, "erase", augment.erase, RANGE(0, 1), .help = "probability of random erasing"),
    ROW(augmentation, REAL, "degrade", degrade, RANGE(0, 1),
        .help = "probability of degrading a picture: blur, low light, few pixels, JPEG artefacts or a band; teachers "
                "see the original"),
    ROW(augmentation, SIZE, "views", views, RANGE(0, 100000),
        .help = "repeat a picture's augmentation after N epochs, so that teachers answer each view once; 0: never"),
    ROW(augmentation, PAIR, "randaugment", augment.randaugment_ops, RANGE(0, 30), .words = randaugment_keys,
        .help = "RandAugment: N operations of magnitude M; 0,0: off"),

    ROW(machine, SEED, "seed", seed, .use = FER_OPTION_CHANCE,
        .help = "random seed of weights, order, augmentation and dropout"),
    ROW(machine, COUNT, "threads", threads, PLACE, RANGE(1, 256), .help = "threads that compute",
        .unset = "one per processor"),
    ROW(machine, COUNT, "workers", workers, PLACE, RANGE(1, 256), .help = "threads that decode and augment",
        .unset = "1"),
    ROW(machine, TEXT, "isa", isa, PLACE, .words = feri_isa_words, .help = "instruction set", .unset = "auto"),
};

fer_option_table fer_train_table(void)
{
    return (fer_option_table){rows, sizeof rows / sizeof *rows};
}

fer_train_options fer_train_defaults(void)
{
    /* The published recipe, without its oversampling. */
    return (fer_train_options){.epochs = 10,
                               .batch = 128,
                               .optimizer = FER_ADAMW,
                               .lr = 1e-3f,
                               .weight_decay = 0.01f,
                               .momentum = 0.9f,
                               .beta1 = 0.9f,
                               .beta2 = 0.999f,
                               .eps = 1e-8f,
                               .schedule = FER_CONSTANT,
                               .dropout = -1,
                               .distill_weight = 0.5f,
                               .distill_temperature = 2,
                               .va_weight = 1,
                               .augment = {.randaugment_ops = 2, .randaugment_magnitude = 9}};
}

/* Both sets are read the same way, except for path, split and protocol. */
static fer_status check_val(const fer_data_source *val, fer_error *err)
{
    if (!val->layout && !val->order && !val->n_classes && !val->n_merge && val->margin == 0 && !val->skip_bad)
        return FER_OK;
    return feri_fail(err, FER_ERR_ARGUMENT,
                     "val: only its path, split and protocol may be set; everything else comes from data");
}

fer_status feri_train_options_check(const fer_train_options *opt, fer_error *err)
{
    fer_status st = feri_options_check(fer_train_table(), opt, err);
    if (st != FER_OK) return st;
    if (opt->channels == 2) return feri_fail(err, FER_ERR_ARGUMENT, "channels: 2 is not allowed, expected 1 or 3");
    if ((double)opt->warmup > (double)opt->epochs)
        return feri_fail(err, FER_ERR_ARGUMENT, "warmup: %g epochs of %zu, expected 0 to %zu", (double)opt->warmup,
                         opt->epochs, opt->epochs);
    if (opt->views && (opt->mixup > 0 || opt->cutmix > 0))
        return feri_fail(err, FER_ERR_ARGUMENT, "views: %zu, expected 0 with %s: mixed pictures do not come again",
                         opt->views, opt->mixup > 0 ? "mixup" : "cutmix");
    return check_val(&opt->val, err);
}

json_t *feri_train_fingerprint(const fer_train_options *opt)
{
    json_t *json = feri_options_json(fer_train_table(), opt, FER_OPTION_CHANCE);
    if (opt->schedule == FER_CONSTANT) json_object_del(json, "epochs");
    return json;
}
