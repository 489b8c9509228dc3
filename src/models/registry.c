#include "base/error.h"
#include "base/words.h"
#include "models/families.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAMES_MAX 100 /* of the registry, that are compared with a misspelt one */

#define FERI_FAMILY(name) &feri_family_##name,
static const struct feri_family *const families[] = {
#include "models/families.def"
};
#undef FERI_FAMILY

const struct feri_family *feri_family_at(size_t i)
{
    return i < sizeof families / sizeof *families ? families[i] : NULL;
}

const fer_model_entry *fer_model_registry(size_t i)
{
    const struct feri_family *family;
    for (size_t f = 0; (family = feri_family_at(f)); f++)
        for (const fer_model_entry *e = family->entries; e->name; e++)
            if (i-- == 0) return e;
    return NULL;
}

static const struct feri_family *family_of(const char *word, const char *dash)
{
    const struct feri_family *family;
    for (size_t f = 0; dash && (family = feri_family_at(f)); f++)
        if (strlen(family->prefix) == (size_t)(dash - word) &&
            strncmp(word, family->prefix, (size_t)(dash - word)) == 0)
            return family;
    return NULL;
}

static const char *named_size(const struct feri_family *family, size_t n)
{
    return n > 0 && n <= sizeof family->sizes / sizeof *family->sizes ? family->sizes[n - 1] : NULL;
}

/* The number of the size after the dash. 0: the family has no such size. */
static unsigned long size_of(const struct feri_family *family, const char *size)
{
    const char *named;
    for (size_t i = 1; (named = named_size(family, i)); i++)
        if (strcmp(named, size) == 0) return i;
    if (named_size(family, 1)) return 0;
    char *end;
    unsigned long n = isdigit((unsigned char)*size) ? strtoul(size, &end, 10) : 0;
    if (n == 0 || !*end) return n;
    for (size_t i = 0; i < sizeof family->tails / sizeof *family->tails; i++)
        if (family->tails[i] && strcmp(end, family->tails[i]) == 0) return n;
    return 0;
}

static fer_status fail_unknown(const char *name, fer_error *err)
{
    char known[200] = "", meant[FERI_MEANT_MAX];
    const char *names[NAMES_MAX + 1] = {0};
    const struct feri_family *family;
    const fer_model_entry *e;
    for (size_t i = 0; i < NAMES_MAX && (e = fer_model_registry(i)); i++) names[i] = e->name;
    for (size_t f = 0, at = 0; (family = feri_family_at(f)); f++) {
        const char *size = family->sizes[0] ? family->sizes[0] : "N";
        for (size_t i = 1; size && at < sizeof known; size = named_size(family, ++i))
            at += (size_t)snprintf(known + at, sizeof known - at, "%s%s-%s", at ? ", " : "", family->prefix, size);
    }
    return feri_fail(err, FER_ERR_ARGUMENT, "model '%s' is unknown, expected one of %s; N stands for a number%s", name,
                     known, feri_word_meant(names, name, meant));
}

fer_status feri_family_find(const char *name, const struct feri_family **family_out, size_t *n_out, char *name_out,
                            fer_error *err)
{
    char word[32] = "";
    for (size_t i = 0; name[i] && i < sizeof word - 1; i++) word[i] = (char)tolower((unsigned char)name[i]);
    const char *dash = strchr(word, '-');
    const struct feri_family *family = family_of(word, dash);
    unsigned long n = family ? size_of(family, dash + 1) : 0;
    if (n == 0) return fail_unknown(name, err);
    if (n < family->n_min || n > family->n_max)
        return feri_fail(err, FER_ERR_ARGUMENT, "model '%s': the number is out of range, expected %zu to %zu", name,
                         family->n_min, family->n_max);
    *family_out = family;
    *n_out = n;
    if (named_size(family, n)) snprintf(name_out, 32, "%s-%s", family->prefix, named_size(family, n));
    else snprintf(name_out, 32, "%s-%lu", family->prefix, n);
    return FER_OK;
}
