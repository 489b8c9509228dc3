/* One line of JSON on standard output for each request. */
#ifndef FER_SERVE_MICROHTTPD_ACCESS_LOG_H
#define FER_SERVE_MICROHTTPD_ACCESS_LOG_H

#include "serve/metrics.h"
#include "serve/microhttpd/mhd.h"

/** The path is the client's text, without the options. Status 0: the client went away. */
void access_log_write(const struct mhd *mhd, struct MHD_Connection *connection, const char *method, const char *path,
                      const struct metrics_request *r);

#endif
