#include "formats/tensors_file.h"

#include "base/error.h"
#include "formats/pth.h"
#include "formats/safetensors.h"

#include <string.h>

fer_status feri_tensors_read(const char *path, struct feri_tensors *out, fer_error *err)
{
    fer_status st = feri_tensors_map(path, out, err);
    if (st == FER_OK && (st = feri_tensors_load(out, err)) != FER_OK) feri_tensors_free(out);
    return st;
}

fer_status feri_tensors_map(const char *path, struct feri_tensors *out, fer_error *err)
{
    struct feri_bytes file;
    *out = (struct feri_tensors){0};
    fer_status st = feri_file_map(path, &file, err);
    if (st != FER_OK) return st;
    bool zip = file.size >= 4 && memcmp(file.data, "PK\3\4", 4) == 0;
    bool pickle = file.size >= 2 && file.data[0] == 0x80 && file.data[1] >= 2 && file.data[1] <= 5;
    bool pth = zip || pickle;
    st = pth ? feri_pth_parse(file.data, file.size, out, err) : feri_safetensors_index(file.data, file.size, out, err);
    if (st == FER_OK && !pth) out->file = file;
    else feri_file_unmap(&file);
    return st == FER_OK ? FER_OK : feri_fail_in(err, st, "%s", path);
}
