#define _POSIX_C_SOURCE 200809L /* poll, rlimit */
#include "serve/serve.h"

#include "base/clock.h"
#include "base/pool.h"
#include "common/cli.h"
#include "common/stop.h"
#include "faces/abstain.h"
#include "serve/address.h"
#include "serve/frames.h"
#include "serve/microhttpd/exchange.h"
#include "serve/routes.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
    TICK = 100,        /* milliseconds between looks at signals and clocks */
    RESERVE = 64,      /* connections beyond the limit, that get a refusal */
    FILES_OTHER = 256, /* open files beside connections */
    WORKERS_MAX = 256,
    ORIGIN_MAX = 256
};

/* ---- connections ---- */

static void on_connection(void *cls, struct MHD_Connection *connection, void **context,
                          enum MHD_ConnectionNotificationCode what)
{
    struct server *s = cls;
    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        const union MHD_ConnectionInfo *info =
            s->mhd.get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
        bool dropped = false;
        *context = info ? peers_add(&s->peers, info->connect_fd, &dropped) : NULL;
        if (dropped) metrics_drop(&s->service.metrics);
        s->service.connections++;
    } else {
        if (*context) peers_remove(&s->peers, *context);
        *context = NULL;
        s->service.connections--;
    }
}

/* As many files as the system allows; the number of connections is bounded by them. */
static void allow_files(struct server *s)
{
    struct rlimit files;
    size_t want = s->options->connections + RESERVE + FILES_OTHER;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur >= want) return;
    files.rlim_cur = files.rlim_max < want ? files.rlim_max : (rlim_t)want;
    setrlimit(RLIMIT_NOFILE, &files);
    if (files.rlim_cur >= want) return;
    size_t room = (size_t)files.rlim_cur;
    s->peers.most = room > RESERVE + FILES_OTHER ? room - RESERVE - FILES_OTHER : 16;
    cli_note("serve: %zu connections at once, since this process may open %zu files", s->peers.most, room);
}

/* ---- begin ---- */

static bool read_tokens(struct server *s, const struct address *a)
{
    const char *file = s->options->token_file;
    if (file) return (s->tokens = tokens_read(file)) != NULL;
    if (a->local || s->options->insecure) return true;
    cli_say("serve: --listen %s: other machines could use this server without a token; give --token-file, or "
            "--insecure if that is meant",
            s->options->listen);
    return false;
}

static bool make_engine(struct server *s)
{
    struct engine *e = &s->service.engine;
    e->model = cli_load_model_for(s->options->weights, s->options->prior);
    if (!e->model) return false;
    fer_model_info info = fer_model_get_info(e->model);
    abstain_names(&info, e->names);
    e->kind = (struct faces_kind){
        .classes = e->names, .n_classes = info.n_classes, .valence_arousal = fer_model_has_valence_arousal(e->model)};
    e->detector = s->options->detector;
    e->isa = s->options->isa;
    e->pixels_max = s->options->max_pixels * 1000000;
    e->work_max = (double)s->options->work;
    e->stopping = &s->service.stopping;
    if (info.n_classes <= FER_FACE_CLASSES) return true;
    return cli_refuse("a model of %zu classes: faces can have 1 to %d", info.n_classes, FER_FACE_CLASSES);
}

static bool make_service(struct server *s)
{
    size_t n = s->options->threads ? s->options->threads : feri_cpu_count();
    s->service.begun = feri_now();
    metrics_init(&s->service.metrics);
    if (!routes_describe(&s->service.description)) return cli_no_memory();
    if (!make_engine(s)) return false;
    s->service.sessions = sessions_new(s->options->sessions, (double)s->options->session_idle);
    if (!s->service.sessions) return false;
    const struct workers_options o = {
        .threads = n < WORKERS_MAX ? n : WORKERS_MAX, .waiting_max = s->options->queue, .batch = s->options->batch};
    s->service.workers = workers_new(&s->service.engine, &o);
    return s->service.workers != NULL;
}

static bool start_daemon(struct server *s, const struct address *a, int fd)
{
    unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME;
    if (a->six) flags |= MHD_USE_IPv6;
    s->daemon = s->mhd.start_daemon(flags, 0, NULL, NULL, exchange_go_on, s,                          /* */
                                    MHD_OPTION_LISTEN_SOCKET, fd,                                     /* */
                                    MHD_OPTION_CONNECTION_LIMIT, (unsigned)(s->peers.most + RESERVE), /* */
                                    MHD_OPTION_CONNECTION_TIMEOUT, exchange_idle_max(s->options),     /* */
                                    MHD_OPTION_NOTIFY_COMPLETED, exchange_ended, s,                   /* */
                                    MHD_OPTION_NOTIFY_CONNECTION, on_connection, s,                   /* */
                                    MHD_OPTION_END);
    return s->daemon != NULL || cli_refuse("serve: libmicrohttpd could not be started");
}

/* ---- run and end ---- */

static void tick(struct server *s)
{
    size_t dropped = peers_reap(&s->peers, s->service.draining);
    while (dropped-- > 0) metrics_drop(&s->service.metrics);
    sessions_expire(s->service.sessions);
    poll(NULL, 0, TICK);
}

static bool is_busy(struct server *s)
{
    size_t n, busy;
    peers_count(&s->peers, &n, &busy);
    return n > 0 || busy > 0;
}

static bool computes(struct server *s)
{
    struct workers_count n = workers_count(s->service.workers);
    return n.waiting + n.busy > 0 || s->service.films > 0;
}

/* No new connections; those that are open get their answers. */
static void drain(struct server *s)
{
    double until = feri_now() + (double)s->options->drain;
    s->service.draining = true;
    int fd = s->mhd.quiesce_daemon(s->daemon);
    if (fd >= 0) close(fd);
    while (is_busy(s) && feri_now() < until) tick(s);
    s->service.stopping = true;
    while (computes(s)) tick(s); /* a connection that waits for an answer must not be closed */
}

static void run(struct server *s, const struct address *a, unsigned port)
{
    cli_say("serving at http://%s%s%s:%u", a->six ? "[" : "", a->host, a->six ? "]" : "", port);
    while (!feri_stop_pending()) tick(s);
    cli_note("serve: stopping; open requests are answered first");
    drain(s);
}

static void free_server(struct server *s)
{
    if (s->daemon) s->mhd.stop_daemon(s->daemon);
    workers_free(s->service.workers);
    sessions_free(s->service.sessions);
    fer_model_free(s->service.engine.model);
    tokens_free(s->tokens);
    reply_free(&s->service.description);
    peers_destroy(&s->peers);
    free(s);
}

static int serve(struct server *s, const struct address *a)
{
    unsigned port;
    if (!mhd_find(&s->mhd) || !make_service(s)) return CLI_FAILED;
    allow_files(s);
    int fd = address_listen(a, &port);
    if (fd < 0) return CLI_FAILED;
    if (!start_daemon(s, a, fd)) {
        close(fd);
        return CLI_FAILED;
    }
    run(s, a, port);
    return CLI_OK;
}

/* What browsers send as Origin: a scheme, a host, perhaps a port. */
static bool check_origins(const struct cli_list *cors)
{
    for (size_t i = 0; i < cors->n; i++) {
        const char *o = cors->items[i], *host = strstr(o, "://");
        if (strcmp(o, "*") == 0) continue;
        if (host && host[3] && !host[3 + strcspn(host + 3, "/ \t\r\n")] && strlen(o) < ORIGIN_MAX) continue;
        cli_misuse("serve: --cors '%.60s': must be an origin such as https://example.org, without a path; or *", o);
        return false;
    }
    return true;
}

int serve_run(const struct serve_options *options)
{
    struct address a;
    const char *why;
    if (!check_origins(&options->cors)) return CLI_USAGE;
    if (!address_parse(options->listen, &a, &why)) return cli_misuse("serve: --listen '%s': %s", options->listen, why);
    struct server *s = calloc(1, sizeof *s);
    if (!s) return cli_fail("out of memory");
    s->options = options;
    peers_init(&s->peers, options->connections, (double)options->timeout);
    bool exposed = !options->token_file && !a.local && !options->insecure;
    int code = exposed ? CLI_USAGE : CLI_FAILED;
    signal(SIGPIPE, SIG_IGN);
    cli_stop_watch();
    if (read_tokens(s, &a)) code = serve(s, &a);
    free_server(s);
    return code;
}
