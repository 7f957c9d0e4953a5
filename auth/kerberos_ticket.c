/* The first ticket: of the user's own caches, or got with a password or a keytab into a cache that nobody else sees. */
#include "auth/kerberos_private.h"

#include <errno.h>
#include <stdlib.h>

static enum icm_code fail(struct auth_kerberos_ticket *t, krb5_error_code number, struct icm_error *err)
{
    const char *detail = krb5_get_error_message(t->krb5, number);
    enum icm_code code = auth_kerberos_fail(err, AUTH_KERBEROS_LOGIN, t->user, number, detail);

    krb5_free_error_message(t->krb5, detail);
    return code;
}

static krb5_error_code keep_user(struct auth_kerberos_ticket *t, krb5_const_principal principal)
{
    char *text = NULL;
    krb5_error_code number = krb5_unparse_name(t->krb5, principal, &text);

    icm_set_text(&t->user, text);
    krb5_free_unparsed_name(t->krb5, text);
    return number != 0 || t->user ? number : ENOMEM;
}

/* ---- the user's own caches */

/* The cache: the one that is named; else the user's, where there is one; else the one that fits the server; else the
 * standard one. */
static krb5_error_code find_cache(struct auth_kerberos_ticket *t, const char *name, krb5_principal user,
                                  krb5_principal server)
{
    krb5_principal client = NULL;

    if (name)
        return krb5_cc_resolve(t->krb5, name, &t->cache);
    if (user)
        return krb5_cc_cache_match(t->krb5, user, &t->cache);
    krb5_error_code number = krb5_cc_select(t->krb5, server, &t->cache, &client);
    krb5_free_principal(t->krb5, client);
    if (number == 0)
        return 0;
    t->cache = NULL;
    return krb5_cc_default(t->krb5, &t->cache);
}

static enum icm_code use_cache(struct auth_kerberos_ticket *t, const char *name, krb5_principal user,
                               krb5_principal server, struct icm_error *err)
{
    krb5_principal client = NULL;
    krb5_error_code number = find_cache(t, name, user, server);

    if (number == 0)
        number = krb5_cc_get_principal(t->krb5, t->cache, &client);
    if (number != 0)
        return fail(t, number, err);
    bool is_other = user && !krb5_principal_compare(t->krb5, user, client);
    if (!is_other)
        number = keep_user(t, client);
    krb5_free_principal(t->krb5, client);
    return number != 0 ? fail(t, number, err) : is_other ? fail(t, KRB5_CC_NOTFOUND, err) : ICM_OK;
}

/* ---- a cache of our own */

/* A keytab without a user means whom its first key is of. */
static krb5_error_code first_of_keytab(struct auth_kerberos_ticket *t, krb5_keytab keytab, krb5_principal *out)
{
    krb5_kt_cursor cursor;
    krb5_keytab_entry entry;
    krb5_error_code number = krb5_kt_start_seq_get(t->krb5, keytab, &cursor);

    if (number != 0)
        return number;
    number = krb5_kt_next_entry(t->krb5, keytab, &entry, &cursor);
    if (number == 0) {
        number = krb5_copy_principal(t->krb5, entry.principal, out);
        krb5_free_keytab_entry_contents(t->krb5, &entry);
    }
    krb5_kt_end_seq_get(t->krb5, keytab, &cursor);
    return number;
}

/* What is asked of the KDC: its own spelling of the name, nothing on a terminal, and a ticket that can be forwarded
 * where it will be. */
static krb5_error_code new_options(struct auth_kerberos_ticket *t, bool forwards, krb5_get_init_creds_opt **out)
{
    krb5_error_code number = krb5_cc_new_unique(t->krb5, "MEMORY", NULL, &t->cache);

    if (number != 0)
        return number;
    t->is_private = true;
    if ((number = krb5_get_init_creds_opt_alloc(t->krb5, out)) != 0)
        return number;
    krb5_get_init_creds_opt_set_canonicalize(*out, 1);
    krb5_get_init_creds_opt_set_change_password_prompt(*out, 0);
    if (forwards)
        krb5_get_init_creds_opt_set_forwardable(*out, 1);
    return krb5_get_init_creds_opt_set_out_ccache(t->krb5, *out, t->cache);
}

/* With the password, or with @keytab where there is one. */
static krb5_error_code log_in(struct auth_kerberos_ticket *t, krb5_principal user, struct icm_slice password,
                              krb5_keytab keytab, bool forwards)
{
    krb5_get_init_creds_opt *options = NULL;
    krb5_creds creds = {0};
    struct icm_buf text = {0}; /* wiped */
    krb5_error_code number = new_options(t, forwards, &options);

    icm_buf_add(&text, password);
    if (number == 0 && keytab)
        number = krb5_get_init_creds_keytab(t->krb5, &creds, user, keytab, 0, NULL, options);
    else if (number == 0)
        number = krb5_get_init_creds_password(t->krb5, &creds, user, icm_buf_text(&text), NULL, NULL, 0, NULL, options);
    krb5_free_cred_contents(t->krb5, &creds);
    krb5_get_init_creds_opt_free(t->krb5, options);
    icm_buf_reset(&text);
    return number;
}

static enum icm_code use_password(struct auth_kerberos_ticket *t, krb5_principal user, struct icm_slice password,
                                  bool forwards, struct icm_error *err)
{
    krb5_error_code number = keep_user(t, user);

    if (memchr(password.data, '\0', password.size))
        return icm_fail(err, ICM_USAGE, "RFC 4120 5.2.1", "a password with a zero byte cannot be used with Kerberos");
    if (number == 0)
        number = log_in(t, user, password, NULL, forwards);
    return number == 0 ? ICM_OK : fail(t, number, err);
}

static enum icm_code use_keytab(struct auth_kerberos_ticket *t, const char *name, krb5_principal user, bool forwards,
                                struct icm_error *err)
{
    krb5_keytab keytab = NULL;
    krb5_principal first = NULL;
    krb5_error_code number = krb5_kt_resolve(t->krb5, name, &keytab);

    if (number == 0) /* a file that is not there is said to be, before the KDC is asked and its answer is shown */
        number = first_of_keytab(t, keytab, &first);
    if (number == 0)
        number = keep_user(t, user ? user : first);
    if (number == 0)
        number = log_in(t, user ? user : first, icm_slice_text(""), keytab, forwards);
    enum icm_code code = number == 0 ? ICM_OK : fail(t, number, err);
    krb5_free_principal(t->krb5, first);
    if (keytab)
        krb5_kt_close(t->krb5, keytab);
    return code;
}

/* ---- what the ticket can */

/* The ticket that gets tickets; false: the cache has only such for services. */
static bool find_first(struct auth_kerberos_ticket *t, krb5_creds *out)
{
    krb5_creds wanted = {0};
    krb5_error_code number = krb5_cc_get_principal(t->krb5, t->cache, &wanted.client);

    if (number == 0)
        number = krb5_build_principal(t->krb5, &wanted.server, wanted.client->realm.length, wanted.client->realm.data,
                                      KRB5_TGS_NAME, wanted.client->realm.data, (char *)NULL);
    if (number == 0)
        number = krb5_cc_retrieve_cred(t->krb5, t->cache, 0, &wanted, out);
    krb5_free_cred_contents(t->krb5, &wanted);
    return number == 0;
}

static enum icm_code fail_forward(const struct auth_kerberos_ticket *t, struct icm_error *err)
{
    if (t->is_private)
        return auth_remedy(err,
                           icm_fail(err, ICM_DENIED, "RFC 4120 2.6",
                                    "Kerberos as %s: the KDC gives no ticket that is forwardable", t->user),
                           "the account may not be delegated: use another, or do not delegate");
    return auth_remedy(
        err,
        icm_fail(err, ICM_DENIED, "RFC 4120 2.6", "Kerberos as %s: your ticket is not forwardable (kinit -f)", t->user),
        "get one that is with kinit -f");
}

static enum icm_code check_ticket(struct auth_kerberos_ticket *t, bool forwards, struct icm_error *err)
{
    krb5_creds first = {0};
    krb5_timestamp now = 0;

    if (!find_first(t, &first))
        return forwards ? fail_forward(t, err) : ICM_OK;
    bool has_expired = krb5_timeofday(t->krb5, &now) == 0 && (uint32_t)first.times.endtime <= (uint32_t)now;
    bool is_forwardable = (first.ticket_flags & TKT_FLG_FORWARDABLE) != 0;
    krb5_free_cred_contents(t->krb5, &first);
    if (has_expired)
        return fail(t, KRB5KRB_AP_ERR_TKT_EXPIRED, err);
    return forwards && !is_forwardable ? fail_forward(t, err) : ICM_OK;
}

/* ---- life */

static enum icm_code find_ticket(struct auth_kerberos_ticket *t, const struct auth_initiator_options *o,
                                 krb5_principal user, krb5_principal server, struct icm_error *err)
{
    struct icm_slice password = user ? icm_buf_slice(&o->credential->password) : icm_slice_text("");

    if (password.size > 0)
        return use_password(t, user, password, o->delegates, err);
    return o->keytab ? use_keytab(t, o->keytab, user, o->delegates, err) : use_cache(t, o->ccache, user, server, err);
}

enum icm_code auth_kerberos_ticket_open(struct auth_kerberos_ticket *t, const struct auth_initiator_options *o,
                                        krb5_principal server, struct icm_error *err)
{
    const char *name = o->credential ? o->credential->user : NULL;
    krb5_principal user = NULL;
    enum icm_code code = name && *name ? auth_kerberos_user(t->krb5, name, &user, err) : ICM_OK;

    if (code == ICM_OK && user && keep_user(t, user) != 0)
        code = icm_nomem(err);
    if (code == ICM_OK)
        code = find_ticket(t, o, user, server, err);
    krb5_free_principal(t->krb5, user);
    return code == ICM_OK ? check_ticket(t, o->delegates, err) : code;
}

void auth_kerberos_ticket_close(struct auth_kerberos_ticket *t)
{
    if (t->cache && t->is_private)
        krb5_cc_destroy(t->krb5, t->cache);
    else if (t->cache)
        krb5_cc_close(t->krb5, t->cache);
    if (t->krb5)
        krb5_free_context(t->krb5);
    free(t->user);
    *t = (struct auth_kerberos_ticket){0};
}
