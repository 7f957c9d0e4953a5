/* Where libssl's handshake ends and our own records begin. RFC 8446 7.1, RFC 5246 8.1. */
#ifndef AUTH_TLS_TAKEOVER_H
#define AUTH_TLS_TAKEOVER_H

#include "auth/tls_channel.h"

struct ssl_st; /* OpenSSL's SSL */

/** TLS 1.3's first traffic secrets, of no bytes until they are known. */
struct auth_tls_secret {
    uint8_t bytes[ICM_DIGEST_MAX];
    size_t size;
};
struct auth_tls_secrets {
    struct auth_tls_secret client, server;
};

/** Have @ssl write its secrets to @secrets, which lives as long. */
void auth_tls_secrets_watch(struct ssl_st *ssl, struct auth_tls_secrets *secrets);

/** A channel in the place of @ssl, whose handshake is done. @last_flight: how many records it wrote in the call that
 * ended it. ICM_OK with *@out as it was: what was agreed is not in our table, and stays with libssl. */
enum icm_code auth_tls_take_over(struct auth_tls_channel **out, struct ssl_st *ssl,
                                 const struct auth_tls_secrets *secrets, uint64_t last_flight, struct icm_error *err);

#endif
