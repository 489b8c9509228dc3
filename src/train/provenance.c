#include "train/provenance.h"

#include "base/decimal.h"
#include "fer/fer.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

__attribute__((format(printf, 2, 3))) static void append(char line[FERI_PROVENANCE_MAX], const char *fmt, ...)
{
    size_t n = strlen(line);
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(line + n, FERI_PROVENANCE_MAX - n, fmt, ap);
    va_end(ap);
}

/* The last component of a path of n bytes, without trailing slashes. */
static void append_name(char line[FERI_PROVENANCE_MAX], const char *path, size_t n)
{
    while (n > 1 && path[n - 1] == '/') n--;
    size_t start = n;
    while (start > 0 && path[start - 1] != '/') start--;
    append(line, "%.*s", (int)(n - start), path + start);
}

/* The names of a list that is separated by commas. */
static void append_names(char line[FERI_PROVENANCE_MAX], const char *list)
{
    for (const char *lead = ""; *list; lead = ", ") {
        size_t n = strcspn(list, ",");
        append(line, "%s", lead);
        append_name(line, list, n);
        list += n + (list[n] == ',');
    }
}

void feri_provenance(const struct feri_origin *o, char line[FERI_PROVENANCE_MAX])
{
    line[0] = '\0';
    append(line, "trained by libfer %s on ", fer_version());
    append_names(line, o->data);
    if (o->crops) {
        append(line, " and ");
        append_name(line, o->crops, strlen(o->crops));
    }
    append(line, " from ");
    if (o->init) append_name(line, o->init, strlen(o->init));
    else append(line, "random weights");
    append(line, ", %zu epochs, seed %llu", o->epochs, (unsigned long long)o->seed);
    if (!o->teachers) return;
    append(line, ", taught by ");
    append_names(line, o->teachers);
}

void feri_provenance_adjusted(const char *before, const char *data, double tau, char line[FERI_PROVENANCE_MAX])
{
    feri_snprintf(line, FERI_PROVENANCE_MAX, "%s; logits adjusted by %g for the class shares of ", before, tau);
    append_name(line, data, strlen(data));
}
