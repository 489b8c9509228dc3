#define _DEFAULT_SOURCE /* sysconf's page size */
#include "serve/about.h"

#include "base/clock.h"
#include "common/cli.h"
#include "serve/frames.h"

#include <unistd.h>

void about_health(struct request *r)
{
    json_t *doc = json_object();
    feri_json_set(doc, "status", json_string("ok"));
    feri_json_set(doc, "version", json_string(fer_version()));
    reply_json(&r->reply, doc);
}

void about_ready(struct request *r)
{
    if (r->service->draining) reply_later(&r->reply, 503, 5, "the server is about to end");
    else about_health(r);
}

/* ---- the model ---- */

static json_t *classes_of(const fer_model_info *info)
{
    json_t *all = json_array();
    for (size_t k = 0; k < info->n_classes; k++) feri_json_add(all, feri_json_string(info->classes[k]));
    return all;
}

static json_t *model_of(const fer_model *m)
{
    fer_model_info info = fer_model_get_info(m);
    json_t *doc = json_object();
    feri_json_set(doc, "name", feri_json_string(info.name));
    feri_json_set(doc, "classes", classes_of(&info));
    feri_json_set(doc, "valence_arousal", json_boolean(fer_model_has_valence_arousal(m)));
    feri_json_set(doc, "input",
                  json_pack("{s:I,s:I,s:I}", "height", (json_int_t)info.height, "width", (json_int_t)info.width,
                            "channels", (json_int_t)info.channels));
    feri_json_set(doc, "params", json_integer((json_int_t)info.n_params));
    feri_json_set(doc, "macs", json_integer((json_int_t)info.macs));
    feri_json_set(doc, "provenance", feri_json_string(info.provenance));
    return doc;
}

void about_models(struct request *r)
{
    json_t *doc = json_object(), *all = json_array();
    feri_json_add(all, model_of(r->service->engine.model));
    feri_json_set(doc, "models", all);
    reply_json(&r->reply, doc);
}

/* ---- numbers ---- */

/* Bytes of this process in memory; 0 where the system does not say. */
static double resident_bytes(void)
{
    unsigned long long total, resident = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (f && fscanf(f, "%llu %llu", &total, &resident) != 2) resident = 0;
    if (f) fclose(f);
    return (double)resident * (double)sysconf(_SC_PAGESIZE);
}

static void print_state(struct service *s, FILE *to)
{
    struct workers_count n = workers_count(s->workers);
    metrics_print_one(to, "fer_queue_length", "gauge", "Requests that wait for a worker.", (double)n.waiting);
    metrics_print_one(to, "fer_workers_busy", "gauge", "Workers that compute.", (double)n.busy);
    metrics_print_one(to, "fer_joined_requests_total", "counter", "Requests that were computed together with others.",
                      (double)n.joined);
    metrics_print_one(to, "fer_connections", "gauge", "Open connections.", (double)s->connections);
    metrics_print_one(to, "fer_sessions", "gauge", "Sessions of live tracking.", (double)sessions_count(s->sessions));
    metrics_print_one(to, "fer_videos", "gauge", "Videos in progress.", (double)s->films);
    metrics_print_one(to, "fer_bodies_bytes", "gauge", "Memory that holds bodies of requests.", (double)s->bytes);
    metrics_print_one(to, "process_resident_memory_bytes", "gauge", "Memory of the process.", resident_bytes());
    metrics_print_one(to, "fer_uptime_seconds", "gauge", "Time since the start.", feri_now() - s->begun);
}

void about_metrics(struct request *r)
{
    struct printed p;
    printed_open(&p);
    if (p.f) {
        metrics_print(&r->service->metrics, p.f);
        print_state(r->service, p.f);
    }
    printed_reply(&p, "text/plain; version=0.0.4", &r->reply);
}
