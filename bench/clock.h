/* Clocks of the benchmark programs. Define _POSIX_C_SOURCE before the first include. */
#ifndef FER_BENCH_CLOCK_H
#define FER_BENCH_CLOCK_H

#include <time.h>

static inline double clock_seconds(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/** Seconds since an arbitrary moment. */
static inline double seconds(void)
{
    return clock_seconds(CLOCK_MONOTONIC);
}

/** CPU time of this process in milliseconds, over all its threads. */
static inline double cpu_ms(void)
{
    return 1e3 * clock_seconds(CLOCK_PROCESS_CPUTIME_ID);
}

#endif
