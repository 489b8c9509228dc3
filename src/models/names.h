/* Preprocessing by name: the models keep the name, src/image gives it a meaning (and tests/unit checks that both know
 * the same names). */
#ifndef FERI_MODELS_NAMES_H
#define FERI_MODELS_NAMES_H

#include <stdbool.h>
#include <string.h>

static inline bool feri_preprocess_known(const char *name)
{
    return strcmp(name, "imagenet") == 0 || strcmp(name, "imagenet-255") == 0 || strcmp(name, "unit") == 0 ||
           strcmp(name, "half") == 0;
}

#endif
