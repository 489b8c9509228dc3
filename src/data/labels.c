#define _POSIX_C_SOURCE 200809L /* strncasecmp */
#include "data/labels.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Synonyms of the emotions' names. */
static const struct {
    const char *word;
    enum feri_emotion emotion;
} words[] = {
    {"neutrality", FERI_NEUTRAL}, {"happy", FERI_HAPPINESS},       {"joy", FERI_HAPPINESS}, {"sad", FERI_SADNESS},
    {"surprised", FERI_SURPRISE}, {"fearful", FERI_FEAR},          {"afraid", FERI_FEAR},   {"disgusted", FERI_DISGUST},
    {"angry", FERI_ANGER},        {"contemptuous", FERI_CONTEMPT},
};

/* From the documentation of the data sets; RAF-DB counts from 1. */
static const struct feri_order orders[] = {
    {"affectnet",
     "AffectNet",
     0,
     8,
     {FERI_NEUTRAL, FERI_HAPPINESS, FERI_SADNESS, FERI_SURPRISE, FERI_FEAR, FERI_DISGUST, FERI_ANGER, FERI_CONTEMPT}},
    {"alphabetical",
     "folders sorted by name",
     0,
     8,
     {FERI_ANGER, FERI_CONTEMPT, FERI_DISGUST, FERI_FEAR, FERI_HAPPINESS, FERI_NEUTRAL, FERI_SADNESS, FERI_SURPRISE}},
    {"alphabetical-7",
     "FER2013's folders sorted by name",
     0,
     7,
     {FERI_ANGER, FERI_DISGUST, FERI_FEAR, FERI_HAPPINESS, FERI_NEUTRAL, FERI_SADNESS, FERI_SURPRISE}},
    {"ferplus",
     "FER+",
     0,
     8,
     {FERI_NEUTRAL, FERI_HAPPINESS, FERI_SURPRISE, FERI_SADNESS, FERI_ANGER, FERI_DISGUST, FERI_FEAR, FERI_CONTEMPT}},
    {"fer2013",
     "FER2013",
     0,
     7,
     {FERI_ANGER, FERI_DISGUST, FERI_FEAR, FERI_HAPPINESS, FERI_SADNESS, FERI_SURPRISE, FERI_NEUTRAL}},
    {"rafdb",
     "RAF-DB",
     1,
     7,
     {FERI_SURPRISE, FERI_FEAR, FERI_DISGUST, FERI_HAPPINESS, FERI_SADNESS, FERI_ANGER, FERI_NEUTRAL}},
};

static bool is_word(const char *known, const char *word, size_t length)
{
    return strlen(known) == length && strncasecmp(known, word, length) == 0;
}

int feri_emotion_find(const char *word, size_t length)
{
    for (size_t e = 0; e < FERI_EMOTIONS; e++)
        if (is_word(feri_emotion_name(e), word, length)) return (int)e;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (is_word(words[i].word, word, length)) return (int)words[i].emotion;
    return -1;
}

const struct feri_order *feri_order_at(size_t i)
{
    return i < sizeof orders / sizeof *orders ? &orders[i] : NULL;
}

const struct feri_order *feri_order_find(const char *name)
{
    for (size_t i = 0; feri_order_at(i); i++)
        if (strcmp(orders[i].name, name) == 0) return &orders[i];
    return NULL;
}

void feri_orders_text(size_t lo, size_t hi, char *out, size_t size)
{
    size_t used = 0;
    *out = '\0';
    for (size_t i = 0; feri_order_at(i); i++) {
        const struct feri_order *o = &orders[i];
        if (lo < o->first || hi >= o->first + o->n) continue;
        for (size_t k = 0; k < o->n && used < size; k++) {
            const char *name = feri_emotion_name(o->emotions[k]);
            int n = k ? snprintf(out + used, size - used, ", %zu %s", o->first + k, name)
                      : snprintf(out + used, size - used, "%s%s: %zu %s", used ? "; " : "", o->name, o->first, name);
            used += n > 0 ? (size_t)n : 0;
        }
    }
}
