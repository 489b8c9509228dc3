#define _POSIX_C_SOURCE 200809L /* open, fcntl */
#include "common/streams.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

void cli_hold_streams(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF) /* open() takes the lowest that is free: this one */
            (void)!open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}
