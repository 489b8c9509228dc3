/* One request and its answer, as libmicrohttpd hands it out. */
#ifndef FER_SERVE_MICROHTTPD_EXCHANGE_H
#define FER_SERVE_MICROHTTPD_EXCHANGE_H

#include "serve/microhttpd/mhd.h"
#include "serve/microhttpd/peers.h"
#include "serve/request.h"
#include "serve/serve.h"
#include "serve/token.h"

struct server {
    struct mhd mhd;
    const struct serve_options *options;
    struct service service;
    struct tokens *tokens; /* NULL: none are asked for */
    struct peers peers;
    struct MHD_Daemon *daemon;
};

/** Seconds after which libmicrohttpd closes a connection in which nothing happens; peers.h is stricter. */
unsigned exchange_idle_max(const struct serve_options *options);

/** libmicrohttpd's callbacks; cls is the struct server. */
enum MHD_Result exchange_go_on(void *cls, struct MHD_Connection *connection, const char *url, const char *method,
                               const char *version, const char *data, size_t *size, void **exchange);
void exchange_ended(void *cls, struct MHD_Connection *connection, void **exchange, enum MHD_RequestTerminationCode how);

#endif
