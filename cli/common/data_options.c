#define _POSIX_C_SOURCE 200809L /* strdup */
#include "common/data_options.h"

#include <stdlib.h>
#include <string.h>

const char *const cli_split_words[] = {"all", "train", "val", "test", NULL};

/* "a,b,c" in place into words; at most as many as there are commas, plus one. */
static size_t cut_up(char *text, const char **items)
{
    size_t n = 0;
    for (char *p = text; *p;) {
        char *comma = p + strcspn(p, ",");
        bool last = *comma == '\0';
        *comma = '\0';
        if (*p) items[n++] = p;
        p = last ? comma : comma + 1;
    }
    return n;
}

void cli_data_select_apply(struct cli_data_select *from, fer_data_source *to)
{
    to->layout = from->layout;
    to->split = from->split;
    to->order = from->order;
    to->merge = from->merge.items;
    to->n_merge = from->merge.n;
    to->margin = from->margin;
    free(from->words);
    free(from->items);
    from->words = NULL;
    from->items = NULL;
    if (!from->classes) return;
    from->words = strdup(from->classes);
    from->items = calloc(strlen(from->classes) + 1, sizeof *from->items);
    if (!from->words || !from->items) return;
    to->classes = from->items;
    to->n_classes = cut_up(from->words, from->items);
}

void cli_data_select_free(struct cli_data_select *s)
{
    free(s->words);
    free(s->items);
    free(s->merge.items);
    s->words = NULL;
    s->items = s->merge.items = NULL;
    s->merge.n = 0;
}
