/* Both directions of a TLS connection whose handshake is done: messages in records, and what TLS itself says between
 * them (tickets, new keys, alerts). Without libssl, which copies every record twice. RFC 8446 4.6, 5, 6; RFC 5246. */
#ifndef AUTH_TLS_CHANNEL_H
#define AUTH_TLS_CHANNEL_H

#include "auth/tls_keys.h"
#include "base/buf.h"

/** What a handshake has agreed on; who fills it in wipes it. */
struct auth_tls_agreed {
    const struct auth_tls_suite *suite;
    bool is_server;
    uint64_t sent, received; /* records that the keys have protected already, by us and by the peer */
    /* TLS 1.3: ..._application_traffic_secret_0 */
    uint8_t client_secret[ICM_DIGEST_MAX], server_secret[ICM_DIGEST_MAX];
    /* TLS 1.2 */
    uint8_t master[AUTH_TLS_MASTER_SIZE];
    uint8_t client_random[AUTH_TLS_RANDOM_SIZE], server_random[AUTH_TLS_RANDOM_SIZE];
};

struct auth_tls_channel;
enum icm_code auth_tls_channel_new(struct auth_tls_channel **out, const struct auth_tls_agreed *agreed,
                                   struct icm_error *err);
void auth_tls_channel_free(struct auth_tls_channel *c); /* wipes keys; NULL is fine */

/** Append @message in records. *@trailer_size, where it is not NULL: how many bytes of the last one lie behind the
 * message. After a failure, here or in the next, the channel is of no more use (ICM_STATE). */
enum icm_code auth_tls_channel_seal(struct auth_tls_channel *c, struct icm_slice message, struct icm_buf *out,
                                    uint32_t *trailer_size, struct icm_error *err);

/** Append what whole @records hold. ICM_DENIED: not whole, tampered with, out of order, of a kind that has no place
 * here, or the peer has closed; nothing is appended. */
enum icm_code auth_tls_channel_open(struct auth_tls_channel *c, struct icm_slice records, struct icm_buf *out,
                                    struct icm_error *err);

#endif
