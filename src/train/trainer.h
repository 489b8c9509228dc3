/* Performs training steps on a given model: forward, loss, backward, optimiser, moving average. fer_train() adds data,
 * files and a schedule; tests and benchmarks use the trainer alone. */
#ifndef FERI_TRAIN_TRAINER_H
#define FERI_TRAIN_TRAINER_H

#include "base/pool.h"
#include "models/model.h"
#include "train/crew.h"
#include "train/ema.h"
#include "train/optimizer.h"

struct feri_trainer_options {
    fer_train_options
        train; /* optimiser, loss, teachers, seed, batch (the largest of a step), threads; no files, no schedule */
    /* [classes] added to the logits in the loss; must outlive the trainer; NULL: none */
    const float *logit_adjust;
    size_t samples;                     /* of the data set; only with views */
    const struct feri_kernels *kernels; /* NULL: the best this processor has */
    /* per parameter of the model's graph; NULL: none; only feri_trainer_new() reads it */
    const bool *frozen;
};

/** fer_train_defaults() with a batch of 1. */
struct feri_trainer_options feri_trainer_defaults(void);

struct feri_trainer;

/** Train m in place. m must outlive the trainer. */
fer_status feri_trainer_new(fer_model *m, const struct feri_trainer_options *opt, struct feri_trainer **out,
                            fer_error *err);
void feri_trainer_free(struct feri_trainer *t);

/* A loss function of the caller: reads the output of a forward pass of n samples, writes the derivative, and returns
 * the mean loss. With ranks, n counts this rank's samples, and the loss is the mean over all (feri_trainer_sum()). */
struct feri_objective {
    double (*loss)(void *user, size_t n, const float *output, float *gradient);
    void *user;
};

/* The data of one step. With ranks, the arrays hold this rank's samples. */
struct feri_step {
    size_t n;             /* samples of all ranks, at most batch_max */
    const float *images;  /* [n][h][w][c] */
    const float *targets; /* [n][classes] */
    const float *taught;  /* the images as the teachers see them; NULL: the same */
    /* [n] numbers of the samples, and the number of their view; only with views */
    const size_t *samples;
    size_t view;
    /* [n][2] valence and arousal, NaN: unknown; NULL: no sample has them */
    const float *va_truth;
    const struct feri_objective *objective; /* replaces everything above except the images; NULL: none */
};

/** *loss_out is the batch's mean loss before the step. If the loss is not finite, the result is FER_ERR_NUMERIC,
 * *loss_out is set and the weights do not change. */
fer_status feri_trainer_step(struct feri_trainer *t, const struct feri_step *s, float lr, double *loss_out,
                             fer_error *err);

/** How a batch is divided into slots, and which of them are this rank's. */
const struct feri_slots *feri_trainer_slots(const struct feri_trainer *t);
/** For an objective: sum numbers over the slots of the whole batch; mine[this rank's slots][count] changes. */
void feri_trainer_sum(struct feri_trainer *t, size_t count, double *mine, double *out);
/** NULL: one process. */
const struct feri_crew *feri_trainer_crew(const struct feri_trainer *t);

/** The logits [n][classes] of this rank's samples in the last step, from before the step. */
const float *feri_trainer_logits(const struct feri_trainer *t);
fer_model *feri_trainer_model(struct feri_trainer *t);
/** The model to ship: the moving average if there is one, otherwise the model. */
fer_model *feri_trainer_result(struct feri_trainer *t);
/** NULL without a moving average. */
struct feri_ema *feri_trainer_ema(struct feri_trainer *t);
struct feri_optimizer *feri_trainer_optimizer(struct feri_trainer *t);
struct feri_exec *feri_trainer_exec(struct feri_trainer *t);
struct feri_pool *feri_trainer_pool(struct feri_trainer *t);
const struct feri_kernels *feri_trainer_kernels(const struct feri_trainer *t);

/** FER_ERR_NUMERIC names the first parameter or buffer that is not finite. */
fer_status feri_trainer_check(struct feri_trainer *t, fer_error *err);

#endif
