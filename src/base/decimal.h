/* Numbers in files have a decimal point. strtod() and printf() follow the program's locale instead, which belongs to
 * the program that the library is part of: one that calls setlocale(LC_ALL, "") in Germany writes and expects a comma.
 * These do not. */
#ifndef FERI_BASE_DECIMAL_H
#define FERI_BASE_DECIMAL_H

#include <stddef.h>

/** As strtod() and strtof() in the C locale. */
double feri_strtod(const char *text, char **end);
float feri_strtof(const char *text, char **end);

/** As snprintf() in the C locale. */
int feri_snprintf(char *out, size_t size, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif
