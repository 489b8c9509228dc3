#define _POSIX_C_SOURCE 200809L /* open_memstream */
#include "inputs/share.h"

#include "common/cli.h"
#include "ranks/share.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Each input as "<below>:<path>" and a zero byte. NULL after an error message. */
static char *packed(const struct input_list *l, size_t *n)
{
    char *text = NULL;
    FILE *f = open_memstream(&text, n);
    for (size_t i = 0; f && i < l->n; i++) {
        fprintf(f, "%zu:%s", l->items[i].below, l->items[i].path);
        putc('\0', f);
    }
    if (f && fclose(f) == 0 && text) return text;
    free(text);
    cli_no_memory();
    return NULL;
}

static bool unpack(struct input_list *l, const char *text, size_t n)
{
    for (const char *p = text, *end = text + n; p < end; p += strlen(p) + 1) {
        size_t below = (size_t)strtoumax(p, NULL, 10);
        p += strcspn(p, ":") + 1;
        if (!input_list_append(l, p, below)) return false;
    }
    return true;
}

bool input_list_share(struct input_list *l, struct ranks *r)
{
    size_t n = 0;
    bool first = ranks_rank(r) == 0;
    if (ranks_size(r) == 1) return true;
    char *text = first ? packed(l, &n) : NULL;
    bool ok = (!first || text) && ranks_share(r, &text, &n) && (first || unpack(l, text, n));
    free(text);
    return ok;
}
