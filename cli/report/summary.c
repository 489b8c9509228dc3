#include "common/cli.h"
#include "report/page.h"
#include "runs/published.h"
#include "runs/train_options.h"

#include <math.h>

static double published(const struct report_run *run)
{
    fer_train_options o;
    double accuracy = train_options_of_config(run->config, &o) ? published_accuracy(&o) : NAN;
    cli_clear_options(fer_train_table(), &o);
    return accuracy;
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
    page_number(p, "%.2f&nbsp;%%", 100 * published(run));
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
        if (!isnan(published(&runs[i]))) any_published = true;
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
