#define _POSIX_C_SOURCE 200809L /* strncasecmp */
#include "data/labels.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define NEUTRAL   "neutral"
#define HAPPINESS "happiness"
#define SADNESS   "sadness"
#define SURPRISE  "surprise"
#define FEAR      "fear"
#define DISGUST   "disgust"
#define ANGER     "anger"
#define CONTEMPT  "contempt"

static const char *const emotions[FERI_EMOTIONS] = {NEUTRAL, HAPPINESS, SADNESS, SURPRISE,
                                                    FEAR,    DISGUST,   ANGER,   CONTEMPT};

static const struct {
    const char *word;
    int emotion;
} words[] = {
    {"neutral", 0}, {"neutrality", 0}, {"happiness", 1}, {"happy", 1}, {"joy", 1},      {"sadness", 2},
    {"sad", 2},     {"surprise", 3},   {"surprised", 3}, {"fear", 4},  {"fearful", 4},  {"afraid", 4},
    {"disgust", 5}, {"disgusted", 5},  {"anger", 6},     {"angry", 6}, {"contempt", 7}, {"contemptuous", 7},
};

/* From the data sets' own documents; RAF-DB counts from 1. */
static const struct feri_order orders[] = {
    {"affectnet", "AffectNet", 0, 8, {NEUTRAL, HAPPINESS, SADNESS, SURPRISE, FEAR, DISGUST, ANGER, CONTEMPT}},
    {"alphabetical",
     "folders sorted by name",
     0,
     8,
     {ANGER, CONTEMPT, DISGUST, FEAR, HAPPINESS, NEUTRAL, SADNESS, SURPRISE}},
    {"alphabetical-7",
     "FER2013's folders sorted by name",
     0,
     7,
     {ANGER, DISGUST, FEAR, HAPPINESS, NEUTRAL, SADNESS, SURPRISE}},
    {"ferplus", "FER+", 0, 8, {NEUTRAL, HAPPINESS, SURPRISE, SADNESS, ANGER, DISGUST, FEAR, CONTEMPT}},
    {"fer2013", "FER2013", 0, 7, {ANGER, DISGUST, FEAR, HAPPINESS, SADNESS, SURPRISE, NEUTRAL}},
    {"rafdb", "RAF-DB", 1, 7, {SURPRISE, FEAR, DISGUST, HAPPINESS, SADNESS, ANGER, NEUTRAL}},
};

const char *feri_emotion(size_t k)
{
    return emotions[k];
}

int feri_emotion_find(const char *word, size_t length)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strlen(words[i].word) == length && strncasecmp(words[i].word, word, length) == 0) return words[i].emotion;
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
            int n = k ? snprintf(out + used, size - used, ", %zu %s", o->first + k, o->classes[k])
                      : snprintf(out + used, size - used, "%s%s: %zu %s", used ? "; " : "", o->name, o->first,
                                 o->classes[0]);
            used += n > 0 ? (size_t)n : 0;
        }
    }
}
