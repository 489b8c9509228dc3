#define _GNU_SOURCE /* readlink, realpath */
#include "base/self.h"

#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#ifdef __APPLE__
#include <mach-o/dyld.h>
#endif

#ifdef __APPLE__
bool feri_self_path(char *path, size_t size)
{
    char called[PATH_MAX], real[PATH_MAX]; /* the first may contain links and "..", the second does not */
    uint32_t n = sizeof called;
    *path = '\0';
    if (_NSGetExecutablePath(called, &n) != 0 || !realpath(called, real)) return false;
    int written = snprintf(path, size, "%s", real);
    if (written > 0 && (size_t)written < size) return true;
    *path = '\0';
    return false;
}
#else
bool feri_self_path(char *path, size_t size)
{
    /* Linux, NetBSD; FreeBSD and DragonFly, where procfs is mounted. */
    static const char *const links[] = {"/proc/self/exe", "/proc/curproc/exe", "/proc/curproc/file"};
    for (size_t i = 0; i < sizeof links / sizeof links[0]; i++) {
        ssize_t n = readlink(links[i], path, size);
        if (n <= 0 || (size_t)n >= size) continue;
        path[n] = '\0';
        return true;
    }
    *path = '\0';
    return false;
}
#endif
