#define _POSIX_C_SOURCE 200809L /* nanosleep */
#include "archive/crew.h"

#include "base/stop.h"
#include "common/cli.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define POLL_NS 2000000L

/* What the other ranks send to rank 0. Its answers are arrays of numbers; an empty one is the end. */
enum message { MORE = 'm', END = 'e' };

struct crew {
    struct crew_options options;
    size_t rank, size;
    size_t at;       /* in rank 0: how many numbers were looked at */
    size_t n_taken;  /* in rank 0: handed out so far */
    size_t n_ended;  /* in rank 0: other ranks that have ended */
    size_t *scratch; /* [chunk_max]: numbers to send */
    bool asked;      /* an answer of rank 0 is under way */

    pthread_mutex_t lock; /* for the rest */
    size_t *queue;        /* [chunk_max + ahead]: this process's numbers that no thread has taken yet */
    size_t n_queue, next;
    bool hungry; /* a thread waits for a number */
    bool ended;  /* no more will come */
};

struct crew *crew_new(const struct crew_options *o)
{
    struct crew *c = calloc(1, sizeof *c);
    size_t *queue = calloc(o->chunk_max + o->ahead, sizeof *queue), *scratch = calloc(o->chunk_max, sizeof *scratch);
    if (!c || !queue || !scratch) {
        free(c);
        free(queue);
        free(scratch);
        cli_no_memory();
        return NULL;
    }
    *c = (struct crew){
        .options = *o, .rank = ranks_rank(o->ranks), .size = ranks_size(o->ranks), .scratch = scratch, .queue = queue};
    pthread_mutex_init(&c->lock, NULL);
    return c;
}

void crew_free(struct crew *c)
{
    if (!c) return;
    pthread_mutex_destroy(&c->lock);
    free(c->scratch);
    free(c->queue);
    free(c);
}

/* ---- rank 0 hands out ---- */

/* All ranks end at about the same time when the last chunks are small. */
static size_t chunk_size(const struct crew *c)
{
    size_t fair = (c->options.n - c->at) / (4 * c->size), most = c->options.chunk_max;
    return fair < 1 ? 1 : fair < most ? fair : most;
}

/* None: there are no more. */
static size_t draw(struct crew *c)
{
    size_t n = 0, most = chunk_size(c);
    for (; n < most && c->at < c->options.n; c->at++) {
        size_t number = c->options.order ? c->options.order[c->at] : c->at;
        if (c->options.wants(c->options.user, number)) c->scratch[n++] = number;
    }
    c->n_taken += n;
    return n;
}

static void answer_one(struct crew *c)
{
    size_t from, n;
    char *message = NULL;
    if (!ranks_receive(c->options.ranks, RANKS_ANY, &from, &message, &n)) return;
    if (message[0] == END) c->n_ended++;
    else ranks_send(c->options.ranks, from, c->scratch, draw(c) * sizeof *c->scratch);
    free(message);
}

/* ---- this process's numbers ---- */

/* With the lock held. */
static bool is_low(const struct crew *c)
{
    size_t left = c->n_queue - c->next;
    return !c->ended && (left < c->options.ahead || (left == 0 && c->hungry));
}

/* With the lock held. n 0: the end. */
static void put(struct crew *c, const size_t *numbers, size_t n)
{
    size_t left = c->n_queue - c->next;
    memmove(c->queue, c->queue + c->next, left * sizeof *c->queue);
    if (n) memcpy(c->queue + left, numbers, n * sizeof *numbers);
    c->n_queue = left + n;
    c->next = 0;
    c->ended = n == 0;
    c->hungry = false;
}

enum crew_next crew_next(struct crew *c, size_t *number)
{
    enum crew_next got = CREW_TAKE;
    pthread_mutex_lock(&c->lock);
    if (c->size == 1 && c->next == c->n_queue && !c->ended) put(c, c->scratch, draw(c)); /* nobody else draws */
    if (c->next < c->n_queue) *number = c->queue[c->next++];
    else got = c->ended ? CREW_END : CREW_WAIT;
    c->hungry = got == CREW_WAIT;
    pthread_mutex_unlock(&c->lock);
    return got;
}

static void poll_first(struct crew *c)
{
    while (ranks_waiting(c->options.ranks, RANKS_ANY)) answer_one(c);
    pthread_mutex_lock(&c->lock);
    if (is_low(c)) put(c, c->scratch, draw(c));
    pthread_mutex_unlock(&c->lock);
}

static void receive(struct crew *c)
{
    size_t from, n;
    char *numbers = NULL;
    if (!ranks_receive(c->options.ranks, 0, &from, &numbers, &n)) return;
    c->asked = false;
    pthread_mutex_lock(&c->lock);
    put(c, (const size_t *)(const void *)numbers, n / sizeof(size_t));
    pthread_mutex_unlock(&c->lock);
    free(numbers);
}

static void poll_other(struct crew *c)
{
    const char more = MORE;
    if (c->asked && ranks_waiting(c->options.ranks, 0)) receive(c);
    pthread_mutex_lock(&c->lock);
    bool ask = !c->asked && is_low(c);
    pthread_mutex_unlock(&c->lock);
    if (ask) ranks_send(c->options.ranks, 0, &more, 1);
    c->asked |= ask;
}

void crew_poll(struct crew *c)
{
    if (c->size == 1) return;
    if (c->rank == 0) poll_first(c);
    else poll_other(c);
}

size_t crew_n_taken(const struct crew *c)
{
    return c->n_taken;
}

bool crew_end(struct crew *c)
{
    const char end = END;
    if (c->rank > 0) ranks_send(c->options.ranks, 0, &end, 1);
    else
        while (c->n_ended + 1 < c->size && !feri_stop_pending()) {
            crew_poll(c);
            nanosleep(&(struct timespec){.tv_nsec = POLL_NS}, NULL);
        }
    return c->rank > 0 || c->n_ended + 1 == c->size;
}
