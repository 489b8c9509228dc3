#include "common/cli.h"
#include "report/page.h"
#include "runs/published.h"

#include <math.h>
#include <string.h>

static bool is_number(const json_t *config, const char *key, double expected)
{
    const json_t *v = json_object_get(config, key);
    return json_is_number(v) && fabs(json_number_value(v) - expected) <= 1e-6 * fabs(expected);
}

static bool is_word(const json_t *config, const char *key, const char *expected)
{
    const char *v = json_string_value(json_object_get(config, key));
    return v && strcmp(v, expected) == 0;
}

/* The published recipe: AdamW, learning rate 1e-3 throughout, RandAugment 2 x 9 and no other augmentation, batch 128,
 * with VGG19 32 and the backbone frozen; ten epochs, twenty of mcct-1 without oversampling; input 224. */
static bool follows_recipe(const struct report_run *run, bool oversampled)
{
    static const char *const zeros[] = {
        "flip",     "crop_scale_min", "shift",           "zoom", "rotation", "brightness",
        "contrast", "erase",          "label_smoothing", "ema",  "clip",     "warmup"};
    static const char *const younger[] = {"mixup", "cutmix", "logit_adjust", "sam",
                                          "drop_path"}; /* absent in the first runs */
    const json_t *c = run->config;
    bool vgg = strncmp(json_string_value(json_object_get(c, "model")), "vcct", 4) == 0;
    double epochs = is_word(c, "model", "mcct-1") && !oversampled ? 20 : 10;
    for (size_t i = 0; i < sizeof zeros / sizeof *zeros; i++)
        if (!is_number(c, zeros[i], 0)) return false;
    for (size_t i = 0; i < sizeof younger / sizeof *younger; i++)
        if (json_object_get(c, younger[i]) && !is_number(c, younger[i], 0)) return false;
    if (json_is_string(json_object_get(c, "teacher"))) return false;
    if (vgg && json_array_size(json_object_get(c, "freeze")) == 0) return false;
    return is_word(c, "optimizer", "adamw") && is_word(c, "schedule", "constant") && is_number(c, "lr", 1e-3) &&
           is_number(c, "weight_decay", 0.01) && is_number(c, "batch", vgg ? 32 : 128) &&
           is_number(c, "epochs", epochs) && is_number(c, "randaugment_ops", 2) &&
           is_number(c, "randaugment_magnitude", 9) && (is_number(c, "input", 0) || is_number(c, "input", 224));
}

/* NaN: nothing was published of this model with these options. */
static double published_accuracy(const struct report_run *run)
{
    const char *model = json_string_value(json_object_get(run->config, "model"));
    const struct published *row = published_find(model);
    bool oversampled = is_number(run->config, "oversample", strcmp(model, "cct-7") == 0 ? 3 : 2);
    if (!row || !(oversampled || is_number(run->config, "oversample", 0))) return NAN;
    if (!follows_recipe(run, oversampled)) return NAN;
    return oversampled ? row->oversampled : row->plain;
}

static double number_of(const json_t *object, const char *key)
{
    const json_t *v = json_object_get(object, key);
    return json_is_number(v) ? json_number_value(v) : NAN;
}

static void time_cell(struct page *p, double seconds)
{
    fputs("<td class=\"n\">", p->f);
    if (!(seconds > 0)) fputs("&ndash;", p->f);
    else if (seconds < 120) page_print(p, "%.*f s", seconds < 10 ? 1 : 0, seconds);
    else if (seconds < 7200) page_print(p, "%.0f min", seconds / 60);
    else page_print(p, "%.1f h", seconds / 3600);
    fputs("</td>", p->f);
}

/* "3,001,212" */
static void put_thousands(struct page *p, double n)
{
    char digits[32];
    int length = snprintf(digits, sizeof digits, "%.0f", n);
    for (int i = 0; i < length && i < 31; i++) {
        if (i > 0 && (length - i) % 3 == 0) putc(',', p->f);
        putc(digits[i], p->f);
    }
}

static void parameters_cell(struct page *p, const struct report_run *run)
{
    double n = number_of(run->config, "params");
    if (isnan(n)) n = number_of(run->test, "params"); /* of a run that did not note it */
    fputs("<td class=\"n\">", p->f);
    if (n >= 0 && n < 1e15) put_thousands(p, n);
    else fputs("&ndash;", p->f);
    fputs("</td>", p->f);
}

static void row(struct page *p, const struct report_run *run)
{
    const fer_evaluation *e = &run->eval;
    bool tested = e->n_classes > 0, validated = run->best < run->log.n;
    fputs("<tr>", p->f);
    page_cell(p, "th class=\"run\"", run->name);
    page_cell(p, "td class=\"word\"", json_string_value(json_object_get(run->config, "model")));
    parameters_cell(p, run);
    page_number(p, "%.2f&nbsp;%%", 100 * published_accuracy(run));
    fputs("<td class=\"n\">", p->f);
    if (validated)
        fprintf(p->f, "%.2f&nbsp;%%<br><span class=\"soft\">epoch&nbsp;%.0f</span>",
                100 * run->log.val_accuracy[run->best], run->log.epoch[run->best]);
    else fputs("&ndash;", p->f);
    fputs("</td>", p->f);
    page_number(p, "%.2f&nbsp;%%", tested ? 100 * e->accuracy : NAN);
    page_number(p, "%.2f&nbsp;%%", tested ? 100 * e->mean_recall : NAN);
    page_number(p, "%.2f&nbsp;%%", tested ? 100 * e->macro_f1 : NAN);
    page_number(p, "%.2f&nbsp;%%", tested ? 100 * e->ece : NAN);
    fprintf(p->f, "<td class=\"n\">%zu&nbsp;of&nbsp;%.0f</td>", run->log.n, number_of(run->config, "epochs"));
    time_cell(p, number_of(run->config, "seconds"));
    fputs("</tr>\n", p->f);
}

void page_summary(struct page *p, const struct report_run *runs, size_t n)
{
    fputs("<div class=\"scroll\"><table>\n<thead><tr><th>run</th><th>model</th><th class=\"n\">parameters</th>"
          "<th class=\"n\">published</th><th class=\"n\">validation accuracy</th><th class=\"n\">test accuracy</th>"
          "<th class=\"n\">mean recall</th><th class=\"n\">macro F1</th><th class=\"n\">ECE</th>"
          "<th class=\"n\">epochs</th><th class=\"n\">training time</th></tr></thead>\n<tbody>\n",
          p->f);
    bool any_published = false;
    for (size_t i = 0; i < n; i++) {
        row(p, &runs[i]);
        if (!isnan(published_accuracy(&runs[i]))) any_published = true;
    }
    fputs("</tbody>\n</table></div>\n<p class=\"soft\">Validation accuracy is that of the best epoch. Mean recall, "
          "macro F1 and "
          "ECE (expected calibration error, 15 bins) are of the test. ",
          p->f);
    fputs(any_published ? "Published accuracies are of the same model and recipe on AffectNet-8; they compare only "
                          "with tests on it."
                        : "None of these runs has a published model with its published recipe.",
          p->f);
    fputs("</p>\n", p->f);
}
