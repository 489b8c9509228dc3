#define _POSIX_C_SOURCE 200809L /* gmtime_r, uname */
#include "train/config.h"

#include "base/error.h"
#include "base/file.h"
#include "fer/fer.h"
#include "train/options.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#define CPU_MAX 128

/* The processor's name ("model name : Some CPU @ 2 GHz") if the kernel reports one, otherwise the architecture. */
static void cpu_name(char out[CPU_MAX])
{
    char line[256];
    struct utsname system;
    *out = '\0';
    FILE *f = fopen("/proc/cpuinfo", "r");
    while (f && !*out && fgets(line, sizeof line, f)) {
        const char *colon = strchr(line, ':');
        if (strncmp(line, "model name", 10) != 0 || !colon) continue;
        colon += 1 + strspn(colon + 1, " \t");
        snprintf(out, CPU_MAX, "%.*s", (int)strcspn(colon, "\r\n"), colon);
    }
    if (f) fclose(f);
    if (!*out) snprintf(out, CPU_MAX, "%.120s", uname(&system) == 0 ? system.machine : "unknown");
}

static json_t *machine(const struct feri_run *r)
{
    char cpu[CPU_MAX];
    cpu_name(cpu);
    return json_pack("{s:s, s:I, s:s, s:I}", "cpu", cpu, "threads",
                     (json_int_t)feri_pool_threads(feri_trainer_pool(r->core.trainer)), "isa", r->core.kernels->isa,
                     "ranks", (json_int_t)feri_ranks_size(r->core.ranks));
}

static json_t *copy_of(const json_t *object, const char *key)
{
    json_t *value = json_object_get(object, key);
    return value ? json_incref(value) : json_null();
}

static bool add_facts(json_t *all, const struct feri_run *r, double seconds)
{
    return json_object_set_new(all, "out", feri_json_string(r->opt->out)) == 0 &&
           json_object_set_new(all, "version", json_string(fer_version())) == 0 &&
           json_object_set_new(all, "params", json_integer((json_int_t)fer_model_get_info(r->core.model).n_params)) ==
               0 &&
           json_object_set_new(all, "data_digest", copy_of(r->core.fingerprint, "data")) == 0 &&
           json_object_set_new(all, "val_digest", copy_of(r->core.fingerprint, "val")) == 0 &&
           json_object_set(all, "notes", r->core.dir.notes) == 0 &&
           json_object_set_new(all, "machine", machine(r)) == 0 &&
           json_object_set_new(all, "started", json_string(r->started)) == 0 &&
           json_object_set_new(all, "seconds", json_real(round(seconds * 1000) / 1000)) == 0;
}

fer_status feri_config_write(const struct feri_run *r, double seconds, fer_error *err)
{
    char path[FERI_RUN_PATH_MAX];
    if (!feri_ranks_write(r->core.ranks)) return FER_OK;
    json_t *json = feri_options_json(fer_train_table(), r->opt, FER_OPTION_PLACE);
    char *text = json && add_facts(json, r, seconds) ? feri_option_text(json, 2) : NULL;
    json_decref(json);
    if (!text) return feri_fail(err, FER_ERR_MEMORY, "config.json: out of memory");
    size_t n = strlen(text);
    text[n] = '\n'; /* replaces the NUL; the size is passed below */
    fer_status st = feri_run_dir_path(&r->core.dir, "config.json", path, err);
    if (st == FER_OK) st = feri_write_text(path, text, n + 1, err);
    free(text);
    return st;
}

/* If the file cannot be read, only the earlier time is lost; the run continues. */
static void recall(struct feri_run *r)
{
    char path[FERI_RUN_PATH_MAX];
    if (feri_run_dir_path(&r->core.dir, "config.json", path, NULL) != FER_OK) return;
    struct feri_bytes file;
    json_t *old = NULL;
    if (feri_file_load(path, &file, NULL) != FER_OK) return;
    feri_json_read((const char *)file.data, file.size, &old, NULL);
    feri_bytes_free(&file);
    const char *started = json_string_value(json_object_get(old, "started"));
    double seconds = json_number_value(json_object_get(old, "seconds"));
    if (started) snprintf(r->started, sizeof r->started, "%.30s", started);
    if (seconds > 0) r->seconds_before = seconds;
    json_t *notes = json_object_get(old, "notes"); /* those of the beginning */
    if (json_is_array(notes)) {
        json_array_clear(r->core.dir.notes);
        json_array_extend(r->core.dir.notes, notes);
    }
    json_decref(old);
}

/* UTC, ISO 8601. */
void feri_config_begin(struct feri_run *r, bool resumed)
{
    struct tm utc;
    time_t t = time(NULL);
    if (gmtime_r(&t, &utc)) strftime(r->started, sizeof r->started, "%Y-%m-%dT%H:%M:%SZ", &utc);
    if (resumed) recall(r);
}
