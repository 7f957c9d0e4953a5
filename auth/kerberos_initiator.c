/* Kerberos's client: a ticket for one of the server's names, then what the server proves with it. RFC 4121, RFC 4559,
 * MS-KILE 3.2.5. */
#include "auth/kerberos_private.h"

#include "auth/kerberos_token.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

static enum icm_code check_host(const struct auth_initiator_options *o, const char *host, struct icm_error *err)
{
    char bare[INET6_ADDRSTRLEN];
    uint8_t address[sizeof(struct in6_addr)];

    if (!host || !*host)
        return icm_fail(err, ICM_USAGE, "RFC 4120 6.2.1", "Kerberos needs the computer's name");
    size_t skip = *host == '[', size = strcspn(host + skip, "]%");
    snprintf(bare, sizeof bare, "%.*s", (int)(size < sizeof bare ? size : sizeof bare - 1), host + skip);
    if (o->spn_host || (inet_pton(AF_INET, bare, address) != 1 && inet_pton(AF_INET6, bare, address) != 1))
        return ICM_OK;
    return auth_remedy(err,
                       icm_fail(err, ICM_UNSUPPORTED, "RFC 4120 6.2.1",
                                "Kerberos needs the computer's name, and %s is an address", bare),
                       "give the computer's name, or name the host of its SPN");
}

static enum icm_code import_target(struct auth_kerberos *k, krb5_principal principal, struct icm_error *err)
{
    char *text = NULL;
    OM_uint32 minor, major;

    if (krb5_unparse_name(k->ticket.krb5, principal, &text) != 0)
        return icm_nomem(err);
    gss_buffer_desc name = {strlen(text), text};
    gss_release_name(&minor, &k->target);
    major = gss_import_name(&minor, &name, GSS_KRB5_NT_PRINCIPAL_NAME, &k->target);
    krb5_free_unparsed_name(k->ticket.krb5, text);
    return major == GSS_S_COMPLETE ? ICM_OK
                                   : auth_kerberos_fail_gss(err, AUTH_KERBEROS_SERVICE, k->target_name, major, minor);
}

/* What is tried, for people: "HTTP/srv1", "HTTP/srv1 and WSMAN/srv1". */
static enum icm_code name_target(struct auth_kerberos *k, const char *service, const char *host, unsigned port,
                                 bool is_more, struct icm_error *err)
{
    struct icm_buf text = {0};

    if (is_more)
        icm_buf_add_format(&text, "%s and ", k->target_name);
    icm_buf_add_format(&text, "%s/%s", service, host);
    if (port > 0)
        icm_buf_add_format(&text, ":%u", port);
    icm_set_text(&k->target_name, icm_buf_text(&text));
    icm_buf_reset(&text);
    return k->target_name ? ICM_OK : icm_nomem(err);
}

/* The ticket first, for it may be that nothing is to be sent. */
static enum icm_code open_ticket(struct auth_kerberos *k, krb5_principal server, struct icm_error *err)
{
    OM_uint32 minor, major;

    if (k->credential)
        return ICM_OK;
    enum icm_code code = auth_kerberos_ticket_open(&k->ticket, k->initiates, server, err);
    if (code != ICM_OK)
        return code;
    major = gss_krb5_import_cred(&minor, k->ticket.cache, NULL, NULL, &k->credential);
    return major == GSS_S_COMPLETE ? ICM_OK
                                   : auth_kerberos_fail_gss(err, AUTH_KERBEROS_LOGIN, k->ticket.user, major, minor);
}

static OM_uint32 wanted_flags(const struct auth_initiator_options *o)
{
    return GSS_C_MUTUAL_FLAG | GSS_C_REPLAY_FLAG | GSS_C_SEQUENCE_FLAG | GSS_C_CONF_FLAG | GSS_C_INTEG_FLAG |
           (o->delegates ? GSS_C_DELEG_FLAG : 0);
}

static OM_uint32 initiate(struct auth_kerberos *k, struct icm_slice in, gss_buffer_desc *token, OM_uint32 *minor)
{
    struct gss_channel_bindings_struct room;
    gss_buffer_desc given = auth_kerberos_buffer(in);

    return gss_init_sec_context(minor, k->credential, &k->gss, k->target, gss_mech_krb5, wanted_flags(k->initiates), 0,
                                auth_kerberos_bindings(k->initiates->channel_binding, &room), &given, NULL, token,
                                &k->flags, NULL);
}

/* A token for one name of the server; *@is_unknown: the KDC has none of it, and another may be tried. */
static enum icm_code try_target(struct auth_kerberos *k, krb5_principal server, struct icm_buf *out, bool *is_unknown,
                                struct icm_error *err)
{
    gss_buffer_desc token = GSS_C_EMPTY_BUFFER;
    OM_uint32 minor;
    enum icm_code code = open_ticket(k, server, err);

    if (code == ICM_OK)
        code = import_target(k, server, err);
    if (code != ICM_OK)
        return code;
    OM_uint32 major = initiate(k, icm_slice_text(""), &token, &minor);
    *is_unknown = GSS_ERROR(major) && (krb5_error_code)minor == KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN;
    if (GSS_ERROR(major)) {
        code = auth_kerberos_fail_gss(err, AUTH_KERBEROS_SERVICE, k->target_name, major, minor);
        gss_release_buffer(&minor, &token);
        gss_delete_sec_context(&minor, &k->gss, GSS_C_NO_BUFFER);
        return code;
    }
    if (k->initiates->delegates && !(k->flags & GSS_C_DELEG_FLAG)) { /* the library goes on without it */
        gss_release_buffer(&minor, &token);
        return icm_fail(err, ICM_DENIED, "RFC 4120 2.8", "Kerberos to %s: the KDC does not forward your ticket to it",
                        k->target_name);
    }
    return auth_kerberos_give(&token, out, err);
}

static enum icm_code try_service(struct auth_kerberos *k, const char *service, bool is_second, struct icm_buf *out,
                                 bool *is_unknown, struct icm_error *err)
{
    const struct auth_initiator_options *o = k->initiates;
    const char *host = o->spn_host ? o->spn_host : o->host;
    krb5_principal server = NULL;
    enum icm_code code = name_target(k, service, host, o->spn_port, is_second, err);

    if (code == ICM_OK)
        code = auth_kerberos_service(k->ticket.krb5, service, host, o->spn_port, &server, err);
    if (code == ICM_OK)
        code = try_target(k, server, out, is_unknown, err);
    krb5_free_principal(k->ticket.krb5, server);
    if (code == ICM_OK && is_second)
        code = name_target(k, service, host, o->spn_port, false, err);
    return code;
}

static enum icm_code describe(struct auth_kerberos *k, struct icm_error *err)
{
    const struct auth_initiator_options *o = k->initiates;
    struct icm_buf text = {0};

    icm_buf_add_format(&text, "Kerberos to %s%s%s", k->target_name,
                       o->channel_binding.size > 0 ? ", with channel binding" : "", o->delegates ? ", delegating" : "");
    icm_set_text(&k->context.description, icm_buf_text(&text));
    icm_buf_reset(&text);
    return k->context.description ? ICM_OK : icm_nomem(err);
}

static enum icm_code first_step(struct auth_kerberos *k, struct icm_buf *out, struct icm_error *err)
{
    /* Windows' own first; one account mostly has both */
    static const char *const services[] = {"HTTP", "WSMAN"};
    const struct auth_initiator_options *o = k->initiates;
    bool is_unknown = true;
    enum icm_code code = check_host(o, o->host, err);

    if (code == ICM_OK && krb5_init_context(&k->ticket.krb5) != 0)
        code = icm_fail(err, ICM_UNSUPPORTED, NULL, "Kerberos: krb5.conf cannot be read");
    if (code == ICM_OK && o->spn_service)
        code = try_service(k, o->spn_service, false, out, &is_unknown, err);
    else if (code == ICM_OK)
        for (size_t i = 0; i < ICM_COUNT(services) && is_unknown; i++) {
            is_unknown = false;
            icm_error_reset(err); /* the name before is in target_name */
            code = try_service(k, services[i], i > 0, out, &is_unknown, err);
        }
    if (code == ICM_OK)
        code = describe(k, err);
    return code == ICM_OK ? ICM_AGAIN : code;
}

static enum icm_code answer_step(struct auth_kerberos *k, struct icm_slice in, struct icm_buf *out,
                                 struct icm_error *err)
{
    enum auth_kerberos_token kind;
    gss_buffer_desc token = GSS_C_EMPTY_BUFFER;
    OM_uint32 minor;

    if (in.size == 0)
        return auth_remedy(
            err,
            icm_fail(err, ICM_DENIED, "RFC 4559 5",
                     "Kerberos to %s: the server did not accept the ticket, or does not prove who it is",
                     k->target_name),
            "see that the account may use remote management there, and that the computer is the one of that name");
    enum icm_code code = auth_kerberos_token_read(in, &kind, err);
    if (code == ICM_OK && kind == AUTH_KERBEROS_AP_REQ)
        code = icm_fail(err, ICM_DENIED, "RFC 4121 4.1", "Kerberos to %s: our own token comes back", k->target_name);
    if (code != ICM_OK)
        return code;
    OM_uint32 major = initiate(k, in, &token, &minor);
    if (major != GSS_S_COMPLETE) {
        code = auth_kerberos_fail_gss(err, AUTH_KERBEROS_ANSWER, k->target_name, major, minor);
        gss_release_buffer(&minor, &token);
        return code;
    }
    code = auth_kerberos_give(&token, out, err);
    return code == ICM_OK ? auth_kerberos_check_flags(k, wanted_flags(k->initiates), err) : code;
}

enum icm_code auth_kerberos_initiator_step(struct auth_context *c, struct icm_slice in, struct icm_buf *out,
                                           struct icm_error *err)
{
    return auth_kerberos_of(c)->gss ? answer_step(auth_kerberos_of(c), in, out, err)
                                    : first_step(auth_kerberos_of(c), out, err);
}
