#include "formats/tensors_file.h"

#include "base/error.h"
#include "base/file.h"
#include "formats/pth.h"
#include "formats/safetensors.h"

#include <string.h>

fer_status feri_tensors_read(const char *path, struct feri_tensors *out, fer_error *err)
{
    fer_status st = feri_tensors_open(path, out, err);
    if (st != FER_OK || (st = feri_tensors_load(out, err)) == FER_OK) return st;
    feri_tensors_free(out);
    return feri_fail_in(err, st, "%s", path);
}

/* A zip, or a single pickle as PyTorch wrote it before 1.6. */
static fer_status is_pth(const struct feri_open_file *file, bool *is, fer_error *err)
{
    uint8_t start[4] = {0};
    fer_status st =
        feri_open_file_read(file, 0, file->size < sizeof start ? (size_t)file->size : sizeof start, start, err);
    *is = memcmp(start, "PK\3\4", 4) == 0 || (start[0] == 0x80 && start[1] >= 2 && start[1] <= 5);
    return st == FER_OK ? FER_OK : feri_fail_in(err, st, "%s", file->path);
}

static fer_status read_pth(struct feri_open_file *file, struct feri_tensors *out, fer_error *err)
{
    struct feri_bytes bytes;
    fer_status st = feri_open_file_load(file, &bytes, err);
    if (st == FER_OK && (st = feri_pth_parse(bytes.data, bytes.size, out, err)) != FER_OK)
        feri_fail_in(err, st, "%s", file->path);
    feri_bytes_free(&bytes);
    feri_open_file_close(file);
    return st;
}

fer_status feri_tensors_open(const char *path, struct feri_tensors *out, fer_error *err)
{
    struct feri_open_file file;
    bool pth = false;
    *out = (struct feri_tensors){0};
    fer_status st = feri_open_file(path, &file, err);
    if (st == FER_OK && (st = is_pth(&file, &pth, err)) != FER_OK) feri_open_file_close(&file);
    if (st != FER_OK) return st;
    return pth ? read_pth(&file, out, err) : feri_safetensors_take(&file, out, err);
}
