/* A PyTorch checkpoint: the zip and its pickle. Inputs that do not start like a zip are used as the pickle, because
 * mutations rarely keep a zip's checksums valid. */
#include "formats/pickle.h"
#include "formats/pth.h"
#include "formats/tensors_file.h"
#include "fuzz_tensors.h"
#include "scratch.h"

#include <string.h>

static void check_pickle(const uint8_t *data, size_t size)
{
    struct feri_pickle p;
    fer_error err = {0};
    if (!succeeded(feri_pickle_parse(data, size, &p, &err), &err)) return;
    demand(p.result < p.n);
    for (size_t i = 0; i < p.n; i++) {
        const struct feri_pickle_node *v = &p.values[i];
        bool holds = v->type == FERI_PICKLE_LIST || v->type == FERI_PICKLE_DICT;
        for (size_t j = 0; holds && j < v->n; j++) demand(v->items[j] < p.n);
        if (v->type == FERI_PICKLE_TENSOR) demand(v->tensor->storage < p.n);
    }
    feri_pickle_free(&p);
}

static void put(uint8_t **at, uint64_t v, size_t n)
{
    for (size_t i = 0; i < n; i++, v >>= 8) *(*at)++ = (uint8_t)v;
}

/* The crc32 of zip, bit by bit, because inputs are short. */
static uint32_t crc(const uint8_t *data, size_t size)
{
    uint32_t c = 0xFFFFFFFF;
    for (size_t i = 0; i < size; i++) {
        c ^= data[i];
        for (int bit = 0; bit < 8; bit++) c = c >> 1 ^ (c & 1 ? 0xEDB88320 : 0);
    }
    return ~c;
}

/* One stored member. central: its entry in the directory at the end, instead of its local header and data. */
static void put_member(uint8_t **at, const char *name, const uint8_t *data, size_t size, size_t offset, int central)
{
    size_t n = strlen(name);
    put(at, central ? 0x02014B50 : 0x04034B50, 4);
    put(at, 20, central ? 4 : 2);
    put(at, 0, 8); /* flags, stored, time, date */
    put(at, crc(data, size), 4);
    put(at, size, 4);
    put(at, size, 4);
    put(at, n, 2);
    put(at, 0, central ? 12 : 2);
    if (central) put(at, offset, 4);
    memcpy(*at, name, n);
    *at += n;
    if (central) return;
    memcpy(*at, data, size);
    *at += size;
}

/* The pickle with a storage of 16 bytes, in the form that torch.save() writes. */
static size_t wrap(const uint8_t *pickle, size_t size, uint8_t *out)
{
    static const uint8_t storage[16] = {0, 0, 0x80, 0x3F};
    uint8_t *at = out;
    put_member(&at, "a/data.pkl", pickle, size, 0, 0);
    size_t second = (size_t)(at - out);
    put_member(&at, "a/data/0", storage, sizeof storage, 0, 0);
    size_t directory = (size_t)(at - out);
    put_member(&at, "a/data.pkl", pickle, size, 0, 1);
    put_member(&at, "a/data/0", storage, sizeof storage, second, 1);
    size_t directory_size = (size_t)(at - out) - directory;
    put(&at, 0x06054B50, 4);
    put(&at, 0, 4);
    put(&at, 2, 2);
    put(&at, 2, 2);
    put(&at, directory_size, 4);
    put(&at, directory, 4);
    put(&at, 0, 2);
    return (size_t)(at - out);
}

static void check_checkpoint(const uint8_t *data, size_t size)
{
    struct feri_tensors tensors;
    fer_error err = {0};
    if (succeeded(feri_pth_parse(data, size, &tensors, &err), &err)) check_tensors(&tensors);
    feri_tensors_free(&tensors);
}

/* The same by its name, which is how a file's kind is found out. */
static void check_file(const uint8_t *data, size_t size)
{
    struct feri_tensors tensors;
    fer_error err = {0};
    scratch_make();
    put_file(scratch_file(), data, size);
    if (succeeded(feri_tensors_read(scratch_file(), &tensors, &err), &err)) check_tensors(&tensors);
    feri_tensors_free(&tensors);
    if (succeeded(feri_pth_read(scratch_file(), &tensors, &err), &err)) check_tensors(&tensors);
    feri_tensors_free(&tensors);
    scratch_remove();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size >= 2 && memcmp(data, "PK", 2) == 0) {
        check_checkpoint(data, size);
        check_file(data, size);
        return 0;
    }
    check_pickle(data, size);
    uint8_t *zip = malloc(size + 512);
    if (!zip) return 0;
    check_checkpoint(zip, wrap(data, size, zip));
    free(zip);
    return 0;
}
