#define _POSIX_C_SOURCE 200809L /* strcasecmp */
#include "base/words.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

bool feri_word_find(const char *const *words, const char *word, size_t *place_out)
{
    for (size_t i = 0; words[i]; i++)
        if (strcmp(words[i], word) == 0) {
            *place_out = i;
            return true;
        }
    return false;
}

bool feri_class_find(size_t n, const char *const *classes, const char *name, size_t *place_out)
{
    for (size_t k = 0; k < n; k++)
        if (strcasecmp(classes[k], name) == 0) {
            *place_out = k;
            return true;
        }
    return false;
}

void feri_words_text(const char *const *words, char *out, size_t size)
{
    *out = '\0';
    for (size_t i = 0, at = 0; words[i] && at < size; i++)
        at += (size_t)snprintf(out + at, size - at, "%s%s", i ? ", " : "", words[i]);
}
