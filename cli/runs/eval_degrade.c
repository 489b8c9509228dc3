#include "runs/eval_degrade.h"

#include "common/cli.h"

const char *const eval_degrade_words[] = {"none",   "blur",         "low-light",     "small", "jpeg",
                                          "rotate", "occlude-eyes", "occlude-mouth", "all",   NULL};

const char *eval_degrade_name(int d)
{
    return d == 0 ? "clean" : eval_degrade_words[d];
}

static void print_interval(const fer_interval *i)
{
    printf("  (%5.2f to %5.2f)", 100 * i->low, 100 * i->high);
}

void eval_degrade_print(fer_evaluation *const *all)
{
    const char *gap = all[0]->intervals ? "                  " : "";
    printf("%-14s %10s%s %12s%s %8s\n", "pictures", "accuracy", gap, "mean recall", gap, "ECE");
    for (int d = 0; d < FER_DEGRADATIONS; d++) {
        const fer_evaluation *e = all[d];
        printf("%-14s %8.2f %%", eval_degrade_name(d), 100 * e->accuracy);
        if (e->intervals) print_interval(&e->intervals->accuracy);
        printf(" %10.2f %%", 100 * e->mean_recall);
        if (e->intervals) print_interval(&e->intervals->mean_recall);
        printf(" %6.2f %%", 100 * e->ece);
        if (e->intervals) print_interval(&e->intervals->ece);
        putchar('\n');
    }
    if (all[0]->intervals) printf("in brackets    95 %% intervals of %zu resamples\n", all[0]->intervals->resamples);
}

static void set_interval(json_t *to, const char *key, const fer_interval *i)
{
    feri_json_set(to, key, json_pack("[f, f]", i->low, i->high));
}

json_t *eval_degrade_json(const struct eval_subject *s, fer_evaluation *const *all)
{
    json_t *each = json_object();
    for (int d = 0; d < FER_DEGRADATIONS; d++) {
        const fer_evaluation *e = all[d];
        json_t *one =
            json_pack("{s:f, s:f, s:f}", "accuracy", e->accuracy, "mean_recall", e->mean_recall, "ece", e->ece);
        if (e->intervals) {
            set_interval(one, "accuracy_interval", &e->intervals->accuracy);
            set_interval(one, "mean_recall_interval", &e->intervals->mean_recall);
            set_interval(one, "ece_interval", &e->intervals->ece);
        }
        feri_json_set(each, eval_degrade_name(d), one);
    }
    return json_pack("{s:s, s:s, s:o, s:o, s:s, s:I, s:o}", "version", fer_version(), "model",
                     fer_model_get_info(s->model).name, "weights", feri_json_string(s->weights), "data",
                     feri_json_string(s->data), "protocol", fer_protocol_name(s->protocol), "images",
                     (json_int_t)all[0]->images, "degradations", each);
}
