/* The command as a child of itself. */
#ifndef FER_EXPERIMENT_CHILD_H
#define FER_EXPERIMENT_CHILD_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { CHILD_ARGS_MAX = 64 };

struct child {
    const char *args[CHILD_ARGS_MAX + 1]; /* after the command's name */
    size_t n;
    const char *log;      /* receives standard error (appended), and standard output if there is no `out` */
    const char *out;      /* a separate file for standard output; NULL: none */
    const sigset_t *mask; /* the signals it blocks */
};

void child_arg(struct child *c, const char *arg);
/** Start it; it ends when this process ends. -1 after an error message. */
pid_t child_start(const struct child *c);

#endif
