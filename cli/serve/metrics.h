/* What the server counts, for Prometheus. Any thread may count. */
#ifndef FER_SERVE_METRICS_H
#define FER_SERVE_METRICS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { METRICS_ROUTES = 16, METRICS_STATUSES = 24, METRICS_BUCKETS = 12 };

struct metrics_route {
    const char *path; /* of the route; NULL: unused */
    unsigned long long buckets[METRICS_BUCKETS + 1], n;
    double seconds;
    struct {
        unsigned status; /* 0: unused */
        unsigned long long n;
    } statuses[METRICS_STATUSES];
};

struct metrics {
    pthread_mutex_t lock;
    struct metrics_route routes[METRICS_ROUTES];
    unsigned long long pictures, faces, bytes_in, bytes_out, dropped;
};

struct metrics_request {
    const char *path; /* the route's, which must stay; "other": none */
    unsigned status;
    double seconds;
    size_t pictures, faces, bytes_in, bytes_out;
};

void metrics_init(struct metrics *m);
void metrics_add(struct metrics *m, const struct metrics_request *r);
/** A connection was dropped because it was too slow or because there were too many. */
void metrics_drop(struct metrics *m);
/** Print all counts in Prometheus' text format. */
void metrics_print(struct metrics *m, FILE *to);
/** Print one number with its help. type: "gauge", "counter". */
void metrics_print_one(FILE *to, const char *name, const char *type, const char *help, double value);

#endif
