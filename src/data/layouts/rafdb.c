/* RAF-DB: EmoLabel/list_patition_label.txt (so spelt), lines "train_00001.jpg 5" with classes from 1, and
 * Image/aligned/train_00001_aligned.jpg. */
#include "data/layouts/layout.h"
#include "data/seen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char list_name[] = "EmoLabel/list_patition_label.txt";

static size_t find_list(const struct feri_archive *a)
{
    size_t n = sizeof list_name - 1;
    for (size_t i = 0; i < feri_archive_count(a); i++) {
        const char *name = feri_archive_name(a, i);
        size_t length = strlen(name);
        if (length >= n && strcmp(name + length - n, list_name) == 0 && (length == n || name[length - n - 1] == '/'))
            return i;
    }
    return (size_t)-1;
}

static bool is(const struct feri_layout *l, const struct feri_archive *a)
{
    (void)l;
    return find_list(a) != (size_t)-1;
}

/* The aligned face, otherwise the original picture. */
static size_t find_picture(const struct feri_archive *a, const char *folder, const char *name)
{
    static const char *const forms[][2] = {{"aligned", "_aligned"}, {"aligned", ""}, {"original", ""}};
    char path[1024];
    for (size_t i = 0; i < 3; i++) {
        int n = snprintf(path, sizeof path, "%sImage/%s/%.*s%s.jpg", folder, forms[i][0], (int)strcspn(name, "."), name,
                         forms[i][1]);
        size_t at = n > 0 && (size_t)n < sizeof path ? feri_archive_find(a, path) : (size_t)-1;
        if (at != (size_t)-1) return at;
    }
    return (size_t)-1;
}

struct line {
    const char *folder; /* folder of the set, with its slash */
    const char *name, *label;
    size_t number;
};

static fer_status damaged(struct feri_dataset *ds, const struct line *l, const char *what, const char *sentence,
                          fer_error *err)
{
    fer_error why;
    feri_fail(&why, FER_ERR_FORMAT, "%s: %s: line %zu: %s", ds->path, list_name, l->number, sentence);
    return feri_dataset_damaged(ds, what, FER_ERR_FORMAT, &why, err);
}

static fer_status read_line(struct feri_dataset *ds, const struct line *l, fer_error *err)
{
    char sentence[300], *end;
    long code = strtol(l->label, &end, 10);
    uint16_t label;
    if (end == l->label || *end || !feri_code_label(ds, code, &label)) {
        snprintf(sentence, sizeof sentence, "label '%.40s', expected 1 to 7", l->label);
        return damaged(ds, l, "invalid label", sentence, err);
    }
    size_t entry = find_picture(ds->sources[0].archive, l->folder, l->name);
    if (entry == (size_t)-1) {
        snprintf(sentence, sizeof sentence, "there is no picture for '%.200s' in Image/aligned", l->name);
        return damaged(ds, l, "missing image", sentence, err);
    }
    struct feri_sample s = feri_sample_new(entry);
    s.split = (uint8_t)(strncmp(l->name, "train", 5) == 0  ? FER_SPLIT_TRAIN
                        : strncmp(l->name, "test", 4) == 0 ? FER_SPLIT_TEST
                                                           : FER_SPLIT_NONE);
    s.label = label;
    return feri_dataset_add(ds, &s, NULL, err);
}

/* The first line of a picture counts. */
static fer_status read_once(struct feri_dataset *ds, struct feri_seen *seen, const struct line *l, fer_error *err)
{
    char sentence[300];
    bool again;
    fer_status st = feri_seen_add(seen, 0, l->name, &again, err);
    if (st != FER_OK) return st;
    if (!again) return read_line(ds, l, err);
    snprintf(sentence, sizeof sentence, "'%.200s' occurs for the second time", l->name);
    return damaged(ds, l, "id that occurs twice", sentence, err);
}

/* Splits the text in place. */
static fer_status read_lines(struct feri_dataset *ds, const char *folder, char *text, fer_error *err)
{
    struct line l = {.folder = folder};
    struct feri_seen seen = {0};
    fer_status st = FER_OK;
    for (char *p = text; *p && st == FER_OK;) {
        char *next = p + strcspn(p, "\r\n"), *blank;
        l.number++;
        if (*next == '\r' && next[1] == '\n') *next++ = '\0';
        if (*next) *next++ = '\0';
        blank = p + strcspn(p, " \t");
        if (*p && !*blank) st = damaged(ds, &l, "unreadable row", "expected a picture and a number", err);
        if (*blank) {
            *blank++ = '\0';
            l.name = p;
            l.label = blank + strspn(blank, " \t");
            st = read_once(ds, &seen, &l, err);
        }
        p = next;
    }
    feri_seen_free(&seen);
    return st;
}

static fer_status read(const struct feri_layout *l, struct feri_dataset *ds, fer_error *err)
{
    (void)l;
    uint8_t *data;
    size_t size, list = find_list(ds->sources[0].archive);
    char folder[1024];
    const char *name = feri_archive_name(ds->sources[0].archive, list);
    snprintf(folder, sizeof folder, "%.*s", (int)(strlen(name) - (sizeof list_name - 1)), name);
    fer_status st = feri_dataset_add_order(ds, "rafdb", err);
    if (st == FER_OK) st = feri_archive_read(ds->sources[0].archive, list, &data, &size, err);
    if (st != FER_OK) return st;
    char *text = malloc(size + 1);
    if (text) {
        memcpy(text, data, size);
        text[size] = '\0';
    }
    free(data);
    st = text ? read_lines(ds, folder, text, err) : feri_fail_memory(err, size);
    free(text);
    return st;
}

const struct feri_layout feri_layout_rafdb = {
    .name = "rafdb", .what = "EmoLabel/list_patition_label.txt and Image/aligned", .is = is, .read = read};
