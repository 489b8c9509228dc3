#define _POSIX_C_SOURCE 200809L /* poll, read */
#include "inputs/feed.h"

#include "base/encoding.h"
#include "base/mem.h"
#include "common/cli.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAME     "standard input"
#define CHUNK    4096              /* bytes that are read at once */
#define IN_HAND  256               /* names that nobody took: enough for many threads */
#define IDLE_MS  100               /* a signal is noticed after this time */
#define TEXT_MAX ((size_t)1 << 26) /* bytes of a line, or of a list in UTF-16 */

struct input_feed {
    struct input_list *list; /* receives what is read, before it moves to items */
    /* Bytes that are not a whole line yet. Only the thread that reads uses them. */
    char *text;
    size_t n_text, cap_text;
    bool begun; /* the first line was taken from the text */
    bool any;   /* a line had a name */

    pthread_mutex_t lock; /* of what follows */
    struct input *items;  /* [first, taken): in progress; [taken, n): nobody took them */
    size_t first, taken, n, cap;
    bool ended;
};

/* ---- inputs ---- */

static void end(struct input_feed *f)
{
    pthread_mutex_lock(&f->lock);
    f->ended = true;
    pthread_mutex_unlock(&f->lock);
}

static void fail(struct input_feed *f)
{
    f->list->failed = true;
    end(f);
}

/* A picture of that name would be read from where the names come from. */
static bool is_name(struct input_list *l, const struct input *in)
{
    if (strcmp(in->path, "-") != 0) return true;
    cli_say("-: " NAME " has the names, so it cannot have a picture; for a file of this name, write ./-");
    l->failed = true;
    return false;
}

/* The inputs of the list, to those who take them. False after an error message: out of memory. */
static bool hand_over(struct input_feed *f)
{
    struct input_list *l = f->list;
    pthread_mutex_lock(&f->lock);
    bool ok = feri_grow(&f->items, &f->cap, f->n + l->n, sizeof *f->items);
    for (size_t i = 0; i < l->n; i++) {
        if (ok && is_name(l, &l->items[i])) f->items[f->n++] = l->items[i];
        else free(l->items[i].path);
    }
    pthread_mutex_unlock(&f->lock);
    l->n = 0;
    return ok || cli_no_memory();
}

enum input_next input_feed_next(struct input_feed *f, struct input *out)
{
    pthread_mutex_lock(&f->lock);
    enum input_next next = f->taken < f->n ? INPUT_TAKE : f->ended ? INPUT_END : INPUT_WAIT;
    if (next == INPUT_TAKE) *out = f->items[f->taken++];
    pthread_mutex_unlock(&f->lock);
    return next;
}

void input_feed_drop(struct input_feed *f)
{
    pthread_mutex_lock(&f->lock);
    free(f->items[f->first++].path);
    if (f->first > f->n / 2) { /* an endless list must not need endless memory */
        f->n -= f->first;
        f->taken -= f->first;
        memmove(f->items, f->items + f->first, f->n * sizeof *f->items);
        f->first = 0;
    }
    pthread_mutex_unlock(&f->lock);
}

void input_feed_end(struct input_feed *f)
{
    pthread_mutex_lock(&f->lock);
    while (f->n > f->taken) free(f->items[--f->n].path);
    f->ended = true;
    pthread_mutex_unlock(&f->lock);
}

/* ---- text ---- */

/* Lines that end with a zero byte at text[n], which was a line's end. */
static void add_lines(struct input_feed *f, char *text, size_t n)
{
    bool zero = memchr(text, 0, n) != NULL;
    f->any |= text[strspn(text, "\r\n")] != '\0';
    if (!input_list_add_lines(f->list, NAME, text, n) || !hand_over(f) || zero) fail(f);
}

/* In UTF-16 an end of line is found only after the whole list was converted. */
static bool is_wide(const struct input_feed *f)
{
    size_t mark;
    return !f->begun && feri_encoding_of((const uint8_t *)f->text, f->n_text, &mark) != FERI_UTF8;
}

/* The length of a byte order mark before the first line. */
static size_t mark_of(struct input_feed *f)
{
    size_t mark = 0;
    if (!f->begun) feri_encoding_of((const uint8_t *)f->text, f->n_text, &mark);
    f->begun = true;
    return mark;
}

/* The whole lines of the text, of which the last `fresh` bytes are new. */
static void take_lines(struct input_feed *f, size_t fresh)
{
    size_t n = f->n_text, searched = n - fresh;
    if (is_wide(f)) return;
    while (n > searched && f->text[n - 1] != '\n') n--;
    if (n == searched) return;
    f->text[n - 1] = '\0';
    size_t mark = mark_of(f);
    add_lines(f, f->text + mark, n - 1 - mark);
    f->n_text -= n;
    memmove(f->text, f->text + n, f->n_text);
}

static void take_rest(struct input_feed *f)
{
    char *text = f->text;
    size_t n = f->n_text;
    if (text && !f->begun) text = f->text = feri_text_as_utf8((uint8_t *)text, n, &n);
    if (text) {
        text[n] = '\0';
        add_lines(f, text, n);
    }
    if (!text && f->n_text > 0) cli_say(NAME ": cannot be read as the UTF-16 it says to be");
    else if (!f->any && !f->list->failed) cli_say(NAME ": holds no names");
    if (!text || !f->any) f->list->failed = true;
    end(f);
}

/* ---- standard input ---- */

bool input_feed_waiting(struct input_feed *f)
{
    pthread_mutex_lock(&f->lock);
    bool wanted = !f->ended && f->n - f->taken < IN_HAND, idle = f->first == f->n;
    pthread_mutex_unlock(&f->lock);
    struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};
    return wanted && poll(&in, 1, idle ? IDLE_MS : 0) > 0;
}

void input_feed_read(struct input_feed *f)
{
    if (f->n_text > TEXT_MAX) {
        cli_say(NAME ": a line is longer than %zu bytes; expected one name per line", TEXT_MAX);
        fail(f);
        return;
    }
    if (!feri_grow(&f->text, &f->cap_text, f->n_text + CHUNK + 1, 1)) {
        cli_no_memory();
        fail(f);
        return;
    }
    ssize_t got = read(STDIN_FILENO, f->text + f->n_text, CHUNK);
    if (got > 0) {
        f->n_text += (size_t)got;
        take_lines(f, (size_t)got);
    } else if (got == 0) {
        take_rest(f);
    } else if (errno != EINTR && errno != EAGAIN) {
        cli_say(NAME ": cannot be read: %s", strerror(errno));
        fail(f);
    }
}

/* ---- the feed ---- */

struct input_feed *input_feed_new(struct input_list *list)
{
    struct input_feed *f = calloc(1, sizeof *f);
    if (!f) {
        cli_no_memory();
        return NULL;
    }
    f->list = list;
    pthread_mutex_init(&f->lock, NULL);
    if (hand_over(f)) return f;
    input_feed_free(f);
    return NULL;
}

void input_feed_free(struct input_feed *f)
{
    if (!f) return;
    for (size_t i = f->first; i < f->n; i++) free(f->items[i].path);
    pthread_mutex_destroy(&f->lock);
    free(f->items);
    free(f->text);
    free(f);
}
