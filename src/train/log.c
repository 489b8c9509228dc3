#include "train/log.h"

#include "base/decimal.h"
#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCHEMA ",2"

const char feri_log_header[] = "Epoch,Loss,Accuracy,VAL_Loss,VAL_Accuracy,LR,Images_per_s,Schema\n";

fer_status feri_log_append_line(struct feri_log *log, const char *line, fer_error *err)
{
    size_t n = strlen(line);
    if (!feri_grow(&log->text, &log->cap, log->size + n + 1, 1)) return feri_fail_memory(err, log->size + n + 1);
    memcpy(log->text + log->size, line, n + 1);
    log->size += n;
    return FER_OK;
}

fer_status feri_log_start(struct feri_log *log, const char *text, fer_error *err)
{
    *log = (struct feri_log){0};
    return feri_log_append_line(log, text, err);
}

bool feri_log_has_means(const struct feri_log *log)
{
    const char *column = strstr(log->text, ",Schema"), *end = strchr(log->text, '\n');
    return column && end && column < end;
}

void feri_log_free(struct feri_log *log)
{
    free(log->text);
    *log = (struct feri_log){0};
}

static void format(char *out, size_t size, int digits, double v)
{
    *out = '\0';
    if (isnan(v)) return;
    feri_snprintf(out, size, "%.*g", digits, v);
}

fer_status feri_log_append(struct feri_log *log, const struct feri_log_row *row, fer_error *err)
{
    char number[6][40], line[320];
    const double values[6] = {row->loss, row->accuracy, row->val_loss, row->val_accuracy, row->lr, row->images_per_s};
    for (int i = 0; i < 6; i++) format(number[i], sizeof number[i], i == 5 ? 5 : 9, values[i]);
    snprintf(line, sizeof line, "%zu,%s,%s,%s,%s,%s,%s%s\n", row->epoch + 1, number[0], number[1], number[2], number[3],
             number[4], number[5], feri_log_has_means(log) ? SCHEMA : "");
    return feri_log_append_line(log, line, err);
}

fer_status feri_write_text(const char *path, const char *text, size_t size, fer_error *err)
{
    struct feri_atomic_file file;
    fer_status st = feri_atomic_open(path, &file, err);
    if (st != FER_OK) return st;
    st = feri_atomic_write(&file, text, size, err);
    if (st != FER_OK) {
        feri_atomic_abort(&file);
        return st;
    }
    return feri_atomic_commit(&file, err);
}

fer_status feri_log_write(const struct feri_log *log, const char *path, fer_error *err)
{
    return feri_write_text(path, log->text, log->size, err);
}
