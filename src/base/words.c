#define _POSIX_C_SOURCE 200809L /* strcasecmp */
#include "base/words.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

size_t feri_words_count(const char *const *words)
{
    size_t n = 0;
    while (words[n]) n++;
    return n;
}

bool feri_word_among(const char *const *words, const char *word)
{
    size_t place;
    return feri_word_find(words, word, &place);
}

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

/* ---- the word that was probably meant ---- */

#define NEAR_MAX 63 /* longer words are not compared */

static int lower(char c)
{
    return tolower((unsigned char)c);
}

static size_t least(size_t a, size_t b, size_t c)
{
    size_t m = a < b ? a : b;
    return m < c ? m : c;
}

/* Levenshtein distance, computed one row of the table at a time. */
static size_t distance(const char *a, const char *b)
{
    size_t row[NEAR_MAX + 1], n = strlen(b);
    for (size_t j = 0; j <= n; j++) row[j] = j;
    for (size_t i = 1; a[i - 1]; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= n; j++) {
            size_t above = row[j];
            row[j] = least(above + 1, row[j - 1] + 1, diagonal + (lower(a[i - 1]) != lower(b[j - 1])));
            diagonal = above;
        }
    }
    return row[n];
}

/* The first word with this prefix, and the number of such words. */
static const char *completed(size_t n, const char *const *words, const char *typed, size_t length, size_t *count)
{
    const char *first = NULL;
    *count = 0;
    for (size_t i = 0; i < n; i++)
        if (strncasecmp(words[i], typed, length) == 0 && (*count)++ == 0) first = words[i];
    return first;
}

static const char *near_of(size_t n, const char *const *words, const char *typed)
{
    /* a larger distance is not a typing error */
    size_t length = strlen(typed), count, best = length / 2 < 3 ? length / 2 + 1 : 4;
    if (length == 0 || length > NEAR_MAX) return NULL;
    const char *longer = completed(n, words, typed, length, &count), *found = NULL;
    if (count == 1) return longer;
    for (size_t i = 0; i < n; i++) {
        if (strlen(words[i]) > NEAR_MAX) continue;
        size_t d = distance(typed, words[i]);
        if (d < best) {
            best = d;
            found = words[i];
        }
    }
    return found ? found : longer;
}

const char *feri_word_near(const char *const *words, const char *typed)
{
    return near_of(feri_words_count(words), words, typed);
}

const char *feri_class_meant(size_t n, const char *const *classes, const char *typed, char text[FERI_MEANT_MAX])
{
    const char *near = near_of(n, classes, typed);
    *text = '\0';
    if (near) snprintf(text, FERI_MEANT_MAX, "; did you mean '%s'?", near);
    return text;
}

const char *feri_word_meant(const char *const *words, const char *typed, char text[FERI_MEANT_MAX])
{
    return feri_class_meant(feri_words_count(words), words, typed, text);
}
