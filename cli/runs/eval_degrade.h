/* Evaluates a model on its test set with every degradation. */
#ifndef FER_RUNS_EVAL_DEGRADE_H
#define FER_RUNS_EVAL_DEGRADE_H

#include "runs/eval_json.h"

/* In the order of enum fer_degradation, then "all"; NULL-terminated. */
extern const char *const eval_degrade_words[];

/** Of a fer_degradation: its word, or "clean". */
const char *eval_degrade_name(int d);
/** all [FER_DEGRADATIONS]. */
void eval_degrade_print(fer_evaluation *const *all);
/** NULL: out of memory. */
json_t *eval_degrade_json(const struct eval_subject *s, fer_evaluation *const *all);

#endif
