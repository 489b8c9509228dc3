/* An evaluation as JSON: what `fer eval --format json` prints, a run's test.json holds and a report reads. */
#ifndef FER_RUNS_EVAL_JSON_H
#define FER_RUNS_EVAL_JSON_H

#include "fer/eval.h"

#include <jansson.h>

/* What was measured, beside the result. */
struct eval_subject {
    const char *weights; /* NULL: those that ship with fer */
    const char *data;    /* as given */
    const fer_model *model;
    fer_protocol protocol;
    const char *degradation; /* "none": none; NULL: told elsewhere */
    double seconds;
};

/** NULL: no memory. */
json_t *eval_json(const struct eval_subject *s, const fer_evaluation *e);

#endif
