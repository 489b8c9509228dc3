/* Lists of words, such as the values of an option. The last of a list is NULL. */
#ifndef FERI_BASE_WORDS_H
#define FERI_BASE_WORDS_H

#include <stdbool.h>
#include <stddef.h>

/** The place of a word. false: it is not in the list. */
bool feri_word_find(const char *const *words, const char *word, size_t *place_out);

/** The place of a class among n names, whatever their case. false: it is not there. */
bool feri_class_find(size_t n, const char *const *classes, const char *name, size_t *place_out);

/** "a, b, c", cut off where it does not fit. */
void feri_words_text(const char *const *words, char *out, size_t size);

#endif
