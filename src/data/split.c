#define _POSIX_C_SOURCE 200809L /* strncasecmp */
/* Splits by name: the words that data sets call their parts by. */
#include "data/internal.h"

#include <string.h>
#include <strings.h>

const char *feri_split_name(enum feri_split s)
{
    static const char *const names[FERI_SPLITS] = {"all", "train", "val", "test"};
    return names[s];
}

static const struct {
    const char *word;
    enum feri_split split;
} words[] = {
    {"train", FERI_SPLIT_TRAIN},
    {"training", FERI_SPLIT_TRAIN},
    {"train_set", FERI_SPLIT_TRAIN},
    {"FER2013Train", FERI_SPLIT_TRAIN},
    {"val", FERI_SPLIT_VAL},
    {"valid", FERI_SPLIT_VAL},
    {"validation", FERI_SPLIT_VAL},
    {"val_set", FERI_SPLIT_VAL},
    {"FER2013Valid", FERI_SPLIT_VAL},
    {"PublicTest", FERI_SPLIT_VAL},
    {"dev", FERI_SPLIT_VAL},
    {"validation_set", FERI_SPLIT_VAL},
    {"test", FERI_SPLIT_TEST},
    {"testing", FERI_SPLIT_TEST},
    {"test_set", FERI_SPLIT_TEST},
    {"FER2013Test", FERI_SPLIT_TEST},
    {"PrivateTest", FERI_SPLIT_TEST},
    {"train_set_annotation_without_lnd", FERI_SPLIT_TRAIN},
    {"val_set_annotation_without_lnd", FERI_SPLIT_VAL},
};

enum feri_split feri_split_find(const char *name, size_t length)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strlen(words[i].word) == length && strncasecmp(words[i].word, name, length) == 0) return words[i].split;
    return FERI_SPLIT_NONE;
}

enum feri_split feri_split_of_path(const char *path)
{
    enum feri_split found = FERI_SPLIT_NONE;
    for (const char *slash; (slash = strchr(path, '/')) != NULL; path = slash + 1) {
        enum feri_split s = feri_split_find(path, (size_t)(slash - path));
        if (s != FERI_SPLIT_NONE) found = s;
    }
    return found;
}
