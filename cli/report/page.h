/* The building blocks of a report's page. All text from files goes through page_text(). */
#ifndef FER_REPORT_PAGE_H
#define FER_REPORT_PAGE_H

#include "common/file.h"
#include "report/report.h"

struct page {
    struct feri_atomic_file file;
    FILE *f; /* file.f */
    const char *directory;
    bool draws; /* there is cairo */
    bool lost;  /* memory ran out, and a text is missing */
};

/** From the doctype to the start of the body. The title is escaped. */
void page_head(struct page *p, const char *title);
void page_tail(struct page *p);

/** Text, escaped so that a browser shows it unchanged. */
void page_text(struct page *p, const char *text);
/** printf() through page_text(), up to 500 bytes. */
void page_print(struct page *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/** A cell: <tag>text</tag>. */
void page_cell(struct page *p, const char *tag, const char *text);
/** A cell with a number, by a format with one double; NaN is a dash. */
void page_number(struct page *p, const char *fmt, double v) __attribute__((format(printf, 2, 0)));

/** <img> with the drawing <directory>/<name> in it, which must end in .svg. */
bool page_image(struct page *p, const char *name, const char *class, const char *alt);

/** Sections of config.c: the runs' options, and where they differ. */
void page_config(struct page *p, const struct report_run *runs, size_t n);
/** Section of summary.c: one row per run. */
void page_summary(struct page *p, const struct report_run *runs, size_t n);

#endif
