/* Opens an archive of any kind. */
#ifndef FERI_FORMATS_ARCHIVE_OPEN_H
#define FERI_FORMATS_ARCHIVE_OPEN_H

#include "formats/archive.h"

/** path: a directory (read recursively, with relative names; symbolic links to files are followed), a .tar or a .zip.
 * The archive must not change while it is open. A deflated tar in a zip is unpacked into an unlinked file in $TMPDIR
 * (otherwise /tmp). */
fer_status feri_archive_open(const char *path, struct feri_archive **out, fer_error *err);

#endif
