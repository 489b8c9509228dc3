#include "archive/shard.h"

#include <stdlib.h>
#include <string.h>

/* Digits only, up to SHARDS_MAX. */
static bool read_number(const char *text, size_t length, size_t *out)
{
    size_t n = 0;
    if (length == 0 || length > 7) return false;
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9') return false;
        n = 10 * n + (size_t)(text[i] - '0');
    }
    *out = n;
    return true;
}

bool shard_parse(const char *text, struct shard *out)
{
    const char *slash = strchr(text, '/');
    if (!slash || !read_number(text, (size_t)(slash - text), &out->index) ||
        !read_number(slash + 1, strlen(slash + 1), &out->count))
        return false;
    return out->index >= 1 && out->index <= out->count && out->count <= SHARDS_MAX;
}
