/* A pickle reader that executes nothing. It runs the stack machine of Python's pickle (protocols 2 to 5) on plain
 * values. A global (module.name) is only a name. Calling one of the three names that torch.save() uses gives a tensor
 * description; any other call gives an opaque value. */
#ifndef FERI_FORMATS_PICKLE_H
#define FERI_FORMATS_PICKLE_H

#include "formats/tensors.h"

enum feri_pickle_type {
    FERI_PICKLE_NONE,
    FERI_PICKLE_INT, /* also booleans */
    FERI_PICKLE_FLOAT,
    FERI_PICKLE_STRING,
    FERI_PICKLE_LIST, /* also tuples */
    FERI_PICKLE_DICT, /* items: key, value, key, value ... */
    FERI_PICKLE_GLOBAL,
    FERI_PICKLE_STORAGE,
    FERI_PICKLE_TENSOR,
    FERI_PICKLE_OPAQUE /* a value that is not executed */
};

typedef uint32_t feri_pickle_value; /* index into values */

struct feri_pickle_tensor {
    feri_pickle_value storage;
    size_t offset, n_dims, dims[FERI_TENSOR_DIMS_MAX], strides[FERI_TENSOR_DIMS_MAX];
};

/* 24 bytes, because one byte of a pickle may create one. */
struct feri_pickle_node {
    enum feri_pickle_type type;
    union {
        uint32_t length; /* STRING, GLOBAL, STORAGE: length of the text */
        uint32_t n;      /* LIST, DICT: number of items */
    };
    union {
        int64_t integer;
        double real;
        const char
            /* STRING, GLOBAL ("module name"), STORAGE (key): not NUL-terminated, in the pickle or in `names` */
            *text;
        feri_pickle_value *items; /* LIST, DICT */
        struct feri_pickle_tensor *tensor;
    };
    union {
        const char *dtype; /* STORAGE: "Float", "Half", ...: static */
        size_t cap;        /* LIST, DICT */
    };
};

struct feri_pickle {
    struct feri_pickle_node *values;
    size_t n, cap;
    char **names; /* texts "module name" */
    size_t n_names, cap_names;
    feri_pickle_value result;
};

/** Uses memory of at most four times the size, and 64 MiB. */
fer_status feri_pickle_parse(const uint8_t *data, size_t size, struct feri_pickle *out, fer_error *err);
void feri_pickle_free(struct feri_pickle *p);

#endif
