/* One direction of TLS's records, sealed from the caller's bytes straight into a buffer and opened the same way; the
 * sequence number is kept here. RFC 8446 5, RFC 5246 6.2.3.3, RFC 5288 3; of auth/tls_*.c alone. */
#ifndef AUTH_TLS_RECORD_H
#define AUTH_TLS_RECORD_H

#include "auth/tls_keys.h"
#include "base/buf.h"

enum {
    AUTH_TLS_RECORD_HEADER_SIZE = 5,
    AUTH_TLS_RECORD_TAG_SIZE = 16,
    AUTH_TLS_RECORD_CONTENT_MAX = 16384,   /* RFC 8446 5.1 */
    AUTH_TLS_RECORD_INNER_MAX = 16384 + 1, /* TLS 1.3: content, its type, padding; RFC 8446 5.4 */
};

enum auth_tls_content { AUTH_TLS_ALERT = 21, AUTH_TLS_HANDSHAKE = 22, AUTH_TLS_DATA = 23 };

struct auth_tls_record;

/** @seals: one of ours, not of the peer's. @sequence: how many records the keys have protected already. */
enum icm_code auth_tls_record_new(struct auth_tls_record **out, const struct auth_tls_suite *suite,
                                  const struct auth_tls_key *key, bool seals, uint64_t sequence, struct icm_error *err);
void auth_tls_record_free(struct auth_tls_record *r); /* wipes the key; NULL is fine */

/** Go on with another key, from sequence number 0: behind a KeyUpdate. */
enum icm_code auth_tls_record_rekey(struct auth_tls_record *r, const struct auth_tls_key *key, struct icm_error *err);

/** Append @content, of at most AUTH_TLS_RECORD_CONTENT_MAX bytes, as one record. */
enum icm_code auth_tls_record_seal(struct auth_tls_record *r, uint8_t type, struct icm_slice content,
                                   struct icm_buf *out, struct icm_error *err);

/** How many bytes of a record lie behind its content: what Windows calls the trailer. */
uint32_t auth_tls_record_trailer(const struct auth_tls_record *r);

/** Take a record off the front of *@in and append its content; *@type is whatever the peer says. ICM_DENIED: not whole,
 * not the next record under these keys, or too long; @out is as it was, *@in may have moved, and the record that could
 * come next is not known any more. */
enum icm_code auth_tls_record_open(struct auth_tls_record *r, struct icm_slice *in, struct icm_buf *out, uint8_t *type,
                                   struct icm_error *err);

#endif
