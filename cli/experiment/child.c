#define _POSIX_C_SOURCE 200809L /* fork, sigprocmask */
#include "experiment/child.h"

#include "base/self.h"
#include "common/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

void child_arg(struct child *c, const char *arg)
{
    if (c->n < CHILD_ARGS_MAX) c->args[c->n++] = arg;
}

static void close_two(int a, int b)
{
    if (a >= 0) close(a);
    if (b >= 0 && b != a) close(b);
}

/* Ends in exec or _exit, so that the parent's output is not flushed twice. */
static void become(const struct child *c, const char *own, pid_t parent, int log, int out)
{
    char *argv[CHILD_ARGS_MAX + 2] = {(char *)(uintptr_t) "fer"};
    for (size_t i = 0; i < c->n; i++) argv[i + 1] = (char *)(uintptr_t)c->args[i];
#ifdef __linux__
    /* Without this, a run whose parent was killed would write into a directory that the next one resumes. */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
    int in = open("/dev/null", O_RDONLY);
    if (getppid() == parent && in >= 0 && dup2(in, STDIN_FILENO) >= 0 && dup2(out, STDOUT_FILENO) >= 0 &&
        dup2(log, STDERR_FILENO) >= 0) {
        close(in);
        sigprocmask(SIG_SETMASK, c->mask, NULL);
        execv(own, argv);
    }
    static const char sentence[] = "fer: the command cannot start itself\n";
    (void)!write(log, sentence, sizeof sentence - 1);
    _exit(CLI_FAILED);
}

pid_t child_start(const struct child *c)
{
    int log = open(c->log, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (c->out) unlink(c->out); /* of a run that was killed, or a link that leads elsewhere */
    int out = c->out ? open(c->out, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666) : log;
    if (log < 0 || out < 0) {
        cli_say("%s: cannot be written: %s", log < 0 ? c->log : c->out, strerror(errno));
        close_two(log, out);
        return -1;
    }
    char own[PATH_MAX];
    feri_self_path(own, sizeof own); /* "" cannot be started, which the log then says */
    pid_t parent = getpid(), pid = fork();
    if (pid == 0) become(c, own, parent, log, out);
    if (pid < 0) cli_say("no process can be started: %s", strerror(errno));
    close_two(log, out);
    return pid;
}
