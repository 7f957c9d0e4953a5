/* OpenSSL itself as the other end of auth/tls.c, with versions and ciphers of our choice; and certificates made for a
 * run. */
#ifndef TESTS_AUTH_TLS_PEER_H
#define TESTS_AUTH_TLS_PEER_H

#include "base/buf.h"

#include <openssl/ssl.h>

/** PEM texts. @kind is "RSA" or "EC". */
struct tls_identity {
    struct icm_buf certificate, key;
};
void tls_identity_make(struct tls_identity *out, const char *kind);
void tls_identity_reset(struct tls_identity *identity);

struct tls_peer_options {
    const struct tls_identity *identity; /* NULL: a client */
    int version;                         /* TLS1_2_VERSION …; 0: any */
    const char *ciphers;                 /* up to TLS 1.2; NULL: all */
    const char *suites;                  /* of TLS 1.3; NULL: all */
    uint64_t options;                    /* SSL_OP_… */
};

/** What it reads and writes goes through memory. */
struct tls_peer {
    SSL_CTX *config;
    SSL *ssl;
    BIO *in, *out;
};
void tls_peer_init(struct tls_peer *p, const struct tls_peer_options *options);
void tls_peer_reset(struct tls_peer *p);

/** One more connection of the same kind: a session of one may be resumed on another. And whether it was. */
void tls_peer_init_from(struct tls_peer *p, const struct tls_peer *from);
bool tls_peer_is_resumed(const struct tls_peer *p);

/** Take @in, go on with the handshake, append what is to be sent; whether it is done. */
bool tls_peer_handshake(struct tls_peer *p, struct icm_slice in, struct icm_buf *out);

/** Append @message in records. */
void tls_peer_encrypt(struct tls_peer *p, struct icm_slice message, struct icm_buf *out);

/** Append what @records hold; false: they do not open. */
bool tls_peer_decrypt(struct tls_peer *p, struct icm_slice records, struct icm_buf *out);

/** The SubjectPublicKey of an identity's certificate. */
void tls_identity_public_key(struct tls_identity *identity, struct icm_buf *out);

#endif
