/* Weights come as bytes (fer_web_load), so no file is read. These functions stand in for those of the library that
 * read files; they only say so. */
#include "base/error.h"
#include "base/mem.h"
#include "base/open_file.h"
#include "fer/model.h"
#include "formats/tensors_file.h"

static fer_status no_files(fer_error *err)
{
    return feri_fail(err, FER_ERR_UNSUPPORTED, "WebAssembly reads no files: pass the bytes");
}

fer_status fer_model_load_default(fer_model **out, fer_error *err)
{
    *out = NULL;
    return no_files(err);
}

fer_status feri_tensors_open(const char *path, struct feri_tensors *out, fer_error *err)
{
    (void)path;
    *out = (struct feri_tensors){0};
    return no_files(err);
}

fer_status feri_open_file_read(const struct feri_open_file *file, uint64_t at, size_t size, void *out, fer_error *err)
{
    (void)file;
    (void)at;
    (void)size;
    (void)out;
    return no_files(err);
}

void feri_open_file_close(struct feri_open_file *file)
{
    (void)file;
}

/* As far as the module's memory may grow (cmake/web.cmake). */
double feri_memory_size(void)
{
    return 2147483648.0;
}
