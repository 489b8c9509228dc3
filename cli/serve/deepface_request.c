#include "serve/deepface_request.h"

#include "serve/media.h"
#include "serve/parse.h"

#include <stdio.h>
#include <string.h>

static void add_action(struct deepface_request *want, const char *name)
{
    want->actions = true;
    want->emotion |= strstr(name, "emotion") != NULL; /* forms send lists as one text */
}

static bool read_actions(struct feri_pull *s, struct deepface_request *want, struct reply *why)
{
    fer_error err;
    bool list = feri_pull_take(s, '[');
    if (list && feri_pull_take(s, ']')) return true;
    do {
        if (parse_failed(feri_pull_string(s, &err), &err, why)) return false;
        add_action(want, s->text);
    } while (list && feri_pull_take(s, ','));
    return !list || !parse_failed(feri_pull_expect(s, ']', &err), &err, why);
}

static void set_enforce(struct deepface_request *want, const char *text)
{
    want->lenient = strcmp(text, "true") != 0; /* so does DeepFace: "True" is no */
}

static bool read_enforce(struct feri_pull *s, struct deepface_request *want, struct reply *why)
{
    fer_error err;
    if (feri_pull_at_string(s)) {
        if (parse_failed(feri_pull_string(s, &err), &err, why)) return false;
        set_enforce(want, s->text);
        return true;
    }
    char first = s->at < s->end ? *s->at : ' '; /* blanks were skipped */
    if (parse_failed(feri_pull_skip(s, &err), &err, why)) return false;
    want->lenient = first != 't';
    return true;
}

static bool read_member(void *arg, struct feri_pull *s, struct reply *why)
{
    struct deepface_request *want = arg;
    fer_error err;
    if (strcmp(s->text, "img") == 0 || strcmp(s->text, "img_path") == 0)
        return !parse_failed(feri_pull_string(s, &err), &err, why) &&
               body_add_base64(&want->body, "", s->text, s->length, why);
    if (strcmp(s->text, "actions") == 0) return read_actions(s, want, why);
    if (strcmp(s->text, "enforce_detection") == 0) return read_enforce(s, want, why);
    return !parse_failed(feri_pull_skip(s, &err), &err,
                         why); /* detector_backend, align, ...: there is one detector here */
}

static bool read_field(void *arg, const struct part *p, struct reply *why)
{
    struct deepface_request *want = arg;
    char text[256];
    bool picture = strcmp(p->name, "img") == 0 || strcmp(p->name, "img_path") == 0;
    if (picture && p->is_file) return body_add(&want->body, p->file, p->data, p->size, why);
    if (picture) return body_add_base64(&want->body, "", (const char *)p->data, p->size, why);
    snprintf(text, sizeof text, "%.*s", (int)(p->size < 255 ? p->size : 255), (const char *)p->data);
    if (strcmp(p->name, "actions") == 0) add_action(want, text);
    if (strcmp(p->name, "enforce_detection") == 0) set_enforce(want, text);
    return true;
}

bool deepface_takes(const char *type)
{
    return media_is(type, "application/json") || media_is(type, "multipart/form-data");
}

static bool is_complete(const struct deepface_request *want, struct reply *why)
{
    if (want->body.n != 1)
        reply_error(why, 400, "the body: expected one picture as \"img\", and it has %zu", want->body.n);
    else if (want->actions && !want->emotion)
        reply_error(why, 422, "the body: this server knows the action \"emotion\" only, and it is not asked for");
    return !why->status;
}

bool deepface_read(const char *type, const uint8_t *data, size_t size, struct deepface_request *out, struct reply *why)
{
    *out = (struct deepface_request){.lenient = false};
    bool ok = media_is(type, "multipart/form-data") ? parse_form(type, data, size, read_field, out, why)
                                                    : parse_object(data, size, read_member, out, why);
    if (ok && is_complete(out, why)) return true;
    body_free(&out->body);
    return false;
}
