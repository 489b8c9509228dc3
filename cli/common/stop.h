/* Signals that say stop: an interrupted command finishes what it writes. */
#ifndef FER_COMMON_STOP_H
#define FER_COMMON_STOP_H

#include "base/stop.h"

/** From now on SIGINT, SIGTERM and SIGHUP do not end the process but wait for feri_stop_pending(). Those that are
 * ignored (a job in the background, nohup) stay so. Before any thread is started. */
void cli_stop_watch(void);
/** Let the signal that arrived end the process, as its sender expects of a command that did not finish. */
void cli_stop_now(void);

#endif
