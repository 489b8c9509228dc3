/* NumPy's .npy: magic "\x93NUMPY", version, header length, a Python dict literal {'descr': '<f4', 'fortran_order':
 * False, 'shape': (2, 3), }, data. https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html */
#include "formats/npy.h"

#include "base/decimal.h"
#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "formats/half.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct layout {
    char kind;   /* f i u b; U, S: text */
    size_t size; /* bytes of an element */
    bool big_endian, fortran;
};

static const char *find_value(const char *header, const char *key)
{
    const char *p = strstr(header, key);
    if (!p) return NULL;
    p += strlen(key);
    while (isspace((unsigned char)*p)) p++;
    if (*p++ != ':') return NULL;
    while (isspace((unsigned char)*p)) p++;
    return p;
}

#define TEXT_MAX 64 /* characters of a number */

static bool known_number(const struct layout *l)
{
    switch (l->kind) {
    case 'f': return l->size == 2 || l->size == 4 || l->size == 8;
    case 'i': return l->size == 1 || l->size == 2 || l->size == 4 || l->size == 8;
    case 'u': return l->size == 1 || l->size == 2 || l->size == 4;
    case 'b': return l->size == 1;
    default: return false;
    }
}

static fer_status read_descr(const char *header, struct layout *l, fer_error *err)
{
    const char *p = find_value(header, "'descr'");
    char *end = NULL;
    if (!p || (*p != '\'' && *p != '"'))
        return feri_fail(err, FER_ERR_FORMAT, "npy: no plain 'descr' in the header (a structured dtype is not read)");
    char order = p[1], kind = order ? p[2] : '\0';
    bool order_known = order == '<' || order == '>' || order == '|' || order == '=';
    if (order_known && kind == 'O')
        return feri_fail(
            err, FER_ERR_UNSUPPORTED,
            "npy: dtype 'object' holds a pickle, which is not executed; expected numbers, or numbers as strings");
    unsigned long size = kind && isdigit((unsigned char)p[3]) ? strtoul(p + 3, &end, 10) : 0;
    l->big_endian = order == '>';
    l->kind = kind;
    l->size = size;
    bool text = (kind == 'U' || kind == 'S') && size > 0 && size <= TEXT_MAX;
    if (text && kind == 'U') l->size *= 4; /* UTF-32 */
    if (!order_known || !end || *end != *p || !(text || known_number(l)))
        return feri_fail(err, FER_ERR_UNSUPPORTED,
                         "npy: dtype '%.12s' is not read; expected floats, integers, or numbers as strings", p);
    return FER_OK;
}

static fer_status read_shape(const char *header, fer_npy *out, fer_error *err)
{
    const char *p = find_value(header, "'shape'");
    if (!p || *p++ != '(') return feri_fail(err, FER_ERR_FORMAT, "npy: no 'shape' in the header");
    out->count = 1;
    for (;;) {
        while (isspace((unsigned char)*p) || *p == ',') p++;
        if (*p == ')') return FER_OK;
        char *end;
        if (!isdigit((unsigned char)*p)) return feri_fail(err, FER_ERR_FORMAT, "npy: the shape is not a list of sizes");
        unsigned long long v = strtoull(p, &end, 10);
        if (out->n_dims == FER_NPY_DIMS_MAX)
            return feri_fail(err, FER_ERR_UNSUPPORTED, "npy: more than %d dimensions", FER_NPY_DIMS_MAX);
        out->dims[out->n_dims++] = (size_t)v;
        if (!feri_size_mul(out->count, (size_t)v, &out->count))
            return feri_fail(err, FER_ERR_FORMAT, "npy: the shape is too large");
        p = end;
    }
}

static float read_number(const struct layout *l, const uint8_t *p)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < l->size; i++) bits |= (uint64_t)p[l->big_endian ? l->size - 1 - i : i] << (8 * i);
    if (l->kind == 'f') {
        uint32_t low = (uint32_t)bits;
        float f;
        double d;
        if (l->size == 2) return feri_half_to_float((uint16_t)bits);
        memcpy(&f, &low, sizeof f);
        memcpy(&d, &bits, sizeof d);
        return l->size == 4 ? f : (float)d;
    }
    if (l->kind != 'i') return (float)bits;
    int64_t v = l->size == 1   ? (int8_t)bits
                : l->size == 2 ? (int16_t)bits
                : l->size == 4 ? (int32_t)bits
                               : (int64_t)bits;
    return (float)v;
}

/* A number written as text, with one byte or four (UTF-32) per character, padded with zeros. */
static bool read_text(const struct layout *l, const uint8_t *p, float *out)
{
    char text[TEXT_MAX + 1] = "", *end;
    size_t step = l->kind == 'U' ? 4 : 1;
    for (size_t i = 0; i < l->size / step; i++) {
        const uint8_t *c = p + i * step;
        uint32_t code = step == 1       ? c[0]
                        : l->big_endian ? (uint32_t)c[0] << 24 | (uint32_t)c[1] << 16 | (uint32_t)c[2] << 8 | c[3]
                                        : (uint32_t)c[3] << 24 | (uint32_t)c[2] << 16 | (uint32_t)c[1] << 8 | c[0];
        if (code > 126) return false;
        text[i] = (char)code;
    }
    *out = feri_strtof(text, &end);
    while (isspace((unsigned char)*end)) end++;
    return end != text && *end == '\0';
}

/* Row-major position of the element at position i in Fortran order. */
static size_t row_major(const fer_npy *npy, size_t i)
{
    size_t at = 0, index[FER_NPY_DIMS_MAX];
    for (size_t d = 0; d < npy->n_dims; d++) {
        index[d] = i % npy->dims[d];
        i /= npy->dims[d];
    }
    for (size_t d = 0; d < npy->n_dims; d++) at = at * npy->dims[d] + index[d];
    return at;
}

static fer_status read_data(const struct layout *l, const uint8_t *data, size_t size, fer_npy *out, fer_error *err)
{
    size_t bytes;
    if (!feri_size_mul(out->count, l->size, &bytes) || bytes != size)
        return feri_fail(err, FER_ERR_FORMAT, "npy: %zu bytes of data, expected %zu numbers of %zu bytes each", size,
                         out->count, l->size);
    out->data = feri_alloc(out->count * sizeof *out->data);
    if (!out->data) return feri_fail_memory(err, out->count * sizeof *out->data);
    bool text = l->kind == 'U' || l->kind == 'S';
    for (size_t i = 0; i < out->count; i++) {
        float *to = &out->data[l->fortran ? row_major(out, i) : i];
        if (!text) *to = read_number(l, data + i * l->size);
        else if (!read_text(l, data + i * l->size, to))
            return feri_fail(err, FER_ERR_FORMAT, "npy: element %zu is not a number", i);
    }
    return FER_OK;
}

fer_status feri_npy_parse(const uint8_t *data, size_t size, fer_npy *out, fer_error *err)
{
    *out = (fer_npy){0};
    if (size < 12 || memcmp(data, "\x93NUMPY", 6) != 0 || data[6] < 1 || data[6] > 3)
        return feri_fail(err, FER_ERR_FORMAT, "not an npy file of version 1 to 3");
    size_t start = data[6] == 1 ? 10 : 12;
    size_t length = data[8] | (size_t)data[9] << 8;
    if (start == 12) length |= (size_t)data[10] << 16 | (size_t)data[11] << 24;
    if (length > size - start || length > 65536)
        return feri_fail(err, FER_ERR_FORMAT, "npy: a header of %zu bytes does not fit", length);
    char *header = malloc(length + 1);
    if (!header) return feri_fail_memory(err, length);
    memcpy(header, data + start, length);
    header[length] = '\0';
    struct layout l = {0};
    const char *fortran = find_value(header, "'fortran_order'");
    l.fortran = fortran && strncmp(fortran, "True", 4) == 0;
    fer_status st = read_descr(header, &l, err);
    if (st == FER_OK) st = read_shape(header, out, err);
    free(header);
    if (st == FER_OK) st = read_data(&l, data + start + length, size - start - length, out, err);
    if (st != FER_OK) fer_npy_free(out);
    return st;
}

fer_status fer_npy_read(const char *path, fer_npy *out, fer_error *err)
{
    struct feri_bytes file;
    if (!path || !out) return feri_fail(err, FER_ERR_ARGUMENT, "fer_npy_read: path and out must not be NULL");
    *out = (fer_npy){0};
    fer_status st = feri_file_load(path, &file, err);
    if (st != FER_OK) return st;
    st = feri_npy_parse(file.data, file.size, out, err);
    feri_bytes_free(&file);
    return st == FER_OK ? FER_OK : feri_fail_in(err, st, "%s", path);
}

void fer_npy_free(fer_npy *npy)
{
    if (!npy) return;
    feri_free(npy->data);
    *npy = (fer_npy){0};
}

fer_status fer_npy_write(const char *path, size_t n_dims, const size_t *dims, const float *data, fer_error *err)
{
    char header[512];
    size_t count = 1;
    if (!path || !data || (n_dims > 0 && !dims))
        return feri_fail(err, FER_ERR_ARGUMENT, "fer_npy_write: path, dims and data must not be NULL");
    if (n_dims > FER_NPY_DIMS_MAX)
        return feri_fail(err, FER_ERR_ARGUMENT, "fer_npy_write: %zu dimensions, expected at most %d", n_dims,
                         FER_NPY_DIMS_MAX);
    int n = snprintf(header, sizeof header, "{'descr': '<f4', 'fortran_order': False, 'shape': (");
    for (size_t i = 0; i < n_dims; i++) {
        const char *separator = i + 1 < n_dims ? ", " : n_dims == 1 ? "," : "";
        n += snprintf(header + n, sizeof header - (size_t)n, "%zu%s", dims[i], separator);
        count *= dims[i];
    }
    n += snprintf(header + n, sizeof header - (size_t)n, "), }");
    size_t length = (size_t)n, padded = (10 + length + 1 + 63) / 64 * 64 - 10; /* the data starts at a multiple of 64 */
    uint8_t prefix[10] = {0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, (uint8_t)(padded & 255), (uint8_t)(padded >> 8)};
    struct feri_atomic_file file;
    fer_status st = feri_atomic_open(path, &file, err);
    if (st != FER_OK) return st;
    memset(header + length, ' ', padded - length);
    header[padded - 1] = '\n';
    if ((st = feri_atomic_write(&file, prefix, sizeof prefix, err)) == FER_OK &&
        (st = feri_atomic_write(&file, header, padded, err)) == FER_OK)
        st = feri_atomic_write(&file, data, count * sizeof *data,
                               err); /* for little-endian machines only, like the whole library */
    if (st != FER_OK) {
        feri_atomic_abort(&file);
        return st;
    }
    return feri_atomic_commit(&file, err);
}
