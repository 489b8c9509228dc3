/* Numbers in files have a decimal point. strtod() and printf() follow the locale of the program that uses the library:
 * a program that calls setlocale(LC_ALL, "") in Germany reads and writes a comma. These functions always use a
 * point. */
#ifndef FERI_BASE_DECIMAL_H
#define FERI_BASE_DECIMAL_H

#include <stddef.h>

/** Like strtod() and strtof() in the C locale. */
double feri_strtod(const char *text, char **end);
float feri_strtof(const char *text, char **end);

/** Like snprintf() in the C locale. */
int feri_snprintf(char *out, size_t size, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif
