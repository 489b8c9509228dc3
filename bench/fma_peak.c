/* Multiply-adds a second that this processor reaches when nothing waits for memory: the roof of every figure. Prints GFLOP/s.
 *     cc -O2 -march=native -pthread fma_peak.c -o fma_peak && ./fma_peak THREADS */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#if defined(__AVX512F__)
#define VL 16
#elif defined(__AVX2__)
#define VL 8
#else
#define VL 4
#endif
#define CHAINS 12 /* independent sums: more than latency times units, fewer than registers */
#define STEPS 20000000L

typedef float vec __attribute__((vector_size(VL * 4)));

static void *work(void *arg)
{
    vec sum[CHAINS], a = {0}, b = {0};
    for (int i = 0; i < VL; i++) {
        a[i] = 0.999f;
        b[i] = 1e-3f * (float)i;
    }
    for (int c = 0; c < CHAINS; c++) sum[c] = b;
    for (long s = 0; s < STEPS; s++) {
        for (int c = 0; c < CHAINS; c++) sum[c] = sum[c] * a + b;
        __asm__ volatile("" : "+x"(a), "+x"(b)); /* the loop is not to be simplified */
    }
    for (int c = 0; c < CHAINS; c++) *(float *)arg += sum[c][0];
    return NULL;
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

int main(int argc, char **argv)
{
    int threads = argc > 1 ? atoi(argv[1]) : 1;
    pthread_t id[64];
    float result[64] = {0}, total = 0;
    if (threads < 1 || threads > 64) return 2;
    double start = seconds();
    for (int i = 0; i < threads; i++) pthread_create(&id[i], NULL, work, &result[i]);
    for (int i = 0; i < threads; i++) pthread_join(id[i], NULL);
    double took = seconds() - start;
    for (int i = 0; i < threads; i++) total += result[i];
    printf("%.1f\n", 2e-9 * VL * CHAINS * (double)STEPS * threads / took);
    return total == 12345.0f; /* the sums are used */
}
