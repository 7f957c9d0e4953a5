/* The nonces that an acceptor has given out, and which counts have been used with each: a request is taken once. RFC
 * 7616 3.3, 5.12. */
#ifndef AUTH_DIGEST_NONCES_H
#define AUTH_DIGEST_NONCES_H

#include "auth/auth.h"

enum { AUTH_NONCE_TEXT = 32 }; /* hexadecimal digits */

/** A new one, as text with an end. The oldest is forgotten for it. */
enum icm_code auth_digest_nonces_issue(struct auth_digest_nonces *n, char out[AUTH_NONCE_TEXT + 1],
                                       struct icm_error *err);

enum auth_nonce_use { AUTH_NONCE_FRESH, AUTH_NONCE_USED, AUTH_NONCE_UNKNOWN };

/** Use @count of @nonce: it counts up, but requests may pass each other by some. */
enum auth_nonce_use auth_digest_nonces_use(struct auth_digest_nonces *n, struct icm_slice nonce, uint32_t count);

#endif
