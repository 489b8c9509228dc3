#define _POSIX_C_SOURCE 200809L
#include "serve/microhttpd/peers.h"

#include "base/clock.h"

#include <stdlib.h>
#include <sys/socket.h>

#define RATE_MIN 16384.0 /* bytes per second that a client must manage, beside the timeout */
#define LINGER   3.0     /* seconds */
#define IDLE     1.0     /* seconds, when the server is about to end */

void peers_init(struct peers *all, size_t most, double timeout)
{
    *all = (struct peers){.most = most, .timeout = timeout};
    pthread_mutex_init(&all->lock, NULL);
}

void peers_destroy(struct peers *all)
{
    pthread_mutex_destroy(&all->lock);
}

/* ---- with the lock held ---- */

static void answer_directly(struct peer *p, unsigned status, const char *sentence)
{
    struct reply r = {0};
    struct wire w = {.fd = p->fd};
    snprintf(w.headers, sizeof w.headers, "%s", p->headers);
    if (status == 503) reply_later(&r, status, 1, "%s", sentence);
    else reply_error(&r, status, "%s", sentence);
    wire_reply(&w, &r);
    reply_free(&r);
}

/* libmicrohttpd finds the connection ended, and closes it. */
static void drop(struct peer *p)
{
    if (p->phase == PEER_BODY) {
        answer_directly(p, 408, "the body of the request took too long to arrive");
        p->late = true;
    }
    shutdown(p->fd, SHUT_RDWR);
    p->phase = PEER_CUT;
}

static struct peer *longest_idle(struct peers *all)
{
    struct peer *longest = NULL;
    for (struct peer *p = all->first; p; p = p->next)
        if (p->phase == PEER_IDLE && (!longest || p->since < longest->since)) longest = p;
    return longest;
}

static bool is_late(const struct peers *all, const struct peer *p, double now, bool idle)
{
    double spent = now - p->since;
    switch (p->phase) {
    case PEER_IDLE: return spent > (idle ? IDLE : all->timeout);
    case PEER_BODY:
    case PEER_SEND: return spent > all->timeout + (double)p->bytes / RATE_MIN;
    case PEER_LINGER: return spent > LINGER;
    case PEER_FILM:
    case PEER_WORK:
    case PEER_CUT: break;
    }
    return false;
}

/* ---- the list ---- */

struct peer *peers_add(struct peers *all, int fd, bool *dropped)
{
    struct peer *p = calloc(1, sizeof *p), *idle = NULL;
    *dropped = false;
    if (!p) return NULL;
    p->fd = fd;
    p->since = feri_now();
    pthread_mutex_lock(&all->lock);
    *dropped = all->n >= all->most;
    if (*dropped) idle = longest_idle(all);
    p->next = all->first;
    p->link = &all->first;
    if (p->next) p->next->link = &p->next;
    all->first = p;
    all->n++;
    if (idle) drop(idle);
    else if (*dropped) {
        answer_directly(p, 503, "there are too many connections");
        drop(p);
    }
    pthread_mutex_unlock(&all->lock);
    return p;
}

void peers_remove(struct peers *all, struct peer *p)
{
    pthread_mutex_lock(&all->lock);
    *p->link = p->next;
    if (p->next) p->next->link = p->link;
    all->n--;
    pthread_mutex_unlock(&all->lock);
    free(p);
}

void peers_phase(struct peers *all, struct peer *p, enum peer_phase phase, size_t bytes)
{
    pthread_mutex_lock(&all->lock);
    if (p->phase != PEER_CUT) {
        p->phase = phase;
        p->since = feri_now();
        p->bytes = bytes;
    }
    pthread_mutex_unlock(&all->lock);
}

void peers_received(struct peers *all, struct peer *p, size_t bytes)
{
    pthread_mutex_lock(&all->lock);
    p->bytes += bytes;
    pthread_mutex_unlock(&all->lock);
}

bool peers_was_late(struct peers *all, struct peer *p)
{
    pthread_mutex_lock(&all->lock);
    bool late = p->late;
    pthread_mutex_unlock(&all->lock);
    return late;
}

size_t peers_reap(struct peers *all, bool idle)
{
    double now = feri_now();
    size_t n = 0;
    pthread_mutex_lock(&all->lock);
    for (struct peer *p = all->first; p; p = p->next) {
        if (!is_late(all, p, now, idle)) continue;
        drop(p);
        n++;
    }
    pthread_mutex_unlock(&all->lock);
    return n;
}

void peers_count(struct peers *all, size_t *n, size_t *busy)
{
    pthread_mutex_lock(&all->lock);
    *n = all->n;
    *busy = 0;
    for (const struct peer *p = all->first; p; p = p->next)
        *busy += p->phase != PEER_IDLE && p->phase != PEER_CUT && p->phase != PEER_LINGER;
    pthread_mutex_unlock(&all->lock);
}
