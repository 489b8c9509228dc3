#include "formats/pickle.h"

#include "base/error.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GLOBAL_MAX 512                /* bytes of a global's name */
#define SPARE      ((size_t)64 << 20) /* memory in bytes that even a small pickle may use */
#define MARK       ((feri_pickle_value)-1)
#define NOTHING    ((feri_pickle_value)-2) /* an unused slot of the memo */

struct machine {
    const uint8_t *at, *end;
    size_t size; /* size of the pickle, which limits memo numbers */
    struct feri_pickle *p;
    feri_pickle_value *stack, *memo;
    size_t depth, stack_cap, n_memo, memo_cap;
    size_t budget;  /* remaining memory in bytes */
    bool broken;    /* error: end of bytes, stack, memory or budget */
    bool no_memory; /* the allocator failed */
};

/* Take n bytes of memory from the budget. */
static bool spend(struct machine *m, size_t n)
{
    if (n > m->budget) m->budget = 0;
    else m->budget -= n;
    return m->budget > 0;
}

/* feri_grow(), within the budget. */
static bool grow(struct machine *m, void *items, size_t *cap, size_t need, size_t size)
{
    size_t before = *cap;
    if (need <= before) return true;
    m->no_memory = !feri_grow(items, cap, need, size);
    return !m->no_memory && spend(m, (*cap - before) * size);
}

/* ---- values and stack ---- */

static feri_pickle_value new_value(struct machine *m, enum feri_pickle_type type)
{
    struct feri_pickle *p = m->p;
    if (p->n >= NOTHING || !grow(m, &p->values, &p->cap, p->n + 1, sizeof *p->values)) {
        m->broken = true;
        return 0;
    }
    p->values[p->n] = (struct feri_pickle_node){.type = type};
    return (feri_pickle_value)p->n++;
}

static struct feri_pickle_node *node(struct machine *m, feri_pickle_value v)
{
    return &m->p->values[v];
}

static void push(struct machine *m, feri_pickle_value v)
{
    if (m->broken || !grow(m, &m->stack, &m->stack_cap, m->depth + 1, sizeof *m->stack)) {
        m->broken = true;
        return;
    }
    m->stack[m->depth++] = v;
}

static void push_new(struct machine *m, enum feri_pickle_type type)
{
    push(m, new_value(m, type));
}

/* The top value. If there is none, set broken and return an opaque value. */
static feri_pickle_value pop(struct machine *m)
{
    if (m->depth == 0 || m->stack[m->depth - 1] == MARK) {
        m->broken = true;
        return 0;
    }
    return m->stack[--m->depth];
}

/* Position on the stack after the last mark, which stays below it. */
static size_t above_mark(struct machine *m)
{
    size_t i = m->depth;
    while (i && m->stack[i - 1] != MARK) i--;
    if (i == 0) m->broken = true;
    return i;
}

static void add_item(struct machine *m, feri_pickle_value to, feri_pickle_value item)
{
    struct feri_pickle_node *q = node(m, to);
    if (m->broken || q->n == UINT32_MAX || !grow(m, &q->items, &q->cap, (size_t)q->n + 1, sizeof *q->items)) {
        m->broken = true;
        return;
    }
    q->items[q->n++] = item;
}

/* ---- bytes ---- */

static const uint8_t *take(struct machine *m, size_t n)
{
    static const uint8_t zeros[8];
    if ((size_t)(m->end - m->at) < n) {
        m->broken = true;
        return zeros;
    }
    const uint8_t *p = m->at;
    m->at += n;
    return p;
}

static uint64_t take_number(struct machine *m, size_t n)
{
    const uint8_t *p = take(m, n);
    uint64_t v = 0;
    for (size_t i = 0; i < n; i++) v |= (uint64_t)p[i] << (8 * i);
    return v;
}

static void push_integer(struct machine *m, int64_t v)
{
    feri_pickle_value i = new_value(m, FERI_PICKLE_INT);
    if (!m->broken) node(m, i)->integer = v;
    push(m, i);
}

static void push_text(struct machine *m, size_t length)
{
    feri_pickle_value i = new_value(m, FERI_PICKLE_STRING);
    if (length > (size_t)(m->end - m->at) || length > UINT32_MAX) m->broken = true;
    if (m->broken) return;
    node(m, i)->text = (const char *)m->at;
    node(m, i)->length = (uint32_t)length;
    m->at += length;
    push(m, i);
}

/* LONG1: little-endian two's complement of n bytes. Values of more than 64 bits are not needed. */
static void push_long(struct machine *m, size_t n)
{
    if (n > 8) {
        m->broken = (size_t)(m->end - m->at) < n;
        if (!m->broken) m->at += n;
        push_new(m, FERI_PICKLE_OPAQUE);
        return;
    }
    uint64_t v = take_number(m, n);
    if (n && n < 8 && v >> (8 * n - 1)) v |= ~UINT64_C(0) << (8 * n);
    push_integer(m, (int64_t)v);
}

/* BINFLOAT: eight bytes, big-endian. */
static void push_float(struct machine *m)
{
    const uint8_t *p = take(m, 8);
    uint64_t bits = 0;
    for (int i = 0; i < 8; i++) bits = bits << 8 | p[i];
    feri_pickle_value i = new_value(m, FERI_PICKLE_FLOAT);
    if (!m->broken) memcpy(&node(m, i)->real, &bits, sizeof bits);
    push(m, i);
}

/* ---- globals ---- */

static void push_global(struct machine *m, const char *module, size_t module_length, const char *name,
                        size_t name_length)
{
    struct feri_pickle *p = m->p;
    if (module_length > GLOBAL_MAX ||
        /* an unknown global; a few bytes of pickle can request many copies of it */
        name_length > GLOBAL_MAX) {
        push_new(m, FERI_PICKLE_OPAQUE);
        return;
    }
    char *text = spend(m, module_length + name_length + 2) ? malloc(module_length + name_length + 2) : NULL;
    if (!text || !grow(m, &p->names, &p->cap_names, p->n_names + 1, sizeof *p->names)) {
        free(text);
        m->no_memory = m->no_memory || (!text && m->budget);
        m->broken = true;
        return;
    }
    memcpy(text, module, module_length);
    text[module_length] = ' ';
    memcpy(text + module_length + 1, name, name_length);
    text[module_length + 1 + name_length] = '\0';
    p->names[p->n_names++] = text;
    feri_pickle_value i = new_value(m, FERI_PICKLE_GLOBAL);
    if (m->broken) return;
    node(m, i)->text = text;
    node(m, i)->length = (uint32_t)(module_length + name_length + 1);
    push(m, i);
}

static const char *take_line(struct machine *m, size_t *length)
{
    const uint8_t *start = m->at, *newline = memchr(m->at, '\n', (size_t)(m->end - m->at));
    *length = 0;
    if (!newline) {
        m->broken = true;
        return "";
    }
    *length = (size_t)(newline - start);
    m->at = newline + 1;
    return (const char *)start;
}

static void global_from_lines(struct machine *m)
{
    size_t a, b;
    const char *module = take_line(m, &a), *name = take_line(m, &b);
    if (!m->broken) push_global(m, module, a, name, b);
}

static void global_from_stack(struct machine *m)
{
    feri_pickle_value name = pop(m), module = pop(m);
    if (m->broken || node(m, name)->type != FERI_PICKLE_STRING || node(m, module)->type != FERI_PICKLE_STRING) {
        m->broken = true;
        return;
    }
    push_global(m, node(m, module)->text, node(m, module)->length, node(m, name)->text, node(m, name)->length);
}

static bool is_global(struct machine *m, feri_pickle_value v, const char *name)
{
    return node(m, v)->type == FERI_PICKLE_GLOBAL && strcmp(node(m, v)->text, name) == 0;
}

/* ---- the callables of torch.save() ---- */

static const char *storage_dtype(const char *global)
{
    static const char *const known[] = {"Float", "Double", "Half", "BFloat16", "Long",
                                        "Int",   "Short",  "Char", "Byte",     "Bool"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        char name[40];
        snprintf(name, sizeof name, "torch %sStorage", known[i]);
        if (strcmp(global, name) == 0) return known[i];
    }
    return NULL;
}

/* BINPERSID of ('storage', <class>, key, location, numel). */
static void push_storage(struct machine *m)
{
    feri_pickle_value id = pop(m), storage = new_value(m, FERI_PICKLE_OPAQUE);
    if (m->broken) return;
    const struct feri_pickle_node *t = node(m, id);
    if (t->type == FERI_PICKLE_LIST && t->n >= 3 && node(m, t->items[1])->type == FERI_PICKLE_GLOBAL &&
        node(m, t->items[2])->type == FERI_PICKLE_STRING) {
        const char *dtype = storage_dtype(node(m, t->items[1])->text);
        if (dtype) {
            const struct feri_pickle_node *key = node(m, t->items[2]);
            *node(m, storage) = (struct feri_pickle_node){
                .type = FERI_PICKLE_STORAGE, .dtype = dtype, .text = key->text, .length = key->length};
        }
    }
    push(m, storage);
}

static bool read_sizes(struct machine *m, feri_pickle_value v, size_t *n, size_t out[FERI_TENSOR_DIMS_MAX])
{
    const struct feri_pickle_node *t = node(m, v);
    if (t->type != FERI_PICKLE_LIST || t->n > FERI_TENSOR_DIMS_MAX) return false;
    for (size_t i = 0; i < t->n; i++) {
        const struct feri_pickle_node *q = node(m, t->items[i]);
        if (q->type != FERI_PICKLE_INT || q->integer < 0) return false;
        out[i] = (size_t)q->integer;
    }
    *n = t->n;
    return true;
}

/* _rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks). */
static bool rebuild_tensor(struct machine *m, const struct feri_pickle_node *args, struct feri_pickle_tensor *out)
{
    size_t n_strides;
    if (args->n < 4 || node(m, args->items[0])->type != FERI_PICKLE_STORAGE ||
        node(m, args->items[1])->type != FERI_PICKLE_INT || node(m, args->items[1])->integer < 0)
        return false;
    out->storage = args->items[0];
    out->offset = (size_t)node(m, args->items[1])->integer;
    return read_sizes(m, args->items[2], &out->n_dims, out->dims) &&
           read_sizes(m, args->items[3], &n_strides, out->strides) && n_strides == out->n_dims;
}

/* If the arguments do not describe a tensor, the value stays opaque. */
static void make_tensor(struct machine *m, const struct feri_pickle_node *args, feri_pickle_value to)
{
    struct feri_pickle_tensor t = {0}, *kept;
    if (!rebuild_tensor(m, args, &t)) return;
    kept = spend(m, sizeof t) ? malloc(sizeof t) : NULL;
    if (!kept) {
        m->no_memory = m->budget > 0;
        m->broken = true;
        return;
    }
    *kept = t;
    *node(m, to) = (struct feri_pickle_node){.type = FERI_PICKLE_TENSOR, .tensor = kept};
}

/* REDUCE: callable(*args), but nothing is executed. */
static void reduce(struct machine *m)
{
    feri_pickle_value args = pop(m), callable = pop(m), result = new_value(m, FERI_PICKLE_OPAQUE);
    if (m->broken) return;
    const struct feri_pickle_node *a = node(m, args);
    if (a->type == FERI_PICKLE_LIST && is_global(m, callable, "collections OrderedDict") && a->n == 0) {
        node(m, result)->type = FERI_PICKLE_DICT;
    } else if (a->type == FERI_PICKLE_LIST && is_global(m, callable, "torch._utils _rebuild_tensor_v2")) {
        make_tensor(m, a, result);
    } else if (a->type == FERI_PICKLE_LIST && is_global(m, callable, "torch._utils _rebuild_parameter") && a->n >= 1) {
        result = a->items[0];
    }
    push(m, result);
}

/* ---- containers ---- */

static void make_list(struct machine *m, size_t from, enum feri_pickle_type type, bool marked)
{
    feri_pickle_value list = new_value(m, type);
    if (m->broken || from > m->depth) {
        m->broken = true;
        return;
    }
    for (size_t i = from; i < m->depth; i++) {
        if (m->stack[i] == MARK) m->broken = true;
        if (!m->broken && type != FERI_PICKLE_OPAQUE) add_item(m, list, m->stack[i]);
    }
    m->depth = marked ? from - 1 : from;
    push(m, list);
}

static void make_tuple(struct machine *m, size_t n)
{
    if (m->depth < n) m->broken = true;
    else make_list(m, m->depth - n, FERI_PICKLE_LIST, false);
}

/* APPENDS, SETITEMS: move the values above the mark into the container below it. Other containers (sets, opaque
 * objects) discard them. */
static void extend(struct machine *m, size_t from, bool marked)
{
    size_t base = marked ? from - 1 : from;
    if (m->broken || base == 0 || from > m->depth || m->stack[base - 1] == MARK) {
        m->broken = true;
        return;
    }
    feri_pickle_value to = m->stack[base - 1];
    enum feri_pickle_type type = node(m, to)->type;
    if (type == FERI_PICKLE_DICT && (m->depth - from) % 2) m->broken = true;
    for (size_t i = from; i < m->depth && (type == FERI_PICKLE_DICT || type == FERI_PICKLE_LIST); i++) {
        if (m->stack[i] == MARK) m->broken = true;
        if (!m->broken) add_item(m, to, m->stack[i]);
    }
    m->depth = base;
}

static void remember(struct machine *m, size_t place)
{
    if (m->depth == 0 || m->stack[m->depth - 1] == MARK || place > m->size ||
        !grow(m, &m->memo, &m->memo_cap, place + 1, sizeof *m->memo)) {
        m->broken = true;
        return;
    }
    while (m->n_memo <= place) m->memo[m->n_memo++] = NOTHING;
    m->memo[place] = m->stack[m->depth - 1];
}

static void recall(struct machine *m, size_t place)
{
    if (place >= m->n_memo || m->memo[place] == NOTHING) m->broken = true;
    else push(m, m->memo[place]);
}

/* ---- the machine ---- */

/* Opcodes that push a value without reading the stack. False: another opcode. */
static bool step_push(struct machine *m, uint8_t op)
{
    switch (op) {
    case 'N': push_new(m, FERI_PICKLE_NONE); return true;
    case 0x88: push_integer(m, 1); return true;
    case 0x89: push_integer(m, 0); return true;
    case 'J': push_integer(m, (int32_t)take_number(m, 4)); return true;
    case 'K': push_integer(m, (int64_t)take_number(m, 1)); return true;
    case 'M': push_integer(m, (int64_t)take_number(m, 2)); return true;
    case 0x8A: push_long(m, (size_t)take_number(m, 1)); return true;
    case 0x8B: push_long(m, (size_t)take_number(m, 4)); return true;
    case 'G': push_float(m); return true;
    case 'X':
    case 'B':
    case 'T': push_text(m, (size_t)take_number(m, 4)); return true;
    case 0x8C:
    case 'C':
    case 'U': push_text(m, (size_t)take_number(m, 1)); return true;
    case 0x8D:
    case 0x8E: push_text(m, (size_t)take_number(m, 8)); return true;
    case '}': push_new(m, FERI_PICKLE_DICT); return true;
    case ']':
    case ')': push_new(m, FERI_PICKLE_LIST); return true;
    case 0x8F: push_new(m, FERI_PICKLE_OPAQUE); return true;
    case '(': push(m, MARK); return true;
    case 'c': global_from_lines(m); return true;
    case 'h': recall(m, (size_t)take_number(m, 1)); return true;
    case 'j': recall(m, (size_t)take_number(m, 4)); return true;
    default: return false;
    }
}

/* obj.__setstate__(state) or similar: the object does not change. */
static void discard(struct machine *m)
{
    (void)pop(m);
}

static void replace_two_by_opaque(struct machine *m)
{
    discard(m);
    discard(m);
    push_new(m, FERI_PICKLE_OPAQUE);
}

static bool step_stack(struct machine *m, uint8_t op)
{
    switch (op) {
    case 't': make_list(m, above_mark(m), FERI_PICKLE_LIST, true); return true;
    case 'l': make_list(m, above_mark(m), FERI_PICKLE_LIST, true); return true;
    case 'd': make_list(m, above_mark(m), FERI_PICKLE_DICT, true); return true;
    case 0x85: make_tuple(m, 1); return true;
    case 0x86: make_tuple(m, 2); return true;
    case 0x87: make_tuple(m, 3); return true;
    case 'a': extend(m, m->depth ? m->depth - 1 : 1, false); return true;
    case 's': extend(m, m->depth > 1 ? m->depth - 2 : 1, false); return true;
    case 'e':
    case 'u':
    case 0x90: extend(m, above_mark(m), true); return true;
    case 0x91: make_list(m, above_mark(m), FERI_PICKLE_OPAQUE, true); return true;
    case 'q': remember(m, (size_t)take_number(m, 1)); return true;
    case 'r': remember(m, (size_t)take_number(m, 4)); return true;
    case 0x94: remember(m, m->n_memo); return true;
    case 0x93: global_from_stack(m); return true;
    case 'Q': push_storage(m); return true;
    case 'R': reduce(m); return true;
    case 0x81: replace_two_by_opaque(m); return true; /* cls.__new__(cls, *args) */
    case 'b': discard(m); return true;
    case '0': discard(m); return true;
    default: return false;
    }
}

static fer_status run(struct machine *m, fer_error *err)
{
    while (m->at < m->end && !m->broken) {
        uint8_t op = *m->at++;
        if (op == '.') {
            m->p->result = pop(m);
            if (m->broken) break;
            return FER_OK;
        }
        if (op == 0x80) take(m, 1);      /* protocol */
        else if (op == 0x95) take(m, 8); /* frame */
        else if (!step_push(m, op) && !step_stack(m, op))
            return feri_fail(err, FER_ERR_FORMAT, "pickle: opcode 0x%02X, which torch.save() does not write", op);
    }
    if (m->no_memory) return feri_fail(err, FER_ERR_MEMORY, "pickle: out of memory");
    if (m->budget == 0)
        return feri_fail(err, FER_ERR_FORMAT,
                         "pickle: its %zu bytes need more than %zu bytes of memory, unlike any real checkpoint",
                         m->size, 4 * m->size + SPARE);
    return feri_fail(err, FER_ERR_FORMAT, "pickle: corrupt or truncated at byte %zu of %zu",
                     m->size - (size_t)(m->end - m->at), m->size);
}

fer_status feri_pickle_parse(const uint8_t *data, size_t size, struct feri_pickle *out, fer_error *err)
{
    *out = (struct feri_pickle){0};
    if (size == 0) return feri_fail(err, FER_ERR_FORMAT, "pickle: it is empty");
    struct machine m = {.at = data, .end = data + size, .size = size, .p = out, .budget = 4 * size + SPARE};
    fer_status st = run(&m, err);
    free(m.stack);
    free(m.memo);
    if (st != FER_OK) feri_pickle_free(out);
    return st;
}

void feri_pickle_free(struct feri_pickle *p)
{
    for (size_t i = 0; i < p->n; i++) {
        enum feri_pickle_type type = p->values[i].type;
        if (type == FERI_PICKLE_LIST || type == FERI_PICKLE_DICT) free(p->values[i].items);
        else if (type == FERI_PICKLE_TENSOR) free(p->values[i].tensor);
    }
    for (size_t i = 0; i < p->n_names; i++) free(p->names[i]);
    free(p->values);
    free(p->names);
    *p = (struct feri_pickle){0};
}
