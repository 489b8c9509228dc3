#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *fer_status_name(fer_status status)
{
    switch (status) {
    case FER_OK: return "ok";
    case FER_ERR_ARGUMENT: return "argument error";
    case FER_ERR_IO: return "input/output error";
    case FER_ERR_FORMAT: return "format error";
    case FER_ERR_SHAPE: return "shape error";
    case FER_ERR_MEMORY: return "out of memory";
    case FER_ERR_UNSUPPORTED: return "unsupported";
    case FER_ERR_NUMERIC: return "numeric error";
    case FER_ERR_STOPPED: return "stopped";
    }
    return "unknown status";
}

/* Messages contain names from foreign files. A message must remain one line, whatever a name contains. */
static void one_line(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 127) *text = '?';
}

fer_status feri_fail(fer_error *err, fer_status st, const char *fmt, ...)
{
    if (!err) return st;
    err->status = st;
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(err->text, sizeof err->text, fmt, ap);
    va_end(ap);
    one_line(err->text);
    return st;
}

fer_status feri_fail_errno(fer_error *err, const char *fmt, ...)
{
    int code = errno;
    if (!err) return FER_ERR_IO;
    err->status = FER_ERR_IO;
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(err->text, sizeof err->text, fmt, ap);
    va_end(ap);
    one_line(err->text);
    if (n >= 0 && (size_t)n < sizeof err->text)
        snprintf(err->text + n, sizeof err->text - (size_t)n, ": %s", strerror(code));
    return FER_ERR_IO;
}

fer_status feri_fail_memory(fer_error *err, size_t size)
{
    return feri_fail(err, FER_ERR_MEMORY, "out of memory: %zu bytes cannot be allocated", size);
}

fer_status feri_fail_in(fer_error *err, fer_status st, const char *fmt, ...)
{
    if (!err) return st;
    char prefix[FER_ERROR_TEXT_MAX / 2];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(prefix, sizeof prefix, fmt, ap);
    va_end(ap);
    one_line(prefix);
    size_t n = strlen(prefix), rest = strlen(err->text);
    if (rest > sizeof err->text - n - 3) rest = sizeof err->text - n - 3;
    memmove(err->text + n + 2, err->text, rest);
    memcpy(err->text, prefix, n);
    memcpy(err->text + n, ": ", 2);
    err->text[n + 2 + rest] = '\0';
    err->status = st;
    return st;
}
