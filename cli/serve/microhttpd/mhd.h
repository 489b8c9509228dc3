/* libmicrohttpd's functions, looked up when the server starts. Linked, they would load TLS and its libraries for every
 * command. */
#ifndef FER_SERVE_MICROHTTPD_MHD_H
#define FER_SERVE_MICROHTTPD_MHD_H

#include <microhttpd.h>
#include <stdbool.h>

#define MHD_FUNCTIONS(f)                                                                                        \
    f(start_daemon) f(stop_daemon) f(quiesce_daemon) f(create_response_from_buffer) f(add_response_header)      \
        f(queue_response) f(destroy_response) f(suspend_connection) f(resume_connection) f(get_connection_info) \
            f(get_connection_values) f(lookup_connection_value) f(set_connection_option)

struct mhd {
#define MHD_FIELD(name) __typeof__(MHD_##name) *name;
    MHD_FUNCTIONS(MHD_FIELD)
#undef MHD_FIELD
};

/** False after an error message: the library is not installed. */
bool mhd_find(struct mhd *mhd);

#endif
