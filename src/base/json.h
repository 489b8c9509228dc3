/* JSON that is whole or not there. Jansson's values, with a reader and helpers that notice when memory runs out:
 * jansson's own reader leaves a byte out of a string and goes on, and what cannot be put into an object is missing in
 * it. */
#ifndef FERI_BASE_JSON_H
#define FERI_BASE_JSON_H

#include "fer/base.h"

#include <jansson.h>

/** Read one object or array; an object may not hold a name twice. The caller frees *out with json_decref(). The message
 * names line and byte. */
fer_status feri_json_read(const char *text, size_t size, json_t **out, fer_error *err);

/** As feri_json_set() and feri_json_add(). What fails, or is handed NULL, is remembered: this thread's
 * next feri_json_dump() returns NULL. */
bool feri_json_set(json_t *object, const char *key, json_t *value);
bool feri_json_add(json_t *array, json_t *value);

/** A text as JSON; null for NULL. Bytes that are not UTF-8, as in a file's name, are shown as base/shown.h says. NULL:
 * out of memory. */
json_t *feri_json_string(const char *text);

/** As json_dumps(). NULL: root is NULL, or something was lost on the way to it, because memory ran out or because a
 * text is not UTF-8. */
char *feri_json_dump(const json_t *root, size_t flags);

#endif
