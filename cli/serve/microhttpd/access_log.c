#define _POSIX_C_SOURCE 200809L /* clock_gettime, gmtime_r */
#include "serve/microhttpd/access_log.h"

#include "base/json.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void write_time(char out[32])
{
    struct timespec now;
    struct tm parts;
    char seconds[24];
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &parts);
    strftime(seconds, sizeof seconds, "%Y-%m-%dT%H:%M:%S", &parts);
    snprintf(out, 32, "%s.%03dZ", seconds, (int)(now.tv_nsec / 1000000 % 1000));
}

static const char *client_of(const struct mhd *mhd, struct MHD_Connection *connection, char out[INET6_ADDRSTRLEN])
{
    const union MHD_ConnectionInfo *info = mhd->get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const struct sockaddr *at = info ? info->client_addr : NULL;
    if (!at) return "";
    const void *address = at->sa_family == AF_INET6
                              ? (const void *)&((const struct sockaddr_in6 *)(const void *)at)->sin6_addr
                              : (const void *)&((const struct sockaddr_in *)(const void *)at)->sin_addr;
    return inet_ntop(at->sa_family, address, out, INET6_ADDRSTRLEN) ? out : "";
}

void access_log_write(const struct mhd *mhd, struct MHD_Connection *connection, const char *method, const char *path,
                      const struct metrics_request *r)
{
    char when[32], client[INET6_ADDRSTRLEN];
    json_t *doc = json_object();
    write_time(when);
    feri_json_set(doc, "time", json_string(when));
    feri_json_set(doc, "client", feri_json_string(client_of(mhd, connection, client)));
    feri_json_set(doc, "method", feri_json_string(method));
    feri_json_set(doc, "path", feri_json_string(path));
    feri_json_set(doc, "status", json_integer((json_int_t)r->status));
    feri_json_set(doc, "seconds", json_real(r->seconds));
    feri_json_set(doc, "received", json_integer((json_int_t)r->bytes_in));
    feri_json_set(doc, "sent", json_integer((json_int_t)r->bytes_out));
    feri_json_set(doc, "pictures", json_integer((json_int_t)r->pictures));
    feri_json_set(doc, "faces", json_integer((json_int_t)r->faces));
    char *text = feri_json_dump(doc, JSON_COMPACT | JSON_REAL_PRECISION(6));
    json_decref(doc);
    if (text && puts(text) != EOF) fflush(stdout);
    free(text);
}
