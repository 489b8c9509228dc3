#define _GNU_SOURCE /* O_TMPFILE, O_PATH */
#include "base/error.h"
#include "base/file.h"
#include "base/fnv.h"
#include "base/mem.h"
#include "base/stop.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LINKS_MAX   40 /* limit on links followed in sequence, as in the system */
#define NAMES_TRIED 100
#define NAME        "/.fer-%016" PRIx64 ".tmp"
#define NAME_SIZE   32

/* ---- the target of a path ---- */

static int descriptor_of(const char *path)
{
    static const char *const directories[] = {"/dev/fd/", "/proc/self/fd/"};
    if (strcmp(path, "/dev/stdout") == 0) return STDOUT_FILENO;
    if (strcmp(path, "/dev/stderr") == 0) return STDERR_FILENO;
    for (size_t i = 0; i < 2; i++) {
        size_t n = strlen(directories[i]);
        const char *number = path + n;
        if (strncmp(path, directories[i], n) != 0 || !*number || number[strspn(number, "0123456789")]) continue;
        long v = strtol(number, NULL, 10);
        return v <= INT_MAX ? (int)v : -1;
    }
    return -1;
}

/* The directory part of a path, "." if it has none. The caller frees it. */
static char *directory_of(const char *path)
{
    char *copy = feri_strdup(path), *slash = copy ? strrchr(copy, '/') : NULL;
    if (!copy) return NULL;
    if (slash == copy) copy[1] = '\0';
    else if (slash) *slash = '\0';
    else {
        free(copy);
        copy = feri_strdup(".");
    }
    return copy;
}

/* The target of a link, as a path relative to the current directory. */
static char *link_target(const char *path)
{
    char text[PATH_MAX];
    ssize_t n = readlink(path, text, sizeof text - 1);
    if (n < 0) return NULL;
    text[n] = '\0';
    if (text[0] == '/') return feri_strdup(text);
    char *dir = directory_of(path);
    size_t size = dir ? strlen(dir) + (size_t)n + 2 : 0;
    char *joined = dir ? malloc(size) : NULL;
    if (joined) snprintf(joined, size, "%s/%s", dir, text);
    free(dir);
    return joined;
}

char *feri_follow(const char *path, int *descriptor)
{
    char *at = feri_strdup(path);
    for (int i = 0; at && i <= LINKS_MAX; i++) {
        struct stat st;
        *descriptor = descriptor_of(at);
        if (*descriptor >= 0) return at;
        if (lstat(at, &st) != 0) {
            if (errno == ENOENT) return at;
            break;
        }
        if (!S_ISLNK(st.st_mode)) return at;
        if (i == LINKS_MAX) {
            errno = ELOOP;
            break;
        }
        char *next = link_target(at);
        if (!next) break;
        free(at);
        at = next;
    }
    int why = errno;
    free(at);
    errno = why;
    return NULL;
}

/* ---- what is written directly ---- */

/* Opening a named pipe waits for a reader. This wait must not happen inside open(): a program that has blocked the
 * signals that end it could not be ended there. */
static int open_direct(const char *path)
{
    int fd;
    while ((fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)) < 0 && errno == ENXIO &&
           !feri_stop_pending())
        nanosleep(&(struct timespec){.tv_nsec = 10000000L}, NULL);
    if (fd >= 0) fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
    return fd;
}

static fer_status begin_direct(struct feri_atomic_file *file, int descriptor, fer_error *err)
{
    int fd = descriptor >= 0 ? fcntl(descriptor, F_DUPFD_CLOEXEC, 3) : open_direct(file->target);
    file->direct = true;
    file->f = fd >= 0 ? fdopen(fd, "wb") : NULL;
    if (file->f) return FER_OK;
    fer_status st = feri_fail_errno(err, "%s: cannot be opened for writing", file->path);
    if (fd >= 0) close(fd);
    return st;
}

/* ---- the temporary file ---- */

static uint64_t draw_number(void)
{
    static _Atomic uint64_t calls;
    uint64_t n;
    if (getrandom(&n, sizeof n, 0) == (ssize_t)sizeof n) return n;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return ((uint64_t)now.tv_nsec << 32 ^ (uint64_t)now.tv_sec ^ (uint64_t)getpid() << 16) + ++calls;
}

static void name_temporary(struct feri_atomic_file *file, uint64_t number)
{
    const char *slash = strrchr(file->target, '/');
    int dir = slash ? (int)(slash - file->target) : 1;
    snprintf(file->tmp, (size_t)dir + NAME_SIZE, "%.*s" NAME, dir, slash ? file->target : ".", number);
}

/* The number is the same in every process: see link_in_place. */
static uint64_t number_of_target(const struct feri_atomic_file *file)
{
    const char *slash = strrchr(file->target, '/'), *name = slash ? slash + 1 : file->target;
    return feri_fnv(FERI_FNV_START, name, strlen(name));
}

/* A file without a name leaves nothing behind when the process is killed. Not every file system supports them. */
static int open_unnamed(const char *dir, mode_t mode)
{
#ifdef O_TMPFILE
    if (access("/proc/self/fd", X_OK) == 0) return open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, mode);
#else
    (void)dir;
    (void)mode;
#endif
    errno = EOPNOTSUPP;
    return -1;
}

static int open_named(struct feri_atomic_file *file, mode_t mode)
{
    int fd = -1;
    for (int i = 0; fd < 0 && i < NAMES_TRIED; i++) {
        name_temporary(file, draw_number());
        fd = open(file->tmp, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
        if (fd < 0 && errno != EEXIST) break;
    }
    return fd;
}

static int open_temporary(struct feri_atomic_file *file, const char *dir, mode_t mode)
{
    int fd = open_unnamed(dir, mode);
    file->unnamed = fd >= 0;
    if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL || errno == ENOENT))
        fd = open_named(file, mode);
    else name_temporary(file, number_of_target(file));
    return fd;
}

/* Give the new file the permissions of the old one, so that nobody else may read it. */
static void take_over_mode(int fd, const struct stat *old)
{
    struct stat now;
    mode_t mode = old->st_mode & 0777;
    if (fstat(fd, &now) == 0 && (now.st_uid != old->st_uid || now.st_gid != old->st_gid) &&
        fchown(fd, old->st_uid, old->st_gid) != 0 && now.st_gid != old->st_gid &&
        fchown(fd, (uid_t)-1, old->st_gid) != 0)
        mode &= ~(mode_t)070 | (mode & 07) << 3; /* the group could not be kept */
    (void)!fchmod(fd, mode);
}

static fer_status begin_temporary(struct feri_atomic_file *file, const struct stat *old, fer_error *err)
{
    char *dir = directory_of(file->target);
    file->tmp = dir ? malloc(strlen(dir) + NAME_SIZE) : NULL;
    if (!file->tmp) {
        free(dir);
        return feri_fail_memory(err, PATH_MAX);
    }
    int fd = open_temporary(file, dir, old ? 0600 : 0666);
    free(dir);
    if (fd >= 0 && old) take_over_mode(fd, old);
    file->f = fd >= 0 ? fdopen(fd, "w+b") : NULL;
    if (file->f) return FER_OK;
    fer_status st = feri_fail_errno(err, "%s: cannot be created", file->path);
    if (fd >= 0) close(fd);
    else file->unnamed = true; /* nothing to remove */
    return st;
}

/* ---- begin and end ---- */

static fer_status begin(struct feri_atomic_file *file, fer_error *err)
{
    struct stat there;
    int descriptor = -1;
    if (!(file->target = feri_follow(file->path, &descriptor)))
        return feri_fail_errno(err, "%s: cannot be created", file->path);
    if (descriptor >= 0) return begin_direct(file, descriptor, err);
    if (stat(file->target, &there) != 0) return begin_temporary(file, NULL, err);
    if (S_ISFIFO(there.st_mode) || S_ISCHR(there.st_mode)) return begin_direct(file, -1, err);
    if (!S_ISREG(there.st_mode))
        return feri_fail(err, FER_ERR_IO, "%s: exists and is not a regular file; expected a file, a pipe or a device",
                         file->path);
    if (access(file->target, W_OK) != 0) /* a rename would not check this */
        return feri_fail_errno(err, "%s: exists and cannot be replaced", file->path);
    return begin_temporary(file, &there, err);
}

fer_status feri_atomic_open(const char *path, struct feri_atomic_file *out, fer_error *err)
{
    struct feri_atomic_file file = {.path = feri_strdup(path)};
    *out = (struct feri_atomic_file){0};
    if (!file.path) return feri_fail_memory(err, strlen(path));
    fer_status st = begin(&file, err);
    if (st == FER_OK) *out = file;
    else feri_atomic_abort(&file);
    return st;
}

fer_status feri_atomic_write(struct feri_atomic_file *file, const void *data, size_t size, fer_error *err)
{
    if (size && fwrite(data, 1, size, file->f) != size)
        return feri_fail_errno(err, "%s: cannot be written", file->path);
    return FER_OK;
}

/* Retry what an earlier write left unfinished: the retry fails again and reports the reason. */
static fer_status write_out(struct feri_atomic_file *file, fer_error *err)
{
    bool failed = ferror(file->f) != 0;
    errno = 0;
    if (fflush(file->f) != 0 || (!file->direct && fsync(fileno(file->f)) != 0))
        return feri_fail_errno(err, "%s: cannot be written", file->path);
    return failed ? feri_fail(err, FER_ERR_IO, "%s: cannot be written in full", file->path) : FER_OK;
}

fer_status feri_atomic_ready(struct feri_atomic_file *file, fer_error *err)
{
    fer_status st = write_out(file, err);
    if (st != FER_OK) feri_atomic_abort(file);
    return st;
}

/* Make the new name durable too. A file system that does not support this reports EINVAL. */
static fer_status sync_directory(const struct feri_atomic_file *file, fer_error *err)
{
    char *dir = directory_of(file->target);
    int fd = dir ? open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    bool failed = fd >= 0 && fsync(fd) != 0 && errno != EINVAL && errno != ENOTSUP;
    fer_status st = failed ? feri_fail_errno(err, "%s: is written, but its directory cannot be", file->path) : FER_OK;
    if (fd >= 0) close(fd);
    free(dir);
    return st;
}

static bool rename_in_place(struct feri_atomic_file *file)
{
    if (rename(file->tmp, file->target) != 0) return false;
    file->unnamed = true; /* the temporary name no longer exists */
    return true;
}

/* False if somebody else put a file, or a link, under the temporary name. */
static bool is_own_file(const char *path)
{
    struct stat st;
    return lstat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid();
}

/* A new file gets its name in one step. To replace a file takes two, and a process that is killed between them leaves
 * the temporary name. So this name depends on the target alone, and what is found there is a whole version of the
 * target, whose writer was killed or is about to put it in place: put it there for that writer, and then this one over
 * it. */
static bool link_in_place(struct feri_atomic_file *file, int fd)
{
    char from[64];
    snprintf(from, sizeof from, "/proc/self/fd/%d", fd);
    if (linkat(AT_FDCWD, from, AT_FDCWD, file->target, AT_SYMLINK_FOLLOW) == 0) return true;
    for (int i = 0; errno == EEXIST && i < NAMES_TRIED; i++) {
        if (linkat(AT_FDCWD, from, AT_FDCWD, file->tmp, AT_SYMLINK_FOLLOW) == 0) {
            file->unnamed = false;
            if (rename_in_place(file)) return true;
            file->unnamed = errno == ENOENT; /* another writer put it in place */
            return file->unnamed && access(file->target, F_OK) == 0;
        }
        if (errno != EEXIST) break;
        if (!is_own_file(file->tmp) || rename(file->tmp, file->target) != 0) name_temporary(file, draw_number());
        errno = EEXIST;
    }
    return false;
}

/* Close first, because some file systems report a full disk only then. A file without a name lives on by a second
 * descriptor. */
static fer_status put_in_place(struct feri_atomic_file *file, fer_error *err)
{
    int fd = file->unnamed ? fcntl(fileno(file->f), F_DUPFD_CLOEXEC, 3) : -1;
    if (file->unnamed && fd < 0) return feri_fail_errno(err, "%s: cannot be written", file->path);
    FILE *f = file->f;
    file->f = NULL;
    fer_status st = FER_OK;
    if (fclose(f) != 0) st = feri_fail_errno(err, "%s: cannot be written", file->path);
    else if (!file->direct && !(file->unnamed ? link_in_place(file, fd) : rename_in_place(file)))
        st = feri_fail_errno(err, "%s: cannot be put in place", file->path);
    if (fd >= 0) close(fd);
    return st == FER_OK && !file->direct ? sync_directory(file, err) : st;
}

fer_status feri_atomic_commit(struct feri_atomic_file *file, fer_error *err)
{
    fer_status st = write_out(file, err);
    if (st == FER_OK) st = put_in_place(file, err);
    feri_atomic_abort(file);
    return st;
}

void feri_atomic_abort(struct feri_atomic_file *file)
{
    if (file->f) fclose(file->f);
    if (file->tmp && !file->unnamed) unlink(file->tmp);
    free(file->path);
    free(file->target);
    free(file->tmp);
    *file = (struct feri_atomic_file){0};
}
