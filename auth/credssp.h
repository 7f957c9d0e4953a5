/* What both ends of CredSSP share; of auth/credssp*.c alone. MS-CSSP 3.1. */
#ifndef AUTH_CREDSSP_H
#define AUTH_CREDSSP_H

#include "auth/context.h"
#include "auth/credssp_message.h"
#include "auth/tls.h"

struct auth_credssp;
typedef enum icm_code auth_credssp_stage(struct auth_credssp *c, struct icm_slice in, struct icm_buf *out,
                                         struct icm_error *err);

struct auth_credssp {
    struct auth_context context;
    auth_credssp_stage *next; /* what the next token is for */
    struct auth_tls *tls;
    struct auth_context *inner; /* who proves that we are who we say, and seals what is for the peer alone */
    bool inner_is_done;
    uint32_t version, peer_version; /* what both speak, and what the peer says; 0: it has not spoken yet */
    uint8_t nonce[AUTH_CREDSSP_NONCE_SIZE];
    bool has_nonce;
    struct icm_buf received; /* the peer's TSRequest, which slices borrow from */

    const struct auth_initiator_options *initiates; /* NULL: an acceptor */
    struct auth_initiator_options inner_initiates;
    const struct auth_acceptor_options *accepts; /* NULL: an initiator */
    struct auth_acceptor_options inner_accepts;
};

static inline struct auth_credssp *auth_credssp_of(struct auth_context *c)
{
    return (struct auth_credssp *)c;
}

/** Its step calls @first. What is in it so far auth_credssp_free frees. */
enum icm_code auth_credssp_new(struct auth_credssp **out, auth_credssp_stage *first, struct icm_error *err);
void auth_credssp_free(struct auth_credssp *c);

/** Open @in, which holds the peer's TSRequest or, where @out is NULL, nothing. @out borrows until the next call.
 * ICM_DENIED: also where the peer's version is none that we may speak. */
enum icm_code auth_credssp_receive(struct auth_credssp *c, struct icm_slice in, struct auth_ts_request *out,
                                   struct icm_error *err);

/** Append @m, with our version in it, as TLS's records. */
enum icm_code auth_credssp_send(struct auth_credssp *c, struct auth_ts_request *m, struct icm_buf *out,
                                struct icm_error *err);

enum auth_credssp_direction { AUTH_CREDSSP_TO_SERVER, AUTH_CREDSSP_TO_CLIENT };

/** Append what is proved of the server's SubjectPublicKey in one direction, not sealed yet. ICM_DENIED: there is no
 * nonce. */
enum icm_code auth_credssp_bind_key(const struct auth_credssp *c, enum auth_credssp_direction direction,
                                    struct icm_slice key, struct icm_buf *out, struct icm_error *err);

/** Append what pubKeyAuth holds in one direction, sealed by the inner mechanism. */
enum icm_code auth_credssp_seal_key(struct auth_credssp *c, enum auth_credssp_direction direction, struct icm_buf *out,
                                    struct icm_error *err);

/** Whether the peer's pubKeyAuth is that of this TLS connection. ICM_DENIED: it is not. */
enum icm_code auth_credssp_check_key(struct auth_credssp *c, enum auth_credssp_direction direction,
                                     struct icm_slice sealed, struct icm_error *err);

/** "CredSSP (NTLM inside), version 6, TLSv1.3": for logs; both ends have agreed. */
enum icm_code auth_credssp_describe(struct auth_credssp *c, struct icm_error *err);

/** Word a server's errorCode. ICM_OK: it is none. */
enum icm_code auth_credssp_fail_by(uint32_t status, struct icm_error *err);

#endif
