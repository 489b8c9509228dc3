#define _POSIX_C_SOURCE 200809L /* strncasecmp */
#include "formats/file_kind.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

struct kind {
    size_t at;
    const char *magic;
    size_t n;
    const char *text;
};

#define MAGIC(at, bytes, text)            \
    {                                     \
        at, bytes, sizeof bytes - 1, text \
    }

/* Longer and more certain ones first. */
static const struct kind kinds[] = {
    MAGIC(0, "version https://git-lfs", "it is a Git LFS pointer; run 'git lfs pull' to get the file it stands for"),
    MAGIC(0, "\x89HDF\r\n\x1A\n",
          "it is an HDF5 file, perhaps from Keras; convert its weights to safetensors with Python"),
    MAGIC(0, "\x89PNG\r\n\x1A\n", "it is a PNG picture"),
    MAGIC(0, "\xFF\xD8\xFF", "it is a JPEG picture"),
    MAGIC(0, "GIF8", "it is a GIF picture"),
    MAGIC(0, "II*\0", "it is a TIFF picture"),
    MAGIC(0, "MM\0*", "it is a TIFF picture"),
    MAGIC(0, "II+\0", "it is a BigTIFF picture"),
    MAGIC(0, "MM\0+", "it is a BigTIFF picture"),
    MAGIC(8, "WEBPVP8", "it is a WebP picture"),
    MAGIC(8, "AVI LIST", "it is an AVI film"),
    MAGIC(8, "WAVEfmt ", "it is a WAV sound"),
    MAGIC(4, "ftypavi", "it is an AVIF picture"),
    MAGIC(4, "ftyphe", "it is a HEIC picture"),
    MAGIC(4, "ftypmif1", "it is a HEIF picture"),
    MAGIC(4, "ftyp", "it is an MP4 or QuickTime film"),
    MAGIC(0, "\0\0\0\x0CJXL \r\n", "it is a JPEG XL picture"),
    MAGIC(0, "\xFF\x0A", "it is a JPEG XL picture"),
    MAGIC(0, "\0\0\0\x0CjP  \r\n", "it is a JPEG 2000 picture"),
    MAGIC(0, "\x1A\x45\xDF\xA3", "it is a Matroska or WebM film"),
    MAGIC(4, "moov", "it is a QuickTime film"),
    MAGIC(4, "mdat", "it is a QuickTime film"),
    MAGIC(0, "\0\0\1\xBA", "it is an MPEG film"),
    MAGIC(0, "\0\0\1\xB3", "it is an MPEG film"),
    MAGIC(0, "FLV\1", "it is a Flash film"),
    MAGIC(0, "OggS", "it is an Ogg film or sound"),
    MAGIC(0, "\x30\x26\xB2\x75\x8E\x66\xCF\x11", "it is a Windows Media film"),
    MAGIC(0, "\0\0\1\0", "it is an icon"),
    MAGIC(0, "P5\n", "it is a PGM picture"),
    MAGIC(0, "P6\n", "it is a PPM picture"),
    MAGIC(0, "8BPS", "it is a Photoshop picture"),
    MAGIC(0, "%PDF-", "it is a PDF document"),
    MAGIC(0, "\x93NUMPY", "it is a NumPy array (.npy)"),
    MAGIC(4, "TFL3", "it is a TensorFlow Lite model; convert its weights to safetensors with Python"),
    MAGIC(0, "GGUF", "it is a GGUF model; convert its weights to safetensors with Python"),
    MAGIC(0, "FERPACK", "it is a data set packed by 'fer data prepare'"),
    MAGIC(0, "PK\3\4", "it is a zip archive"),
    MAGIC(0, "PK\5\6", "it is an empty zip archive"),
    MAGIC(257, "ustar", "it is a tar archive"),
    MAGIC(0, "\x1F\x8B", "it is compressed by gzip; unpack it first"),
    MAGIC(0, "BZh", "it is compressed by bzip2; unpack it first"),
    MAGIC(0,
          "\xFD"
          "7zXZ",
          "it is compressed by xz; unpack it first"),
    MAGIC(0, "\x28\xB5\x2F\xFD", "it is compressed by zstd; unpack it first"),
    MAGIC(0, "7z\xBC\xAF", "it is a 7z archive; unpack it first"),
    MAGIC(0, "Rar!", "it is a RAR archive; unpack it first"),
    MAGIC(0,
          "\x7F"
          "ELF",
          "it is a program or library"),
    MAGIC(0, "MZ", "it is a Windows program"),
    MAGIC(0, "\x80\2", "it is a Python pickle"),
    MAGIC(0, "\x80\3", "it is a Python pickle"),
    MAGIC(0, "\x80\4", "it is a Python pickle"),
    MAGIC(0, "\x80\5", "it is a Python pickle"),
};

/* How a text begins, after a byte order mark and blanks. */
static const struct {
    const char *start, *text;
} texts[] = {
    {"<!doctype html", "it is an HTML page; was the download a login or an error page?"},
    {"<html", "it is an HTML page; was the download a login or an error page?"},
    {"<head", "it is an HTML page; was the download a login or an error page?"},
    {"<svg", "it is an SVG drawing"},
    {"<?xml", "it is XML text; was the download an error message?"},
    {"{\"", "it is JSON text; was the download an error message?"},
    {"[{", "it is JSON text; was the download an error message?"},
};

static bool is_printable(uint8_t c)
{
    return c >= 0x20 && c != 0x7F;
}

static bool is_text(const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!is_printable(p[i]) && !memchr("\t\n\r\f", p[i], 4)) return false;
    return n > 0;
}

static const char *kind_of_text(const uint8_t *p, size_t n)
{
    if (n >= 3 && memcmp(p, "\xEF\xBB\xBF", 3) == 0) p += 3, n -= 3;
    while (n && memchr(" \t\r\n", *p, 4)) p++, n--;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        size_t length = strlen(texts[i].start);
        if (n >= length && strncasecmp((const char *)p, texts[i].start, length) == 0) return texts[i].text;
    }
    return is_text(p, n) ? "it is a text file" : NULL;
}

/* A protobuf field at p with a text of up to 127 bytes: its length, or 0. */
static size_t text_field(const uint8_t *p, size_t n, uint8_t tag)
{
    size_t length = n > 2 && p[0] == tag && p[1] && p[1] < 0x80 ? p[1] : 0;
    for (size_t i = 0; i < length; i++)
        if (2 + i < n && !is_printable(p[2 + i])) return 0;
    return length ? 2 + length : 0;
}

/* ONNX: ir_version, producer_name. TensorFlow: schema version 1 and a graph, or nodes with name and operation. */
static const char *kind_of_protobuf(const uint8_t *p, size_t n)
{
    static const char onnx[] = "it is an ONNX model; export its weights to safetensors from where it was made",
                      tensorflow[] = "it is a TensorFlow model; convert its weights to safetensors with Python";
    if (n >= 5 && p[0] == 0x08 && p[1] && p[1] < 32 && (text_field(p + 2, n - 2, 0x12) || p[2] == 0x3A)) return onnx;
    if (n >= 4 && p[0] == 0x08 && p[1] == 1 && p[2] == 0x12) return tensorflow;
    size_t node = n > 4 && p[0] == 0x0A ? (p[1] < 0x80 ? 2 : 3) : 0,
           name = node ? text_field(p + node, n - node, 0x0A) : 0;
    return name && node + name < n && text_field(p + node + name, n - node - name, 0x12) ? tensorflow : NULL;
}

static bool is_transport_stream(const uint8_t *p, size_t n)
{
    enum { PACKET = 188, SYNC = 0x47 };
    return n > 2 * PACKET && p[0] == SYNC && p[PACKET] == SYNC && p[2 * PACKET] == SYNC;
}

static bool is_safetensors(const uint8_t *p, size_t n)
{
    return n >= 9 && p[4] == 0 && p[5] == 0 && p[6] == 0 && p[7] == 0 && p[8] == '{';
}

const char *feri_file_kind(const uint8_t *start, size_t size)
{
    size_t n = size < FERI_FILE_KIND_BYTES ? size : FERI_FILE_KIND_BYTES;
    if (n == 0) return "it is empty";
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (n >= kinds[i].at + kinds[i].n && memcmp(start + kinds[i].at, kinds[i].magic, kinds[i].n) == 0)
            return kinds[i].text;
    if (is_transport_stream(start, n)) return "it is a film, an MPEG transport stream";
    if (is_safetensors(start, n)) return "it is a safetensors file of weights";
    const char *text = kind_of_text(start, n);
    return text ? text : kind_of_protobuf(start, n);
}

const char *feri_file_kind_text(const uint8_t *start, size_t size)
{
    const char *text = feri_file_kind(start, size);
    return text ? text : "its first bytes do not match any known format";
}
