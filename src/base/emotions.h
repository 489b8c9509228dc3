/* The eight expressions, in AffectNet's order, and their names. */
#ifndef FERI_BASE_EMOTIONS_H
#define FERI_BASE_EMOTIONS_H

#include <stddef.h>

enum feri_emotion {
    FERI_NEUTRAL,
    FERI_HAPPINESS,
    FERI_SADNESS,
    FERI_SURPRISE,
    FERI_FEAR,
    FERI_DISGUST,
    FERI_ANGER,
    FERI_CONTEMPT,
    FERI_EMOTIONS /* number of emotions */
};

/** "neutral", "happiness", ... */
const char *feri_emotion_name(size_t emotion);

/** Find an emotion by its name, ignoring case. FERI_EMOTIONS: there is none. */
size_t feri_emotion_named(const char *name);

#endif
