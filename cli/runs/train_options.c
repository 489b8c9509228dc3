#include "runs/train_options.h"

#include <stdlib.h>
#include <string.h>

void train_job_init(struct train_job *j)
{
    *j = (struct train_job){.opt = fer_train_defaults()};
    j->optimizer = (int)j->opt.optimizer;
    j->schedule = (int)j->opt.schedule;
    j->protocol = (int)j->opt.data.protocol;
    j->val_protocol = (int)j->opt.val.protocol;
    j->randaugment = (struct cli_pair){j->opt.augment.randaugment_ops, j->opt.augment.randaugment_magnitude};
}

void train_job_free(struct train_job *j)
{
    free(j->freeze.items);
    j->freeze = (struct cli_list){0};
    cli_data_select_free(&j->select);
}

/* The public options under their kebab-case names. A row here is all that an option needs to be known to `fer
 * train`, to recipes and to `fer experiment`. */
size_t train_job_options(struct train_job *j, struct cli_option rows[TRAIN_OPTIONS_MAX])
{
    static const char *const optimizers[] = {"adamw", "sgd", NULL};
    static const char *const schedules[] = {"constant", "cosine", "one-cycle", NULL};
    fer_train_options *o = &j->opt;
    fer_augment_options *a = &o->augment;
    const struct cli_option options[] = {
        CLI_OPTION(CLI_TEXT, "model", .value = &o->model, .arg = "NAME", .required = true,
                   .help = "one of 'fer models'"),
        CLI_OPTION(CLI_TEXT, "data", .value = &o->data.path, .arg = "PATH",
                   .help = "training set: a directory, .tar, .zip, .csv or pack; 'fer data info' tells what is in it"),
        CLI_OPTION(CLI_TEXT, "val", .value = &o->val.path, .arg = "PATH", .help = "validation set", .unset = "none"),
        CLI_OPTIONS_DATA(&j->select),
        CLI_OPTION(CLI_TEXT, "val-split", .value = &o->val.split, .words = cli_split_words,
                   .help = "part of the validation set", .unset = "val, else test"),
        CLI_OPTION(CLI_TEXT, "init", .value = &o->init, .arg = "FILE",
                   .help = "weights to start from; what fits is loaded", .unset = "random"),
        CLI_OPTION(CLI_TEXT, "teacher", .value = &o->teacher, .arg = "FILE,...",
                   .help = "trained weights whose answers are learned too", .unset = "none"),
        CLI_OPTION(CLI_REAL, "distill-weight", .value = &o->distill_weight, .min = 0, .max = 1,
                   .help = "share of the teachers in the loss"),
        CLI_OPTION(CLI_REAL, "distill-temperature", .value = &o->distill_temperature, .min = 0.01, .max = 100,
                   .help = "divides the logits of student and teachers"),
        CLI_OPTION(CLI_LIST, "freeze", .value = &j->freeze, .arg = "PATTERN",
                   .help = "parameters that stay as they are, such as 'vgg.*'; may be repeated"),

        CLI_OPTION_INPUT(&o->input, "the model's own"),
        CLI_OPTION_CHANNELS(&o->channels, "the model's own"),
        CLI_OPTION(CLI_TEXT, "preprocess", .value = &o->preprocess, .words = fer_preprocess_names(),
                   .help = "how pixels become input", .unset = "the model's own"),
        CLI_OPTION(CLI_WORD, "protocol", .value = &j->protocol, .words = cli_protocol_words,
                   .help = "which images of FER+ count, and their truth"),
        CLI_OPTION(CLI_WORD, "val-protocol", .value = &j->val_protocol, .words = cli_protocol_words,
                   .help = "the same for the validation set"),
        CLI_OPTION(CLI_FLAG, "skip-bad", .value = &o->data.skip_bad,
                   .help = "leave out and count pictures that cannot be read, instead of failing"),

        CLI_OPTION(CLI_SIZE, "epochs", .value = &o->epochs, .min = 1, .max = 100000, .help = "passes over the data"),
        CLI_OPTION_BATCH(&o->batch),
        CLI_OPTION(CLI_REAL, "oversample", .value = &o->oversample, .min = 0, .max = 100,
                   .help = "images drawn per epoch as a multiple of the set, classes equally likely; 0: "
                           "every image once"),
        CLI_OPTION(CLI_WORD, "optimizer", .value = &j->optimizer, .words = optimizers, .help = "update rule"),
        CLI_OPTION(CLI_REAL, "lr", .value = &o->lr, .min = 1e-12, .max = 100, .help = "learning rate"),
        CLI_OPTION(CLI_REAL, "weight-decay", .value = &o->weight_decay, .min = 0, .max = 10, .help = "weight decay"),
        CLI_OPTION(CLI_FLAG, "decay-all", .value = &o->decay_all,
                   .help = "weight decay on norms, biases and slopes too"),
        CLI_OPTION(CLI_REAL, "momentum", .value = &o->momentum, .min = 0, .max = 0.9999, .help = "of sgd"),
        CLI_OPTION(CLI_FLAG, "nesterov", .value = &o->nesterov, .help = "Nesterov's momentum"),
        CLI_OPTION(CLI_REAL, "beta1", .value = &o->beta1, .min = 0, .max = 0.9999999, .help = "of adamw"),
        CLI_OPTION(CLI_REAL, "beta2", .value = &o->beta2, .min = 0, .max = 0.9999999, .help = "of adamw"),
        CLI_OPTION(CLI_REAL, "eps", .value = &o->eps, .min = 1e-20, .max = 1, .help = "of adamw"),
        CLI_OPTION(CLI_WORD, "schedule", .value = &j->schedule, .words = schedules,
                   .help = "learning rate over the run"),
        CLI_OPTION(CLI_REAL, "warmup", .value = &o->warmup, .min = 0, .max = 1000, .help = "epochs of linear warm-up"),
        CLI_OPTION(CLI_REAL, "lr-final", .value = &o->lr_final, .min = 0, .max = 1,
                   .help = "fraction of the learning rate at the end of a cosine or one-cycle schedule"),
        CLI_OPTION(CLI_REAL, "clip", .value = &o->clip, .min = 0, .max = 1e6,
                   .help = "largest norm of the gradient; 0: off"),
        CLI_OPTION(CLI_REAL, "ema", .value = &o->ema, .min = 0, .max = 0.999999,
                   .help = "decay of the moving average of the weights; 0: off"),
        CLI_OPTION(CLI_REAL, "label-smoothing", .value = &o->label_smoothing, .min = 0, .max = 0.9,
                   .help = "share of the truth spread over all classes"),
        CLI_OPTION(CLI_REAL, "dropout", .value = &o->dropout, .min = -1, .max = 0.9,
                   .help = "for all dropout; 0: none, -1: as the model says"),
        CLI_OPTION(CLI_REAL, "drop-path", .value = &o->drop_path, .min = 0, .max = 0.9,
                   .help = "stochastic depth: how often the deepest residual branch is left out; 0: never"),
        CLI_OPTION(CLI_REAL, "mixup", .value = &o->mixup, .min = 0, .max = 100,
                   .help = "blend pictures in pairs, their shares from Beta(X, X); 0: off"),
        CLI_OPTION(CLI_REAL, "cutmix", .value = &o->cutmix, .min = 0, .max = 100,
                   .help = "swap boxes in pairs of pictures, their area from Beta(X, X); 0: off"),
        CLI_OPTION(CLI_REAL, "logit-adjust", .value = &o->logit_adjust, .min = 0, .max = 10,
                   .help = "add X log(class share) to the logits in the training loss; 0: off"),
        CLI_OPTION(CLI_REAL, "sam", .value = &o->sam, .min = 0, .max = 10,
                   .help = "sharpness-aware minimisation: climb X along the gradient before it is taken; 0: off"),

        CLI_OPTION(CLI_FLAG, "valence-arousal", .value = &o->valence_arousal,
                   .help = "learn valence and arousal too, where the images have them"),
        CLI_OPTION(CLI_REAL, "va-weight", .value = &o->va_weight, .min = 0, .max = 1000,
                   .help = "of their loss, (1 - CCC) + MSE, beside that of the classes"),

        CLI_OPTION(CLI_REAL, "flip", .value = &a->flip, .min = 0, .max = 1, .help = "probability of a horizontal flip"),
        CLI_OPTION(CLI_REAL, "crop", .value = &a->crop_scale_min, .min = 0, .max = 1,
                   .help = "smallest area of a random resized crop; 0: off"),
        CLI_OPTION(CLI_REAL, "shift", .value = &a->shift, .min = 0, .max = 0.5, .help = "+- fraction of the side"),
        CLI_OPTION(CLI_REAL, "zoom", .value = &a->zoom, .min = 0, .max = 0.9, .help = "scale within 1 +- X"),
        CLI_OPTION(CLI_REAL, "rotation", .value = &a->rotation, .min = 0, .max = 180, .help = "+- degrees"),
        CLI_OPTION(CLI_REAL, "brightness", .value = &a->brightness, .min = 0, .max = 1, .help = "factor within 1 +- X"),
        CLI_OPTION(CLI_REAL, "contrast", .value = &a->contrast, .min = 0, .max = 1, .help = "factor within 1 +- X"),
        CLI_OPTION(CLI_REAL, "erase", .value = &a->erase, .min = 0, .max = 1, .help = "probability of random erasing"),
        CLI_OPTION(
            CLI_REAL, "degrade", .value = &o->degrade, .min = 0, .max = 1,
            .help =
                "probability of blur, darkness, few pixels, JPEG's marks or a cover; teachers see the image without"),
        CLI_OPTION(CLI_PAIR, "randaugment", .value = &j->randaugment, .min = 0, .max = 30,
                   .help = "RandAugment: N operations of magnitude M; 0,0: off"),

        CLI_OPTION(CLI_SEED, "seed", .value = &o->seed, .help = "of weights, order, augmentation and dropout"),
        CLI_OPTION_THREADS(&o->threads),
        CLI_OPTION(CLI_COUNT, "workers", .value = &o->workers, .min = 1, .max = 256,
                   .help = "threads that decode and augment", .unset = "1"),
        CLI_OPTION_ISA(&o->isa),
    };
    _Static_assert(CLI_N(options) <= TRAIN_OPTIONS_MAX, "TRAIN_OPTIONS_MAX must grow with the table");
    memcpy(rows, options, sizeof options);
    return CLI_N(options);
}

const fer_train_options *train_job_finish(struct train_job *j)
{
    fer_train_options *o = &j->opt;
    o->optimizer = (fer_optimizer)j->optimizer;
    o->schedule = (fer_schedule)j->schedule;
    o->data.protocol = (fer_protocol)j->protocol;
    o->val.protocol = (fer_protocol)j->val_protocol;
    o->augment.randaugment_ops = j->randaugment.a;
    o->augment.randaugment_magnitude = j->randaugment.b;
    cli_data_select_apply(&j->select, &o->data);
    o->freeze = j->freeze.items;
    o->n_freeze = j->freeze.n;
    return o;
}

bool train_job_check(struct train_job *j, const char *what)
{
    const fer_train_options *o = train_job_finish(j);
    fer_model_options m = {.height = o->input, .width = o->input, .channels = o->channels, .preprocess = o->preprocess};
    fer_model *model;
    fer_error err;
    if (fer_model_new(o->model, &m, &model, &err) != FER_OK) {
        cli_say("%s: %s", what, err.text);
        return false;
    }
    fer_model_free(model);
    return true;
}
