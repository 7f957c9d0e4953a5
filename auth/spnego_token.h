/* SPNEGO's tokens in bytes, and the names of mechanisms. RFC 4178 4; MS-SPNG 2.2. */
#ifndef AUTH_SPNEGO_TOKEN_H
#define AUTH_SPNEGO_TOKEN_H

#include "base/buf.h"

/** Object identifiers as they stand in DER, without tag and length. */
extern const struct icm_slice auth_oid_spnego, auth_oid_kerberos, auth_oid_ms_kerberos, auth_oid_ntlm;

/** Append "NTLMSSP", or "1.2.3" where the mechanism is not known. */
void auth_oid_add_name(struct icm_buf *out, struct icm_slice oid);

/** Append "1.2.840.113554.1.2.2"; "?" for what is no object identifier. */
void auth_oid_add_text(struct icm_buf *out, struct icm_slice oid);

enum auth_spnego_kind {
    AUTH_SPNEGO_INIT,     /* NegTokenInit, or Windows servers' NegTokenInit2 */
    AUTH_SPNEGO_RESPONSE, /* NegTokenResp */
    AUTH_SPNEGO_RAW,      /* no SPNEGO at all: a mechanism's own token */
};

enum auth_spnego_state { /* RFC 4178 4.2.2 */
                         AUTH_SPNEGO_COMPLETED = 0,
                         AUTH_SPNEGO_INCOMPLETE = 1,
                         AUTH_SPNEGO_REJECTED = 2,
                         AUTH_SPNEGO_REQUEST_MIC = 3,
                         AUTH_SPNEGO_NO_STATE = 255, /* a response need not have one */
};

enum { AUTH_SPNEGO_MECHS_MAX = 64 };

/** A token. What it does not have has no data (NULL); what is there and empty has. Slices borrow from the token's
 * bytes. */
struct auth_spnego_token {
    enum auth_spnego_kind kind;
    struct icm_slice mechs; /* INIT: the MechTypeList with its tag and length, which the mechListMIC is made over */
    struct icm_slice hint;  /* INIT: the hintName of a NegTokenInit2, to be ignored; MS-SPNG 2.2.1 */
    enum auth_spnego_state state; /* RESPONSE */
    struct icm_slice mech;        /* RESPONSE: supportedMech. RAW: whose token it is */
    struct icm_slice token;       /* mechToken or responseToken. RAW: all of it */
    struct icm_slice mic;         /* mechListMIC */
};

/** ICM_SYNTAX: it is none of the three, or broken. ICM_LIMIT: more than AUTH_SPNEGO_MECHS_MAX mechanisms. @out->mechs
 * is well-formed. */
enum icm_code auth_spnego_read(struct icm_slice bytes, struct auth_spnego_token *out, struct icm_error *err);

/** Append it, for INIT with the framing of RFC 2743 3.1. */
void auth_spnego_write(struct icm_buf *out, const struct auth_spnego_token *t);

/** Take the next mechanism off @mechs, which begins as the token's member of that name; false: there is none. */
bool auth_spnego_next_mech(struct icm_slice *mechs, struct icm_slice *oid);

/** Append the SEQUENCE OF that auth_spnego_token.mechs is. */
void auth_spnego_add_mechs(struct icm_buf *out, const struct icm_slice *oids, size_t count);

#endif
