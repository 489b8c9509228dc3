/* The page for people: files that are part of the command (cmake/page.cmake). */
#ifndef FER_SERVE_PAGE_H
#define FER_SERVE_PAGE_H

#include "serve/request.h"

struct page_file {
    const char *path; /* "/style.css"; NULL ends the table */
    const char *etag; /* with its quotes */
    const uint64_t *words;
    const size_t *size; /* bytes */
};
extern const struct page_file page_files[];

/** The file at a path; "/" is that of "/index.html". NULL: there is none. */
const struct page_file *page_find(const char *path);
/** Answer with the file that the request's tail names. */
void page_answer(struct request *r);

#endif
