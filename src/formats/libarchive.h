/* libarchive's functions, looked up when the first archive is opened. Linked, it would load nine libraries and several
 * megabytes into every program that only predicts. */
#ifndef FERI_FORMATS_LIBARCHIVE_H
#define FERI_FORMATS_LIBARCHIVE_H

#include "fer/base.h"

#include <archive.h>
#include <archive_entry.h>

#define FERI_LIBARCHIVE(f)                                                                                            \
    f(read_new) f(read_free) f(read_support_format_tar) f(read_support_format_zip)                                    \
        f(read_support_format_zip_streamable) f(read_open2) f(read_open_memory) f(read_next_header)                   \
            f(read_header_position) f(read_data) f(read_data_block) f(read_data_skip) f(filter_bytes) f(error_string) \
                f(entry_pathname) f(entry_hardlink) f(entry_size) f(entry_size_is_set) f(entry_filetype)              \
                    f(entry_sparse_count)

struct feri_libarchive {
#define FIELD(name) __typeof__(archive_##name) *name;
    FERI_LIBARCHIVE(FIELD)
#undef FIELD
};

fer_status feri_libarchive_find(struct feri_libarchive *out, fer_error *err);

#endif
