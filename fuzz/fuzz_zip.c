/* A zip as an archive, and the tars in it. */
#include "fuzz_archive.h"

#define RATIO      1100               /* above what deflate can */
#define SPARSE_MAX ((size_t)64 << 20) /* in a tar inside */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_archive(data, size, size * RATIO > SPARSE_MAX ? size * RATIO : SPARSE_MAX);
    return 0;
}
