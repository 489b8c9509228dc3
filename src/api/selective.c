/* Answers sorted by their confidence: how right are the surest ones? */
#include "api/metrics.h"

#include "base/error.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double coverages[FER_SELECTIONS] = {0.5, 0.7, 0.9};

static int by_confidence(const void *a, const void *b)
{
    double x = ((const struct feri_answer *)a)->confidence, y = ((const struct feri_answer *)b)->confidence;
    return (x < y) - (x > y);
}

/* The answers from i on that have its confidence; *right receives how many are right. */
static size_t equals(const struct feri_answer *sorted, size_t n, size_t i, size_t *right)
{
    size_t end = i;
    *right = 0;
    for (; end < n && by_confidence(&sorted[end], &sorted[i]) == 0; end++)
        *right += sorted[end].answer == sorted[end].label;
    return end - i;
}

/* Returns the area under the risk-coverage curve. */
static double derive(const struct feri_answer *sorted, size_t n, double selective[FER_SELECTIONS])
{
    double before = 0, aurc = 0; /* before: right ones among those that are surer */
    size_t group, right;
    for (size_t i = 0; i < n; i += group) {
        group = equals(sorted, n, i, &right);
        for (size_t j = 1; j <= group; j++) {
            double accuracy = (before + (double)right * (double)j / (double)group) / (double)(i + j);
            aurc += (1 - accuracy) / (double)n;
            for (size_t s = 0; s < FER_SELECTIONS; s++)
                if (i + j == (size_t)ceil(coverages[s] * (double)n)) selective[s] = accuracy;
        }
        before += (double)right;
    }
    return aurc;
}

fer_status feri_evaluation_select(fer_evaluation *e, const struct feri_answer *answers, fer_error *err)
{
    size_t n = e->images;
    struct feri_answer *sorted = calloc(n + 1, sizeof *sorted);
    if (!sorted) return feri_fail_memory(err, n * sizeof *sorted);
    memcpy(sorted, answers, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, by_confidence);
    e->aurc = derive(sorted, n, e->selective);
    for (size_t i = 0; i < n; i++) sorted[i].confidence = sorted[i].quality;
    qsort(sorted, n, sizeof *sorted, by_confidence);
    derive(sorted, n, e->by_quality);
    free(sorted);
    return FER_OK;
}
