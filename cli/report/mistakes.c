#define _POSIX_C_SOURCE 200809L /* strdup */
#include "report/report.h"

#include <stdlib.h>
#include <string.h>

static void clear(struct report_mistake *m)
{
    free(m->file);
    free(m->label);
    free(m->answer);
    fer_image_free(m->image);
    *m = (struct report_mistake){0};
}

/* Of equal ones, the first stays first. */
void report_mistakes_add(struct report_mistakes *m, const struct prediction *p)
{
    m->seen++;
    if (strcmp(p->label, p->answer) == 0) return;
    m->wrong++;
    size_t at = m->n;
    while (at > 0 && m->items[at - 1].confidence < p->confidence) at--;
    if (at == REPORT_MISTAKES) return;
    struct report_mistake new = {strdup(p->file), strdup(p->label), strdup(p->answer), p->confidence, NULL};
    if (m->n == REPORT_MISTAKES) clear(&m->items[--m->n]);
    memmove(&m->items[at + 1], &m->items[at], (m->n - at) * sizeof new);
    m->items[at] = new;
    m->n++;
    if (!new.file || !new.label || !new.answer) m->failed = true;
}

void report_mistakes_load(struct report_mistakes *m, const fer_data_source *data, const char *other)
{
    const char *files[REPORT_MISTAKES] = {0};
    fer_image *images[REPORT_MISTAKES] = {0};
    fer_error err = {.text = "the data set is unknown"};
    fer_status st = FER_ERR_ARGUMENT;
    const char *const paths[] = {other, data->path};
    for (size_t i = 0; i < m->n; i++) files[i] = m->items[i].file;
    for (size_t i = 0; st != FER_OK && i < 2; i++) {
        fer_data_source source = *data;
        source.path = paths[i];
        if (source.path) st = fer_data_load(&source, m->n, files, images, &err);
    }
    for (size_t i = 0; st == FER_OK && i < m->n; i++) m->items[i].image = images[i];
    if (st != FER_OK) m->missing = strdup(err.text);
}

void report_mistakes_clear(struct report_mistakes *m)
{
    for (size_t i = 0; i < m->n; i++) clear(&m->items[i]);
    free(m->missing);
    *m = (struct report_mistakes){0};
}
