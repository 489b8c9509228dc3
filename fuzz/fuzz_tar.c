/* A tar as an archive. */
#include "fuzz_archive.h"

#define SPARSE_MAX ((size_t)64 << 20) /* a file with holes may be larger than the tar */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_archive(data, size, SPARSE_MAX);
    return 0;
}
