#define _POSIX_C_SOURCE 200809L /* sigpending */
#include "base/stop.h"

#include <signal.h>

const int feri_stop_signals[] = {SIGINT, SIGTERM, SIGHUP, 0};

bool feri_stop_pending(void)
{
    sigset_t pending;
    bool any = false;
    sigpending(&pending);
    for (const int *signal = feri_stop_signals; *signal; signal++) any |= sigismember(&pending, *signal) == 1;
    return any;
}
