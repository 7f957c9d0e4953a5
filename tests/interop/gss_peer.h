/* What the programs share that talk to GSSAPI's own mechanisms: a side of a conversation, which is ours behind auth.h
 * or GSSAPI's bare calls, with a configuration of its own; NAME=VALUE arguments; what failed, "SIDE failed: CODE:
 * SENTENCE" and "remedy: ...". */
#ifndef TESTS_INTEROP_GSS_PEER_H
#define TESTS_INTEROP_GSS_PEER_H

#include "auth/context.h"

#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_krb5.h>

extern gss_OID_desc gss_peer_ntlm; /* package: gss-ntlmssp */

struct gss_side {
    const char *name;
    bool is_acceptor, is_bare;
    bool sends_clear;   /* bare: signs and does not seal */
    const char *config; /* KRB5_CONFIG; NULL: the environment's */
    gss_OID mechanism;  /* whose words its failures have */
    bool (*step_bare)(struct gss_side *s, struct icm_slice in, struct icm_buf *out);
    struct auth_context *ours;
    gss_ctx_id_t gss;
    gss_cred_id_t credential;
    gss_name_t target;
    bool is_done, has_delegated, is_bound;
};
void gss_side_reset(struct gss_side *s);

/** false: it failed, and has said so. */
bool gss_side_step(struct gss_side *s, struct icm_slice in, struct icm_buf *out);
bool gss_side_seal(struct gss_side *s, struct icm_slice message, struct icm_buf *out, struct auth_sealed *sealed);
bool gss_side_open(struct gss_side *s, uint32_t header_size, struct icm_slice bytes, struct icm_buf *out);

void gss_side_configure(const struct gss_side *s);
bool gss_side_fail(const struct gss_side *s, OM_uint32 major, OM_uint32 minor); /* false */

/** What is no failure of a side's ends the program with status 2. */
_Noreturn void gss_peer_die(const char *why);

struct gss_peer_option {
    const char *name;
    const char **value;
};
void gss_peer_read_options(const struct gss_peer_option *options, size_t count, int argc, char **argv);

/** The first line of @path; NULL: nothing. */
void gss_peer_read_password(const char *path, struct icm_buf *out);

bool gss_peer_has(gss_OID mechanism);

/* GSSAPI knows no const; it only reads */
static inline gss_buffer_desc gss_peer_buffer(struct icm_slice bytes)
{
    return (gss_buffer_desc){bytes.size, (void *)(uintptr_t)bytes.data};
}

#endif
