/* Loaded before the command by LD_PRELOAD: it makes allocations fail, and counts what is not given back.
 *
 *   FER_FAIL_AT=N      the N-th allocation behind the begin of main() fails, and no other
 *   FER_FAIL_FROM=N    the N-th and every later one fails
 *   FER_FAIL_THREAD=N  the N-th thread cannot be started
 *   FER_FAIL_REPORT=F  at the end, F receives the number of allocations, of threads, and of blocks that fer, libfer or
 *                      jansson asked for and that were not freed; then where those were asked for
 *
 * What asks for memory is told by the address that the call returns to. Some libraries end the process when memory runs
 * out; these never see a failure. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *old, size_t size);
extern void *__libc_memalign(size_t align, size_t size);
extern void __libc_free(void *p);

/* These abort, or read through NULL, by themselves. */
static const char *const spared[] = {"libfontconfig", "libfreetype", "libglib",  "libgobject", "libpango", "libcairo",
                                     "libpixman",     "libSDL",      "libpulse", "libX",       "libxcb",   "libexpat",
                                     "libx264",       "libx265",     "ld-linux", "libstdc++",  "libgcc_s", "liblcms2"};
static const char *const own[] = {"/fer", "libfer.so", "libjansson"};

/* Their parts go on without what they have no memory for, or call the file damaged. */
static const char *const forgiving[] = {"libavformat", "libavcodec", "libavutil", "libswscale"};

static bool ready;
static _Atomic(void *) first_refused; /* who asked when the first allocation failed */
static long fail_at, fail_from, fail_thread;
static atomic_long n_allocations, n_threads;

/* ---- who asks ---- */

static bool is_one_of(const char *path, const char *const *names, size_t n)
{
    const char *file = path ? strrchr(path, '/') : NULL;
    for (size_t i = 0; file && i < n; i++) {
        size_t length = strlen(names[i]);
        if (names[i][0] == '/' ? strcmp(file, names[i]) == 0 : strncmp(file + 1, names[i], length) == 0) return true;
    }
    return false;
}

static bool is_named(void *address, const char *const *names, size_t n)
{
    Dl_info info;
    return dladdr(address, &info) != 0 && is_one_of(info.dli_fname, names, n);
}

/* A stream that the C library opens for one of them, for example. */
static bool is_for_spared(void *caller)
{
    static const char *const libc[] = {"libc.so"};
    static _Thread_local bool looking;
    void *stack[16];
    bool found = false;
    if (is_named(caller, spared, sizeof spared / sizeof *spared)) return true;
    if (looking || !is_named(caller, libc, 1)) return false;
    looking = true;
    for (int i = 0, n = backtrace(stack, 16); i < n && !found; i++)
        found = is_named(stack[i], spared, sizeof spared / sizeof *spared);
    looking = false;
    return found;
}

static bool fails(void *caller)
{
    if (!ready || is_for_spared(caller)) return false;
    long n = atomic_fetch_add(&n_allocations, 1) + 1;
    bool fail = n == fail_at || (fail_from && n >= fail_from);
    if (fail) {
        void *nobody = NULL;
        atomic_compare_exchange_strong(&first_refused, &nobody, caller);
        errno = ENOMEM;
    }
    return fail;
}

/* ---- what is not given back ---- */

#define BLOCKS ((size_t)1 << 20)

static struct block {
    _Atomic uintptr_t at;
    void *caller;
} blocks[BLOCKS];

static size_t place_of(uintptr_t p)
{
    return (size_t)((p >> 4) * UINT64_C(0x9E3779B97F4A7C15) >> 44) % BLOCKS;
}

static void *keep(void *p, void *caller)
{
    if (!ready || !p || !is_named(caller, own, sizeof own / sizeof *own)) return p;
    for (size_t i = place_of((uintptr_t)p), n = 0; n < 1000; i = (i + 1) % BLOCKS, n++) {
        uintptr_t none = atomic_load(&blocks[i].at);
        if (none > 1 || !atomic_compare_exchange_strong(&blocks[i].at, &none, (uintptr_t)p)) continue;
        blocks[i].caller = caller;
        break;
    }
    return p;
}

/* 1 stands where a block was: those behind it are found over it. */
static void forget(void *p)
{
    if (!ready || !p) return;
    for (size_t i = place_of((uintptr_t)p), n = 0; n < 1000; i = (i + 1) % BLOCKS, n++) {
        uintptr_t at = atomic_load(&blocks[i].at);
        if (at == 0) return;
        if (at == (uintptr_t)p) {
            atomic_store(&blocks[i].at, 1);
            return;
        }
    }
}

/* ---- in the place of the C library's ---- */

#define CALLER __builtin_return_address(0)

void *malloc(size_t size)
{
    return fails(CALLER) ? NULL : keep(__libc_malloc(size), CALLER);
}

void *calloc(size_t n, size_t size)
{
    return fails(CALLER) ? NULL : keep(__libc_calloc(n, size), CALLER);
}

void *realloc(void *old, size_t size)
{
    if (fails(CALLER)) return NULL;
    forget(old);
    void *p = __libc_realloc(old, size);
    return p ? keep(p, CALLER) : p;
}

void *aligned_alloc(size_t align, size_t size)
{
    return fails(CALLER) ? NULL : keep(__libc_memalign(align, size), CALLER);
}

void *memalign(size_t align, size_t size)
{
    return fails(CALLER) ? NULL : keep(__libc_memalign(align, size), CALLER);
}

int posix_memalign(void **out, size_t align, size_t size)
{
    if (fails(CALLER)) return ENOMEM;
    void *p = keep(__libc_memalign(align, size), CALLER);
    if (!p) return ENOMEM;
    *out = p;
    return 0;
}

void free(void *p)
{
    forget(p);
    __libc_free(p);
}

char *strndup(const char *s, size_t n)
{
    size_t length = strnlen(s, n);
    char *p = fails(CALLER) ? NULL : keep(__libc_malloc(length + 1), CALLER);
    if (!p) return NULL;
    memcpy(p, s, length);
    p[length] = '\0';
    return p;
}

char *strdup(const char *s)
{
    size_t n = strlen(s) + 1;
    char *p = fails(CALLER) ? NULL : keep(__libc_malloc(n), CALLER);
    return p ? memcpy(p, s, n) : NULL;
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *arg)
{
    static int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
    if (!real) *(void **)&real = dlsym(RTLD_NEXT, "pthread_create");
    if (ready && atomic_fetch_add(&n_threads, 1) + 1 == fail_thread) return EAGAIN;
    return real(thread, attributes, start, arg);
}

/* ---- begin and end ---- */

static long number(const char *name)
{
    const char *text = getenv(name);
    return text ? strtol(text, NULL, 10) : 0;
}

static void report(void)
{
    ready = false;
    const char *path = getenv("FER_FAIL_REPORT");
    FILE *f = path ? fopen(path, "w") : NULL;
    long live = 0;
    if (!f) return;
    for (size_t i = 0; i < BLOCKS; i++) live += atomic_load(&blocks[i].at) > 1;
    fprintf(f, "%ld %ld %ld %d\n", atomic_load(&n_allocations), atomic_load(&n_threads), live,
            is_named(atomic_load(&first_refused), forgiving, sizeof forgiving / sizeof *forgiving));
    for (size_t i = 0; i < BLOCKS; i++) {
        Dl_info info;
        if (atomic_load(&blocks[i].at) > 1 && dladdr(blocks[i].caller, &info))
            fprintf(f, "%s %#lx\n", info.dli_fname, (unsigned long)((char *)blocks[i].caller - (char *)info.dli_fbase));
    }
    fclose(f);
}

/* Where a run crashed. */
static void crashed(int number)
{
    void *stack[40];
    ready = false;
    backtrace_symbols_fd(stack, backtrace(stack, 40), 2);
    signal(number, SIG_DFL);
    raise(number);
}

static int (*real_main)(int, char **, char **);

static int counted_main(int argc, char **argv, char **environment)
{
    fail_at = number("FER_FAIL_AT");
    fail_from = number("FER_FAIL_FROM");
    fail_thread = number("FER_FAIL_THREAD");
    backtrace((void *[1]){NULL}, 1); /* loads what it needs */
    signal(SIGSEGV, crashed);
    signal(SIGABRT, crashed);
    ready = true;
    int code = real_main(argc, argv, environment);
    report();
    return code;
}

int __libc_start_main(int (*main)(int, char **, char **), int argc, char **argv, void (*init)(void), void (*fini)(void),
                      void (*rtld_fini)(void), void *stack_end)
{
    int (*real)(int (*)(int, char **, char **), int, char **, void (*)(void), void (*)(void), void (*)(void), void *);
    *(void **)&real = dlsym(RTLD_NEXT, "__libc_start_main");
    real_main = main;
    return real(counted_main, argc, argv, init, fini, rtld_fini, stack_end);
}
