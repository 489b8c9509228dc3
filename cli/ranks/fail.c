#define _POSIX_C_SOURCE 199309L /* nanosleep */
#include "common/cli.h"
#include "ranks/ranks.h"

#include <stdarg.h>
#include <time.h>

#define PATIENCE_NS 500000000L

int ranks_fail(const struct ranks *r, const char *fmt, ...)
{
    char text[FER_ERROR_TEXT_MAX];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    if (ranks_size(r) == 1) return cli_fail("%s", text);
    if (ranks_rank(r) > 0) nanosleep(&(struct timespec){.tv_nsec = PATIENCE_NS}, NULL);
    return cli_fail("%s: %s", ranks_name(r), text);
}
