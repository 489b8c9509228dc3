#define _POSIX_C_SOURCE 200809L /* sigaction, sigpending */
#include "common/stop.h"

#include <signal.h>
#include <stddef.h>

static const int signals[] = {SIGINT, SIGTERM, SIGHUP};

enum { SIGNALS = sizeof signals / sizeof *signals };

void cli_stop_watch(void)
{
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < SIGNALS; i++) {
        struct sigaction now;
        if (sigaction(signals[i], NULL, &now) == 0 && now.sa_handler != SIG_IGN) sigaddset(&set, signals[i]);
    }
    sigprocmask(SIG_BLOCK, &set, NULL);
}

bool cli_stopped(void)
{
    sigset_t pending;
    bool any = false;
    sigpending(&pending);
    for (size_t i = 0; i < SIGNALS; i++) any |= sigismember(&pending, signals[i]) == 1;
    return any;
}

void cli_stop_now(void)
{
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < SIGNALS; i++) sigaddset(&set, signals[i]);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
}
