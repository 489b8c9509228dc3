/* Signals that say stop: an interrupted command finishes what it writes. */
#ifndef FER_COMMON_STOP_H
#define FER_COMMON_STOP_H

#include <stdbool.h>

/** From now on SIGINT, SIGTERM and SIGHUP do not end the process but wait to be asked for. Those that are ignored (a
 * job in the background, nohup) stay so. Before any thread is started. */
void cli_stop_watch(void);
/** Whether one of them came. Any thread may ask. */
bool cli_stopped(void);
/** Let the signal that came end the process, as who sent it expects of a command that did not finish. */
void cli_stop_now(void);

#endif
