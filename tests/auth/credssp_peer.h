/* CredSSP's other end, written a second time and by hand on OpenSSL: it speaks any version, and plays tricks. */
#ifndef TESTS_AUTH_CREDSSP_PEER_H
#define TESTS_AUTH_CREDSSP_PEER_H

#include "auth/context.h"
#include "auth/credssp_message.h"
#include "tests/auth/tls_peer.h"

enum trick {
    PLAIN_DEALING,
    NO_KEY,          /* no pubKeyAuth */
    BROKEN_KEY,      /* one changed bit in it */
    OTHER_KEY,       /* it proves another key, as somebody in between would have to */
    ECHOED_KEY,      /* what it got */
    UNSEALED_KEY,    /* not sealed by the inner mechanism */
    OLD_FORM,        /* as before version 5 */
    EMPTY_REQUEST,   /* nothing but the version, instead of the proof */
    OTHER_VERSION,   /* one less, in the proof */
    ERROR_CODE,      /* STATUS_ACCOUNT_LOCKED_OUT instead of the first answer */
    LATE_ERROR_CODE, /* STATUS_ACCESS_DENIED instead of the proof */
    UNKNOWN_ERROR_CODE,
    NO_REQUEST,   /* other bytes in TLS */
    TWO_REQUESTS, /* in one token */
    BARE_NTLM,         /* a client without SPNEGO */
    LATE_PROOF,        /* a client that waits for SPNEGO's last word */
    NO_LAST_WORD,      /* a server that leaves it out */
    EARLY_NONCE,  /* in the first message and not with the proof: a client may */
    NO_NONCE,
    SHORT_NONCE,
    OTHER_PASSWORD, /* the handed over credentials are not those that were proved: */
    OTHER_USER,     /* of another account, with its right password */
    NO_CREDENTIALS,
    BROKEN_CREDENTIALS,
    SMART_CARD,
};

struct credssp_peer {
    struct tls_peer tls;
    struct auth_context *inner;
    struct auth_initiator_options initiates;
    struct auth_acceptor_options accepts;
    struct icm_buf public_key; /* the server's, as this end sees it */
    uint32_t version, agreed;
    enum trick trick;
    uint8_t nonce[AUTH_CREDSSP_NONCE_SIZE];
    bool is_server, is_tls_done, is_inner_done, has_spoken;
    bool key_was_right;                    /* the other end's pubKeyAuth */
    bool is_done;                          /* credentials came, or were sent */
    struct icm_buf domain, user, password; /* which came; UTF-8 */
};

/** @server: a server's identity; NULL: a client. The peer's own TLS choices are in @tls but for the identity. */
void credssp_peer_init(struct credssp_peer *p, const struct tls_peer_options *tls, const struct tls_identity *server,
                       const struct auth_credential *who, uint32_t version, enum trick trick);
void credssp_peer_reset(struct credssp_peer *p);

/** Take a token and append the next; false: it broke off. */
bool credssp_peer_step(struct credssp_peer *p, struct icm_slice in, struct icm_buf *out);

#endif
