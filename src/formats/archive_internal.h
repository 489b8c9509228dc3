/* What the files of archives share: archive.c (names, opening), archive_dir.c, archive_tar.c, archive_zip.c (indexing),
 * archive_read.c. */
#ifndef FERI_FORMATS_ARCHIVE_INTERNAL_H
#define FERI_FORMATS_ARCHIVE_INTERNAL_H

#include "formats/archive.h"
#include "formats/libarchive.h"

#include <stdbool.h>
#include <sys/types.h>

/* What an entry's offset is, and so how it is read. */
enum feri_entry_kind {
    FERI_ENTRY_FILE,      /* of a directory: opened by its name, no offset */
    FERI_ENTRY_PLAIN,     /* of a tar: offset of the data */
    FERI_ENTRY_TAR,       /* of a tar, its data not in one piece: offset of its first header, for libarchive */
    FERI_ENTRY_LINK,      /* of a tar, a hard link: offset of its target's name in the names */
    FERI_ENTRY_STORED,    /* of a zip: offset of its local header */
    FERI_ENTRY_DEFLATED,  /* likewise, for libarchive */
    FERI_ENTRY_ENCRYPTED, /* of a zip, and not to be read: as the following */
    FERI_ENTRY_METHOD,    /* compressed otherwise */
    FERI_ENTRY_DAMAGED,   /* what the zip's directory says of it cannot be */
    FERI_ENTRY_MOUNTED    /* a tar whose members stand in its place */
};

/* 24 bytes: there may be millions. */
struct feri_entry {
    uint64_t offset; /* in its container's file */
    uint64_t size;
    uint32_t name; /* where it starts in the names */
    uint16_t container;
    uint8_t kind;
};

/* A file that holds entries: the archive itself, or a tar inside. */
struct feri_container {
    int fd;              /* -1: a directory */
    bool borrowed;       /* the fd is that of the zip around it */
    bool inner;          /* mounted: */
    uint32_t name;       /*   under this name, in the names */
    uint64_t begin, end; /* its bytes in the file */
};

struct feri_archive {
    char *path;
    bool has_lib;
    struct feri_libarchive lib;
    uint32_t (*crc)[256]; /* tables, of a zip */
    char *names;          /* one after the other, each with its 0 */
    size_t names_size, names_cap;
    struct feri_entry *entries;
    size_t n, cap;
    struct feri_container *containers; /* the first is the archive itself */
    size_t n_containers, cap_containers;
};

static inline const char *feri_entry_name(const struct feri_archive *a, const struct feri_entry *e)
{
    return a->names + e->name;
}

/** Add an entry; its name field is filled in: `length` bytes without a leading "./", in the folder of its container. */
fer_status feri_archive_add(struct feri_archive *a, struct feri_entry e, const char *name, size_t length,
                            fer_error *err);
/** Put a name into the names, as feri_archive_add() does. */
fer_status feri_archive_intern(struct feri_archive *a, size_t container, const char *name, size_t length, uint32_t *out,
                               fer_error *err);
/** Look libarchive up, unless that was done. */
fer_status feri_archive_need_lib(struct feri_archive *a, fer_error *err);
/** Put "<archive>: " or "<archive>: '<inner tar>': " before the sentence in err. */
fer_status feri_container_fail_in(const struct feri_archive *a, size_t container, fer_error *err, fer_status st);
/** Put "<archive>: '<entry>': " before the sentence in err. */
fer_status feri_entry_fail_in(const struct feri_archive *a, const struct feri_entry *e, fer_error *err, fer_status st);

/* Each adds all that is in the archive, or in one of its containers. */
fer_status feri_dir_index(struct feri_archive *a, fer_error *err);
fer_status feri_tar_index(struct feri_archive *a, size_t container, fer_error *err);
fer_status feri_zip_index(struct feri_archive *a, fer_error *err);

/** Where the bytes of a stored zip entry start, and what their CRC-32 is to be. Errors do not name the entry. */
fer_status feri_zip_stored(const struct feri_archive *a, const struct feri_entry *e, uint64_t *at, uint32_t *crc,
                           fer_error *err);
uint32_t feri_zip_crc(const struct feri_archive *a, const uint8_t *data, size_t size);

/** pread() all of it: the bytes that were there, or -1 and errno. */
ssize_t feri_read_at(int fd, void *out, size_t size, uint64_t at);

/* libarchive over a part of a file, which it reads through a small buffer. */
struct feri_decoder {
    const struct feri_libarchive *lib;
    struct archive *handle;
    int fd, error; /* errno of a failed read */
    uint64_t at, end;
    bool sparse;
    size_t window; /* bytes of the buffer that a read fills */
    uint8_t buffer[16384];
};

enum feri_decoder_format { FERI_DECODE_TAR, FERI_DECODE_ZIP };

/** Opens libarchive on [begin, end) of fd. What follows is libarchive's own API on the handle. Close after success
 * only. */
fer_status feri_decoder_open(struct feri_decoder *d, const struct feri_archive *a, enum feri_decoder_format format,
                             const struct feri_container *range, fer_error *err);
/** On the entry e, past its header. Close after success only. */
fer_status feri_decoder_open_entry(struct feri_decoder *d, const struct feri_archive *a, const struct feri_entry *e,
                                   fer_error *err);
/** Decode exactly `size` bytes. */
fer_status feri_decoder_read(struct feri_decoder *d, void *out, size_t size, fer_error *err);
/** Decode `size` bytes to nowhere. */
fer_status feri_decoder_skip(struct feri_decoder *d, uint64_t size, fer_error *err);
/** The entry ends here, and its checksum holds. */
fer_status feri_decoder_finish(struct feri_decoder *d, fer_error *err);
/** "<what>: <libarchive's reason>". */
fer_status feri_decoder_fail(const struct feri_decoder *d, fer_error *err, const char *what);
void feri_decoder_close(struct feri_decoder *d);

/** Open the tar that is entry e, as a container; errors name it. Its fd is the caller's unless borrowed. */
fer_status feri_archive_open_inner(const struct feri_archive *a, const struct feri_entry *e, struct feri_container *c,
                                   fer_error *err);

#endif
