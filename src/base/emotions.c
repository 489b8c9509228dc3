#define _POSIX_C_SOURCE 200809L /* strcasecmp */
#include "base/emotions.h"

#include <strings.h>

static const char *const names[FERI_EMOTIONS] = {
    [FERI_NEUTRAL] = "neutral",   [FERI_HAPPINESS] = "happiness", [FERI_SADNESS] = "sadness",
    [FERI_SURPRISE] = "surprise", [FERI_FEAR] = "fear",           [FERI_DISGUST] = "disgust",
    [FERI_ANGER] = "anger",       [FERI_CONTEMPT] = "contempt"};

const char *feri_emotion_name(size_t emotion)
{
    return names[emotion];
}

size_t feri_emotion_named(const char *name)
{
    size_t e = 0;
    while (e < FERI_EMOTIONS && strcasecmp(names[e], name) != 0) e++;
    return e;
}
