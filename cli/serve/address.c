#define _GNU_SOURCE /* getaddrinfo, SOCK_CLOEXEC */
#include "serve/address.h"

#include "common/cli.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 512 };

static bool keep(char *to, size_t size, const char *from, size_t n)
{
    if (n == 0 || n >= size) return false;
    memcpy(to, from, n);
    to[n] = '\0';
    return true;
}

static bool split(const char *text, struct address *out)
{
    const char *colon = strrchr(text, ':'), *end = colon;
    if (!colon) return false;
    bool brackets = *text == '[';
    if (brackets && (colon == text || colon[-1] != ']')) return false;
    if (brackets) {
        text++;
        end--;
    }
    size_t digits = strspn(colon + 1, "0123456789");
    return !colon[1 + digits] && digits < sizeof out->port && keep(out->port, sizeof out->port, colon + 1, digits) &&
           atoi(out->port) <= 65535 && keep(out->host, sizeof out->host, text, (size_t)(end - text));
}

bool address_parse(const char *text, struct address *out, const char **why)
{
    struct in_addr four;
    struct in6_addr six;
    *out = (struct address){.local = false};
    *why = "must be ADDRESS:PORT, such as 127.0.0.1:8080, [::1]:8080 or 0.0.0.0:8080; port 0 is any free one";
    if (!split(text, out)) return false;
    if (strcmp(out->host, "localhost") == 0) memcpy(out->host, "127.0.0.1", sizeof "127.0.0.1");
    if (inet_pton(AF_INET, out->host, &four) == 1) out->local = ntohl(four.s_addr) >> 24 == 127;
    else if (inet_pton(AF_INET6, out->host, &six) == 1) {
        out->six = true;
        out->local = memcmp(&six, &in6addr_loopback, sizeof six) == 0;
    } else return false;
    return true;
}

static int open_socket(const struct addrinfo *at)
{
    int fd = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), on = 1;
    if (fd < 0) return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, at->ai_addr, at->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0) return fd;
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

static unsigned port_of(int fd)
{
    struct sockaddr_storage at;
    socklen_t size = sizeof at;
    if (getsockname(fd, (struct sockaddr *)&at, &size) != 0) return 0;
    return ntohs(at.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&at)->sin6_port
                                          : ((struct sockaddr_in *)&at)->sin_port);
}

int address_listen(const struct address *a, unsigned *port)
{
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE, .ai_socktype = SOCK_STREAM};
    struct addrinfo *at = NULL;
    int code = getaddrinfo(a->host, a->port, &hints, &at);
    int fd = code == 0 ? open_socket(at) : -1;
    if (fd < 0)
        cli_say("%s:%s: the server cannot listen there: %s", a->host, a->port,
                code != 0 ? gai_strerror(code) : strerror(errno));
    else *port = port_of(fd);
    if (at) freeaddrinfo(at);
    return fd;
}
