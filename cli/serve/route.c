#include "serve/route.h"

#include "serve/body.h"
#include "serve/deepface_request.h"
#include "serve/media.h"

#include <string.h>

bool route_matches(const struct route *route, const char *path, const char **tail)
{
    const char *step = strchr(route->path, '{');
    *tail = "";
    if (!step) return strcmp(route->path, path) == 0;
    size_t n = (size_t)(step - route->path);
    if (strncmp(route->path, path, n) != 0 || !path[n]) return false;
    *tail = path + n;
    return true;
}

bool route_takes(const struct route *route, const char *type)
{
    switch (route->body) {
    case BODY_NONE: break;
    case BODY_PICTURES: return body_holds_pictures(type);
    case BODY_DEEPFACE: return deepface_takes(type);
    case BODY_FILM: return body_is_bytes(type) || media_is(type, "video/");
    }
    return true;
}
