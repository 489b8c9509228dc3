/* What `fer serve` reads of a request by itself: the first byte chooses a form, JSON, DeepFace's JSON or form, base64,
 * a Content-Type, or the options of an address. */
#include "fuzz.h"
#include "serve/base64.h"
#include "serve/deepface_request.h"
#include "serve/media.h"
#include "serve/multipart.h"
#include "serve/query.h"

#include <math.h>
#include <string.h>

static const char form[] = "multipart/form-data; boundary=XX", json[] = "application/json";

/* The input with a zero byte after it. */
static char *text_of(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    demand(text != NULL);
    if (size) memcpy(text, data, size);
    text[size] = '\0';
    return text;
}

static void read_bytes(const uint8_t *data, size_t size)
{
    volatile uint8_t sink = 0;
    for (size_t i = 0; i < size; i++) sink = data[i];
    (void)sink;
}

static void check_pictures(const struct body *b)
{
    demand(b->n > 0 && b->n <= BODY_PICTURES_MAX);
    for (size_t i = 0; i < b->n; i++) {
        demand(b->items[i].name && *b->items[i].name);
        read_bytes(b->items[i].data, b->items[i].size);
    }
}

/* A refusal has a status and a sentence. */
static void check_refusal(struct reply *r)
{
    demand(r->status >= 400 && r->size > 0 && strstr(r->body, "\"error\""));
    reply_free(r);
}

static void read_body(const char *type, const uint8_t *data, size_t size)
{
    struct body b;
    struct reply r = {0};
    if (!body_read(type, data, size, &b, &r)) {
        check_refusal(&r);
        return;
    }
    check_pictures(&b);
    body_free(&b);
}

static void read_deepface(const char *type, const uint8_t *data, size_t size)
{
    struct deepface_request want;
    struct reply r = {0};
    if (!deepface_read(type, data, size, &want, &r)) {
        check_refusal(&r);
        return;
    }
    demand(want.body.n == 1);
    check_pictures(&want.body);
    body_free(&want.body);
}

static void read_base64(const char *text, size_t size)
{
    size_t n = 0, skip = base64_prefix(text, size);
    uint8_t *out = malloc(base64_room(size));
    demand(out != NULL && skip <= size);
    size_t end = base64_decode(text + skip, size - skip, out, &n);
    demand(end <= size - skip);
    if (end == size - skip) {
        demand(n <= base64_room(size));
        read_bytes(out, n);
    }
    free(out);
}

static void read_type(const char *text)
{
    char value[16];
    if (media_parameter(text, "boundary", value, sizeof value)) demand(strlen(value) < sizeof value);
    body_holds_pictures(text);
    deepface_takes(text);
}

/* "name=value&name=value", without escapes: libmicrohttpd resolves those. */
static void read_query(enum query_kind kind, char *text)
{
    struct argument args[8];
    size_t n = 0;
    struct query q = query_defaults(kind);
    fer_error err = {0};
    double t;
    for (char *one = strtok(text, "&"); one && n < 8; one = strtok(NULL, "&")) {
        char *equals = strchr(one, '=');
        if (equals) *equals = '\0';
        args[n++] = (struct argument){one, equals ? equals + 1 : NULL};
    }
    if (!succeeded(query_parse(kind, args, n, &q, &err), &err)) return;
    demand(query_format(&q) != NULL && query_time(&q, &t) && (isnan(t) || t >= 0));
    demand(q.threshold >= 0 && q.threshold <= 1 && q.smallest >= 4 && query_same_pipeline(&q, &q));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1) return 0;
    uint8_t kind = data[0] % 8;
    data++;
    size--;
    char *text = text_of(data, size);
    switch (kind) {
    case 0: read_body(form, data, size); break;
    case 1: read_body(json, data, size); break;
    case 2: read_deepface(json, data, size); break;
    case 3: read_deepface(form, data, size); break;
    case 4: read_base64(text, size); break;
    case 5: read_type(text); break;
    default: read_query(kind == 6 ? QUERY_PICTURE : size % 2 ? QUERY_FRAME : QUERY_FILM, text);
    }
    free(text);
    return 0;
}
