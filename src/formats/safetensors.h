/* safetensors: u64 LE header length, JSON header, data; F32, F16, BF16, F64, I64, I32, U8 and BOOL are read. */
#ifndef FERI_FORMATS_SAFETENSORS_H
#define FERI_FORMATS_SAFETENSORS_H

#include "formats/tensors.h"

enum feri_dtype { FERI_DTYPE_F32, FERI_DTYPE_F16 };

fer_status feri_safetensors_parse(const uint8_t *data, size_t size, struct feri_tensors *out, fer_error *err);
fer_status feri_safetensors_read(const char *path, struct feri_tensors *out, fer_error *err);
/** Without its data, which is read from the file when it is asked for. The file is out's then, closed after an error.
 * Errors name it. */
fer_status feri_safetensors_take(struct feri_open_file *file, struct feri_tensors *out, fer_error *err);
/** Atomic. F16: floating tensors are rounded to half, to nearest even; a value beyond its range is FER_ERR_NUMERIC.
 * Same input, same bytes. */
fer_status feri_safetensors_write(const char *path, const struct feri_tensors *t, enum feri_dtype dtype,
                                  fer_error *err);

#endif
