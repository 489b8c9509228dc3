#define _POSIX_C_SOURCE 200809L /* fileno, fsync, strdup */
#include "files.h"

#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char *files_join(const char *directory, const char *name)
{
    size_t size = strlen(directory) + strlen(name) + 2;
    char *path = malloc(size);
    if (path)
        snprintf(path, size, "%s/%s", directory, name);
    else
        cli_say("out of memory");
    return path;
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

char *files_read(const char *path, size_t limit, size_t *size_out)
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

static bool write_all(const char *path, const char *text, size_t size)
{
    FILE *f = fopen(path, "wb");
    bool ok = f && fwrite(text, 1, size, f) == size && fflush(f) == 0;
    int saved = errno;
    if (f && fclose(f) != 0 && ok) {
        ok = false;
        saved = errno;
    }
    if (!ok) cli_say("%s: cannot be written: %s", path, strerror(saved));
    return ok;
}

bool files_write(const char *path, const char *text, size_t size)
{
    size_t n = strlen(path) + sizeof ".tmp";
    char *tmp = malloc(n);
    if (!tmp) {
        cli_say("out of memory");
        return false;
    }
    snprintf(tmp, n, "%s.tmp", path);
    bool ok = write_all(tmp, text, size) && files_publish(tmp, path);
    if (!ok) unlink(tmp);
    free(tmp);
    return ok;
}

bool files_publish(const char *tmp, const char *path)
{
    int fd = open(tmp, O_RDONLY | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0) close(fd);
    if (ok && rename(tmp, path) == 0) return true;
    cli_say("%s: cannot be written: %s", path, strerror(errno));
    return false;
}

static bool make_dir(const char *path)
{
    struct stat st;
    if (mkdir(path, 0777) == 0) return true;
    return errno == EEXIST && stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

bool files_make_dirs(const char *path)
{
    char *copy = strdup(path);
    bool ok = copy && *copy;
    for (char *p = ok ? copy + 1 : NULL; ok; p++) {
        if (*p != '/' && *p != '\0') continue;
        char c = *p;
        *p = '\0';
        ok = make_dir(copy);
        *p = c;
        if (!c) break;
    }
    if (!ok) cli_say("%s: directory cannot be made: %s", path, copy ? strerror(errno) : "out of memory");
    free(copy);
    return ok;
}

bool files_exist(const char *path)
{
    return access(path, F_OK) == 0;
}
