/* What a mechanism is made of, for the mechanisms' own files and for those that carry others inside (SPNEGO, CredSSP).
 * Not for other folders. */
#ifndef AUTH_CONTEXT_H
#define AUTH_CONTEXT_H

#include "auth/auth.h"

/* NULL: the mechanism cannot. Codes and ownership are those of auth.h's functions of the same name. */
struct auth_ops {
    enum icm_code (*step)(struct auth_context *c, struct icm_slice in, struct icm_buf *out, struct icm_error *err);
    bool (*may_wait)(const struct auth_context *c); /* NULL: whenever the mechanism may */
    void (*describe_request)(struct auth_context *c, const char *method, const char *uri, struct icm_slice body);
    enum icm_code (*wrap)(struct auth_context *c, struct icm_slice message, struct icm_buf *out,
                          struct auth_sealed *sealed, struct icm_error *err);
    /* inside of another, @header_size may be 0: the peer does not say it, and the mechanism finds it */
    enum icm_code (*unwrap)(struct auth_context *c, uint32_t header_size, struct icm_slice bytes, struct icm_buf *out,
                            struct icm_error *err);
    /* append the MIC of a message in clear, and check one: SPNEGO's mechListMIC, RFC 4178 5 */
    enum icm_code (*add_mic)(struct auth_context *c, struct icm_slice message, struct icm_buf *out,
                             struct icm_error *err);
    enum icm_code (*check_mic)(struct auth_context *c, struct icm_slice message, struct icm_slice mic,
                               struct icm_error *err);
    /* behind a mechListMIC, ours (@sends) or the peer's: NTLM begins that direction's key stream anew; MS-SPNG 3.3.5.1
     */
    void (*rewind)(struct auth_context *c, bool sends);
    void (*free)(struct auth_context *c);
};

/* The first member of each mechanism's own struct. */
struct auth_context {
    const struct auth_ops *ops;
    const struct auth_mechanism *mechanism; /* set by the two auth_..._new of auth.h; NULL inside of another */
    bool is_established;
    bool can_seal;   /* inside of another: only the peer's last word is missing, which may come with a sealed message */
    bool has_failed; /* set by auth_step and auth_unwrap: no call does anything any more */
    char *user;      /* the acceptor's: who it is */
    char *description; /* "NTLM"; auth_describe gives the mechanism's name while it is NULL */
};

/** For a context inside of another: auth_step without the table. */
static inline enum icm_code auth_inner_step(struct auth_context *c, struct icm_slice in, struct icm_buf *out,
                                            struct icm_error *err)
{
    return c->ops->step(c, in, out, err);
}

/** Seal for a peer that is told no length: header and data in one. And the way back. */
enum icm_code auth_inner_seal(struct auth_context *c, struct icm_slice message, struct icm_buf *out,
                              struct icm_error *err);
enum icm_code auth_inner_unseal(struct auth_context *c, struct icm_slice sealed, struct icm_buf *out,
                                struct icm_error *err);

/** Say what can be done about a failure that has been worded; gives @code back. */
enum icm_code auth_remedy(struct icm_error *err, enum icm_code code, const char *remedy);

/* What the mechanisms' files give to the table in mechs.c. */
enum icm_code auth_basic_initiator_new(struct auth_context **out, const struct auth_initiator_options *o,
                                       struct icm_error *err);
enum icm_code auth_basic_acceptor_new(struct auth_context **out, const struct auth_acceptor_options *o,
                                      struct icm_error *err);
enum icm_code auth_digest_initiator_new(struct auth_context **out, const struct auth_initiator_options *o,
                                        struct icm_error *err);
enum icm_code auth_digest_acceptor_new(struct auth_context **out, const struct auth_acceptor_options *o,
                                       struct icm_error *err);
enum icm_code auth_certificate_initiator_new(struct auth_context **out, const struct auth_initiator_options *o,
                                             struct icm_error *err);
enum icm_code auth_certificate_acceptor_new(struct auth_context **out, const struct auth_acceptor_options *o,
                                            struct icm_error *err);
enum icm_code auth_credssp_initiator_new(struct auth_context **out, const struct auth_initiator_options *o,
                                         struct icm_error *err);
enum icm_code auth_credssp_acceptor_new(struct auth_context **out, const struct auth_acceptor_options *o,
                                        struct icm_error *err);
enum icm_code auth_ntlm_initiator_new(struct auth_context **out, const struct auth_initiator_options *o,
                                      struct icm_error *err);
enum icm_code auth_ntlm_acceptor_new(struct auth_context **out, const struct auth_acceptor_options *o,
                                     struct icm_error *err);
/* Kerberos's first step fails with ICM_DENIED where somebody says no to who we are (a wrong password, an expired ticket
 * ...), which another mechanism must not try again; with another code where there is no ticket to be had (no KDC, no
 * such server, no cache ...). */
enum icm_code auth_kerberos_initiator_new(struct auth_context **out, const struct auth_initiator_options *o,
                                          struct icm_error *err);
enum icm_code auth_kerberos_acceptor_new(struct auth_context **out, const struct auth_acceptor_options *o,
                                         struct icm_error *err);
enum icm_code auth_negotiate_initiator_new(struct auth_context **out, const struct auth_initiator_options *o,
                                           struct icm_error *err);
enum icm_code auth_negotiate_implicit_new(struct auth_context **out, const struct auth_initiator_options *o,
                                          struct icm_error *err);
enum icm_code auth_negotiate_acceptor_new(struct auth_context **out, const struct auth_acceptor_options *o,
                                          struct icm_error *err);

/** Whether there is a keytab that tickets can be accepted with. */
enum icm_code auth_kerberos_check_keytab(const struct auth_acceptor_options *o, struct icm_error *err);

#endif
