#include "base/clock.h"
#include "base/error.h"
#include "data/loader.h"
#include "data/open.h"
#include "fer/bench.h"

static fer_status open_loader(const fer_bench_data_options *opt, const struct feri_dataset *ds,
                              struct feri_loader **out, fer_error *err)
{
    struct feri_loader_options o = {.h = opt->input ? opt->input : 224,
                                    .w = opt->input ? opt->input : 224,
                                    .c = opt->channels ? opt->channels : 3,
                                    .batch = opt->batch ? opt->batch : 64,
                                    .workers = opt->workers,
                                    .augment = opt->augment,
                                    .shuffle = true,
                                    .n_classes = feri_dataset_n_classes(ds)};
    fer_status st = feri_preprocess_find(opt->preprocess ? opt->preprocess : "imagenet", o.c, &o.preprocess, err);
    if (st != FER_OK) return st;
    return feri_loader_new(ds, &o, out, err);
}

static fer_status measure(struct feri_loader *l, size_t wanted, fer_bench_data_result *out, fer_error *err)
{
    struct feri_batch batch;
    double start = feri_now();
    fer_status st = feri_loader_start(l, 0, err);
    while (st == FER_OK && out->images < wanted) {
        st = feri_loader_next(l, &batch, err);
        if (st != FER_OK || batch.n == 0) break;
        out->images += batch.n;
    }
    out->seconds = feri_now() - start;
    out->images_per_second = out->seconds > 0 ? (double)out->images / out->seconds : 0;
    return st;
}

fer_status fer_bench_data(const fer_bench_data_options *opt, fer_bench_data_result *out, fer_error *err)
{
    if (!opt || !out || !opt->data.path)
        return feri_fail(err, FER_ERR_ARGUMENT, "fer_bench_data: options, data and out must not be NULL");
    struct feri_dataset *ds;
    struct feri_loader *l = NULL;
    *out = (fer_bench_data_result){0};
    fer_status st = feri_dataset_open(&opt->data, FERI_USE_TRAIN, &ds, err);
    if (st != FER_OK) return st;
    st = open_loader(opt, ds, &l, err);
    if (st == FER_OK) st = measure(l, opt->images ? opt->images : 2000, out, err);
    feri_loader_free(l);
    feri_dataset_close(ds);
    return st;
}
