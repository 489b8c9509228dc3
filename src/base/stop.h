/* The signals that ask a program to stop. A program that finishes its outputs first blocks them and asks here. */
#ifndef FERI_BASE_STOP_H
#define FERI_BASE_STOP_H

#include <stdbool.h>

/** SIGINT, SIGTERM and SIGHUP; 0 ends the list. */
extern const int feri_stop_signals[];
/** Whether one of them has arrived and is blocked. Any thread may ask. */
bool feri_stop_pending(void);

#endif
