#include "formats/heif/references.h"

#include <string.h>

enum { DEPTH_MAX = 8, VISITS_MAX = 1000000 };

struct span {
    const uint8_t *data;
    size_t n;
};

struct table {
    struct span entries;
    size_t id;     /* bytes of an item's number */
    size_t visits; /* left */
};

static size_t number(const uint8_t *p, size_t n)
{
    size_t v = 0;
    for (size_t i = 0; i < n; i++) v = v << 8 | p[i];
    return v;
}

/* The next box in `rest`, which moves past it. False: there is none. */
static bool next_box(struct span *rest, const uint8_t **name, struct span *body)
{
    size_t head = 8, n = rest->n >= head ? number(rest->data, 4) : 0;
    if (rest->n < head) return false;
    *name = rest->data + 4;
    if (n == 1 && rest->n >= 16) head = 16, n = number(rest->data + 8, 8);
    if (n == 0 || n > rest->n) n = rest->n; /* to the end */
    if (n < head) return false;
    *body = (struct span){rest->data + head, n - head};
    *rest = (struct span){rest->data + n, rest->n - n};
    return true;
}

static bool find_box(struct span in, const char *name, struct span *body)
{
    const uint8_t *found;
    while (next_box(&in, &found, body))
        if (memcmp(found, name, 4) == 0) return true;
    return false;
}

/* A picture needs those that it is made of ("dimg") and those that stand beside it, such as its alpha ("auxl"). */
static bool ends(struct table *t, size_t item, int depth)
{
    struct span rest = t->entries, body;
    const uint8_t *name;
    if (depth > DEPTH_MAX) return false;
    while (next_box(&rest, &name, &body)) {
        bool made = memcmp(name, "dimg", 4) == 0, beside = memcmp(name, "auxl", 4) == 0;
        if ((!made && !beside) || body.n < t->id + 2) continue;
        size_t from = number(body.data, t->id), n = number(body.data + t->id, 2), held = (body.n - t->id - 2) / t->id;
        for (size_t i = 0; i < n && i < held; i++) {
            size_t to = number(body.data + t->id + 2 + i * t->id, t->id);
            if (t->visits == 0) return false;
            t->visits--;
            if (made && from == item && !ends(t, to, depth + 1)) return false;
            if (beside && to == item && !ends(t, from, depth + 1)) return false;
        }
    }
    return true;
}

bool feri_heif_references_end(const uint8_t *data, size_t size)
{
    struct span file = {data, size}, meta, iref, body;
    const uint8_t *name;
    if (!find_box(file, "meta", &meta) || meta.n < 4) return true;
    meta = (struct span){meta.data + 4, meta.n - 4};
    if (!find_box(meta, "iref", &iref) || iref.n < 4) return true;
    struct table t = {{iref.data + 4, iref.n - 4}, iref.data[0] ? 4 : 2, VISITS_MAX};
    for (struct span rest = t.entries; next_box(&rest, &name, &body);)
        if ((memcmp(name, "dimg", 4) == 0 || memcmp(name, "auxl", 4) == 0) && body.n >= t.id &&
            !ends(&t, number(body.data, t.id), 0))
            return false;
    return true;
}
