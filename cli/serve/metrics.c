#include "serve/metrics.h"

#include <string.h>

static const double bounds[METRICS_BUCKETS] = {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60};

void metrics_init(struct metrics *m)
{
    *m = (struct metrics){.pictures = 0};
    pthread_mutex_init(&m->lock, NULL);
}

static struct metrics_route *route_of(struct metrics *m, const char *path)
{
    size_t i = 0;
    while (i < METRICS_ROUTES - 1 && m->routes[i].path && strcmp(m->routes[i].path, path) != 0) i++;
    m->routes[i].path = path;
    return &m->routes[i];
}

static void count_status(struct metrics_route *r, unsigned status)
{
    size_t i = 0;
    while (i < METRICS_STATUSES - 1 && r->statuses[i].status && r->statuses[i].status != status) i++;
    r->statuses[i].status = status;
    r->statuses[i].n++;
}

void metrics_add(struct metrics *m, const struct metrics_request *r)
{
    pthread_mutex_lock(&m->lock);
    struct metrics_route *route = route_of(m, r->path);
    size_t bucket = 0;
    while (bucket < METRICS_BUCKETS && r->seconds > bounds[bucket]) bucket++;
    route->buckets[bucket]++;
    route->n++;
    route->seconds += r->seconds;
    count_status(route, r->status);
    m->pictures += r->pictures;
    m->faces += r->faces;
    m->bytes_in += r->bytes_in;
    m->bytes_out += r->bytes_out;
    pthread_mutex_unlock(&m->lock);
}

void metrics_drop(struct metrics *m)
{
    pthread_mutex_lock(&m->lock);
    m->dropped++;
    pthread_mutex_unlock(&m->lock);
}

void metrics_print_one(FILE *to, const char *name, const char *type, const char *help, double value)
{
    fprintf(to, "# HELP %s %s\n# TYPE %s %s\n%s %.15g\n", name, help, name, type, name, value);
}

static void print_statuses(const struct metrics_route *r, FILE *to)
{
    for (size_t i = 0; i < METRICS_STATUSES && r->statuses[i].status; i++)
        fprintf(to, "fer_requests_total{route=\"%s\",status=\"%u\"} %llu\n", r->path, r->statuses[i].status,
                r->statuses[i].n);
}

static void print_times(const struct metrics_route *r, FILE *to)
{
    unsigned long long n = 0;
    for (size_t i = 0; i < METRICS_BUCKETS; i++) {
        n += r->buckets[i];
        fprintf(to, "fer_request_seconds_bucket{route=\"%s\",le=\"%g\"} %llu\n", r->path, bounds[i], n);
    }
    fprintf(to, "fer_request_seconds_bucket{route=\"%s\",le=\"+Inf\"} %llu\n", r->path, r->n);
    fprintf(to, "fer_request_seconds_sum{route=\"%s\"} %.6f\n", r->path, r->seconds);
    fprintf(to, "fer_request_seconds_count{route=\"%s\"} %llu\n", r->path, r->n);
}

void metrics_print(struct metrics *m, FILE *to)
{
    pthread_mutex_lock(&m->lock);
    fputs("# HELP fer_requests_total Requests that were answered.\n# TYPE fer_requests_total counter\n", to);
    for (size_t i = 0; i < METRICS_ROUTES && m->routes[i].path; i++) print_statuses(&m->routes[i], to);
    fputs("# HELP fer_request_seconds Time from a request's first line to its answer.\n"
          "# TYPE fer_request_seconds histogram\n",
          to);
    for (size_t i = 0; i < METRICS_ROUTES && m->routes[i].path; i++) print_times(&m->routes[i], to);
    metrics_print_one(to, "fer_pictures_total", "counter", "Pictures and frames that were looked at.",
                      (double)m->pictures);
    metrics_print_one(to, "fer_faces_total", "counter", "Faces that were found.", (double)m->faces);
    metrics_print_one(to, "fer_received_bytes_total", "counter", "Bytes of bodies received.", (double)m->bytes_in);
    metrics_print_one(to, "fer_sent_bytes_total", "counter", "Bytes of bodies sent.", (double)m->bytes_out);
    metrics_print_one(to, "fer_dropped_connections_total", "counter",
                      "Connections that were too slow, or one too many.", (double)m->dropped);
    pthread_mutex_unlock(&m->lock);
}
