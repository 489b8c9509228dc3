#define _POSIX_C_SOURCE 200809L /* sigaction */
#include "common/stop.h"

#include <signal.h>
#include <stddef.h>

void cli_stop_watch(void)
{
    sigset_t set;
    sigemptyset(&set);
    for (const int *signal = feri_stop_signals; *signal; signal++) {
        struct sigaction now;
        if (sigaction(*signal, NULL, &now) == 0 && now.sa_handler != SIG_IGN) sigaddset(&set, *signal);
    }
    sigprocmask(SIG_BLOCK, &set, NULL);
}

void cli_stop_now(void)
{
    sigset_t set;
    sigemptyset(&set);
    for (const int *signal = feri_stop_signals; *signal; signal++) sigaddset(&set, *signal);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
}
