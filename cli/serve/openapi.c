#include "serve/openapi.h"

#include <string.h>
#include <strings.h>

/* ---- options ---- */

static json_t *words_of(const char *const *words)
{
    json_t *all = json_array();
    for (; *words; words++) feri_json_add(all, json_string(*words));
    return all;
}

static json_t *number_schema(const struct cli_option *o, const char *type)
{
    json_t *doc = json_object();
    feri_json_set(doc, "type", json_string(type));
    feri_json_set(doc, "minimum", json_real(o->min));
    feri_json_set(doc, "maximum", json_real(o->max));
    return doc;
}

static json_t *schema_of(const struct cli_option *o)
{
    json_t *doc = NULL;
    if (o->type == CLI_FLAG) return json_pack("{s:s}", "type", "boolean");
    if (o->type == CLI_REAL) return number_schema(o, "number");
    if (o->type == CLI_SIZE || o->type == CLI_COUNT) return number_schema(o, "integer");
    doc = json_pack("{s:s}", "type", "string");
    if (o->words) feri_json_set(doc, "enum", words_of(o->words));
    return doc;
}

static json_t *option_of(const struct cli_option *o)
{
    json_t *doc = json_object(), *schema = schema_of(o);
    char usual[64];
    size_t n = cli_get_option(o, 0, usual, sizeof usual);
    if (!o->unset && n > 0 && n < sizeof usual && schema && json_is_string(json_object_get(schema, "type")) &&
        strcmp(json_string_value(json_object_get(schema, "type")), "string") == 0)
        feri_json_set(schema, "default", json_string(usual));
    feri_json_set(doc, "name", json_string(o->name));
    feri_json_set(doc, "in", json_string("query"));
    feri_json_set(doc, "required", json_false());
    feri_json_set(doc, "description", json_string(o->help));
    feri_json_set(doc, "schema", schema);
    return doc;
}

static json_t *parameters_of(const struct route *route)
{
    struct query q = query_defaults(route->query);
    struct cli_option rows[QUERY_ROWS_MAX];
    size_t n = query_rows(route->query, &q, rows);
    json_t *all = json_array();
    if (strchr(route->path, '{'))
        feri_json_add(all, json_pack("{s:s,s:s,s:b,s:s,s:{s:s,s:s}}", "name", "session", "in", "path", "required", 1,
                                     "description", "a name of the client's choice", "schema", "type", "string",
                                     "pattern", "^[A-Za-z0-9._-]{1,64}$"));
    for (size_t i = 0; i < n; i++) feri_json_add(all, option_of(&rows[i]));
    return all;
}

/* ---- bodies ---- */

static json_t *binary(void)
{
    return json_pack("{s:{s:s,s:s}}", "schema", "type", "string", "format", "binary");
}

/* One picture or several, as base64 or with a name. */
static json_t *pictures_schema(void)
{
    json_t *picture = json_pack("{s:[{s:s,s:s},{s:s,s:{s:{s:s},s:{s:s,s:s}},s:[s]}]}", "oneOf", "type", "string",
                                "format", "byte", "type", "object", "properties", "name", "type", "string", "data",
                                "type", "string", "format", "byte", "required", "data");
    json_t *list = json_pack("{s:s,s:O}", "type", "array", "items", picture);
    return json_pack("{s:{s:s,s:{s:o,s:o}}}", "schema", "type", "object", "properties", "image", picture, "images",
                     list);
}

static json_t *form_schema(const char *field)
{
    return json_pack("{s:{s:s,s:{s:{s:s,s:s}}}}", "schema", "type", "object", "properties", field, "type", "string",
                     "format", "binary");
}

static json_t *deepface_schema(void)
{
    return json_pack("{s:{s:s,s:{s:{s:s},s:{s:s,s:{s:s}},s:{s:s}},s:[s]}}", "schema", "type", "object", "properties",
                     "img", "type", "string", "actions", "type", "array", "items", "type", "string",
                     "enforce_detection", "type", "boolean", "required", "img");
}

static json_t *content_of(enum route_body body)
{
    json_t *doc = json_object();
    if (body == BODY_PICTURES) {
        feri_json_set(doc, "image/*", binary());
        feri_json_set(doc, "application/octet-stream", binary());
        feri_json_set(doc, "multipart/form-data", form_schema("image"));
        feri_json_set(doc, "application/json", pictures_schema());
    } else if (body == BODY_FILM) {
        feri_json_set(doc, "video/*", binary());
        feri_json_set(doc, "application/octet-stream", binary());
    } else {
        feri_json_set(doc, "application/json", deepface_schema());
        feri_json_set(doc, "multipart/form-data", form_schema("img"));
    }
    return doc;
}

/* ---- answers ---- */

static void add_answer(json_t *all, unsigned status, const char *what)
{
    char key[8];
    snprintf(key, sizeof key, "%u", status);
    json_t *error = json_pack("{s:s,s:{s:{s:{s:s}}}}", "description", what, "content", "application/json", "schema",
                              "$ref", "#/components/schemas/Error");
    feri_json_set(all, key, status < 300 ? json_pack("{s:s}", "description", what) : error);
    if (status < 300) json_decref(error);
}

static json_t *answers_of(const struct route *route)
{
    json_t *all = json_object();
    if (strcmp(route->method, "DELETE") == 0) add_answer(all, 204, "the session ended");
    else add_answer(all, 200, "the answer");
    add_answer(all, 400, "the request or an option is wrong");
    if (!route->open) add_answer(all, 401, "the token is missing or wrong");
    if (strchr(route->path, '{')) add_answer(all, 404, "no such session, or no name of one");
    if (route->body != BODY_NONE) {
        add_answer(all, 408, "the body took too long to arrive");
        add_answer(all, 411, "the body's length is not said");
        add_answer(all, 413, "the body, or the number of pictures, is too large");
        add_answer(all, 415, "a type of body, or a format of picture, that the server does not read");
        add_answer(all, 422, "the body is no picture or video that can be read");
        add_answer(all, 503, "the server is busy or about to end; Retry-After says when to come back");
    }
    if (route->query == QUERY_FRAME) {
        add_answer(all, 409, "the session was begun with other options");
        add_answer(all, 429, "the session still computes the frame before");
    }
    return all;
}

/* ---- all ---- */

static json_t *operation_of(const struct route *route)
{
    json_t *doc = json_object();
    feri_json_set(doc, "summary", json_string(route->summary));
    feri_json_set(doc, "parameters", parameters_of(route));
    if (route->body != BODY_NONE)
        feri_json_set(doc, "requestBody", json_pack("{s:b,s:o}", "required", 1, "content", content_of(route->body)));
    feri_json_set(doc, "responses", answers_of(route));
    if (route->open) feri_json_set(doc, "security", json_array());
    return doc;
}

static void add_route(json_t *paths, const struct route *route)
{
    char method[16] = "";
    for (size_t i = 0; route->method[i] && i + 1 < sizeof method; i++)
        method[i] = (char)(route->method[i] | 0x20); /* in small letters */
    if (!json_object_get(paths, route->path)) feri_json_set(paths, route->path, json_object());
    feri_json_set(json_object_get(paths, route->path), method, operation_of(route));
}

json_t *openapi_document(const struct route *routes, size_t n)
{
    json_t *doc = json_object(), *paths = json_object();
    for (size_t i = 0; i < n; i++) add_route(paths, &routes[i]);
    feri_json_set(doc, "openapi", json_string("3.0.3"));
    feri_json_set(doc, "info", json_pack("{s:s,s:s}", "title", "fer serve", "version", fer_version()));
    feri_json_set(doc, "paths", paths);
    feri_json_set(doc, "security", json_pack("[{s:[]},{}]", "token"));
    feri_json_set(doc, "components",
                  json_pack("{s:{s:{s:s,s:s}},s:{s:{s:s,s:{s:{s:s},s:{s:s},s:{s:s}},s:[s,s]}}}", "securitySchemes",
                            "token", "type", "http", "scheme", "bearer", "schemas", "Error", "type", "object",
                            "properties", "error", "type", "string", "status", "type", "integer", "schema", "type",
                            "integer", "required", "error", "status"));
    return doc;
}
