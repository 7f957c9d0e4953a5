/* Kerberos's server: a client's token is opened with the keytab's key. RFC 4121, RFC 4559. */
#include "auth/kerberos_private.h"

#include "auth/kerberos_token.h"

static enum icm_code open_keytab(struct auth_kerberos *k, struct icm_error *err)
{
    gss_key_value_element_desc element = {"keytab", k->accepts->keytab};
    gss_key_value_set_desc store = {1, &element};
    gss_OID_set_desc mechanisms = {1, gss_mech_krb5};
    OM_uint32 minor,
        major = gss_acquire_cred_from(&minor, GSS_C_NO_NAME, GSS_C_INDEFINITE, &mechanisms, GSS_C_ACCEPT,
                                      element.value ? &store : GSS_C_NO_CRED_STORE, &k->credential, NULL, NULL);

    return major == GSS_S_COMPLETE ? ICM_OK : auth_kerberos_fail_gss(err, AUTH_KERBEROS_ACCEPT, NULL, major, minor);
}

enum icm_code auth_kerberos_check_keytab(const struct auth_acceptor_options *o, struct icm_error *err)
{
    struct auth_kerberos k = {.accepts = o};
    enum icm_code code = open_keytab(&k, err);
    OM_uint32 minor;

    gss_release_cred(&minor, &k.credential);
    return code;
}

/* A name of GSSAPI's as a text that may be compared: no zero byte hides what follows. */
static bool is_text(const gss_buffer_desc *name)
{
    return name->length > 0 && !memchr(name->value, '\0', name->length);
}

/* The account is the principal's whole name, or what krb5.conf makes of it here: the name alone in our own realm, and
 * nobody in another, where its rules (auth_to_local) say nothing else. Names of Kerberos have a case. */
static const char *account_of(const struct auth_kerberos *k, gss_name_t client, struct icm_slice principal)
{
    gss_buffer_desc local = GSS_C_EMPTY_BUFFER;
    const struct icm_slice none = {0};
    const struct auth_credential *found = auth_account_find(k->accepts, none, principal, AUTH_NAME_WHOLE);
    OM_uint32 minor;

    if (!found && gss_localname(&minor, client, GSS_C_NO_OID, &local) == GSS_S_COMPLETE && is_text(&local))
        found = auth_account_find(k->accepts, none, icm_slice_of(local.value, local.length), AUTH_NAME_LOCAL);
    gss_release_buffer(&minor, &local);
    return found ? found->user : NULL;
}

/* auth_user is the account's name, or the principal's where it has none. */
static enum icm_code keep_client(struct auth_kerberos *k, gss_name_t client, struct icm_error *err)
{
    gss_buffer_desc text = GSS_C_EMPTY_BUFFER;
    OM_uint32 minor, major = gss_display_name(&minor, client, &text, NULL);

    if (major != GSS_S_COMPLETE)
        return auth_kerberos_fail_gss(err, AUTH_KERBEROS_ACCEPT, NULL, major, minor);
    if (!is_text(&text)) {
        gss_release_buffer(&minor, &text);
        return icm_fail(err, ICM_DENIED, "RFC 4120 6.2", "a client whose name has a zero byte, or no bytes");
    }
    const char *account = account_of(k, client, icm_slice_of(text.value, text.length));
    struct icm_buf name = {0};
    icm_buf_add(&name, account ? icm_slice_text(account) : icm_slice_of(text.value, text.length));
    gss_release_buffer(&minor, &text);
    const char *whole = icm_buf_text(&name);
    icm_set_text(&k->context.user, name.failed ? NULL : whole);
    icm_buf_reset(&name);
    return k->context.user ? ICM_OK : icm_nomem(err);
}

/* What the client must have asked for, and over what it must have said that it speaks. */
static enum icm_code check_client(struct auth_kerberos *k, struct icm_error *err)
{
    enum icm_code code =
        auth_kerberos_check_flags(k, k->accepts->needs_sealing ? GSS_C_CONF_FLAG | GSS_C_INTEG_FLAG : 0, err);

    if (code != ICM_OK || !k->accepts->requires_binding || (k->flags & GSS_C_CHANNEL_BOUND_FLAG))
        return code;
    return auth_remedy(
        err,
        icm_fail(err, ICM_DENIED, "RFC 5929 4", "the client does not prove that it speaks over this TLS connection"),
        "use a client that sends channel bindings");
}

static enum icm_code accept_token(struct auth_kerberos *k, struct icm_slice in, struct icm_buf *out,
                                  struct icm_error *err)
{
    struct gss_channel_bindings_struct room;
    gss_buffer_desc given = auth_kerberos_buffer(in), token = GSS_C_EMPTY_BUFFER;
    gss_cred_id_t delegated = GSS_C_NO_CREDENTIAL;
    gss_name_t client = GSS_C_NO_NAME;
    OM_uint32 minor, major = gss_accept_sec_context(&minor, &k->gss, k->credential, &given,
                                                    auth_kerberos_bindings(k->accepts->channel_binding, &room), &client,
                                                    NULL, &token, &k->flags, NULL, &delegated);
    enum icm_code code = major == GSS_S_COMPLETE
                             ? keep_client(k, client, err)
                             : auth_kerberos_fail_gss(err, AUTH_KERBEROS_ACCEPT, NULL, major, minor);

    if (code == ICM_OK)
        code = check_client(k, err);
    if (code == ICM_OK || GSS_ERROR(major)) { /* AP-REP, or the KRB-ERROR that says why not */
        enum icm_code given_code = auth_kerberos_give(&token, out, err);
        code = code == ICM_OK ? given_code : code;
    }
    gss_release_buffer(&minor, &token);
    gss_release_name(&minor, &client);
    gss_release_cred(&minor, &delegated); /* nothing here acts as the client */
    return code;
}

enum icm_code auth_kerberos_acceptor_step(struct auth_context *c, struct icm_slice in, struct icm_buf *out,
                                          struct icm_error *err)
{
    enum auth_kerberos_token kind;

    if (in.size == 0)
        return ICM_AGAIN; /* the challenge is the scheme's name alone */
    enum icm_code code = auth_kerberos_token_read(in, &kind, err);
    if (code == ICM_OK && kind != AUTH_KERBEROS_AP_REQ)
        code = icm_fail(err, ICM_SYNTAX, "RFC 4121 4.1",
                        "an answer of Kerberos, where a client's first token is expected");
    if (code == ICM_OK)
        code = open_keytab(auth_kerberos_of(c), err);
    return code == ICM_OK ? accept_token(auth_kerberos_of(c), in, out, err) : code;
}
