/* TLS without a socket: bytes in, bytes out. CredSSP's tokens and sealed messages are made of its records. Nobody's
 * certificate is verified here: CredSSP proves by other means whose key it is. TLS 1.2 and 1.3; RFC 5246, RFC 8446,
 * MS-CSSP 3.1.5. */
#ifndef AUTH_TLS_H
#define AUTH_TLS_H

#include "base/buf.h"

enum { AUTH_TLS_MESSAGE_MAX = 16384 /* bytes in one record; RFC 8446 5.1 */ };

struct auth_tls;
enum icm_code auth_tls_client_new(struct auth_tls **out, struct icm_error *err);

/** PEM texts: the certificate (the first, where there are several), and its key without a password. */
enum icm_code auth_tls_server_new(struct auth_tls **out, const char *certificate, const char *key,
                                  struct icm_error *err);
void auth_tls_free(struct auth_tls *t); /* NULL is fine */

/** Take the peer's bytes off the front of *@in and append ours to @out. ICM_OK: done; what is left of *@in is for
 * auth_tls_decrypt. ICM_AGAIN: the peer's answer is needed. ICM_TLS: it failed, or @in gave nothing to answer: it is
 * cut short. */
enum icm_code auth_tls_handshake(struct auth_tls *t, struct icm_slice *in, struct icm_buf *out, struct icm_error *err);

/** Append @message in records, of at most AUTH_TLS_MESSAGE_MAX bytes each. *@trailer_size, where it is not NULL: how
 * many bytes of the last record lie behind the message. ICM_USAGE: @message is empty. */
enum icm_code auth_tls_encrypt(struct auth_tls *t, struct icm_slice message, struct icm_buf *out,
                               uint32_t *trailer_size, struct icm_error *err);

/** Append what whole @records hold; those that are TLS's own (tickets, new keys) hold nothing. ICM_DENIED: not whole,
 * tampered with, out of order, or the peer has closed; nothing is appended, and the connection is of no more use. */
enum icm_code auth_tls_decrypt(struct auth_tls *t, struct icm_slice records, struct icm_buf *out,
                               struct icm_error *err);

/** Append the SubjectPublicKey of the server's certificate, in either role: for RSA PKCS#1's RSAPublicKey. RFC
 * 5280 4.1.2.7 */
enum icm_code auth_tls_public_key(const struct auth_tls *t, struct icm_buf *out, struct icm_error *err);

/** "TLSv1.2", "TLSv1.3". */
const char *auth_tls_version(const struct auth_tls *t);

/** How many bytes the nonce or initialization vector has that stands in front of a record's message; @cipher is its
 * name at OpenSSL. */
size_t auth_tls_nonce_size(const char *cipher, bool is_tls13);

#endif
