/* The options of a request, from the address: ?faces=all&threshold=0.5. They are those of `fer predict` and `fer
 * video`, and their rows (common/args.h) say the same. */
#ifndef FER_SERVE_QUERY_H
#define FER_SERVE_QUERY_H

#include "common/args.h"
#include "faces/formats.h"
#include "fer/fer.h"

enum query_kind { QUERY_NONE, QUERY_PICTURE, QUERY_FRAME, QUERY_FILM };

struct query {
    int faces, rotate; /* enum photo_faces, fer_rotation */
    float threshold, smallest;
    float abstain;     /* below this score a label is "uncertain" */
    float min_quality; /* poorer faces are left out */
    bool tta, annotate;
    const char *format;
    fer_tracker_options tracker;
    size_t every;
    float fps;
    const char *t; /* seconds, as text: a float would be too coarse */
    const char *formats[FACES_FORMATS_MAX + 1];
};

struct argument {
    char *name, *value; /* value NULL: "?name" without one */
};

enum { QUERY_ROWS_MAX = 24 };

struct query query_defaults(enum query_kind kind);
/** The rows of a kind, bound to q, which must stay where it is. Returns how many. */
size_t query_rows(enum query_kind kind, struct query *q, struct cli_option rows[QUERY_ROWS_MAX]);
/** Set what the arguments say. The texts must outlive q. FER_ERR_ARGUMENT: the sentence names the option. */
fer_status query_parse(enum query_kind kind, const struct argument *args, size_t n, struct query *q, fer_error *err);
/** The time `t`; NaN: none was given. False: it is no time. */
bool query_time(const struct query *q, double *out);

/** The format's row; never NULL after query_parse(). */
const struct faces_format *query_format(const struct query *q);

/** The options of a pipeline that computes on one thread. */
fer_pipeline_options query_pipeline(const struct query *q);
/** Whether two queries need the same pipeline. */
bool query_same_pipeline(const struct query *a, const struct query *b);

#endif
