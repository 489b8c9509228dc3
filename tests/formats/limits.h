/* Checks that reading a file takes time and memory in proportion to its size. */
#ifndef LIMITS_H
#define LIMITS_H

#include "formats.h"

#include <sys/resource.h>
#include <time.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define MEMORY_IS_MEASURED false /* sanitizers use memory of their own */
#else
#define MEMORY_IS_MEASURED true
#endif

#define SECONDS_MAX 5.0 /* of processor time: what was quadratic took a minute, what is not a tenth of one */
#define SPARE       ((size_t)80 << 20) /* bytes that even small files may use */

static inline size_t peak_memory(void)
{
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    return (size_t)use.ru_maxrss * 1024;
}

struct limits {
    clock_t start;
    size_t memory;
};

static inline struct limits limits_begin(void)
{
    return (struct limits){clock(), peak_memory()};
}

static inline void limits_end(struct limits l, const char *what, size_t size)
{
    double seconds = (double)(clock() - l.start) / CLOCKS_PER_SEC;
    size_t memory = peak_memory() - l.memory;
    if (seconds > SECONDS_MAX) fail_msg("%s: %.1f seconds for %zu bytes", what, seconds, size);
    if (MEMORY_IS_MEASURED && memory > 4 * size + SPARE)
        fail_msg("%s: %zu bytes of memory for %zu bytes", what, memory, size);
}

/* A text that grows. */
struct text {
    char *data;
    size_t size, cap;
};

static inline void add_bytes(struct text *t, const void *data, size_t n)
{
    if (t->size + n > t->cap) {
        t->cap = 2 * (t->size + n);
        t->data = realloc(t->data, t->cap);
        assert_non_null(t->data);
    }
    memcpy(t->data + t->size, data, n);
    t->size += n;
}

static inline void add_number(struct text *t, uint64_t v, size_t n)
{
    for (; n--; v >>= 8) add_bytes(t, &(uint8_t){(uint8_t)v}, 1);
}

#endif
