/* What Kerberos's own files share: the doors to MIT's libraries. Nothing here is shared between contexts, so that each
 * may be on a thread of its own. */
#ifndef AUTH_KERBEROS_PRIVATE_H
#define AUTH_KERBEROS_PRIVATE_H

#include "auth/context.h"

#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_krb5.h>
#include <krb5.h>

/* ---- kerberos_error.c: what a library's numbers mean */

enum auth_kerberos_stage {
    AUTH_KERBEROS_LOGIN = 1,   /* a first ticket; the subject is who we are */
    AUTH_KERBEROS_SERVICE = 2, /* a ticket for the server; the subject is its name */
    AUTH_KERBEROS_ANSWER = 4,  /* what the server said; the same */
    AUTH_KERBEROS_ACCEPT = 8,  /* a client's token; the subject is NULL */
};

/** Word a failure of krb5, and of GSSAPI. @detail: the library's own words, for numbers that we have none for. */
enum icm_code auth_kerberos_fail(struct icm_error *err, enum auth_kerberos_stage stage, const char *subject,
                                 krb5_error_code number, const char *detail);
enum icm_code auth_kerberos_fail_gss(struct icm_error *err, enum auth_kerberos_stage stage, const char *subject,
                                     OM_uint32 major, OM_uint32 minor);

/* ---- kerberos_name.c: names as the user wrote them */

/** "DOMAIN\name", "name@realm" or "name" as a principal of @krb5's. ICM_UNSUPPORTED: ".\name", which no KDC knows. */
enum icm_code auth_kerberos_user(krb5_context krb5, const char *user, krb5_principal *out, struct icm_error *err);

/** A service's name, its host as the user wrote it: no resolver is asked. The realm is krb5.conf's for the host, or
 * empty, which leaves it to the KDC. */
enum icm_code auth_kerberos_service(krb5_context krb5, const char *service, const char *host, unsigned port,
                                    krb5_principal *out, struct icm_error *err);

/* ---- kerberos_ticket.c: who we are */

struct auth_kerberos_ticket {
    krb5_context krb5;
    krb5_ccache cache;
    bool is_private; /* in our memory, for us alone: destroyed with us */
    char *user;      /* "ana@CORP.EXAMPLE" */
};

/** Find or get the first ticket. @server decides where there are several caches. May ask a KDC, but not the server: the
 * wait is the library's own, 27 s where the only KDC takes requests and answers none. @t->krb5 is there. */
enum icm_code auth_kerberos_ticket_open(struct auth_kerberos_ticket *t, const struct auth_initiator_options *o,
                                        krb5_principal server, struct icm_error *err);
void auth_kerberos_ticket_close(struct auth_kerberos_ticket *t); /* krb5 with it */

/* ---- kerberos_seal.c: RFC 4121 4.2 over an established context. Supplementary bits (replayed, out of order) are
 * failures. */

enum icm_code auth_kerberos_wrap(gss_ctx_id_t gss, struct icm_slice message, struct icm_buf *out,
                                 struct auth_sealed *sealed, struct icm_error *err);
enum icm_code auth_kerberos_unwrap(gss_ctx_id_t gss, uint32_t header_size, struct icm_slice bytes, struct icm_buf *out,
                                   struct icm_error *err);
enum icm_code auth_kerberos_add_mic(gss_ctx_id_t gss, struct icm_slice message, struct icm_buf *out,
                                    struct icm_error *err);
enum icm_code auth_kerberos_check_mic(gss_ctx_id_t gss, struct icm_slice message, struct icm_slice mic,
                                      struct icm_error *err);

/* ---- kerberos.c, and the roles' steps in files of their own */

struct auth_kerberos {
    struct auth_context context;
    const struct auth_initiator_options *initiates; /* one of the two */
    const struct auth_acceptor_options *accepts;
    struct auth_kerberos_ticket ticket;
    gss_cred_id_t credential;
    gss_ctx_id_t gss;
    gss_name_t target;
    OM_uint32 flags;   /* what the context has been agreed to do */
    char *target_name; /* "HTTP/srv1"; where there was no ticket, all that were tried */
};

static inline struct auth_kerberos *auth_kerberos_of(struct auth_context *c)
{
    return (struct auth_kerberos *)c;
}

/* GSSAPI knows no const; it only reads */
static inline gss_buffer_desc auth_kerberos_buffer(struct icm_slice bytes)
{
    union {
        const uint8_t *given;
        void *taken;
    } data = {.given = bytes.data};

    return (gss_buffer_desc){bytes.size, data.taken};
}

enum icm_code auth_kerberos_initiator_step(struct auth_context *c, struct icm_slice in, struct icm_buf *out,
                                           struct icm_error *err);
enum icm_code auth_kerberos_acceptor_step(struct auth_context *c, struct icm_slice in, struct icm_buf *out,
                                          struct icm_error *err);

gss_channel_bindings_t auth_kerberos_bindings(struct icm_slice binding, struct gss_channel_bindings_struct *room);

/** Append @token, which is released. */
enum icm_code auth_kerberos_give(gss_buffer_desc *token, struct icm_buf *out, struct icm_error *err);

/** ICM_DENIED: the context lacks one of the @needed. */
enum icm_code auth_kerberos_check_flags(const struct auth_kerberos *k, OM_uint32 needed, struct icm_error *err);

#endif
