/* The meaning of numeric classes. */
#include "data/samples.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static fer_status add_code(struct feri_dataset *ds, const char *name, size_t length, fer_error *err)
{
    if (ds->n_codes == sizeof ds->code_labels / sizeof *ds->code_labels)
        return feri_fail(err, FER_ERR_ARGUMENT, "order: more than %zu classes", ds->n_codes);
    size_t k = 0;
    fer_status st = feri_dataset_need_class(ds, name, length, &k, err);
    ds->code_labels[ds->n_codes++] = (uint16_t)k;
    return st;
}

/* The next word of a comma-separated list. *length is 0 at the end. */
static const char *next_word(const char **list, size_t *length)
{
    const char *word = *list + strspn(*list, ", ");
    *length = strcspn(word, ",");
    *list = word + *length;
    return word;
}

/* Classes that are emotions come in AffectNet's order, whatever their numbers. */
static fer_status add_emotions_of(struct feri_dataset *ds, const char *list, const struct feri_order *order,
                                  fer_error *err)
{
    fer_status st = FER_OK;
    for (size_t e = 0; e < FERI_EMOTIONS && st == FER_OK; e++) {
        const char *rest = list, *word, *name = feri_emotion_name(e);
        bool there = false;
        size_t length;
        for (size_t k = 0; order && k < order->n; k++) there = there || order->emotions[k] == e;
        while (!order && *(word = next_word(&rest, &length)))
            there = there || feri_emotion_find(word, length) == (int)e;
        if (there) st = feri_dataset_add_class(ds, name, strlen(name), err);
    }
    return st;
}

static fer_status no_order(const char *text, fer_error *err)
{
    char known[100] = "";
    for (size_t i = 0, at = 0; feri_order_at(i) && at < sizeof known; i++)
        at += (size_t)snprintf(known + at, sizeof known - at, "%s%s", i ? ", " : "", feri_order_at(i)->name);
    return feri_fail(err, FER_ERR_ARGUMENT, "order '%s' is unknown; give the classes separated by commas, or one of %s",
                     text, known);
}

fer_status feri_dataset_add_order(struct feri_dataset *ds, const char *usual, fer_error *err)
{
    const char *text = ds->opt.order ? ds->opt.order : usual, *word;
    const struct feri_order *order = feri_order_find(text);
    size_t length;
    if (!order && !strchr(text, ',')) return no_order(text, err);
    fer_status st = add_emotions_of(ds, text, order, err);
    ds->code_first = order ? order->first : 0;
    for (size_t k = 0; order && k < order->n && st == FER_OK; k++)
        st = add_code(ds, feri_emotion_name(order->emotions[k]), strlen(feri_emotion_name(order->emotions[k])), err);
    while (!order && st == FER_OK && *(word = next_word(&text, &length))) st = add_code(ds, word, length, err);
    return st;
}

bool feri_code_label(const struct feri_dataset *ds, long code, uint16_t *label)
{
    if (code < (long)ds->code_first || code >= (long)(ds->code_first + ds->n_codes)) return false;
    *label = ds->code_labels[(size_t)code - ds->code_first];
    return true;
}
