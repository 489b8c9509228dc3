#define _DEFAULT_SOURCE /* explicit_bzero */
#include "serve/token.h"

#include "common/cli.h"
#include "common/file.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define FILE_MAX_BYTES ((size_t)1 << 16)

/* What RFC 6750 allows in a token. */
static bool is_token(const char *text)
{
    size_t n = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/=");
    return n >= TOKEN_MIN && n < TOKEN_MAX && !text[n];
}

static bool add(struct tokens *t, const char *path, size_t line, const char *text)
{
    if (!is_token(text))
        return cli_refuse("%s, line %zu: a token has %d to %d letters, digits and characters of -._~+/=; 'openssl rand "
                          "-hex 32' makes one",
                          path, line, TOKEN_MIN, TOKEN_MAX - 1);
    if (t->n == TOKENS_MAX) return cli_refuse("%s, line %zu: more than %d tokens", path, line, TOKENS_MAX);
    memcpy(t->text[t->n++], text, strlen(text));
    return true;
}

static bool add_lines(struct tokens *t, const char *path, char *text)
{
    size_t number = 1;
    for (char *line = text, *next; *line; line = next, number++) {
        size_t n = strcspn(line, "\n");
        next = line + n + (line[n] == '\n');
        while (n > 0 && strchr("\r \t", line[n - 1])) n--;
        line[n] = '\0';
        if (n > 0 && *line != '#' && !add(t, path, number, line)) return false;
    }
    return t->n > 0 || cli_refuse("%s: holds no token", path);
}

struct tokens *tokens_read(const char *path)
{
    size_t size;
    char *text = cli_file_read(path, FILE_MAX_BYTES, &size);
    struct tokens *t = calloc(1, sizeof *t);
    bool ok = text ? t != NULL || cli_no_memory() : cli_refuse("%s: the tokens cannot be read", path);
    ok = ok && add_lines(t, path, text);
    if (text) explicit_bzero(text, size);
    free(text);
    if (ok) return t;
    tokens_free(t);
    return NULL;
}

void tokens_free(struct tokens *t)
{
    if (t) explicit_bzero(t, sizeof *t);
    free(t);
}

/* All bytes of both are read in any case. */
static bool equal(const char a[TOKEN_MAX], const char b[TOKEN_MAX])
{
    volatile unsigned char differs = 0;
    for (size_t i = 0; i < TOKEN_MAX; i++) differs = (unsigned char)(differs | (a[i] ^ b[i]));
    return differs == 0;
}

bool tokens_match(const struct tokens *t, const char *header)
{
    static const char scheme[] = "Bearer ";
    char given[TOKEN_MAX] = "";
    bool match = false;
    if (!header || strncasecmp(header, scheme, sizeof scheme - 1) != 0) return false;
    header += sizeof scheme - 1;
    size_t n = strlen(header);
    if (n < TOKEN_MIN || n >= TOKEN_MAX) return false;
    memcpy(given, header, n);
    for (size_t i = 0; i < t->n; i++) match |= equal(t->text[i], given);
    return match;
}
