#define _POSIX_C_SOURCE 200809L /* O_CLOEXEC */
#include "base/input.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATIENCE 10 /* seconds for the first byte of a pipe */

static fer_status wait_for_writer(const char *path, int fd, fer_error *err)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    int n;
    do n = poll(&p, 1, PATIENCE * 1000);
    while (n < 0 && errno == EINTR);
    if (n > 0) return FER_OK;
    return feri_fail(err, FER_ERR_IO, "%s: nothing was written into this pipe for %d s", path, PATIENCE);
}

static fer_status check_kind(const char *path, int fd, fer_error *err)
{
    struct stat s;
    if (fstat(fd, &s) != 0) return feri_fail_errno(err, "%s: cannot be examined", path);
    if (S_ISDIR(s.st_mode)) return feri_fail(err, FER_ERR_IO, "%s: is a directory, expected a file", path);
    if (S_ISFIFO(s.st_mode)) return wait_for_writer(path, fd, err);
    if (S_ISREG(s.st_mode) || isatty(fd)) return FER_OK;
    return feri_fail(err, FER_ERR_IO, "%s: is a device or a socket, expected a file or a pipe", path);
}

fer_status feri_input_open(const char *path, int *out, fer_error *err)
{
    int fd =
        open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY); /* else a pipe without a writer would block here */
    *out = -1;
    if (fd < 0) return feri_fail_errno(err, "%s: cannot be opened", path);
    fer_status st = check_kind(path, fd, err);
    if (st == FER_OK && fcntl(fd, F_SETFL, O_RDONLY) != 0) st = feri_fail_errno(err, "%s: cannot be opened", path);
    if (st == FER_OK) *out = fd;
    else close(fd);
    return st;
}
