/* What a file is called that is not what was expected. */
#include "formats/file_kind.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* A block of its own, so that the address sanitizer sees a read beyond it. */
    for (size_t n = size;; n /= 2) {
        uint8_t *copy = malloc(n + !n);
        demand(copy != NULL);
        for (size_t i = 0; i < n; i++) copy[i] = data[i];
        const char *kind = feri_file_kind(copy, n), *text = feri_file_kind_text(copy, n);
        demand(text && *text && (!kind || kind == text));
        free(copy);
        if (n == 0) return 0;
    }
}
