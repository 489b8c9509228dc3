#define _POSIX_C_SOURCE 200809L /* MSG_NOSIGNAL */
#include "serve/wire.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

static bool wait_for(struct wire *w)
{
    struct pollfd p = {.fd = w->fd, .events = POLLOUT};
    return w->patience > 0 && poll(&p, 1, (int)(1000 * w->patience)) > 0;
}

static void put(struct wire *w, const char *data, size_t size)
{
    while (size > 0 && !w->failed) {
        ssize_t n = send(w->fd, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n > 0) {
            data += n;
            size -= (size_t)n;
        } else if (n == 0 || (errno != EINTR && (errno != EAGAIN || !wait_for(w)))) w->failed = true;
    }
}

static void put_text(struct wire *w, const char *text)
{
    put(w, text, strlen(text));
}

static void put_head(struct wire *w, unsigned status, const char *type, const char *length)
{
    char text[1024];
    w->status = status;
    snprintf(text, sizeof text, "HTTP/1.1 %u %s\r\nContent-Type: %s\r\nConnection: close\r\n%s%s\r\n", status,
             reply_words(status), type, w->headers, length);
    put_text(w, text);
}

void wire_begin(struct wire *w, const char *type)
{
    put_head(w, 200, type, w->chunked ? "Transfer-Encoding: chunked\r\n" : "");
}

void wire_add(struct wire *w, const char *data, size_t size)
{
    char length[32];
    if (size == 0) return;
    snprintf(length, sizeof length, "%zx\r\n", size);
    if (w->chunked) put_text(w, length);
    put(w, data, size);
    if (w->chunked) put_text(w, "\r\n");
    w->bytes += size;
}

void wire_end(struct wire *w)
{
    if (w->chunked) put_text(w, "0\r\n\r\n");
    shutdown(w->fd, SHUT_WR);
}

void wire_reply(struct wire *w, const struct reply *r)
{
    char length[96];
    int n = snprintf(length, sizeof length, "Content-Length: %zu\r\n", r->size);
    if (r->retry_after) snprintf(length + n, sizeof length - (size_t)n, "Retry-After: %u\r\n", r->retry_after);
    put_head(w, r->status, r->type ? r->type : "application/json", length);
    put(w, r->body, r->size);
    w->bytes += r->size;
    shutdown(w->fd, SHUT_WR);
}
