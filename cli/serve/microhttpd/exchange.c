#define _POSIX_C_SOURCE 200809L /* strcasecmp, fcntl */
#include "serve/microhttpd/exchange.h"

#include "base/clock.h"
#include "base/mem.h"
#include "serve/film.h"
#include "serve/microhttpd/access_log.h"
#include "serve/routes.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    ARGUMENTS_MAX = 32,
    SMALL = 1 << 18 /* bytes of a body: larger pictures are not computed together with others */
};

enum stage {
    GATHER,  /* the body is collected */
    DISCARD, /* the reply is known, the rest of the body is read and dropped */
    FILM,    /* the body is a video in progress */
    LINGER   /* the answer was written directly; nothing more is said */
};

struct exchange {
    struct server *server;
    struct MHD_Connection *connection;
    struct peer *peer;
    const struct route *route; /* NULL: none */
    char *path;
    char method[16];
    bool http11;
    struct argument args[ARGUMENTS_MAX];
    size_t n_args;
    bool too_many_args;
    struct request request;
    struct job job;
    struct film_upload *film;
    enum stage stage;
    bool complete; /* the film knows that the upload has ended */
    bool first;    /* libmicrohttpd asks for the answer before it reads */
    size_t cap;    /* of the body, later of the answer, in the budget */
    size_t received, sent;
    unsigned status; /* sent */
    double begun;
};

/* ---- headers ---- */

static const char *header(struct exchange *x, const char *name)
{
    return x->server->mhd.lookup_connection_value(x->connection, MHD_HEADER_KIND, name);
}

/* What libmicrohttpd hands out changes its type with its versions; here it is always text. */
static enum MHD_Result take_argument(void *cls, enum MHD_ValueKind kind, const char *name, const char *value)
{
    struct exchange *x = cls;
    (void)kind;
    x->too_many_args |= x->n_args == ARGUMENTS_MAX;
    if (x->too_many_args) return MHD_NO;
    struct argument *a = &x->args[x->n_args];
    a->name = feri_strdup(name ? name : "");
    a->value = value ? feri_strdup(value) : NULL;
    if (a->name && (a->value || !value)) x->n_args++;
    else {
        free(a->name);
        free(a->value);
        reply_later(&x->request.reply, 503, 1, "out of memory");
    }
    return MHD_YES;
}

static const char *allowed_origin(struct exchange *x)
{
    const struct cli_list *cors = &x->server->options->cors;
    const char *origin = header(x, "Origin");
    for (size_t i = 0; origin && i < cors->n; i++) {
        if (strcmp(cors->items[i], "*") == 0) return "*";
        if (strcmp(cors->items[i], origin) == 0) return cors->items[i];
    }
    return NULL;
}

/* Headers of every answer, also of those that are written directly. */
static void write_headers(struct exchange *x, char *out, size_t size)
{
    const char *origin = allowed_origin(x);
    snprintf(out, size, "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n%s%s%s",
             origin ? "Access-Control-Allow-Origin: " : "", origin ? origin : "", origin ? "\r\nVary: Origin\r\n" : "");
}

/* ---- a new request ---- */

static int fd_of(struct exchange *x)
{
    const union MHD_ConnectionInfo *info =
        x->server->mhd.get_connection_info(x->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    return info ? info->connect_fd : -1;
}

static bool has_body(struct exchange *x)
{
    const char *length = header(x, "Content-Length");
    return (length && strcmp(length, "0") != 0) || header(x, "Transfer-Encoding");
}

static void check_access(struct exchange *x)
{
    if (!x->server->tokens || x->route->open || tokens_match(x->server->tokens, header(x, "Authorization"))) return;
    reply_error(&x->request.reply, 401, "this server asks for a token: 'Authorization: Bearer TOKEN'");
}

static void check_options(struct exchange *x)
{
    fer_error err;
    x->server->mhd.get_connection_values(x->connection, MHD_GET_ARGUMENT_KIND, take_argument, x);
    if (x->request.reply.status) return;
    x->request.query = query_defaults(x->route->query);
    x->request.query.abstain = x->server->options->abstain;
    if (x->too_many_args) reply_error(&x->request.reply, 400, "the address has more than %d options", ARGUMENTS_MAX);
    else if (query_parse(x->route->query, x->args, x->n_args, &x->request.query, &err) != FER_OK)
        reply_failed(&x->request.reply, &err);
}

static double declared_length(struct exchange *x)
{
    const char *length = header(x, "Content-Length");
    return length ? strtod(length, NULL) : 0; /* libmicrohttpd has checked that it is a number */
}

static void check_body(struct exchange *x)
{
    struct reply *r = &x->request.reply;
    const char *encoding = header(x, "Content-Encoding");
    size_t most = x->server->options->max_body * 1000000;
    if (x->route->body == BODY_NONE) return;
    if (!header(x, "Content-Length") && !header(x, "Transfer-Encoding"))
        reply_error(r, 411,
                    "the request has no body, or does not say its length; give Content-Length or send it in "
                    "chunks");
    else if (encoding && strcasecmp(encoding, "identity") != 0)
        reply_error(r, 415, "Content-Encoding '%.40s': send the body as it is", encoding);
    else if (!route_takes(x->route, x->request.type))
        reply_error(r, 415, "Content-Type '%.80s' is none that %s reads; /openapi.json lists them", x->request.type,
                    x->route->path);
    else if (x->route->body != BODY_FILM && declared_length(x) > (double)most)
        reply_error(r, 413, "the body has more than %zu million bytes", x->server->options->max_body);
}

/* What a browser asks before it sends a request to another origin. */
static void answer_options(struct exchange *x, const char *path)
{
    struct reply *r = &x->request.reply;
    routes_methods(path, r->allow, sizeof r->allow);
    if (*r->allow) r->status = 204;
    else reply_error(r, 404, "there is no %.100s here; /openapi.json lists what there is", path);
}

static void find_route(struct exchange *x)
{
    if (strcmp(x->method, "OPTIONS") == 0) answer_options(x, x->path);
    else x->route = routes_find(x->method, x->path, &x->request.tail, &x->request.reply);
}

static void pause_film(void *user)
{
    struct exchange *x = user;
    x->server->mhd.suspend_connection(x->connection);
}

static void resume_film(void *user)
{
    struct exchange *x = user;
    x->server->mhd.resume_connection(x->connection);
}

static void begin_film(struct exchange *x)
{
    struct service *s = x->request.service;
    const struct film_flow flow = {pause_film, resume_film, x};
    if (s->films >= x->server->options->videos) {
        reply_later(&x->request.reply, 503, 5, "the server already works on %zu videos", (size_t)s->films);
        return;
    }
    struct wire w = {.fd = fcntl(fd_of(x), F_DUPFD_CLOEXEC, 0),
                     .chunked = x->http11,
                     .patience = (double)x->server->options->timeout};
    write_headers(x, w.headers, sizeof w.headers);
    if (w.fd < 0) reply_later(&x->request.reply, 503, 1, "there are too many connections");
    else if (film_begin(&x->request, &w, &flow, &x->film)) x->stage = FILM;
}

static void check_all(struct exchange *x)
{
    void (*const checks[])(struct exchange *) = {find_route, check_access, check_options, check_body};
    for (size_t i = 0; i < sizeof checks / sizeof *checks && !x->request.reply.status; i++) checks[i](x);
    if (x->request.service->stopping && !x->request.reply.status)
        reply_later(&x->request.reply, 503, 5, "the server is about to end");
    if (!x->request.reply.status && x->route->body == BODY_FILM) begin_film(x);
    if (x->request.reply.status) x->stage = DISCARD;
}

static struct peer *peer_of(struct server *s, struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info = s->mhd.get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

static struct exchange *new_exchange(struct server *s, struct MHD_Connection *connection, const char *url,
                                     const char *method)
{
    struct exchange *x = calloc(1, sizeof *x);
    struct peer *peer = peer_of(s, connection);
    if (!x || !peer || !(x->path = feri_strdup(url))) {
        free(x);
        return NULL;
    }
    x->server = s;
    x->connection = connection;
    x->peer = peer;
    x->begun = feri_now();
    snprintf(x->method, sizeof x->method, "%s", method);
    const char *type = header(x, "Content-Type");
    x->request = (struct request){
        .service = &s->service, .type = type ? type : "", .tail = "", .if_none_match = header(x, "If-None-Match")};
    return x;
}

unsigned exchange_idle_max(const struct serve_options *options)
{
    return (unsigned)options->timeout + 1;
}

/* A client may close its side after the request. When a connection is resumed, libmicrohttpd would read first, find
 * that end and close the connection without its answer. Only connections with a timeout of their own are asked for
 * their answer before. */
static void answer_before_reading(struct exchange *x, bool on)
{
    if (x->first == on) return;
    x->first = on;
    x->server->mhd.set_connection_option(x->connection, MHD_CONNECTION_OPTION_TIMEOUT,
                                         exchange_idle_max(x->server->options) + on);
}

/* ---- an answer ---- */

static void add_header(struct exchange *x, struct MHD_Response *response, const char *name, const char *value)
{
    x->server->mhd.add_response_header(response, name, value);
}

static void add_cors(struct exchange *x, struct MHD_Response *response)
{
    const char *origin = allowed_origin(x);
    if (!origin) return;
    add_header(x, response, "Access-Control-Allow-Origin", origin);
    add_header(x, response, "Vary", "Origin");
    if (strcmp(x->method, "OPTIONS") != 0) return;
    add_header(x, response, "Access-Control-Allow-Methods", x->request.reply.allow);
    add_header(x, response, "Access-Control-Allow-Headers", "Authorization, Content-Type");
    add_header(x, response, "Access-Control-Max-Age", "600");
}

static void add_headers(struct exchange *x, struct MHD_Response *response)
{
    const struct reply *r = &x->request.reply;
    char seconds[16];
    if (r->type) add_header(x, response, "Content-Type", r->type);
    add_header(x, response, "Cache-Control", r->etag ? "no-cache" : "no-store");
    if (r->etag) add_header(x, response, "ETag", r->etag);
    for (const char *const *h = r->headers; h && *h; h += 2) add_header(x, response, h[0], h[1]);
    add_header(x, response, "X-Content-Type-Options", "nosniff");
    if (*r->allow) add_header(x, response, "Allow", r->allow);
    if (r->status == 401) add_header(x, response, "WWW-Authenticate", "Bearer");
    snprintf(seconds, sizeof seconds, "%u", r->retry_after);
    if (r->retry_after) add_header(x, response, "Retry-After", seconds);
    if (x->request.service->draining) add_header(x, response, "Connection", "close");
    add_cors(x, response);
}

/* libmicrohttpd asks for bytes that it could change, but changes none. */
static struct MHD_Response *new_response(struct exchange *x)
{
    const struct reply *r = &x->request.reply;
    union {
        const char *lent;
        char *bytes;
    } u = {.lent = r->lent ? r->lent : ""};
    size_t size = r->status == 304 ? 0 : r->size;
    if (r->body) return x->server->mhd.create_response_from_buffer(size, r->body, MHD_RESPMEM_MUST_FREE);
    return x->server->mhd.create_response_from_buffer(size, u.bytes, MHD_RESPMEM_PERSISTENT);
}

static enum MHD_Result send_reply(struct exchange *x)
{
    const struct mhd *mhd = &x->server->mhd;
    struct reply *r = &x->request.reply;
    struct MHD_Response *response = new_response(x);
    if (!response) return MHD_NO;
    answer_before_reading(x, false);
    r->body = NULL;
    add_headers(x, response);
    x->status = r->status;
    x->sent = r->size;
    peers_phase(&x->server->peers, x->peer, PEER_SEND, r->size);
    enum MHD_Result result = mhd->queue_response(x->connection, r->status, response);
    mhd->destroy_response(response);
    return result;
}

/* The answer cannot wait until the body has ended, since that may be far away or never come. */
static void send_directly(struct exchange *x)
{
    struct wire w = {.fd = fd_of(x)};
    write_headers(x, w.headers, sizeof w.headers);
    wire_reply(&w, &x->request.reply);
    x->status = x->request.reply.status;
    x->sent = w.bytes;
    x->stage = LINGER;
    peers_phase(&x->server->peers, x->peer, PEER_LINGER, 0);
}

/* ---- the body ---- */

static void drop_body(struct exchange *x)
{
    free(x->request.body);
    x->request.body = NULL;
    x->request.size = 0;
    x->request.service->bytes -= x->cap;
    x->cap = 0;
}

static void refuse(struct exchange *x)
{
    drop_body(x);
    x->stage = DISCARD;
}

static bool make_room(struct exchange *x, size_t need)
{
    struct service *s = x->request.service;
    size_t before = x->cap, after = before;
    while (after < need) after = after ? 2 * after : 1 << 14;
    if (after > before && s->bytes + (after - before) > x->server->options->memory * 1000000) return false;
    if (after > before) {
        uint8_t *larger = realloc(x->request.body, after);
        if (!larger) return false;
        x->request.body = larger;
        x->cap = after;
        s->bytes += after - before;
    }
    return true;
}

static void gather(struct exchange *x, const char *data, size_t n)
{
    struct request *r = &x->request;
    size_t most = x->server->options->max_body * 1000000;
    if (n > most - r->size) {
        drop_body(x);
        reply_error(&r->reply, 413, "the body has more than %zu million bytes", x->server->options->max_body);
        send_directly(x);
    } else if (!make_room(x, r->size + n)) {
        reply_later(&r->reply, 503, 1, "the bodies of other requests fill the memory that is set aside for them");
        refuse(x);
    } else {
        memcpy(r->body + r->size, data, n);
        r->size += n;
    }
}

/* What comes after the reply is known. */
static void discard(struct exchange *x)
{
    if (x->received > x->server->options->max_body * 1000000) send_directly(x);
}

static enum MHD_Result receive(struct exchange *x, const char *data, size_t *size)
{
    size_t n = *size;
    if (x->stage == FILM && !film_has_ended(x->film)) n = film_feed(x->film, data, n);
    else if (x->stage == FILM) {
        x->stage = LINGER;
        peers_phase(&x->server->peers, x->peer, PEER_LINGER, 0);
    } else if (x->stage == GATHER) gather(x, data, n);
    x->received += n;
    if (x->stage == DISCARD) discard(x);
    *size -= n;
    peers_received(&x->server->peers, x->peer, n);
    return MHD_YES;
}

/* ---- work ---- */

static void compute(struct worker *w, struct job *jobs)
{
    const struct route *route = ((const struct exchange *)jobs->user)->route;
    struct request *requests[BATCH_MAX];
    size_t n = 0;
    for (struct job *job = jobs; job; job = job->next) requests[n++] = &((struct exchange *)job->user)->request;
    if (route->run_many) route->run_many(w, requests, n);
    else route->run(w, requests[0]);
}

/* An answer takes the place of its body: clients that read slowly must not fill the memory either. */
static void keep_answer(struct exchange *x)
{
    struct service *s = x->request.service;
    struct reply *r = &x->request.reply;
    drop_body(x);
    if (s->bytes + r->size > x->server->options->memory * 1000000)
        reply_later(r, 503, 1, "the answers to other requests fill the memory that is set aside for them");
    x->cap = r->size;
    s->bytes += x->cap;
}

static void run_jobs(struct worker *w, struct job *jobs)
{
    compute(w, jobs);
    for (struct job *job = jobs, *next; job; job = next) {
        struct exchange *x = job->user;
        next = job->next;
        keep_answer(x);
        x->server->mhd.resume_connection(x->connection); /* from now on x may be gone */
    }
}

static bool is_small(const struct exchange *x)
{
    return x->route->run_many && x->request.size <= SMALL;
}

static bool joins(const struct job *job, const struct job *other)
{
    const struct exchange *a = job->user, *b = other->user;
    return a->route == b->route && is_small(a) && is_small(b) &&
           query_same_pipeline(&a->request.query, &b->request.query);
}

static unsigned retry_after(struct workers *workers)
{
    double delay = ceil(workers_delay(workers));
    return delay < 1 ? 1 : delay > 60 ? 60 : (unsigned)delay;
}

static enum MHD_Result dispatch(struct exchange *x)
{
    struct request *r = &x->request;
    struct workers *workers = r->service->workers;
    if (x->route->now) x->route->now(r);
    if (r->reply.status || (x->route->admit && !x->route->admit(r))) return send_reply(x);
    x->job = (struct job){.run = run_jobs, .joins = joins, .user = x};
    peers_phase(&x->server->peers, x->peer, PEER_WORK, 0);
    answer_before_reading(x, true);
    x->server->mhd.suspend_connection(x->connection);
    if (workers_add(workers, &x->job)) return MHD_YES;
    if (x->route->release) x->route->release(r);
    reply_later(&r->reply, 503, retry_after(workers), "the server is busy: its queue is full");
    x->server->mhd.resume_connection(x->connection);
    return MHD_YES;
}

/* Returning MHD_NO closes the connection, whose answer was written directly. */
static enum MHD_Result finish(struct exchange *x)
{
    if (x->stage == LINGER) return MHD_NO;
    if (x->request.reply.status) return send_reply(x);
    if (x->stage != FILM) return dispatch(x);
    if (!x->complete) film_complete(x->film);
    x->complete = true;
    return film_has_ended(x->film) ? MHD_NO : MHD_YES;
}

static bool expects_to_be_asked(struct exchange *x)
{
    const char *expect = header(x, "Expect");
    return expect && strcasecmp(expect, "100-continue") == 0;
}

static enum MHD_Result begin(struct exchange *x, const char *version)
{
    x->http11 = strcmp(version, "HTTP/1.1") == 0;
    write_headers(x, x->peer->headers, sizeof x->peer->headers);
    check_all(x);
    peers_phase(&x->server->peers, x->peer, x->stage == FILM ? PEER_FILM : has_body(x) ? PEER_BODY : PEER_WORK, 0);
    if (x->stage != DISCARD || !has_body(x)) return MHD_YES;
    if (expects_to_be_asked(x)) return send_reply(x); /* the body was not sent yet */
    if (declared_length(x) > (double)x->server->options->max_body * 1e6) send_directly(x);
    return MHD_YES;
}

enum MHD_Result exchange_go_on(void *cls, struct MHD_Connection *connection, const char *url, const char *method,
                               const char *version, const char *data, size_t *size, void **exchange)
{
    struct exchange *x = *exchange;
    if (x) return *size > 0 ? receive(x, data, size) : finish(x);
    *exchange = x = new_exchange(cls, connection, url, method);
    return x ? begin(x, version) : MHD_NO;
}

/* ---- the end ---- */

static void account(struct exchange *x)
{
    struct metrics_request m = {
        .status = x->status, .pictures = x->request.pictures, .faces = x->request.faces, .bytes_out = x->sent};
    if (x->film) film_leave(x->film, &m);
    if (!m.status && peers_was_late(&x->server->peers, x->peer)) m.status = 408;
    m.path = x->route ? x->route->path : "other";
    m.bytes_in = x->received;
    m.seconds = feri_now() - x->begun;
    metrics_add(&x->request.service->metrics, &m);
    if (x->server->options->log) access_log_write(&x->server->mhd, x->connection, x->method, x->path, &m);
}

void exchange_ended(void *cls, struct MHD_Connection *connection, void **exchange, enum MHD_RequestTerminationCode how)
{
    struct exchange *x = *exchange;
    (void)cls, (void)connection, (void)how;
    if (!x) return;
    account(x);
    peers_phase(&x->server->peers, x->peer, PEER_IDLE, 0);
    drop_body(x);
    reply_free(&x->request.reply);
    for (size_t i = 0; i < x->n_args; i++) {
        free(x->args[i].name);
        free(x->args[i].value);
    }
    free(x->path);
    free(x);
    *exchange = NULL;
}
