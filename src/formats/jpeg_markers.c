#include "formats/jpeg_markers.h"

#include "formats/exif.h"

#include <stdlib.h>
#include <string.h>

enum marker { RST0 = 0xD0, RST7 = 0xD7, SOI = 0xD8, EOI = 0xD9, SOS = 0xDA, APP1 = 0xE1, APP2 = 0xE2 };

struct segment {
    unsigned marker;
    const uint8_t *data; /* after the length */
    size_t n;
};

/* The next marker from *at on, past the bytes of a scan; *at moves past its segment. False: there is none. */
static bool next_segment(const uint8_t *data, size_t size, size_t *at, struct segment *out)
{
    for (; *at + 2 <= size; ++*at) {
        unsigned m = data[*at + 1];
        if (data[*at] != 0xFF || m == 0 || m == 0xFF || (m >= RST0 && m <= SOI) || m == 1) continue;
        *out = (struct segment){m, data + *at + 2, 0};
        *at += 2;
        if (m == EOI) return true;
        size_t length = size - *at >= 2 ? (size_t)data[*at] << 8 | data[*at + 1] : 0;
        if (length < 2 || length > size - *at) return false;
        *out = (struct segment){m, data + *at + 2, length - 2};
        *at += length;
        return true;
    }
    return false;
}

/* ---- scans ---- */

enum { COMPONENTS = 4, COEFFICIENTS = 64, UNSEEN = 0xFF };

/* How many low bits of each coefficient are still to come. */
struct progress {
    size_t n;
    uint8_t id[COMPONENTS], missing[COMPONENTS][COEFFICIENTS];
};

static bool is_frame(unsigned marker)
{
    return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
}

static void begin_frame(struct progress *p, const struct segment *s)
{
    memset(p, UNSEEN, sizeof *p);
    p->n = s->n >= 6 && s->n >= 6 + 3 * (size_t)s->data[5] && s->data[5] <= COMPONENTS ? s->data[5] : 0;
    for (size_t i = 0; i < p->n; i++) p->id[i] = s->data[6 + 3 * i];
}

static void take_scan(struct progress *p, const struct segment *s)
{
    size_t n = s->n ? s->data[0] : 0;
    if (s->n < 4 + 2 * n) return;
    size_t first = s->data[1 + 2 * n], last = s->data[2 + 2 * n];
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; c < p->n; c++)
            for (size_t k = first; p->id[c] == s->data[1 + 2 * i] && k <= last && k < COEFFICIENTS; k++)
                p->missing[c][k] = s->data[3 + 2 * n] & 15;
}

static bool is_all(const struct progress *p)
{
    for (size_t c = 0; c < p->n; c++)
        for (size_t k = 0; k < COEFFICIENTS; k++)
            if (p->missing[c][k] != 0) return false;
    return p->n > 0;
}

/* ---- the whole ---- */

struct feri_jpeg_facts feri_jpeg_look(const uint8_t *data, size_t size)
{
    struct feri_jpeg_facts f = {0};
    struct progress progress = {0};
    struct segment s;
    for (size_t at = 2; !f.ended && next_segment(data, size, &at, &s);) {
        f.ended = s.marker == EOI;
        if (s.marker == APP1 && !f.orientation && s.n >= 14 && memcmp(s.data, "Exif\0\0", 6) == 0)
            f.orientation = feri_tiff_orientation(s.data + 6, s.n - 6);
        if (is_frame(s.marker)) {
            begin_frame(&progress, &s);
            f.progressive = s.marker == 0xC2;
        }
        if (s.marker == SOS) take_scan(&progress, &s);
    }
    f.all_scans = is_all(&progress);
    return f;
}

/* ---- colour profile: APP2 segments with a number each ---- */

static bool is_part(const struct segment *s)
{
    return s->marker == APP2 && s->n > 14 && memcmp(s->data, "ICC_PROFILE", 12) == 0;
}

/* Part `number` of how many there are; false: it is missing. */
static bool find_part(const uint8_t *data, size_t size, unsigned number, struct segment *out)
{
    for (size_t at = 2; next_segment(data, size, &at, out) && out->marker != SOS && out->marker != EOI;)
        if (is_part(out) && (number == 0 || out->data[12] == number)) return true;
    return false;
}

void feri_jpeg_take_profile(const uint8_t *data, size_t size, struct feri_picture *out)
{
    struct segment s;
    if (!find_part(data, size, 0, &s)) return;
    size_t parts = s.data[13], n = 0;
    uint8_t *profile = malloc(parts * 65536 + 1);
    bool whole = profile && parts > 0;
    for (unsigned i = 1; whole && i <= parts; i++) {
        whole = find_part(data, size, i, &s);
        if (whole) memcpy(profile + n, s.data + 14, s.n - 14);
        if (whole) n += s.n - 14;
    }
    if (whole) feri_picture_set_icc(out, profile, n);
    else feri_picture_note(out, "its colour profile is damaged and was left aside");
    free(profile);
}
