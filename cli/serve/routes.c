#include "serve/routes.h"

#include "serve/about.h"
#include "serve/deepface.h"
#include "serve/frames.h"
#include "serve/openapi.h"
#include "serve/page.h"
#include "serve/predict.h"

#include <string.h>

static void describe(struct request *r);

const struct route route_table[] = {
    {"POST", "/v1/predict", "Find the faces of pictures and recognise their expressions", BODY_PICTURES, QUERY_PICTURE,
     .run_many = predict_run_many},
    {"POST", "/v1/video", "Track the faces of a video; lines come while it is uploaded", BODY_FILM, QUERY_FILM,
     .run = NULL},
    {"POST", "/v1/frames/{session}", "Track faces over single frames, live", BODY_PICTURES, QUERY_FRAME,
     .admit = frames_admit, .release = frames_release, .run = frames_run},
    {"DELETE", "/v1/frames/{session}", "End a session", BODY_NONE, QUERY_NONE, .now = frames_end},
    {"POST", "/analyze", "DeepFace's request and answer, for the action emotion", BODY_DEEPFACE, QUERY_NONE,
     .run = deepface_run},
    {"GET", "/v1/models", "The model and its classes", BODY_NONE, QUERY_NONE, .now = about_models},
    {"GET", "/healthz", "Whether the server runs", BODY_NONE, QUERY_NONE, .open = true, .now = about_health},
    {"GET", "/readyz", "Whether it takes new work", BODY_NONE, QUERY_NONE, .open = true, .now = about_ready},
    {"GET", "/metrics", "Counts and times, for Prometheus", BODY_NONE, QUERY_NONE, .now = about_metrics},
    {"GET", "/openapi.json", "This description", BODY_NONE, QUERY_NONE, .now = describe},
};
const size_t n_route_table = sizeof route_table / sizeof *route_table;

/* The files of the page are no part of the interface, so they are not in the table. */
static const struct route page_route = {
    "GET", "/", "The page", BODY_NONE, QUERY_NONE, .open = true, .now = page_answer,
};

static const struct route *route_at(size_t i)
{
    return i < n_route_table ? &route_table[i] : &page_route;
}

static bool matches(const struct route *route, const char *path, const char **tail)
{
    if (route != &page_route) return route_matches(route, path, tail);
    *tail = path;
    return page_find(path) != NULL;
}

static void describe(struct request *r)
{
    const struct reply *made = &r->service->description;
    reply_lend(&r->reply, made->type, made->body, made->size);
}

bool routes_describe(struct reply *out)
{
    reply_json(out, openapi_document(route_table, n_route_table));
    return out->body != NULL;
}

/* HEAD asks for what GET would answer. */
static bool serves(const struct route *route, const char *method)
{
    return strcmp(route->method, strcmp(method, "HEAD") == 0 ? "GET" : method) == 0;
}

void routes_methods(const char *path, char *out, size_t size)
{
    const char *tail;
    size_t used = 0;
    *out = '\0';
    for (size_t i = 0; i <= n_route_table && used < size; i++) {
        const struct route *route = route_at(i);
        if (!matches(route, path, &tail)) continue;
        const char *head = strcmp(route->method, "GET") == 0 ? ", HEAD" : "";
        used += (size_t)snprintf(out + used, size - used, "%s%s%s", used ? ", " : "", route->method, head);
    }
    if (used > 0 && used < size) snprintf(out + used, size - used, ", OPTIONS");
}

const struct route *routes_find(const char *method, const char *path, const char **tail, struct reply *why)
{
    for (size_t i = 0; i <= n_route_table; i++)
        if (serves(route_at(i), method) && matches(route_at(i), path, tail)) return route_at(i);
    char methods[sizeof why->allow];
    routes_methods(path, methods, sizeof methods);
    *tail = "";
    if (*methods) {
        reply_error(why, 405, "%.100s takes %s, not %.20s", path, methods, method);
        memcpy(why->allow, methods, sizeof methods);
    } else reply_error(why, 404, "there is no %.100s here; /openapi.json lists what there is", path);
    return NULL;
}
