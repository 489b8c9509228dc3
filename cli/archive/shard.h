/* A part of the inputs, "I/N": every Nth input from the Ith on. Independent processes take one each. */
#ifndef FER_ARCHIVE_SHARD_H
#define FER_ARCHIVE_SHARD_H

#include <stdbool.h>
#include <stddef.h>

struct shard {
    size_t index, count; /* 1 <= index <= count */
};

#define SHARD_ALL  ((struct shard){1, 1})
#define SHARDS_MAX 1000000

/** False: not "I/N" with 1 <= I <= N <= SHARDS_MAX. */
bool shard_parse(const char *text, struct shard *out);

/** Whether it has the input with this number, from 0. */
static inline bool shard_has(struct shard s, size_t number)
{
    return number % s.count == s.index - 1;
}

/** How many of n inputs it has. */
static inline size_t shard_size(struct shard s, size_t n)
{
    return n / s.count + (n % s.count >= s.index);
}

#endif
