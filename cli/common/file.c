#define _POSIX_C_SOURCE 200809L /* fsync */
#include "common/file.h"

#include "base/encoding.h"
#include "base/mem.h"
#include "common/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool cli_file_open(struct feri_atomic_file *file, const char *path)
{
    fer_error err;
    return cli_good(feri_atomic_open(path, file, &err), &err);
}

int cli_file_close(struct feri_atomic_file *file, bool keep)
{
    fer_error err;
    if (keep) return cli_good(feri_atomic_commit(file, &err), &err) ? CLI_OK : CLI_FAILED;
    feri_atomic_abort(file);
    return CLI_OK;
}

char *cli_file_read(const char *path, size_t limit, size_t *size_out)
{
    fer_error err;
    struct feri_bytes file;
    if (!cli_good(feri_file_load(path, &file, &err), &err)) return NULL;
    if (file.size > limit) {
        cli_say("%s: must be a regular file of at most %zu bytes", path, limit);
        feri_bytes_free(&file);
        return NULL;
    }
    char *text = feri_text_as_utf8((uint8_t *)(uintptr_t)file.data, file.size, size_out);
    if (!text) cli_say("%s: cannot be read as the UTF-16 it says to be", path);
    return text;
}

bool cli_file_write(const char *path, const char *text, size_t size)
{
    fer_error err;
    struct feri_atomic_file file;
    if (!cli_file_open(&file, path)) return false;
    bool ok = cli_good(feri_atomic_write(&file, text, size, &err), &err);
    return cli_file_close(&file, ok) == CLI_OK && ok;
}

bool cli_file_publish(const char *tmp, const char *path)
{
    int fd = open(tmp, O_RDONLY | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0) close(fd);
    if (ok && rename(tmp, path) == 0) return true;
    return cli_refuse("%s: cannot be written: %s", path, strerror(errno));
}

bool cli_is_standard_output(const char *path)
{
    int descriptor = -1;
    if (!path || strcmp(path, "-") == 0) return path != NULL;
    free(feri_follow(path, &descriptor));
    return descriptor == STDOUT_FILENO;
}

bool cli_file_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

bool cli_make_dirs(const char *path)
{
    fer_error err;
    return cli_good(feri_make_dirs(path, &err), &err);
}

bool cli_make_parents(const char *path)
{
    char *parent = feri_strdup(path), *slash = parent ? strrchr(parent, '/') : NULL;
    if (!parent) return cli_no_memory();
    if (slash) *slash = '\0';
    bool ok = !slash || slash == parent || cli_make_dirs(parent);
    free(parent);
    return ok;
}

char *cli_join(const char *directory, const char *name)
{
    size_t size = strlen(directory) + strlen(name) + 2;
    char *path = malloc(size);
    if (path) snprintf(path, size, "%s/%s", directory, name);
    else cli_no_memory();
    return path;
}
