#define _DEFAULT_SOURCE /* truncate */
/* safetensors in memory and as a file that is read in parts; what was read is written and read again. */
#include "formats/safetensors.h"
#include "formats/tensors_file.h"
#include "fuzz_tensors.h"
#include "scratch.h"

#include <string.h>

static void same(const struct feri_tensors *a, const struct feri_tensors *b)
{
    demand(a->n == b->n && a->n_meta == b->n_meta);
    for (size_t i = 0; i < a->n; i++) {
        const struct feri_tensor *p = &a->items[i], *q = feri_tensors_find(b, p->name);
        demand(q && q->count == p->count && memcmp(p->data, q->data, p->count * sizeof *p->data) == 0);
    }
}

/* A file that shrinks while it is read is an error. */
static void shrink(size_t size)
{
    struct feri_tensors t;
    fer_error err = {0};
    if (!succeeded(feri_tensors_open(scratch_file(), &t, &err), &err)) return;
    demand(truncate(scratch_file(), (off_t)(size - 1)) == 0);
    bool any = false;
    for (size_t i = 0; i < t.n; i++) any |= t.items[i].count > 0;
    fer_status st = feri_tensors_load(&t, &err);
    demand(any ? st == FER_ERR_IO : st == FER_OK);
    feri_tensors_free(&t);
}

static void write_again(struct feri_tensors *t, enum feri_dtype dtype)
{
    struct feri_tensors back;
    fer_error err = {0};
    demand(feri_tensors_set_meta(t, "fuzz", "old") && feri_tensors_set_meta(t, "fuzz", "new"));
    demand(strcmp(feri_tensors_meta(t, "fuzz"), "new") == 0 && !feri_tensors_meta(t, "no such key, \x01"));
    if (!succeeded(feri_safetensors_write(scratch_file(), t, dtype, &err), &err)) return;
    demand(succeeded(feri_safetensors_read(scratch_file(), &back, &err), &err));
    if (dtype == FERI_DTYPE_F32) demand(back.n == t->n && back.n_meta == t->n_meta);
    feri_tensors_free(&back);
}

/* What feri_tensors_read() takes for a checkpoint of PyTorch. */
static bool is_pth(const uint8_t *data, size_t size)
{
    return size >= 2 && (data[0] == 0x80 || data[0] == 'P');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct feri_tensors t, file;
    fer_error err = {0}, file_err = {0};
    bool ok = succeeded(feri_safetensors_parse(data, size, &t, &err), &err);
    if (ok) check_tensors(&t);
    if (ok || size % 4 == 0) {
        scratch_make();
        put_file(scratch_file(), data, size);
        demand(succeeded(feri_tensors_read(scratch_file(), &file, &file_err), &file_err) == ok || is_pth(data, size));
        if (ok && file.n) {
            same(&t, &file);
            shrink(size);
            write_again(&t, size % 2 ? FERI_DTYPE_F32 : FERI_DTYPE_F16);
        }
        feri_tensors_free(&file);
        scratch_remove();
    }
    feri_tensors_free(&t);
    return 0;
}
