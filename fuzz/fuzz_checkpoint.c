/* The state that `fer train --resume` reads, last.safetensors. */
#define _POSIX_C_SOURCE 200809L /* mkdtemp */
#include "fuzz_file.h"
#include "train/checkpoint.h"

static const char *const files[] = {"last.safetensors", NULL};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct feri_checkpoint c;
    fer_error err = {0};
    if (succeeded(feri_checkpoint_read(fuzz_write(files, files[0], data, size), &c, &err), &err))
        demand(c.at.log && c.at.isa && json_is_object(c.at.options));
    feri_checkpoint_free(&c);
    return 0;
}
