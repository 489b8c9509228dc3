/* The table of all addresses. */
#ifndef FER_SERVE_ROUTES_H
#define FER_SERVE_ROUTES_H

#include "serve/route.h"

extern const struct route route_table[];
extern const size_t n_route_table;

/** What /openapi.json answers. It takes a while, so it is made once. False: out of memory. */
bool routes_describe(struct reply *out);
/** The route of a request. NULL: the reply says why there is none (404, or 405 with the methods of the path). */
const struct route *routes_find(const char *method, const char *path, const char **tail, struct reply *why);
/** The methods of a path, "GET, HEAD, OPTIONS"; "": there is no such path. */
void routes_methods(const char *path, char *out, size_t size);

#endif
