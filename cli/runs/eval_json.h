/* An evaluation as JSON. `fer eval --format json` prints it, a run's test.json holds it and a report reads it. */
#ifndef FER_RUNS_EVAL_JSON_H
#define FER_RUNS_EVAL_JSON_H

#include "base/json.h"
#include "fer/eval.h"

/* What was measured, in addition to the result. */
struct eval_subject {
    const char *weights; /* NULL: those that ship with fer */
    const char *data;    /* as given */
    const fer_model *model;
    fer_protocol protocol;
    const char *degradation; /* "none": none; NULL: reported elsewhere */
    double seconds;
};

/** NULL: out of memory. */
json_t *eval_json(const struct eval_subject *s, const fer_evaluation *e);

#endif
