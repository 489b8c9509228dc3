/* `fer serve`: the engine over HTTP. The network is libmicrohttpd's: microhttpd/; a build without it takes none/. */
#ifndef FER_SERVE_SERVE_H
#define FER_SERVE_SERVE_H

#include "common/args.h"

struct serve_options {
    const char *listen, *weights, *prior, *detector, *isa, *token_file;
    struct cli_list cors; /* origins; "*": any */
    bool insecure, log;
    float abstain;    /* of requests that do not say */
    unsigned threads; /* 0: one per processor */
    size_t queue, batch, connections, sessions, videos;
    size_t max_body, memory, max_pixels;      /* millions of bytes, of bytes, of pixels */
    float timeout, session_idle, drain, work; /* seconds */
};

struct serve_options serve_defaults(void);

/** Serve until SIGTERM, SIGINT or SIGHUP; then answer what was begun. Returns an exit code. */
int serve_run(const struct serve_options *options);

#endif
