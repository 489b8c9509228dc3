/* What the journals of one or more runs hold: at most one answer per input. The texts stay in the files. */
#ifndef FER_ARCHIVE_ANSWERS_H
#define FER_ARCHIVE_ANSWERS_H

#include "archive/shard.h"
#include "base/json.h"

#include <stdbool.h>
#include <stdio.h>

/* The first line of a journal. All journals of an archive have the same but for the shard. */
struct answers_head {
    json_t *doc; /* settings and all else that must not differ, without the shard */
    struct shard shard;
    size_t n_inputs;
};

/* Where an answer lies. */
struct answer {
    size_t number; /* of the input */
    size_t file;
    uint64_t at; /* its line */
    size_t size;
    bool failed;
};

struct answers_file {
    char *path;
    uint64_t size; /* up to the end of the last whole line */
};

struct answers {
    struct answers_head head; /* doc NULL: no journal was read yet */
    struct answer *items;     /* after answers_sort(): ordered by number, each once */
    size_t n, cap;
    struct answers_file *files;
    size_t n_files, cap_files;
    size_t n_damaged; /* lines that broke off or were changed: their inputs have no answer, unless another line has */
};

/** Add a journal. False after an error message: it cannot be read, is none, or is of other inputs or settings. */
bool answers_read(struct answers *a, const char *path);
/** To be called after the last journal. If several lines answer the same input, the first that did not fail counts. */
void answers_sort(struct answers *a);
/** Whether an input has an answer that is no failure. */
bool answers_has(const struct answers *a, size_t number);
/** How many inputs of a shard have an answer, or (failed) have failed. */
size_t answers_count(const struct answers *a, struct shard shard, bool failed);
/** The first input of a shard without an answer; head.n_inputs: none. */
size_t answers_missing(const struct answers *a, struct shard shard);
/** Write the rows of a shard's answers in the order of the inputs, or (failures) the rows of those that failed in the
 * table of failures. False after an error message. */
bool answers_write(const struct answers *a, struct shard shard, bool failures, FILE *to);
/** The text under a key of the head; "" if it has none. */
const char *answers_text(const struct answers *a, const char *key);
void answers_free(struct answers *a);

/** Why two heads are not of one archive: a key that differs, as "settings.faces: \"all\" before, \"whole\" now". False:
 * they do not differ. */
bool answers_differ(const json_t *before, const json_t *now, char *text, size_t size);

#endif
