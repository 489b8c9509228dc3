/* Counts the memory that the library requests: the linker redirects its calls (-Wl,--wrap, tests/CMakeLists.txt) to
 * these functions, which count them and pass them on. */
#ifndef FERI_TESTS_API_COUNTED_H
#define FERI_TESTS_API_COUNTED_H

#include <malloc.h>
#include <stdatomic.h>
#include <stddef.h>

/* number of allocation calls; bytes allocated and not freed */
static atomic_size_t counted_calls, counted_live;

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
void *__real_aligned_alloc(size_t align, size_t size);
void __real_free(void *p);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_aligned_alloc(size_t align, size_t size);
void __wrap_free(void *p);

static void *counted(void *p)
{
    atomic_fetch_add(&counted_calls, 1);
    if (p) atomic_fetch_add(&counted_live, malloc_usable_size(p));
    return p;
}

static void forget(void *p)
{
    if (p) atomic_fetch_sub(&counted_live, malloc_usable_size(p));
}

void *__wrap_malloc(size_t size)
{
    return counted(__real_malloc(size));
}

void *__wrap_calloc(size_t n, size_t size)
{
    return counted(__real_calloc(n, size));
}

void *__wrap_aligned_alloc(size_t align, size_t size)
{
    return counted(__real_aligned_alloc(align, size));
}

void *__wrap_realloc(void *old, size_t size)
{
    size_t before = old ? malloc_usable_size(old) : 0;
    void *p = __real_realloc(old, size);
    if (p || size == 0) atomic_fetch_sub(&counted_live, before);
    return counted(p);
}

void __wrap_free(void *p)
{
    forget(p);
    __real_free(p);
}

#endif
