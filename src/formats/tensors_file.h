/* Files of tensors in any format: safetensors or PyTorch's .pt / .pth. */
#ifndef FERI_FORMATS_TENSORS_FILE_H
#define FERI_FORMATS_TENSORS_FILE_H

#include "formats/tensors.h"

/** The file's first bytes decide its format. */
fer_status feri_tensors_read(const char *path, struct feri_tensors *out, fer_error *err);
/** The same, but the data of safetensors stay in the file until feri_tensor_get(). The file must not change. */
fer_status feri_tensors_open(const char *path, struct feri_tensors *out, fer_error *err);

#endif
