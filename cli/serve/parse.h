/* What the readers of bodies share: the members of a JSON object and the parts of a form, one after another. */
#ifndef FER_SERVE_PARSE_H
#define FER_SERVE_PARSE_H

#include "base/json_pull.h"
#include "serve/multipart.h"
#include "serve/reply.h"

/** True if a step of parsing failed; the reply then says what is wrong with the body. */
bool parse_failed(fer_status st, const fer_error *err, struct reply *why);

/** Reads the value of the member whose name is s->text. False: the reply says why not. */
typedef bool parse_member_fn(void *arg, struct feri_pull *s, struct reply *why);
bool parse_object(const uint8_t *data, size_t size, parse_member_fn *member, void *arg, struct reply *why);

typedef bool parse_part_fn(void *arg, const struct part *p, struct reply *why);
/** type: the body's Content-Type. */
bool parse_form(const char *type, const uint8_t *data, size_t size, parse_part_fn *part, void *arg, struct reply *why);

#endif
