/* What TLS's records are protected with once a handshake is done: the suites that we protect records of ourselves, a
 * table, and their keys. RFC 8446 7, RFC 5246 6.3; of auth/tls_*.c alone. */
#ifndef AUTH_TLS_KEYS_H
#define AUTH_TLS_KEYS_H

#include "base/digest.h"

enum { AUTH_TLS_KEY_MAX = 32, AUTH_TLS_IV_SIZE = 12, AUTH_TLS_RANDOM_SIZE = 32, AUTH_TLS_MASTER_SIZE = 48 };

struct auth_tls_suite {
    uint16_t number; /* IANA's */
    bool is_tls13;
    const char *cipher; /* an AEAD with a nonce of 12 bytes and a tag of 16; OpenSSL's name */
    enum icm_digest_type hash;
    size_t key_size;
    size_t salt_size;     /* bytes of the nonce that come of the handshake; TLS 1.3: all, each record's number on top */
    size_t explicit_size; /* bytes of the nonce that stand in each record */
};

/** NULL: none of the table, as the suites with CBC are. */
const struct auth_tls_suite *auth_tls_suite_find(uint16_t number);
const struct auth_tls_suite *auth_tls_suite_at(size_t index); /* walks all rows, NULL behind the last */

/** One direction's. What a TLS 1.2 record says of its own nonce is zero in @iv. */
struct auth_tls_key {
    uint8_t key[AUTH_TLS_KEY_MAX], iv[AUTH_TLS_IV_SIZE];
};

/** TLS 1.3: of a traffic secret of the suite's hash size. RFC 8446 7.3 */
enum icm_code auth_tls_key_of_secret(const struct auth_tls_suite *s, const uint8_t *secret, struct auth_tls_key *out,
                                     struct icm_error *err);

/** TLS 1.3: the secret that follows after a KeyUpdate, in its place. RFC 8446 7.2 */
enum icm_code auth_tls_secret_update(const struct auth_tls_suite *s, uint8_t *secret, struct icm_error *err);

/** TLS 1.2: of the key block. RFC 5246 6.3, RFC 5288 3 */
enum icm_code auth_tls_keys_of_master(const struct auth_tls_suite *s, const uint8_t master[AUTH_TLS_MASTER_SIZE],
                                      const uint8_t client_random[AUTH_TLS_RANDOM_SIZE],
                                      const uint8_t server_random[AUTH_TLS_RANDOM_SIZE], struct auth_tls_key *client,
                                      struct auth_tls_key *server, struct icm_error *err);

#endif
