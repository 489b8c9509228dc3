/* What a weights file says about its model: the input is the JSON header of a safetensors file, whose numbers follow as
 * zeros. */
#include "fuzz.h"
#include "models/model.h"

#include <string.h>

#define HEADER_MAX 8192
#define NUMBERS    ((size_t)1 << 20) /* bytes */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t file[8 + HEADER_MAX + NUMBERS];
    fer_model *m = NULL;
    fer_error err = {0};
    if (size > HEADER_MAX) return 0;
    memset(file, 0, sizeof file);
    for (int i = 0; i < 8; i++) file[i] = (uint8_t)((uint64_t)size >> (8 * i));
    if (size) memcpy(file + 8, data, size);
    if (!succeeded(feri_model_load_bytes(file, 8 + size + NUMBERS, "fuzz", &m, &err), &err)) {
        demand(m == NULL);
        return 0;
    }
    fer_model_info info = fer_model_get_info(m);
    demand(info.n_classes > 0 && info.height > 0 && info.width > 0);
    for (size_t k = 0; k < info.n_classes; k++) demand(info.classes[k] != NULL);
    fer_model_free(m);
    return 0;
}
