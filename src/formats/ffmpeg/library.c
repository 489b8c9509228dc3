#define _GNU_SOURCE /* dlopen's flags */
#include "formats/ffmpeg/library.h"

#include "base/error.h"

#include <dlfcn.h>
#include <string.h>

/* FFmpeg logs to stderr, in places even without a context that could silence it. The log level belongs to the process.
 * It is set only if this code loads FFmpeg first, so that a program that uses FFmpeg itself keeps its log. */
static void *load_quietly(void)
{
    void *before = dlopen(FER_LIBAVCODEC, RTLD_NOW | RTLD_LOCAL | RTLD_NOLOAD);
    void *library = before ? before : dlopen(FER_LIBAVCODEC, RTLD_NOW | RTLD_LOCAL);
    void *found = library && !before ? dlsym(library, "av_log_set_level") : NULL;
    __typeof__(av_log_set_level) *set_level;
    memcpy(&set_level, &found, sizeof found);
    if (set_level) set_level(AV_LOG_QUIET);
    return library;
}

/* The libraries stay loaded, because some of their dependencies cannot be unloaded. */
fer_status feri_ffmpeg_resolve(const char *library, const char *use, const char *const *names, size_t n, void *table,
                               fer_error *err)
{
    void *handle = load_quietly();
    if (handle) handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
    for (size_t i = 0; i < n; i++) {
        void *found = handle ? dlsym(handle, names[i]) : NULL;
        if (!found)
            return feri_fail(err, FER_ERR_UNSUPPORTED, "FFmpeg, which %s, cannot be loaded: %s", use, dlerror());
        memcpy((char *)table + i * sizeof found, &found, sizeof found);
    }
    return FER_OK;
}

fer_status feri_ffmpeg_find(struct feri_ffmpeg *out, fer_error *err)
{
#define NAME(name) #name,
    static const char *const names[] = {FERI_FFMPEG(NAME)};
#undef NAME
    return feri_ffmpeg_resolve(FER_LIBAVCODEC, "reads this kind of picture", names, sizeof names / sizeof *names, out,
                               err);
}
