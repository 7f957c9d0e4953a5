/* What Digest computes. RFC 7616 3.4; RFC 2617 3.2.2 for servers without qop. */
#ifndef AUTH_DIGEST_RESPONSE_H
#define AUTH_DIGEST_RESPONSE_H

#include "base/buf.h"
#include "base/digest.h"

/** One algorithm, "SHA-256-sess": a row of the table, the strongest first. */
struct auth_digest_algorithm {
    const char *name;
    enum icm_digest_type type;
    bool is_session; /* the key is bound to both nonces */
};

/** The row of @name, any case; NULL: there is none. And by number, NULL behind the last. */
const struct auth_digest_algorithm *auth_digest_algorithm_find(const char *name);
const struct auth_digest_algorithm *auth_digest_algorithm_at(size_t index);

enum auth_digest_qop { AUTH_DIGEST_NO_QOP, AUTH_DIGEST_AUTH, AUTH_DIGEST_AUTH_INT };

/** Everything that goes into a response; borrowed. */
struct auth_digest_facts {
    const struct auth_digest_algorithm *algorithm;
    enum auth_digest_qop qop;
    struct icm_slice user, realm, password, method, uri, nonce, nonce_count, client_nonce;
    struct icm_slice body; /* AUTH_DIGEST_AUTH_INT */
};

/** Append the response in hexadecimal digits. */
enum icm_code auth_digest_respond(const struct auth_digest_facts *f, struct icm_buf *out, struct icm_error *err);

/** Append the hash that hides a user's name, RFC 7616 3.4.4. */
enum icm_code auth_digest_hash_user(const struct auth_digest_facts *f, struct icm_buf *out, struct icm_error *err);

/** "auth" … */
const char *auth_digest_qop_name(enum auth_digest_qop qop);

#endif
