/* How file names are shown where text must be UTF-8 or a single line. A name may contain any bytes but zero and '/'. A
 * byte that is not part of UTF-8 is shown as \xHH with its two hexadecimal digits. A backslash before an x and two such
 * digits is shown the same way. Nothing else changes. Different names never look the same, and replacing each \xHH by
 * its byte restores the name. */
#ifndef FERI_BASE_SHOWN_H
#define FERI_BASE_SHOWN_H

#include <stdbool.h>

enum feri_shown_in {
    FERI_SHOWN_QUOTED, /* JSON, CSV: control characters stay, because the format escapes or quotes them */
    FERI_SHOWN_LINE    /* a line of text or a terminal: control characters are shown as \xHH too */
};

/** A new string; free it by free(). NULL when out of memory. */
char *feri_shown(const char *name, enum feri_shown_in in);

#endif
