/* FER+ (Barsoum, Zhang, Canton Ferrer, Zhang 2016): label.csv without a header, columns image, "(x0, y0, x1, y1)", then the votes of ten annotators for
 * eight emotions, unknown and not-a-face. Every protocol first sets a class with a single vote to 0. */
#include "data/internal.h"
#include "formats/csv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EMOTIONS 8
#define VOTES (EMOTIONS + 2)
#define COLUMNS (2 + VOTES)
#define VOTE_MAX 100

static const char *const emotions[EMOTIONS] = {"neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt"};

size_t feri_ferplus_find(const struct feri_archive *a)
{
    for (size_t i = 0; i < feri_archive_count(a); i++) {
        const char *name = feri_archive_name(a, i), *slash = strchr(name, '/');
        const char *base = slash ? slash + 1 : name;
        if (strcmp(base, "label.csv") == 0) return i;
    }
    return (size_t)-1;
}

/* The label under a protocol, or -1: not in it. Sums to 1 over the emotions in target (DISTRIBUTION). */
static int judge(enum feri_protocol protocol, const int votes[VOTES], float target[EMOTIONS])
{
    int sum = 0, emotion_sum = 0, best = 0;
    for (int i = 0; i < VOTES; i++) {
        sum += votes[i];
        if (i < EMOTIONS) emotion_sum += votes[i];
        if (votes[i] > votes[best]) best = i;
    }
    if (sum == 0 || best >= EMOTIONS) return -1;
    if (protocol == FERI_PROTOCOL_MAJORITY && 2 * votes[best] <= sum) return -1;
    for (int i = 0; i < EMOTIONS; i++) target[i] = (float)votes[i] / (float)emotion_sum;
    return best;
}

static fer_status read_votes(const struct feri_csv_row *row, int votes[VOTES], fer_error *err)
{
    if (row->n != COLUMNS) return feri_fail(err, FER_ERR_FORMAT, "line %zu: %zu columns, expected %d", row->line, row->n, COLUMNS);
    for (int i = 0; i < VOTES; i++) {
        char *end;
        const char *text = row->fields[2 + i];
        long v = strtol(text, &end, 10);
        if (end == text || *end || v < 0 || v > VOTE_MAX)
            return feri_fail(err, FER_ERR_FORMAT, "line %zu: '%.40s' is not a number of votes from 0 to %d", row->line, text, VOTE_MAX);
        votes[i] = v == 1 ? 0 : (int)v;
    }
    return FER_OK;
}

/* The picture stands next to label.csv. */
static fer_status find_picture(const struct feri_dataset *ds, const char *folder, const struct feri_csv_row *row, size_t *entry, fer_error *err)
{
    char name[1024];
    int n = snprintf(name, sizeof name, "%s%s", folder, row->fields[0]);
    *entry = n > 0 && (size_t)n < sizeof name ? feri_archive_find(ds->archive, name) : (size_t)-1;
    if (*entry == (size_t)-1) return feri_fail(err, FER_ERR_FORMAT, "line %zu: there is no picture '%.200s'", row->line, name);
    return FER_OK;
}

static fer_status read_row(struct feri_dataset *ds, const char *folder, const struct feri_csv_row *row, fer_error *err)
{
    int votes[VOTES];
    float target[EMOTIONS];
    size_t entry;
    fer_status st;
    if (row->n == COLUMNS && !*row->fields[0]) return FER_OK; /* the published labels have 173 rows without a picture */
    if ((st = read_votes(row, votes, err)) != FER_OK || (st = find_picture(ds, folder, row, &entry, err)) != FER_OK) {
        if (!ds->opt.skip_bad) return st;
        ds->n_skipped++;
        return FER_OK;
    }
    int label = judge(ds->opt.protocol, votes, target);
    if (label < 0) return FER_OK;
    return feri_dataset_add(ds, entry, (size_t)label, ds->opt.protocol == FERI_PROTOCOL_DISTRIBUTION ? target : NULL, err);
}

static fer_status read_rows(struct feri_dataset *ds, const char *folder, struct feri_csv *csv, fer_error *err)
{
    struct feri_csv_row row;
    bool more;
    fer_status st;
    while ((st = feri_csv_next(csv, &row, &more, err)) == FER_OK && more)
        if ((st = read_row(ds, folder, &row, err)) != FER_OK) break;
    return st;
}

fer_status feri_ferplus_read(struct feri_dataset *ds, size_t csv_entry, fer_error *err)
{
    const char *name = feri_archive_name(ds->archive, csv_entry), *slash = strchr(name, '/');
    char folder[512] = "";
    struct feri_csv *csv = NULL;
    uint8_t *data = NULL;
    size_t size;
    fer_status st = FER_OK;
    if (slash) snprintf(folder, sizeof folder, "%.*s/", (int)(slash - name), name);
    for (size_t i = 0; i < EMOTIONS && st == FER_OK; i++) st = feri_dataset_add_class(ds, emotions[i], strlen(emotions[i]), err);
    if (st == FER_OK) st = feri_archive_read(ds->archive, csv_entry, &data, &size, err);
    if (st != FER_OK) return st;
    st = feri_csv_new(data, size, &csv, err);
    if (st == FER_OK) st = read_rows(ds, folder, csv, err);
    feri_csv_free(csv);
    free(data);
    return st == FER_OK ? FER_OK : feri_fail_in(err, st, "%s: %s", ds->path, name);
}
