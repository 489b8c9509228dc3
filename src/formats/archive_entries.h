/* The entries of an archive while it is opened and read; all kinds of archive share this. */
#ifndef FERI_FORMATS_ARCHIVE_ENTRIES_H
#define FERI_FORMATS_ARCHIVE_ENTRIES_H

#include "formats/archive.h"
#include "formats/libarchive.h"

#include <stdbool.h>

#define FERI_ARCHIVE_INNER ".tar" /* the ending of tars that are mounted */

/* The meaning of an entry's offset, and so how to read the entry. */
enum feri_entry_kind {
    FERI_ENTRY_FILE,  /* of a directory: opened by its name, no offset */
    FERI_ENTRY_PLAIN, /* of a tar: offset of the data */
    /* of a tar, with data in several pieces: offset of its first header, for libarchive */
    FERI_ENTRY_TAR,
    FERI_ENTRY_LINK,      /* of a tar, a hard link: offset of its target's name in the names */
    FERI_ENTRY_STORED,    /* of a zip: offset of its local header */
    FERI_ENTRY_DEFLATED,  /* also of a zip, for libarchive */
    FERI_ENTRY_ENCRYPTED, /* of a zip and unreadable, as are the following ones */
    FERI_ENTRY_METHOD,    /* compressed otherwise */
    FERI_ENTRY_DAMAGED,   /* the zip's directory describes it wrongly */
    FERI_ENTRY_MOUNTED    /* a tar that was replaced by its members */
};

/* 24 bytes, because there may be millions of entries. */
struct feri_entry {
    uint64_t offset; /* in the file of its container */
    uint64_t size;
    uint32_t name; /* where its name starts in the names */
    uint16_t container;
    uint8_t kind;
};

/* A file that contains entries: the archive itself, or a tar inside it. */
struct feri_container {
    int fd;              /* -1: a directory */
    bool borrowed;       /* the fd belongs to the zip around it */
    bool inner;          /* mounted: */
    uint32_t name;       /*   under this name, in the names */
    uint64_t begin, end; /* its bytes in the file */
};

struct feri_archive {
    char *path;
    bool has_lib;
    struct feri_libarchive lib;
    char *names; /* one after the other, each with its NUL */
    size_t names_size, names_cap;
    struct feri_entry *entries;
    size_t n, cap;
    struct feri_container *containers; /* the first is the archive itself */
    size_t n_containers, cap_containers;
    uint32_t *folders; /* where their names start in the names */
    size_t n_folders, cap_folders;
    struct {
        size_t n;
        char first[160];
    } aside[FERI_ASIDES];
    uint64_t unpacked; /* bytes of the tars inside that are in temporary files */
};

static inline const char *feri_entry_name(const struct feri_archive *a, const struct feri_entry *e)
{
    return a->names + e->name;
}

/** Add an entry and set its name: `length` bytes without a leading "./", in the folder of its container. */
fer_status feri_archive_add(struct feri_archive *a, struct feri_entry e, const char *name, size_t length,
                            fer_error *err);
/** Add a folder, by its name with or without a slash at the end. */
fer_status feri_archive_add_folder(struct feri_archive *a, size_t container, const char *name, size_t length,
                                   fer_error *err);
/** Count what is no entry. */
void feri_archive_set_aside(struct feri_archive *a, enum feri_aside kind, const char *name, size_t length);
/** Put a name into the names, as feri_archive_add() does. */
fer_status feri_archive_intern(struct feri_archive *a, size_t container, const char *name, size_t length, uint32_t *out,
                               fer_error *err);
/** Load libarchive, if it is not loaded yet. */
fer_status feri_archive_need_lib(struct feri_archive *a, fer_error *err);
/** Prefix the message in err with "<archive>: " or "<archive>: '<inner tar>': ". */
fer_status feri_container_fail_in(const struct feri_archive *a, size_t container, fer_error *err, fer_status st);
/** Prefix the message in err with "<archive>: '<entry>': ". */
fer_status feri_entry_fail_in(const struct feri_archive *a, const struct feri_entry *e, fer_error *err, fer_status st);
/** Sort the entries by name, and remove those that another entry replaces. */
fer_status feri_archive_sort(struct feri_archive *a, fer_error *err);

#endif
