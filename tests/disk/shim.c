/* Preloaded: calls named in FER_FAULT ("rename:EIO", "tmpfile,fsync:ENOSPC") fail; "tmpfile" is a file system without
 * unnamed files. With "rename:KILL" the process is killed there. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

static int fails(const char *call)
{
    const char *fault = getenv("FER_FAULT"), *found = fault ? strstr(fault, call) : NULL;
    if (!found) return 0;
    if (strstr(fault, "KILL")) raise(SIGKILL);
    errno = strstr(fault, "ENOSPC") ? ENOSPC : EIO;
    return 1;
}

int fsync(int fd)
{
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    return fails("fsync") ? -1 : real(fd);
}

int rename(const char *from, const char *to)
{
    int (*real)(const char *, const char *) = (int (*)(const char *, const char *))dlsym(RTLD_NEXT, "rename");
    return fails("rename") ? -1 : real(from, to);
}

int linkat(int a, const char *from, int b, const char *to, int flags)
{
    int (*real)(int, const char *, int, const char *, int) =
        (int (*)(int, const char *, int, const char *, int))dlsym(RTLD_NEXT, "linkat");
    return fails("linkat") ? -1 : real(a, from, b, to, flags);
}

int open(const char *path, int flags, ...)
{
    int (*real)(const char *, int, ...) = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open");
    va_list ap;
    va_start(ap, flags);
    mode_t mode = flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(ap, mode_t) : 0;
    va_end(ap);
    if ((flags & O_TMPFILE) == O_TMPFILE && fails("tmpfile")) {
        errno = EOPNOTSUPP;
        return -1;
    }
    return real(path, flags, mode);
}
