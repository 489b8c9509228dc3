#include "serve/media.h"

#include <string.h>
#include <strings.h>

bool media_is(const char *type, const char *name)
{
    size_t n = strlen(name);
    if (strncasecmp(type, name, n) != 0) return false;
    return (n > 0 && name[n - 1] == '/') || !type[n] || strchr("; \t", type[n]) != NULL;
}

static const char *skip_blanks(const char *p)
{
    return p + strspn(p, " \t");
}

/* A value from p on, quoted or not, into out; the end of it is returned. NULL: no end, or no room. */
static const char *take_value(const char *p, char *out, size_t size)
{
    size_t n = 0;
    bool quoted = *p == '"';
    if (quoted) p++;
    for (; *p && (quoted ? *p != '"' : !strchr("; \t", *p)); p++) {
        if (quoted && *p == '\\' && (p[1] == '"' || p[1] == '\\')) p++;
        if (n + 1 >= size) return NULL;
        out[n++] = *p;
    }
    out[n] = '\0';
    if (!quoted) return p;
    return *p == '"' ? p + 1 : NULL;
}

bool media_parameter(const char *text, const char *name, char *out, size_t size)
{
    size_t n = strlen(name);
    for (const char *p = strchr(text, ';'); p; p = strchr(p, ';')) {
        p = skip_blanks(p + 1);
        bool it = strncasecmp(p, name, n) == 0;
        const char *equals = p + strcspn(p, "=;");
        if (*equals != '=') continue;
        const char *end = skip_blanks(p + (it ? n : 0));
        it = it && end == equals;
        const char *rest = take_value(skip_blanks(equals + 1), out, size);
        if (it) return rest != NULL;
        if (!rest) return false; /* where the next parameter begins is not known */
        p = rest;
    }
    return false;
}
