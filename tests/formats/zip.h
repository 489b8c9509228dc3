/* Makes zips whose entries are stored, in memory. */
#ifndef ZIP_H
#define ZIP_H

#include "limits.h"

#include <zlib.h>

struct zip {
    struct text bytes, directory;
    size_t n;
};

/* What an entry says of itself; its data are `stored` bytes. */
struct zip_entry {
    const char *name;
    unsigned method;
    size_t size, stored;
    uint32_t crc;
};

static inline void zip_facts(struct text *t, const struct zip_entry *e)
{
    add_number(t, e->method, 2);
    add_number(t, 0, 4);
    add_number(t, e->crc, 4);
    add_number(t, e->stored, 4);
    add_number(t, e->size, 4);
    add_number(t, strlen(e->name), 4); /* and no extra field */
}

static inline void zip_put(struct zip *z, const struct zip_entry *e, const void *data)
{
    struct text *local = &z->bytes, *central = &z->directory;
    add_number(central, 0x02014B50, 4);
    add_number(central, 20 | 20 << 16, 4);
    add_number(central, 0, 2);
    zip_facts(central, e);
    add_number(central, 0, 10);
    add_number(central, local->size, 4);
    add_bytes(central, e->name, strlen(e->name));
    add_number(local, 0x04034B50, 4);
    add_number(local, 20, 4);
    zip_facts(local, e);
    add_bytes(local, e->name, strlen(e->name));
    add_bytes(local, data, e->stored);
    z->n++;
}

static inline void zip_add(struct zip *z, const char *name, const void *data, size_t size)
{
    zip_put(z, &(struct zip_entry){name, 0, size, size, (uint32_t)crc32_z(0, data, size)}, data);
}

/* The whole zip, freed by free(). */
static inline struct text zip_end(struct zip *z)
{
    size_t at = z->bytes.size;
    add_bytes(&z->bytes, z->directory.data, z->directory.size);
    add_number(&z->bytes, 0x06054B50, 4);
    add_number(&z->bytes, 0, 4);
    add_number(&z->bytes, z->n, 2);
    add_number(&z->bytes, z->n, 2);
    add_number(&z->bytes, z->directory.size, 4);
    add_number(&z->bytes, at, 4);
    add_number(&z->bytes, 0, 2);
    free(z->directory.data);
    return z->bytes;
}

static inline void save_text(const char *path, struct text *t)
{
    FILE *f = fopen(path, "wb");
    assert_true(f && fwrite(t->data, 1, t->size, f) == t->size && fclose(f) == 0);
    free(t->data);
}

#endif
