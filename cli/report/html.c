#include "common/cli.h"
#include "report/page.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- drawings: <stem>-<what>.png and .svg beside the page, the latter in it ---- */

typedef int draw_fn(const char *path, const struct report_run *run);

static int draw_loss(const char *path, const struct report_run *run)
{
    return plot_curve(path, PLOT_LOSS, &run->log);
}

static int draw_accuracy(const char *path, const struct report_run *run)
{
    return plot_curve(path, PLOT_ACCURACY, &run->log);
}

static int draw_confusion(const char *path, const struct report_run *run)
{
    return plot_confusion(path, run->name, &run->eval);
}

static int draw_reliability(const char *path, const struct report_run *run)
{
    return plot_reliability(path, run->name, &run->eval);
}

static int draw_faces(const char *path, const struct report_run *run)
{
    struct plot_face faces[REPORT_MISTAKES];
    const struct report_mistakes *m = &run->mistakes;
    for (size_t i = 0; i < m->n; i++)
        faces[i] = (struct plot_face){m->items[i].image, m->items[i].label, m->items[i].answer, m->items[i].confidence};
    return plot_faces(path, faces, m->n);
}

static bool draw_file(const struct page *p, const char *name, draw_fn *draw, const struct report_run *run)
{
    char *path = cli_join(p->directory, name);
    bool ok = path && draw(path, run) == CLI_OK;
    free(path);
    return ok;
}

struct figure {
    const char *what, *class, *alt;
    draw_fn *draw;
};

static bool put_figure(struct page *p, const struct figure *fig, const struct report_run *run)
{
    char png[200], svg[200];
    if (!p->draws) return true;
    snprintf(png, sizeof png, "%s-%s.png", run->stem, fig->what);
    snprintf(svg, sizeof svg, "%s-%s.svg", run->stem, fig->what);
    if (!draw_file(p, png, fig->draw, run) || !draw_file(p, svg, fig->draw, run)) return false;
    fputs("<figure class=\"scroll\">", p->f);
    bool ok = page_image(p, svg, fig->class, fig->alt);
    fputs("</figure>\n", p->f);
    return ok;
}

/* ---- runs overlaid ---- */

static bool put_overlay(struct page *p, const struct report_run *runs, size_t n)
{
    bool any = false;
    for (size_t i = 0; i < n; i++)
        if (runs[i].best < runs[i].log.n) any = true;
    if (n < 2 || !any || !p->draws) return true;
    struct plot_run *lines = calloc(n, sizeof *lines);
    char *png = cli_join(p->directory, "runs.png"), *svg = cli_join(p->directory, "runs.svg");
    bool ok = lines && png && svg;
    for (size_t i = 0; ok && i < n; i++) lines[i] = (struct plot_run){runs[i].name, &runs[i].log};
    if (ok) ok = plot_runs(png, lines, n) == CLI_OK && plot_runs(svg, lines, n) == CLI_OK;
    if (ok) {
        fputs("<figure>", p->f);
        ok = page_image(p, "runs.svg", "chart", "validation accuracy of all runs over the epochs");
        fputs("</figure>\n", p->f);
    }
    free(lines);
    free(png);
    free(svg);
    return ok;
}

/* ---- one run ---- */

static bool put_curves(struct page *p, const struct report_run *run)
{
    static const struct figure loss = {"loss", "chart", "loss over the epochs", draw_loss};
    static const struct figure accuracy = {"accuracy", "chart", "accuracy over the epochs", draw_accuracy};
    fputs("<h3>Training</h3>\n<div class=\"grid\">\n", p->f);
    bool ok = put_figure(p, &loss, run) && put_figure(p, &accuracy, run);
    fputs("</div>\n<p class=\"soft\">Training figures come from the augmented images. Loss is the mean over the "
          "images; in runs of earlier versions, whose log.csv has no column Schema, it is the sum of the batches' mean "
          "losses divided by the number of images.</p>\n",
          p->f);
    return ok;
}

static void put_classes(struct page *p, const fer_evaluation *e)
{
    fputs("<h3>Classes</h3>\n<div class=\"scroll\"><table>\n<thead><tr><th>class</th><th class=\"n\">images</th>"
          "<th class=\"n\">precision</th><th class=\"n\">recall</th><th class=\"n\">F1</th></tr></thead>\n<tbody>\n",
          p->f);
    for (size_t k = 0; k < e->n_classes; k++) {
        const fer_class_metrics *c = &e->per_class[k];
        fputs("<tr>", p->f);
        page_cell(p, "th", c->name);
        page_number(p, "%.0f", (double)c->support);
        page_number(p, "%.1f&nbsp;%%", 100 * c->precision);
        page_number(p, "%.1f&nbsp;%%", c->support ? 100 * c->recall : NAN);
        page_number(p, "%.1f&nbsp;%%", c->support ? 100 * c->f1 : NAN);
        fputs("</tr>\n", p->f);
    }
    fputs("</tbody>\n</table></div>\n", p->f);
}

static void put_concordance(struct page *p, const char *name, const fer_concordance *c)
{
    if (c->images == 0) return;
    fputs("<tr>", p->f);
    page_cell(p, "th", name);
    page_number(p, "%.0f", (double)c->images);
    page_number(p, "%.3f", c->ccc);
    page_number(p, "%.3f", c->rmse);
    page_number(p, "%.1f&nbsp;%%", 100 * c->sagr);
    fputs("</tr>\n", p->f);
}

static void put_valence_arousal(struct page *p, const fer_evaluation *e)
{
    if (e->valence.images + e->arousal.images == 0) return;
    fputs("<h3>Valence and arousal</h3>\n<div class=\"scroll\"><table>\n<thead><tr><th></th><th "
          "class=\"n\">images</th><th class=\"n\">CCC</th>"
          "<th class=\"n\">RMSE</th><th class=\"n\">same sign</th></tr></thead>\n<tbody>\n",
          p->f);
    put_concordance(p, "valence", &e->valence);
    put_concordance(p, "arousal", &e->arousal);
    fputs("</tbody>\n</table></div>\n", p->f);
}

/* The drawing's numbers, for readers who cannot see it or want to copy them. */
static void put_confusion_table(struct page *p, const fer_evaluation *e)
{
    fprintf(p->f,
            "<details%s><summary>Counts: rows are truth, columns are predictions</summary>\n<div "
            "class=\"scroll\"><table>\n<thead><tr><th></th>",
            p->draws ? "" : " open");
    for (size_t k = 0; k < e->n_classes; k++) page_cell(p, "th class=\"n\"", e->per_class[k].name);
    fputs("</tr></thead>\n<tbody>\n", p->f);
    for (size_t i = 0; i < e->n_classes; i++) {
        fputs("<tr>", p->f);
        page_cell(p, "th", e->per_class[i].name);
        for (size_t k = 0; k < e->n_classes; k++)
            fprintf(p->f, "<td class=\"n%s\">%zu</td>", i == k ? " right" : "", e->confusion[i * e->n_classes + k]);
        fputs("</tr>\n", p->f);
    }
    fputs("</tbody>\n</table></div></details>\n", p->f);
}

static void put_bins(struct page *p, const fer_evaluation *e)
{
    fprintf(p->f,
            "<details%s><summary>Bins of confidence</summary>\n<div class=\"scroll\"><table>\n<thead><tr>"
            "<th>confidence</th><th class=\"n\">images</th><th class=\"n\">mean confidence</th>"
            "<th class=\"n\">accuracy</th></tr></thead>\n<tbody>\n",
            p->draws ? "" : " open");
    for (size_t i = 0; i < FER_CALIBRATION_BINS; i++) {
        const fer_calibration_bin *b = &e->bins[i];
        if (b->images == 0) continue;
        fprintf(p->f, "<tr><th>%.1f to %.1f&nbsp;%%</th><td class=\"n\">%zu</td>",
                100.0 * (double)i / FER_CALIBRATION_BINS, 100.0 * (double)(i + 1) / FER_CALIBRATION_BINS, b->images);
        page_number(p, "%.1f&nbsp;%%", 100 * b->confidence);
        page_number(p, "%.1f&nbsp;%%", 100 * b->accuracy);
        fputs("</tr>\n", p->f);
    }
    fputs("</tbody>\n</table></div></details>\n", p->f);
}

static void put_mistake_table(struct page *p, const struct report_mistakes *m, bool open)
{
    fprintf(p->f,
            "<details%s><summary>Files</summary>\n<div class=\"scroll\"><table>\n<thead><tr><th>file</th><th>truth</th>"
            "<th>answer</th><th class=\"n\">confidence</th></tr></thead>\n<tbody>\n",
            open ? " open" : "");
    for (size_t i = 0; i < m->n; i++) {
        fputs("<tr>", p->f);
        page_cell(p, "td class=\"run\"", m->items[i].file);
        page_cell(p, "td", m->items[i].label);
        page_cell(p, "td", m->items[i].answer);
        page_number(p, "%.1f&nbsp;%%", 100 * m->items[i].confidence);
        fputs("</tr>\n", p->f);
    }
    fputs("</tbody>\n</table></div></details>\n", p->f);
}

static bool put_mistakes(struct page *p, const struct report_run *run)
{
    static const struct figure faces = {"mistakes", "photo", "the most confident wrong predictions, as faces",
                                        draw_faces};
    const struct report_mistakes *m = &run->mistakes;
    bool ok = true;
    fputs("<h3>Worst mistakes</h3>\n<p>", p->f);
    if (m->seen == 0) {
        fputs("Unknown: the run has a test.json but no predictions.csv next to it.</p>\n", p->f);
        return true;
    }
    page_print(p, "%zu of %zu images were predicted wrong.%s", m->wrong, m->seen,
               m->n ? " These predictions were the most confident of them." : "");
    fputs("</p>\n", p->f);
    if (m->n == 0) return true;
    if (m->missing) {
        fputs("<p class=\"soft\">The faces are not shown: ", p->f);
        page_text(p, m->missing);
        fputs("</p>\n", p->f);
    } else ok = put_figure(p, &faces, run);
    put_mistake_table(p, m, m->missing || !p->draws);
    return ok;
}

static void put_test_line(struct page *p, const struct report_run *run)
{
    const fer_evaluation *e = &run->eval;
    const char *data = json_string_value(json_object_get(run->test, "data"));
    const char *protocol = json_string_value(json_object_get(run->test, "protocol"));
    const json_t *speed = json_object_get(run->test, "images_per_s");
    fputs("<h3>Test</h3>\n<p>", p->f);
    page_print(p,
               "%zu images of %.200s (protocol %.40s): accuracy %.2f %%, mean recall %.2f %%, macro F1 %.2f %%, loss "
               "%.4f, Brier "
               "score %.4f",
               e->images, data ? data : "a data set that is not named", protocol ? protocol : "not named",
               100 * e->accuracy, 100 * e->mean_recall, 100 * e->macro_f1, e->loss, e->brier);
    if (json_is_number(speed)) page_print(p, ", %.0f images/s", json_number_value(speed));
    fputs(".</p>\n", p->f);
}

static bool put_test(struct page *p, const struct report_run *run)
{
    static const struct figure confusion = {"confusion", "chart wide", "confusion matrix, percent of each class",
                                            draw_confusion};
    static const struct figure reliability = {"reliability", "chart", "accuracy over confidence", draw_reliability};
    const fer_evaluation *e = &run->eval;
    if (e->n_classes == 0) {
        fputs("<h3>Test</h3>\n<p>This run was not tested: it has no test.json, and the report was made without "
              "--data.</p>\n",
              p->f);
        return true;
    }
    put_test_line(p, run);
    fputs("<div class=\"grid\">\n<div><h3>Confusion</h3>\n", p->f);
    bool ok = put_figure(p, &confusion, run);
    put_confusion_table(p, e);
    fputs("</div>\n<div>", p->f);
    put_classes(p, e);
    put_valence_arousal(p, e);
    fputs("</div>\n<div><h3>Calibration</h3>\n<p>", p->f);
    page_print(p,
               "Expected calibration error %.2f %%: the average gap between the confidence of predictions and the "
               "share of them that is correct.",
               100 * e->ece);
    fputs("</p>\n", p->f);
    if (ok) ok = put_figure(p, &reliability, run);
    put_bins(p, e);
    fputs("</div>\n<div>", p->f);
    ok = ok && put_mistakes(p, run);
    fputs("</div>\n</div>\n", p->f);
    return ok;
}

static bool put_run(struct page *p, const struct report_run *run)
{
    fputs("<h2>", p->f);
    page_text(p, run->name);
    fputs("</h2>\n", p->f);
    return put_curves(p, run) && put_test(p, run);
}

/* ---- the page ---- */

static bool put_page(struct page *p, const struct report_run *runs, size_t n)
{
    page_head(p, n > 1 ? "Report of training runs" : "Report of a training run");
    fprintf(p->f, "<h1>%s</h1>\n", n > 1 ? "Training runs" : "Training run");
    if (!p->draws) fputs("<p>This report has no drawings: fer was built without cairo, or cannot load it.</p>\n", p->f);
    page_summary(p, runs, n);
    bool ok = put_overlay(p, runs, n);
    for (size_t i = 0; ok && i < n; i++) ok = put_run(p, &runs[i]);
    if (!ok) return false;
    page_config(p, runs, n);
    fputs("<p class=\"soft\">", p->f);
    page_print(p, "Made by fer %s. A score says how a face looks to a network, not what a person feels.",
               fer_version());
    fputs("</p>\n", p->f);
    page_tail(p);
    return true;
}

int report_write(const char *directory, const struct report_run *runs, size_t n)
{
    struct page p = {.directory = directory};
    if (!cli_make_dirs(directory)) return CLI_FAILED;
    char *path = cli_join(directory, "report.html");
    p.draws = plot_available();
    int code = CLI_FAILED;
    if (path && cli_file_open(&p.file, path)) {
        p.f = p.file.f;
        bool ok = put_page(&p, runs, n);
        if (ok && p.lost) ok = cli_no_memory();
        code = cli_file_close(&p.file, ok);
        if (!ok) code = CLI_FAILED;
    }
    free(path);
    return code;
}
