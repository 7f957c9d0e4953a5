/* Negotiate: SPNEGO, which finds a mechanism that both sides have and carries it. RFC 4178; MS-SPNG. What its files
 * share, and what a test with mechanisms of its own needs. */
#ifndef AUTH_NEGOTIATE_H
#define AUTH_NEGOTIATE_H

#include "auth/context.h"
#include "auth/spnego_token.h"

enum { AUTH_NEGOTIATE_OIDS_MAX = 2, AUTH_NEGOTIATE_STEPS_MAX = 16 /* no mechanism has more than three */ };

/** A mechanism that Negotiate can carry. Adding one is a row of the table in negotiate_mechs.c; the order is the order
 * of our offer. */
struct auth_negotiable {
    const char *name;
    const struct icm_slice *oids[AUTH_NEGOTIATE_OIDS_MAX]; /* names of one and the same mechanism; the rest is NULL */
    /* whether the client may try it, else why not, and with what remedy */
    enum icm_code (*check)(const struct auth_initiator_options *o, struct icm_error *err);
    enum icm_code (*initiator_new)(struct auth_context **out, const struct auth_initiator_options *o,
                                   struct icm_error *err);
    enum icm_code (*acceptor_new)(struct auth_context **out, const struct auth_acceptor_options *o,
                                  struct icm_error *err); /* it fails where we have not what it takes */
    /* whether the client's @token has a MIC of its own, which makes mechListMICs a must; NULL: never. MS-SPNG 3.1.5.1
     */
    bool (*has_own_mic)(struct icm_slice token);
    bool refuses_by_step; /* once it is established, another step of the client's words the server's no */
    bool may_wait;        /* a step of the client's may ask the network */
};

struct auth_negotiate {
    struct auth_context context;
    const struct auth_negotiable *rows;
    size_t row_count;
    struct auth_initiator_options initiates;
    const struct auth_acceptor_options *accepts; /* NULL: the client */

    const struct auth_negotiable *chosen; /* NULL: the first token has not been made or seen */
    struct auth_context *inner;           /* the chosen one's */
    struct icm_buf mechs;                 /* the MechTypeList, as the client sent it */
    struct icm_buf failures;              /* "Kerberos: ...; NTLM: ...": what could not be used, and why */
    unsigned steps;
    bool is_raw;       /* the peer does without SPNEGO */
    bool has_answered; /* the server, once: only its first answer may choose */
    bool needs_mic, has_sent_mic, has_checked_mic;
};

static inline struct auth_negotiate *auth_negotiate_of(struct auth_context *c)
{
    return (struct auth_negotiate *)c;
}

/** Contexts with other rows than the table's. */
enum icm_code auth_negotiate_initiator_from(struct auth_context **out, const struct auth_negotiable *rows, size_t count,
                                            const struct auth_initiator_options *o, struct icm_error *err);
enum icm_code auth_negotiate_acceptor_from(struct auth_context **out, const struct auth_negotiable *rows, size_t count,
                                           const struct auth_acceptor_options *o, struct icm_error *err);

/* ---- for the roles' files */

enum icm_code auth_negotiate_initiator_step(struct auth_context *c, struct icm_slice in, struct icm_buf *out,
                                            struct icm_error *err);
enum icm_code auth_negotiate_acceptor_step(struct auth_context *c, struct icm_slice in, struct icm_buf *out,
                                           struct icm_error *err);
bool auth_negotiate_initiator_may_wait(const struct auth_context *c);

/** Append the client's first token; ICM_AGAIN: it waits for the answer. ICM_UNSUPPORTED, and what the first mechanism
 * failed with: there is nothing to offer. */
enum icm_code auth_negotiate_offer(struct auth_negotiate *n, struct icm_buf *out, struct icm_error *err);

/** Make @row the client's chosen one, with its first token. */
enum icm_code auth_negotiate_start(struct auth_negotiate *n, const struct auth_negotiable *row, struct icm_buf *token,
                                   struct icm_error *err);

/** The server, for messages. */
static inline const char *auth_negotiate_host(const struct auth_negotiate *n)
{
    return n->initiates.host ? n->initiates.host : "the server";
}

/** The row that @oid names; NULL: none does. */
const struct auth_negotiable *auth_negotiate_find(const struct auth_negotiate *n, struct icm_slice oid);

/** Note why @row cannot be used. */
void auth_negotiate_note(struct auth_negotiate *n, const struct auth_negotiable *row, const struct icm_error *why);

/** What it says of itself, or its row's name. */
const char *auth_negotiate_inner_name(const struct auth_negotiate *n);

/** A step of the chosen mechanism; also says who it is, and what there is to be said of it. */
enum icm_code auth_negotiate_inner_step(struct auth_negotiate *n, struct icm_slice in, struct icm_buf *out,
                                        struct icm_error *err);

/** Make @inner the chosen mechanism's context, in place of what was there before. */
void auth_negotiate_choose(struct auth_negotiate *n, const struct auth_negotiable *row, struct auth_context *inner);

/** Append our mechListMIC, and check the peer's; key streams that made one begin anew. RFC 4178 5. */
enum icm_code auth_negotiate_add_mic(struct auth_negotiate *n, struct icm_buf *mic, struct icm_error *err);
enum icm_code auth_negotiate_check_mic(struct auth_negotiate *n, struct icm_slice mic, struct icm_error *err);

/** Append a NegTokenResp. */
enum icm_code auth_negotiate_respond(struct icm_buf *out, const struct auth_spnego_token *t, struct icm_error *err);

#endif
