/* A zip as an archive, including the tars in it. */
#include "fuzz_archive.h"

#define RATIO      1100               /* above the maximum of deflate */
#define SPARSE_MAX ((size_t)64 << 20) /* in a tar inside */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_archive(data, size, size * RATIO > SPARSE_MAX ? size * RATIO : SPARSE_MAX);
    return 0;
}
