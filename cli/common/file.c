#define _POSIX_C_SOURCE 200809L /* fileno, fsync, stat, strdup */
#include "common/file.h"

#include "common/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool cli_file_open(struct cli_file *file, const char *path)
{
    struct stat st;
    size_t size = strlen(path) + sizeof ".tmp";
    *file = (struct cli_file){.path = path};
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
        cli_say("%s: not a regular file, a result cannot replace it", path);
        return false;
    }
    file->tmp = malloc(size);
    if (!file->tmp) {
        cli_say("out of memory");
        return false;
    }
    snprintf(file->tmp, size, "%s.tmp", path);
    file->f = fopen(file->tmp, "wb");
    if (file->f) return true;
    cli_say("%s: cannot be created: %s", file->tmp, strerror(errno));
    free(file->tmp);
    *file = (struct cli_file){0};
    return false;
}

int cli_file_close(struct cli_file *file, bool keep)
{
    int code = CLI_OK;
    bool written = !keep || (!ferror(file->f) && fflush(file->f) == 0 && fsync(fileno(file->f)) == 0);
    if (fclose(file->f) != 0) written = false;
    if (keep && (!written || rename(file->tmp, file->path) != 0))
        code = cli_fail("%s: cannot be written: %s", file->path, strerror(errno));
    if (!keep || code != CLI_OK) unlink(file->tmp);
    free(file->tmp);
    *file = (struct cli_file){0};
    return code;
}

static char *read_all(const char *path, FILE *f, size_t limit, size_t *size_out)
{
    struct stat st;
    if (fstat(fileno(f), &st) != 0 || !S_ISREG(st.st_mode) || (uint64_t)st.st_size > limit) {
        cli_say("%s: must be a regular file of at most %zu bytes", path, limit);
        return NULL;
    }
    size_t size = (size_t)st.st_size;
    char *text = malloc(size + 1);
    if (!text || fread(text, 1, size, f) != size) {
        cli_say("%s: %s", path, text ? "cannot be read" : "out of memory");
        free(text);
        return NULL;
    }
    text[size] = '\0';
    *size_out = size;
    return text;
}

char *cli_file_read(const char *path, size_t limit, size_t *size_out)
{
    FILE *f = fopen(path, "rb");
    if (!f) {
        cli_say("%s: cannot be opened: %s", path, strerror(errno));
        return NULL;
    }
    char *text = read_all(path, f, limit, size_out);
    fclose(f);
    return text;
}

bool cli_file_write(const char *path, const char *text, size_t size)
{
    struct cli_file file;
    if (!cli_file_open(&file, path)) return false;
    bool ok = fwrite(text, 1, size, file.f) == size;
    if (!ok) cli_say("%s: cannot be written: %s", path, strerror(errno));
    return cli_file_close(&file, ok) == CLI_OK && ok;
}

bool cli_file_publish(const char *tmp, const char *path)
{
    int fd = open(tmp, O_RDONLY | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0) close(fd);
    if (ok && rename(tmp, path) == 0) return true;
    cli_say("%s: cannot be written: %s", path, strerror(errno));
    return false;
}

bool cli_file_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

static bool make_dir(const char *path)
{
    struct stat st;
    if (mkdir(path, 0777) == 0) return true;
    int why = errno;
    if (why == EEXIST && stat(path, &st) == 0 && S_ISDIR(st.st_mode)) return true;
    cli_say("%s: the directory cannot be made: %s", path, strerror(why));
    return false;
}

bool cli_make_dirs(const char *path)
{
    char *copy = strdup(path);
    bool ok = copy && *copy;
    if (!ok) cli_say(copy ? "a directory's name is empty" : "out of memory");
    for (char *p = copy; ok && *p; p++) {
        if (p[0] != '/' || p == copy) continue;
        *p = '\0';
        ok = make_dir(copy);
        *p = '/';
    }
    if (ok) ok = make_dir(copy);
    free(copy);
    return ok;
}

char *cli_join(const char *directory, const char *name)
{
    size_t size = strlen(directory) + strlen(name) + 2;
    char *path = malloc(size);
    if (path) snprintf(path, size, "%s/%s", directory, name);
    else cli_say("out of memory");
    return path;
}
