/* PyTorch's .pt / .pth: the zip format with its pickle, read by a restricted unpickler that executes nothing. */
#ifndef FERI_FORMATS_PTH_H
#define FERI_FORMATS_PTH_H

#include "formats/tensors.h"

/** Accepts a plain state_dict, an OrderedDict, or one inside {"state_dict" | "model" | "model_state_dict" | "net" ...:
 * ...}. "module." prefixes are removed. */
fer_status feri_pth_parse(const uint8_t *data, size_t size, struct feri_tensors *out, fer_error *err);
fer_status feri_pth_read(const char *path, struct feri_tensors *out, fer_error *err);

#endif
