/* How names of files are shown where text must be UTF-8, or one line. A name may hold any bytes but zero and '/'.
 * A byte that is not part of UTF-8 is shown as \xHH, its two hexadecimal digits; so is a backslash that stands before
 * an x and two such digits. Nothing else changes, different names are never shown alike, and putting the byte in the
 * place of each \xHH gives the name back. */
#ifndef FERI_BASE_SHOWN_H
#define FERI_BASE_SHOWN_H

#include <stdbool.h>

enum feri_shown_in {
    FERI_SHOWN_QUOTED, /* JSON, CSV: control characters stay, the format escapes or quotes them */
    FERI_SHOWN_LINE    /* a line of text or a terminal: control characters are shown as \xHH, too */
};

/** Newly made, freed by free(); NULL when out of memory. */
char *feri_shown(const char *name, enum feri_shown_in in);

#endif
