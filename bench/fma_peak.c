/* The number of multiply-adds per second that this processor reaches without memory accesses: the upper bound of every
 * figure. Prints GFLOP/s: the sum over threads of each thread's best moment, so that the result is useful on a busy
 * machine too.
 *
 *   cc -O2 -march=native -pthread fma_peak.c -o fma_peak && ./fma_peak THREADS */
#include "clock.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#if defined(__AVX512F__)
#define VL 16
#elif defined(__AVX2__)
#define VL 8
#else
#define VL 4
#endif
#define CHAINS  12    /* independent sums: more than latency times units, fewer than registers */
#define STEPS   50000 /* iterations per moment */
#define SECONDS 0.5   /* all threads run at once for this long */

typedef float vec __attribute__((vector_size(VL * 4)));

struct thread {
    pthread_t id;
    double best; /* seconds of a moment */
    float sum;
};

static float moment(void)
{
    vec sum[CHAINS], a = {0}, b = {0};
    float total = 0;
    for (int i = 0; i < VL; i++) {
        a[i] = 0.999f;
        b[i] = 1e-3f * (float)i;
    }
    for (int c = 0; c < CHAINS; c++) sum[c] = b;
    for (long s = 0; s < STEPS; s++) {
#pragma GCC unroll 12
        for (int c = 0; c < CHAINS; c++) sum[c] = sum[c] * a + b;
        __asm__ volatile("" : "+x"(a), "+x"(b)); /* prevents the compiler from simplifying the loop */
    }
    for (int c = 0; c < CHAINS; c++) total += sum[c][0];
    return total;
}

static void *work(void *arg)
{
    struct thread *t = arg;
    t->best = 1e9;
    for (double start = seconds(), now = start; now < start + SECONDS;) {
        double before = now;
        t->sum += moment();
        now = seconds();
        if (now - before < t->best) t->best = now - before;
    }
    return NULL;
}

int main(int argc, char **argv)
{
    int n = argc > 1 ? atoi(argv[1]) : 1;
    struct thread threads[64] = {0};
    double gflops = 0;
    float total = 0;
    if (n < 1 || n > 64) return 2;
    for (int i = 0; i < n; i++) pthread_create(&threads[i].id, NULL, work, &threads[i]);
    for (int i = 0; i < n; i++) {
        pthread_join(threads[i].id, NULL);
        gflops += 2e-9 * VL * CHAINS * STEPS / threads[i].best;
        total += threads[i].sum;
    }
    printf("%.1f\n", gflops);
    return total == 12345.0f; /* uses the sums, so that they are computed */
}
