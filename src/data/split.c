#define _POSIX_C_SOURCE 200809L /* strncasecmp */
/* The names that data sets use for their splits. */
#include "data/samples.h"

#include <string.h>
#include <strings.h>

const char *fer_split_name(fer_split split)
{
    static const char *const names[FER_SPLITS] = {"none", "train", "val", "test"};
    return names[(unsigned)split < FER_SPLITS ? split : FER_SPLIT_NONE];
}

static const struct {
    const char *word;
    fer_split split;
} words[] = {
    {"train", FER_SPLIT_TRAIN},
    {"training", FER_SPLIT_TRAIN},
    {"train_set", FER_SPLIT_TRAIN},
    {"FER2013Train", FER_SPLIT_TRAIN},
    {"val", FER_SPLIT_VAL},
    {"valid", FER_SPLIT_VAL},
    {"validation", FER_SPLIT_VAL},
    {"val_set", FER_SPLIT_VAL},
    {"FER2013Valid", FER_SPLIT_VAL},
    {"PublicTest", FER_SPLIT_VAL},
    {"dev", FER_SPLIT_VAL},
    {"validation_set", FER_SPLIT_VAL},
    {"test", FER_SPLIT_TEST},
    {"testing", FER_SPLIT_TEST},
    {"test_set", FER_SPLIT_TEST},
    {"FER2013Test", FER_SPLIT_TEST},
    {"PrivateTest", FER_SPLIT_TEST},
    {"train_set_annotation_without_lnd", FER_SPLIT_TRAIN},
    {"val_set_annotation_without_lnd", FER_SPLIT_VAL},
};

fer_split feri_split_find(const char *name, size_t length)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strlen(words[i].word) == length && strncasecmp(words[i].word, name, length) == 0) return words[i].split;
    return FER_SPLIT_NONE;
}

fer_split feri_split_of_path(const char *path)
{
    fer_split found = FER_SPLIT_NONE;
    for (const char *slash; (slash = strchr(path, '/')) != NULL; path = slash + 1) {
        fer_split s = feri_split_find(path, (size_t)(slash - path));
        if (s != FER_SPLIT_NONE) found = s;
    }
    return found;
}
