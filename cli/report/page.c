#include "report/page.h"

#include "common/cli.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* Charts are drawn dark on white. On a dark page their lightness is inverted and their hues are kept. Paper is always
 * light. */
static const char style[] =
    ":root{color-scheme:light "
    "dark;--ink:#1d1f24;--soft:#5d6470;--page:#fff;--band:#f3f4f6;--line:#dcdfe4;--mark:#fff4d6}\n"
    "@media screen and (prefers-color-scheme:dark){:root{--ink:#e4e6ea;--soft:#a0a7b3;--page:#15171b;--band:#1f2228;"
    "--line:#363b44;--mark:#3b3317}img.chart{filter:invert(.915) hue-rotate(180deg)}}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0 auto;padding:1.2rem;max-width:76rem;background:var(--page);color:var(--ink);"
    "font:16px/1.5 system-ui,sans-serif}\n"
    "h1{font-size:1.6rem;line-height:1.2;margin:.4rem 0}h2{font-size:1.25rem;margin:2.4rem 0 .6rem;padding-top:1rem;"
    "border-top:1px solid var(--line);overflow-wrap:anywhere}h3{font-size:1rem;margin:1.6rem 0 .5rem}\n"
    "p{margin:.5rem 0;max-width:46rem;overflow-wrap:anywhere}.soft{color:var(--soft);font-size:.9rem}\n"
    ".scroll{overflow-x:auto;margin:.5rem "
    "0}table{border-collapse:collapse;font-size:.9rem;font-variant-numeric:tabular-nums}\n"
    "th,td{padding:.35rem .7rem;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}\n"
    "th{color:var(--soft);font-weight:600}thead "
    "th{vertical-align:bottom}td.n,th.n{text-align:right}td.n,td.word{white-space:nowrap}\n"
    "th.run,td.run{min-width:8rem;max-width:22rem;overflow-wrap:anywhere}th.run{color:var(--ink)}"
    "tbody tr:nth-child(even){background:var(--band)}\n"
    "td.right{background:var(--mark)}\n"
    ".grid>*{min-width:0}.grid{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,26rem),1fr));gap:"
    "1rem}\n"
    "figure{margin:0}img{display:block;max-width:100%;height:auto}figure img{width:100%;max-width:36rem}\n"
    "img.wide{min-width:36rem;max-width:44rem}img.photo{max-width:36rem;background:#fff}\n"
    "details{margin:.6rem 0}summary{cursor:pointer;color:var(--soft)}\n"
    "@media(max-width:40rem){body{padding:.8rem}table{font-size:.85rem}th,td{padding:.3rem .4rem}}\n"
    "@media print{body{max-width:none;padding:0;font-size:11px}h2,h3{break-after:avoid}figure,tr{break-inside:avoid}"
    ".scroll{overflow:visible}img.wide{min-width:0}th,td{padding:.15rem .4rem}th.run,td.run{min-width:0}}\n";

void page_head(struct page *p, const char *title)
{
    fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
          "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>",
          p->f);
    page_text(p, title);
    fprintf(p->f, "</title>\n<style>\n%s</style>\n</head>\n<body>\n", style);
}

void page_tail(struct page *p)
{
    fputs("</body>\n</html>\n", p->f);
}

static void put_escaped(FILE *f, char c)
{
    switch (c) {
    case '&': fputs("&amp;", f); break;
    case '<': fputs("&lt;", f); break;
    case '>': fputs("&gt;", f); break;
    case '"': fputs("&quot;", f); break;
    case '\'': fputs("&#39;", f); break;
    default: putc(c == '\n' || c == '\t' || (unsigned char)c >= ' ' ? c : '?', f);
    }
}

void page_text(struct page *p, const char *text)
{
    json_t *valid = feri_json_string(text); /* UTF-8 */
    const char *s = json_string_value(valid);
    if (text && !s) p->lost = true;
    for (; s && *s; s++) put_escaped(p->f, *s);
    json_decref(valid);
}

void page_print(struct page *p, const char *fmt, ...)
{
    char text[500];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    page_text(p, text);
}

void page_cell(struct page *p, const char *tag, const char *text)
{
    fprintf(p->f, "<%s>", tag);
    page_text(p, text);
    fprintf(p->f, "</%.2s>", tag); /* td or th, without the class */
}

void page_number(struct page *p, const char *fmt, double v)
{
    fputs("<td class=\"n\">", p->f);
    if (isnan(v)) fputs("&ndash;", p->f);
    else fprintf(p->f, fmt, v);
    fputs("</td>", p->f);
}

/* Base64 (RFC 4648) of a whole file. */
static void put_base64(FILE *from, FILE *to)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    unsigned char b[3];
    for (size_t n; (n = fread(b, 1, 3, from)) > 0;) {
        if (n < 3) memset(b + n, 0, 3 - n);
        const char group[4] = {digits[b[0] >> 2], digits[(b[0] & 3) << 4 | b[1] >> 4],
                               n > 1 ? digits[(b[1] & 15) << 2 | b[2] >> 6] : '=', n > 2 ? digits[b[2] & 63] : '='};
        fwrite(group, 1, 4, to);
    }
}

bool page_image(struct page *p, const char *name, const char *class, const char *alt)
{
    char *path = cli_join(p->directory, name);
    FILE *from = path ? fopen(path, "rb") : NULL;
    if (path && !from) cli_say("%s: cannot be opened: %s", path, strerror(errno));
    if (from) {
        fprintf(p->f, "<img class=\"%s\" alt=\"", class);
        page_text(p, alt);
        fputs("\" src=\"data:image/svg+xml;base64,", p->f);
        put_base64(from, p->f);
        fputs("\">", p->f);
    }
    bool ok = from && !ferror(from);
    if (from) fclose(from);
    free(path);
    return ok;
}
