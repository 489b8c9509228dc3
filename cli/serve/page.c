#include "serve/page.h"

#include <string.h>

/* Nothing but what the page itself is made of: no other origin, no inline script or style. WebAssembly is compiled,
 * pictures and videos come from the reader's disk (blob:). The last three let the page use threads. */
static const char *const page_headers[] = {
    "Content-Security-Policy",
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; "
    "media-src 'self' blob:; connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "Permissions-Policy",
    "camera=(self), microphone=(), geolocation=()",
    "Referrer-Policy",
    "no-referrer",
    "Cross-Origin-Opener-Policy",
    "same-origin",
    "Cross-Origin-Embedder-Policy",
    "require-corp",
    "Cross-Origin-Resource-Policy",
    "same-origin",
    NULL,
};

const struct page_file *page_find(const char *path)
{
    if (strcmp(path, "/") == 0) path = "/index.html";
    for (const struct page_file *f = page_files; f->path; f++)
        if (strcmp(f->path, path) == 0) return f;
    return NULL;
}

static const char *type_of(const char *path)
{
    static const struct {
        const char *ending, *type;
    } all[] = {{".html", "text/html; charset=utf-8"},
               {".css", "text/css; charset=utf-8"},
               {".js", "text/javascript; charset=utf-8"},
               {".mjs", "text/javascript; charset=utf-8"},
               {".svg", "image/svg+xml"},
               {".wasm", "application/wasm"}};
    const char *ending = strrchr(path, '.');
    for (size_t i = 0; ending && i < sizeof all / sizeof *all; i++)
        if (strcmp(all[i].ending, ending) == 0) return all[i].type;
    return "application/octet-stream";
}

void page_answer(struct request *r)
{
    const struct page_file *file = page_find(r->tail);
    reply_lend(&r->reply, type_of(file->path), (const char *)file->words, *file->size);
    r->reply.headers = page_headers;
    r->reply.etag = file->etag;
    if (r->if_none_match && strstr(r->if_none_match, file->etag)) r->reply.status = 304;
}
