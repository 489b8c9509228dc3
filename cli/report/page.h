/* The pieces a report's page is made of. Whatever comes from files goes through page_text(). */
#ifndef FER_REPORT_PAGE_H
#define FER_REPORT_PAGE_H

#include "common/file.h"
#include "report/report.h"

struct page {
    struct feri_atomic_file file;
    FILE *f; /* file.f */
    const char *directory;
    bool draws; /* there is cairo */
};

/** Doctype to the beginning of the body; title is escaped. */
void page_head(struct page *p, const char *title);
void page_tail(struct page *p);

/** Text, so that it is shown as it is and nothing in it means anything to a browser. */
void page_text(struct page *p, const char *text);
/** printf() through page_text(), up to 500 bytes. */
void page_print(struct page *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/** A cell: <tag>text</tag>. */
void page_cell(struct page *p, const char *tag, const char *text);
/** A number's cell with a format of one double; NaN is a dash. */
void page_number(struct page *p, const char *fmt, double v) __attribute__((format(printf, 2, 0)));

/** <img> with the drawing <directory>/<name> in it, which must end in .svg. */
bool page_image(struct page *p, const char *name, const char *class, const char *alt);

/** Sections of report_config.c: what the runs' options are, and where they differ. */
void page_config(struct page *p, const struct report_run *runs, size_t n);
/** Section of report_summary.c: one row a run. */
void page_summary(struct page *p, const struct report_run *runs, size_t n);

#endif
