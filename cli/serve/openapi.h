/* /openapi.json, made from the table of addresses and the rows of their options. */
#ifndef FER_SERVE_OPENAPI_H
#define FER_SERVE_OPENAPI_H

#include "serve/route.h"

/** OpenAPI 3.0. NULL: out of memory. */
json_t *openapi_document(const struct route *routes, size_t n);

#endif
