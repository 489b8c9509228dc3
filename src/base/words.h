/* Lists of words, such as the values of an option. The last of a list is NULL. */
#ifndef FERI_BASE_WORDS_H
#define FERI_BASE_WORDS_H

#include <stdbool.h>
#include <stddef.h>

/** The number of words before the NULL. */
size_t feri_words_count(const char *const *words);
/** Whether a word is one of them. */
bool feri_word_among(const char *const *words, const char *word);
/** The index of a word. False: it is not in the list. */
bool feri_word_find(const char *const *words, const char *word, size_t *place_out);

/** The index of a class among n names, ignoring case. False: it is not there. */
bool feri_class_find(size_t n, const char *const *classes, const char *name, size_t *place_out);

/** The word that was probably meant: the one that begins with the input, otherwise the one with the fewest changed
 * letters. Case is ignored. NULL: no word is close. */
const char *feri_word_near(const char *const *words, const char *typed);

#define FERI_MEANT_MAX 96
/** "; did you mean 'a'?", or "" if no word is close. Returns text. */
const char *feri_word_meant(const char *const *words, const char *typed, char text[FERI_MEANT_MAX]);
/** The same for n names. */
const char *feri_class_meant(size_t n, const char *const *classes, const char *typed, char text[FERI_MEANT_MAX]);

/** "a, b, c", truncated to the buffer. */
void feri_words_text(const char *const *words, char *out, size_t size);

#endif
