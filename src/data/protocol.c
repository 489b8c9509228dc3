#include "base/error.h"
#include "data/source_rows.h"
#include "fer/data.h"

#include <string.h>

const char *const feri_protocol_words[] = {"majority", "distribution", "all", NULL};
#define PROTOCOLS (sizeof feri_protocol_words / sizeof *feri_protocol_words - 1)

fer_status fer_protocol_parse(const char *name, fer_protocol *out, fer_error *err)
{
    if (!name || !out) return feri_fail(err, FER_ERR_ARGUMENT, "fer_protocol_parse: name and out must not be NULL");
    for (size_t i = 0; i < PROTOCOLS; i++)
        if (strcmp(name, feri_protocol_words[i]) == 0) {
            *out = (fer_protocol)i;
            return FER_OK;
        }
    return feri_fail(err, FER_ERR_ARGUMENT, "protocol '%s' is unknown, expected majority, distribution or all", name);
}

const char *fer_protocol_name(fer_protocol protocol)
{
    return (size_t)protocol < PROTOCOLS ? feri_protocol_words[protocol] : "unknown";
}
