/* safetensors: u64 little-endian header length, JSON header, data. Reads F32, F16, BF16, F64, I64, I32, U8 and BOOL. */
#ifndef FERI_FORMATS_SAFETENSORS_H
#define FERI_FORMATS_SAFETENSORS_H

#include "formats/tensors.h"

enum feri_dtype { FERI_DTYPE_F32, FERI_DTYPE_F16 };

fer_status feri_safetensors_parse(const uint8_t *data, size_t size, struct feri_tensors *out, fer_error *err);
fer_status feri_safetensors_read(const char *path, struct feri_tensors *out, fer_error *err);
/** Read without the data, which is read from the file on demand. out owns the file, which is closed after an error.
 * Messages name it. */
fer_status feri_safetensors_take(struct feri_open_file *file, struct feri_tensors *out, fer_error *err);
/** Written atomically. F16: floating tensors are rounded to half, to nearest even; a value out of its range is
 * FER_ERR_NUMERIC. The same input gives the same bytes. */
fer_status feri_safetensors_write(const char *path, const struct feri_tensors *t, enum feri_dtype dtype,
                                  fer_error *err);

#endif
