#define _POSIX_C_SOURCE 200809L /* open, fsync, ftruncate */
#include "archive/journal.h"

#include "archive/line.h"
#include "base/clock.h"
#include "base/mem.h"
#include "common/cli.h"
#include "common/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SYNC_EVERY 1.0 /* seconds: an fsync() per picture would take longer than the picture */

static bool fail(struct journal *j, int error)
{
    if (!j->failed)
        cli_say("%s: cannot be written: %s; what is answered so far is kept, and --resume continues", j->path,
                strerror(error));
    j->failed = true;
    return false;
}

/* Either the head is there in full or there is no file. */
static bool begin(const char *path, const json_t *head, uint64_t *size)
{
    char *line = journal_line_new(json_incref((json_t *)(uintptr_t)head));
    if (!line) return cli_no_memory();
    *size = strlen(line);
    bool ok = cli_file_write(path, line, strlen(line));
    free(line);
    return ok;
}

bool journal_open(struct journal *j, const char *path, const json_t *head, uint64_t size)
{
    *j = (struct journal){.fd = -1, .size = size, .synced = feri_now()};
    if (size == 0 && !begin(path, head, &j->size)) return false;
    if (!(j->path = feri_strdup(path))) return cli_no_memory();
    j->fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
    if (j->fd >= 0 && ftruncate(j->fd, (off_t)j->size) == 0) return true;
    int error = errno;
    cli_say("%s: cannot be continued: %s", path, strerror(error));
    if (j->fd >= 0) close(j->fd);
    free(j->path);
    *j = (struct journal){.fd = -1};
    return false;
}

static bool write_all(struct journal *j, const char *line, size_t n)
{
    for (size_t done = 0; done < n;) {
        ssize_t k = write(j->fd, line + done, n - done);
        if (k < 0 && errno == EINTR) continue;
        if (k < 0) {
            int error = errno;
            (void)!ftruncate(j->fd, (off_t)j->size); /* a reader would drop the part of a line too */
            return fail(j, error);
        }
        done += (size_t)k;
    }
    j->size += n;
    j->dirty = true;
    return true;
}

bool journal_add(struct journal *j, const struct journal_entry *e)
{
    if (j->failed) return false;
    json_t *doc = json_object();
    feri_json_set(doc, "n", json_integer((json_int_t)e->number));
    feri_json_set(doc, "file", feri_json_string(e->name));
    feri_json_set(doc, "rows", json_string(e->rows));
    if (e->failure) feri_json_set(doc, "failure", json_string(e->failure));
    char *line = journal_line_new(doc);
    if (!line) {
        j->failed = true;
        return cli_no_memory();
    }
    bool ok = write_all(j, line, strlen(line));
    free(line);
    return ok && (feri_now() - j->synced < SYNC_EVERY || journal_sync(j));
}

bool journal_sync(struct journal *j)
{
    if (j->failed) return false;
    if (j->dirty && fsync(j->fd) != 0 && errno != EINVAL) return fail(j, errno); /* EINVAL: a device */
    j->dirty = false;
    j->synced = feri_now();
    return true;
}

bool journal_close(struct journal *j)
{
    if (j->fd < 0) return !j->failed;
    bool ok = journal_sync(j);
    if (close(j->fd) != 0 && ok) ok = fail(j, errno); /* some file systems report a full disk only here */
    free(j->path);
    *j = (struct journal){.fd = -1, .failed = !ok};
    return ok;
}
