#define _POSIX_C_SOURCE 200809L /* newlocale */
#include "base/decimal.h"

#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* For this thread only, until leave(). If memory runs out, the locale does not change. */
struct numeric {
    locale_t c, before;
};

static struct numeric enter(void)
{
    struct numeric n = {newlocale(LC_NUMERIC_MASK, "C", (locale_t)0), (locale_t)0};
    if (n.c) n.before = uselocale(n.c);
    return n;
}

static void leave(struct numeric n)
{
    if (!n.c) return;
    uselocale(n.before);
    freelocale(n.c);
}

double feri_strtod(const char *text, char **end)
{
    struct numeric n = enter();
    double v = strtod(text, end);
    leave(n);
    return v;
}

float feri_strtof(const char *text, char **end)
{
    struct numeric n = enter();
    float v = strtof(text, end);
    leave(n);
    return v;
}

int feri_snprintf(char *out, size_t size, const char *fmt, ...)
{
    struct numeric n = enter();
    va_list ap;
    va_start(ap, fmt);
    int length = vsnprintf(out, size, fmt, ap);
    va_end(ap);
    leave(n);
    return length;
}
