/* Files of tensors, of whatever format: safetensors or PyTorch's .pt / .pth. */
#ifndef FERI_FORMATS_TENSORS_FILE_H
#define FERI_FORMATS_TENSORS_FILE_H

#include "formats/tensors.h"

/** The file's first bytes decide which format it is. */
fer_status feri_tensors_read(const char *path, struct feri_tensors *out, fer_error *err);
/** The same, but the data of safetensors stay in the file, which must not be changed, until feri_tensor_get(). */
fer_status feri_tensors_open(const char *path, struct feri_tensors *out, fer_error *err);

#endif
