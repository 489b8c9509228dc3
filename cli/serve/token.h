/* The tokens that clients must give: one per line of a file. */
#ifndef FER_SERVE_TOKEN_H
#define FER_SERVE_TOKEN_H

#include <stdbool.h>
#include <stddef.h>

enum { TOKEN_MIN = 16, TOKEN_MAX = 256, TOKENS_MAX = 64 };

struct tokens {
    char text[TOKENS_MAX][TOKEN_MAX]; /* padded with zeros */
    size_t n;
};

/** Read the file; empty lines and those that begin with # are skipped. NULL after an error message. */
struct tokens *tokens_read(const char *path);
/** Free and forget them. NULL is fine. */
void tokens_free(struct tokens *t);

/** Whether an Authorization header, "Bearer ...", has one of the tokens. The time that it takes does not depend on how
 * much of a token is right. header NULL: there is none. */
bool tokens_match(const struct tokens *t, const char *header);

#endif
