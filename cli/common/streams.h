/* The three standard streams. */
#ifndef FER_COMMON_STREAMS_H
#define FER_COMMON_STREAMS_H

/** To be called first. A program may be started with a standard stream closed (`fer ... >&-`): the first file that it
 * opens would then take the stream's place, and messages or results would go into it. What is closed is opened here in
 * a way that every use of it fails, so that a result that cannot be printed is an error. */
void cli_hold_streams(void);

#endif
