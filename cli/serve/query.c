#include "serve/query.h"

#include "base/decimal.h"
#include "base/error.h"
#include "base/words.h"
#include "photos/look.h"

#include <math.h>
#include <string.h>

struct query query_defaults(enum query_kind kind)
{
    struct query q = {.rotate = FER_ROTATE_AUTO,
                      .smallest = fer_detector_defaults().smallest,
                      .format = kind == QUERY_PICTURE ? "json" : "jsonl",
                      .tracker = fer_tracker_defaults(),
                      .every = 1};
    if (kind == QUERY_PICTURE) faces_picture_words(q.formats);
    else faces_film_words(q.formats);
    return q;
}

static void add(struct cli_option *rows, size_t *n, struct cli_option row)
{
    rows[(*n)++] = row;
}

#define ADD(...) add(rows, n, (struct cli_option)__VA_ARGS__)

static void add_picture(struct query *q, struct cli_option *rows, size_t *n)
{
    ADD(PHOTO_OPTION_FACES(&q->faces));
    ADD(CLI_OPTION(CLI_FLAG, "annotate", .value = &q->annotate,
                   .help = "answer with the picture, with boxes, expressions and scores drawn"));
}

static void add_tracker(struct query *q, struct cli_option *rows, size_t *n)
{
    ADD(CLI_OPTION_SMOOTH(&q->tracker.smooth));
    ADD(CLI_OPTION_DETECT_EVERY(&q->tracker.detect_every));
    ADD(CLI_OPTION_PATIENCE(&q->tracker.patience));
}

static void add_film(struct query *q, struct cli_option *rows, size_t *n)
{
    ADD(CLI_OPTION_EVERY(&q->every));
    ADD(CLI_OPTION_FPS(&q->fps));
}

size_t query_rows(enum query_kind kind, struct query *q, struct cli_option rows[QUERY_ROWS_MAX])
{
    size_t count = 0, *n = &count;
    if (kind == QUERY_NONE) return 0;
    if (kind == QUERY_PICTURE) add_picture(q, rows, n);
    ADD(CLI_OPTION(CLI_TEXT, "format", .value = &q->format, .words = q->formats, .help = "format of the answer"));
    ADD(CLI_OPTION_ABSTAIN(&q->abstain));
    ADD(CLI_OPTION_MIN_QUALITY(&q->min_quality));
    ADD(CLI_OPTION_THRESHOLD(&q->threshold));
    ADD(CLI_OPTION_SMALLEST(&q->smallest));
    ADD(CLI_OPTION_ROTATE(&q->rotate));
    ADD(CLI_OPTION_TTA(&q->tta));
    if (kind != QUERY_PICTURE) add_tracker(q, rows, n);
    if (kind == QUERY_FILM) add_film(q, rows, n);
    if (kind == QUERY_FRAME)
        ADD(CLI_OPTION(CLI_TEXT, "t", .value = &q->t, .help = "time of the frame, seconds; it must not decrease",
                       .unset = "the time at which it arrives"));
    return count;
}

/* An address says 1 and 0, the command line on and off. */
static const char *flag_text(const char *value)
{
    static const char *const on[] = {"1", "true", "yes", NULL}, *const off[] = {"0", "false", "no", NULL};
    if (!value || !*value || feri_word_among(on, value)) return "on";
    return feri_word_among(off, value) ? "off" : value;
}

static fer_status refuse_unknown(const struct cli_option *rows, size_t n, const char *name, fer_error *err)
{
    static const char *const none[] = {NULL};
    const char *near = cli_nearest_option(rows, n, none, name);
    if (n == 0) return feri_fail(err, FER_ERR_ARGUMENT, "unknown option '%.60s': this address takes none", name);
    return feri_fail(err, FER_ERR_ARGUMENT, "unknown option '%.60s'%s%s%s", name, near ? "; did you mean '" : "",
                     near ? near : "; /openapi.json lists them", near ? "'?" : "");
}

static fer_status set_one(const struct cli_option *o, const char *value, fer_error *err)
{
    if (o->type == CLI_FLAG) return cli_set_option(o, flag_text(value), err);
    if (value && strlen(value) > 100)
        return feri_fail(err, FER_ERR_ARGUMENT, "%s: the value is longer than 100 characters", o->name);
    return cli_set_option(o, value ? value : "", err);
}

fer_status query_parse(enum query_kind kind, const struct argument *args, size_t n, struct query *q, fer_error *err)
{
    struct cli_option rows[QUERY_ROWS_MAX];
    size_t n_rows = query_rows(kind, q, rows);
    bool given[QUERY_ROWS_MAX] = {false};
    for (size_t i = 0; i < n; i++) {
        const struct cli_option *o = cli_find_option(rows, n_rows, args[i].name, strlen(args[i].name));
        if (!o) return refuse_unknown(rows, n_rows, args[i].name, err);
        if (given[o - rows])
            return feri_fail(err, FER_ERR_ARGUMENT, "the option %s is given twice; give it once", o->name);
        given[o - rows] = true;
        fer_status st = set_one(o, args[i].value, err);
        if (st != FER_OK) return st;
    }
    double t;
    if (!query_time(q, &t))
        return feri_fail(err, FER_ERR_ARGUMENT, "t '%s': must be a number of seconds from 0 to 1e12", q->t);
    if (q->tracker.smooth <= 0) q->tracker.smooth = -1; /* what the tracker calls no smoothing */
    return FER_OK;
}

bool query_time(const struct query *q, double *out)
{
    char *end;
    *out = (double)NAN;
    if (!q->t) return true;
    if (!*q->t || strspn(q->t, "+.0123456789eE") != strlen(q->t)) return false;
    *out = feri_strtod(q->t, &end);
    return !*end && *out >= 0 && *out <= 1e12;
}

const struct faces_format *query_format(const struct query *q)
{
    return faces_format_named(q->format);
}

fer_pipeline_options query_pipeline(const struct query *q)
{
    return (fer_pipeline_options){.detector = {.threshold = q->threshold,
                                               .smallest = q->smallest,
                                               .rotate = (fer_rotation)q->rotate,
                                               .threads = 1},
                                  .tta = q->tta,
                                  .threads = 1};
}

/* Equal numbers come from equal texts. */
static bool same(float a, float b)
{
    return memcmp(&a, &b, sizeof a) == 0;
}

bool query_same_pipeline(const struct query *a, const struct query *b)
{
    return same(a->threshold, b->threshold) && same(a->smallest, b->smallest) && a->rotate == b->rotate &&
           a->tta == b->tta;
}
