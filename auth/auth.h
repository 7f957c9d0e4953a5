/* Who we are, and how a message is protected: the one interface of all mechanisms, in both roles, without I/O. A step
 * takes the peer's token and gives ours; HTTP's headers, base64 and multipart bodies are the caller's. RFC 7235;
 * MS-WSMV 2.2.9. */
#ifndef AUTH_AUTH_H
#define AUTH_AUTH_H

#include "base/buf.h"

/** A user and a password, UTF-8. The password's buffer wipes itself. The user is "name", "DOMAIN\name" or "name@realm".
 */
struct auth_credential {
    char *user;
    struct icm_buf password;
};
void auth_credential_reset(struct auth_credential *c);

enum { AUTH_TOKEN_MAX = 256 * 1024 /* bytes of one token: a Kerberos ticket with a thousand groups has 64 KB */ };

enum auth_trait {
    AUTH_SHOWS_PASSWORD = 1,  /* the peer, and who listens, learns the password: only over TLS, or to ourselves */
    AUTH_SEALS = 2,           /* wrap and unwrap protect bodies: over plain HTTP they must */
    AUTH_PER_REQUEST = 4,     /* every request carries a token; else a connection is authenticated once */
    AUTH_TEXT_TOKEN = 8,      /* the token is text, and stands in the header as it is: no base64 */
    AUTH_MAY_WAIT = 16,       /* a step may ask the network (a KDC): it belongs on a worker thread */
    AUTH_NEEDS_TRUST = 32,    /* it may not prove who the server is: a proved TLS or a trusted host must */
    AUTH_BY_CERTIFICATE = 64, /* TLS has proved who the client is; the token is empty */
    AUTH_UNBOUND = 128,       /* it proves who, and not over which TLS connection: who is in between could use that */
};

struct auth_context;
struct auth_digest_nonces;
struct auth_initiator_options;
struct auth_acceptor_options;

/** What there is to know of a mechanism: one row of the table in mechs.c. */
struct auth_mechanism {
    const char *name;     /* -Authentication's value, "Basic" */
    const char *scheme;   /* HTTP's, "Basic" */
    unsigned traits;      /* enum auth_trait, or'ed */
    const char *protocol; /* of multipart/encrypted, "application/HTTP-...-session-encrypted"; NULL: it seals nothing */
    size_t piece_max; /* a longer body is sealed in pieces of so many bytes (CredSSP, MS-WSMV 2.2.9.1.3); 0: in one */
    enum icm_code (*initiator_new)(struct auth_context **out, const struct auth_initiator_options *options,
                                   struct icm_error *err);
    enum icm_code (*acceptor_new)(struct auth_context **out, const struct auth_acceptor_options *options,
                                  struct icm_error *err);
};

/** The row of @name ("Default" is Negotiate), any case; NULL: there is none. @index walks all rows, NULL behind the
 * last. */
const struct auth_mechanism *auth_mechanism_find(const char *name);
const struct auth_mechanism *auth_mechanism_at(size_t index);

static inline bool auth_mechanism_has(const struct auth_mechanism *m, enum auth_trait trait)
{
    return (m->traits & (unsigned)trait) != 0;
}

/** What a client's context is made of. All is borrowed for the context's life; zeroed members are the safe choice. */
struct auth_initiator_options {
    const struct auth_credential *credential; /* NULL, or no user: who we are already (a ticket cache) */
    const char *host;                         /* the computer as the user named it */
    const char *spn_service, *spn_host;       /* NULL: HTTP and then WSMAN; @host */
    unsigned spn_port;                        /* 0: the SPN has no port */
    struct icm_slice channel_binding; /* RFC 5929: "tls-server-end-point:" and the hash; no data: there is no TLS */
    bool needs_sealing;               /* plain HTTP: a peer that does not agree to sign and seal is refused */
    bool delegates;   /* Kerberos: let the server act as us; refused before anything is sent where the ticket cannot */
    bool allows_ntlm; /* the peer may prove no more than NTLM does: TLS has shown who it is, or it is a trusted host */
    bool allows_old_credssp;     /* versions before 5, which CVE-2018-0886 is about */
    const char *ccache, *keytab; /* Kerberos: NULL: the environment's */
};

/** What an acceptor's context is made of; borrowed for its life. */
struct auth_acceptor_options {
    const struct auth_credential *accounts; /* users and passwords */
    size_t account_count;
    const char *computer;             /* NTLM's target name; NULL: the machine's */
    const char *keytab;               /* Kerberos; NULL: the environment's */
    struct icm_slice channel_binding; /* of the connection's own TLS; no data: none */
    bool requires_binding;         /* a client that does not prove that it speaks over this TLS connection is refused */
    bool needs_sealing;            /* plain HTTP */
    const char *certificate, *key; /* CredSSP's inner TLS, PEM texts */
    bool allows_old_credssp;       /* clients before version 5, which CVE-2018-0886 is about */
    const char *certificate_user;  /* whom TLS has shown by a client's certificate; NULL: nobody */
    struct auth_digest_nonces *nonces; /* Digest; shared by all contexts of an endpoint */
};

/** The nonces that Digest acceptors have given out, some thousand of the last ones: what proves that credentials are
 * used once. */
struct auth_digest_nonces;
enum icm_code auth_digest_nonces_new(struct auth_digest_nonces **out, struct icm_error *err);
void auth_digest_nonces_free(struct auth_digest_nonces *n); /* NULL is fine */

/** What is known of a name before an account is looked up by it. */
enum auth_naming {
    AUTH_NAME_WHOLE,  /* somebody else vouches for it (a KDC, an authority): only the account of that whole name */
    AUTH_NAME_CLAIMS, /* a client's word, which the account's own password will prove: an account that is named without
                         domain and realm is the endpoint's own, whatever a client puts before or behind its name */
    AUTH_NAME_LOCAL,  /* of our own realm, which was taken off: an account that is named without; Kerberos has a case */
};

/** The first account that is meant by @user, "name", "DOMAIN\name" or "name@realm", of @domain where that stands by
 * itself; NULL: none. Names without a domain or realm have no case, names with one are compared as they are. */
const struct auth_credential *auth_account_find(const struct auth_acceptor_options *o, struct icm_slice domain,
                                                struct icm_slice user, enum auth_naming naming);

enum icm_code auth_initiator_new(struct auth_context **out, const struct auth_mechanism *mechanism,
                                 const struct auth_initiator_options *options, struct icm_error *err);
enum icm_code auth_acceptor_new(struct auth_context **out, const struct auth_mechanism *mechanism,
                                const struct auth_acceptor_options *options, struct icm_error *err);
void auth_context_free(struct auth_context *c); /* wipes keys; NULL is fine */

const struct auth_mechanism *auth_context_mechanism(const struct auth_context *c);

/** Append our next token to @out; @in is the peer's, no data for an initiator's first step, and where the peer had none
 * to give. ICM_OK: established; what was appended, if anything, is the last token and still has to be sent. ICM_AGAIN:
 * send what was appended, the peer's answer is needed (an acceptor without @in: what was appended is its challenge).
 * ICM_DENIED: the peer, or our policy, says no; what an acceptor appended even so (a KRB-ERROR) tells the client why,
 * and may go with the refusal. A context that failed is of no more use. AUTH_PER_REQUEST: a step for each request, with
 * the server's challenge as @in where there is one; AUTH_TEXT_TOKEN: several challenges are joined, each on a line of
 * its own. */
enum icm_code auth_step(struct auth_context *c, struct icm_slice in, struct icm_buf *out, struct icm_error *err);

/** What the next step is about, for mechanisms that look at the request (Digest); others ignore it. Borrowed for the
 * step. */
void auth_describe_request(struct auth_context *c, const char *method, const char *uri, struct icm_slice body);

/** Whether the next step may ask the network; a mechanism without AUTH_MAY_WAIT never does. */
bool auth_may_wait(const struct auth_context *c);

bool auth_is_established(const struct auth_context *c);

/** The acceptor's: who it is, the context's own text; NULL before that is known. */
const char *auth_user(const struct auth_context *c);

/** What was tried or chosen, for messages and logs: "Kerberos to HTTP/srv1.corp.example", "NTLM, with channel binding".
 */
const char *auth_describe(const struct auth_context *c);

/** How a sealed message lies in its bytes. */
struct auth_sealed {
    uint32_t header_size; /* what the length field in front of it says: of the header; CredSSP: of the TLS record's
                             trailer */
    uint32_t padding;     /* bytes that the mechanism added to the message, which the body's Length counts (RFC 4757) */
};

/** Append @message, sealed, header in front; *@sealed says how. ICM_STATE: the context is not established, or does not
 * seal. */
enum icm_code auth_wrap(struct auth_context *c, struct icm_slice message, struct icm_buf *out,
                        struct auth_sealed *sealed, struct icm_error *err);

/** The way back: @bytes are header and data, @header_size what the length field says. ICM_DENIED: tampered with,
 * replayed or out of order; nothing is appended and the context is of no more use. */
enum icm_code auth_unwrap(struct auth_context *c, uint32_t header_size, struct icm_slice bytes, struct icm_buf *out,
                          struct icm_error *err);

#endif
