/* The journals of an archive, read and written out as tables. A checksum guards each line, so this target puts the
 * right one before every line that begins with '{'. The first byte chooses how many journals the bytes are cut into. */
#define _POSIX_C_SOURCE 200809L /* open_memstream */
#include "archive/answers.h"
#include "base/fnv.h"
#include "fuzz_file.h"

#include <inttypes.h>
#include <string.h>

static const char *const files[] = {"0.journal", "1.journal", "2.journal", NULL};

static void put_line(FILE *to, const uint8_t *line, size_t n, bool ended)
{
    if (n > 0 && line[0] == '{') fprintf(to, "%016" PRIx64 " ", feri_fnv(FERI_FNV_START, line, n));
    if (n > 0) fwrite(line, 1, n, to);
    if (ended) putc('\n', to);
}

static const char *write_journal(const char *name, const uint8_t *data, size_t size)
{
    char *text = NULL;
    size_t n = 0;
    FILE *f = open_memstream(&text, &n);
    demand(f != NULL);
    for (size_t at = 0; at < size;) {
        const uint8_t *end = memchr(data + at, '\n', size - at);
        size_t length = end ? (size_t)(end - data) - at : size - at;
        put_line(f, data + at, length, end != NULL);
        at += length + 1;
    }
    demand(fclose(f) == 0);
    const char *path = fuzz_write(files, name, (const uint8_t *)text, n);
    free(text);
    return path;
}

static void write_tables(const struct answers *a)
{
    char *text = NULL;
    size_t n = 0, done = 0;
    for (size_t index = 1; index <= a->head.shard.count && index < 5; index++) {
        struct shard shard = {index, a->head.shard.count};
        size_t here = answers_count(a, shard, false);
        demand(answers_count(a, shard, true) <= here && here <= shard_size(shard, a->head.n_inputs));
        demand((answers_missing(a, shard) == a->head.n_inputs) == (here == shard_size(shard, a->head.n_inputs)));
        done += here;
    }
    demand(done <= a->head.n_inputs);
    FILE *f = open_memstream(&text, &n);
    demand(f && answers_write(a, SHARD_ALL, false, f) && answers_write(a, SHARD_ALL, true, f) && fclose(f) == 0);
    free(text);
    demand(answers_text(a, "table") != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct answers a = {0};
    if (size < 1) return 0;
    size_t n = 1 + data[0] % 3, part = (size - 1) / n;
    bool ok = true;
    for (size_t i = 0; ok && i < n; i++) ok = answers_read(&a, write_journal(files[i], data + 1 + i * part, part));
    answers_sort(&a);
    if (ok) write_tables(&a);
    answers_free(&a);
    return 0;
}
