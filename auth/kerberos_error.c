/* One sentence for each way in which Kerberos fails, and what can be done about it. */
#include "auth/kerberos_private.h"

#include <errno.h>
#include <stdio.h>

enum {
    CLIENT = AUTH_KERBEROS_LOGIN | AUTH_KERBEROS_SERVICE,
    ANY = CLIENT | AUTH_KERBEROS_ANSWER | AUTH_KERBEROS_ACCEPT
};
enum { SERVER_SAID = AUTH_KERBEROS_ANSWER, ACCEPT = AUTH_KERBEROS_ACCEPT, LOGIN = AUTH_KERBEROS_LOGIN };
enum { KEYTAB = LOGIN | ACCEPT };

struct meaning {
    krb5_error_code number;
    int stages; /* the same number may mean several things */
    enum icm_code code;
    const char *sentence, *remedy;
};

static const char no_cache[] = "there is no ticket";
static const char get_one[] = "get one with kinit, or give -Credential NAME";
static const char differing_clocks[] = "the clocks of this computer and of the KDC or server differ too much";
static const char set_clock[] = "set the clocks (NTP): five minutes are the usual limit";
static const char no_realm[] = "no KDC is known for the realm";
static const char name_realm[] = "write the user as NAME@REALM, or name the realm's KDCs in krb5.conf";
static const char wrong_password[] = "wrong password";
static const char check_password[] = "check the password, and that the user is the one that it is of";
static const char not_its_key[] = "the server's key is not the one that its ticket is for";
static const char other_account[] =
    "the name belongs to another account than the one that the server runs as: name another service or host";
static const char no_key[] = "the keytab has no key for the service that the client asked for";
static const char add_key[] = "add the service's key to the keytab";
static const char no_keytab[] = "the file is no keytab";
static const char make_keytab[] = "name a keytab as ktutil, or kadmin's ktadd, writes it; klist -k shows what is in it";

static const struct meaning meanings[] = {
    {KRB5_FCC_NOFILE, ANY, ICM_UNSUPPORTED, no_cache, get_one},
    {KRB5_CC_NOTFOUND, ANY, ICM_UNSUPPORTED, no_cache, get_one},
    {KRB5_CC_BADNAME, ANY, ICM_UNSUPPORTED, "there is no such ticket cache", get_one},
    {KRB5_CC_UNKNOWN_TYPE, ANY, ICM_UNSUPPORTED, "there is no such kind of ticket cache", get_one},
    {KRB5_CC_FORMAT, ANY, ICM_UNSUPPORTED, "the ticket cache is damaged", get_one},
    {KRB5KDC_ERR_PREAUTH_FAILED, LOGIN, ICM_DENIED, wrong_password, check_password},
    {KRB5_PREAUTH_FAILED, LOGIN, ICM_DENIED, "the KDC asks for more than a password", "get a ticket with kinit"},
    {KRB5KRB_AP_ERR_BAD_INTEGRITY, LOGIN, ICM_DENIED, wrong_password, check_password},
    {KRB5KDC_ERR_C_PRINCIPAL_UNKNOWN, LOGIN, ICM_UNSUPPORTED, "the KDC does not know this user", name_realm},
    {KRB5KDC_ERR_KEY_EXP, LOGIN, ICM_DENIED, "the password has expired", "change it with kpasswd"},
    {KRB5KDC_ERR_CLIENT_REVOKED, CLIENT, ICM_DENIED, "the account is disabled or locked", NULL},
    {KRB5KDC_ERR_NAME_EXP, CLIENT, ICM_DENIED, "the account has expired", NULL},
    {KRB5KDC_ERR_POLICY, CLIENT, ICM_DENIED, "the KDC's policy does not allow it", NULL},
    {KRB5KRB_AP_ERR_TKT_EXPIRED, ANY, ICM_DENIED, "the ticket has expired", "get a new one with kinit"},
    {KRB5KRB_AP_ERR_TKT_NYV, ANY, ICM_DENIED, "the ticket is not valid yet", set_clock},
    {KRB5KRB_AP_ERR_SKEW, ANY, ICM_DENIED, differing_clocks, set_clock},
    {KRB5_KDCREP_SKEW, ANY, ICM_DENIED, differing_clocks, set_clock},
    {KRB5_REALM_UNKNOWN, CLIENT, ICM_UNSUPPORTED, no_realm, name_realm},
    {KRB5_REALM_CANT_RESOLVE, CLIENT, ICM_UNSUPPORTED, no_realm, name_realm},
    {KRB5_CONFIG_NODEFREALM, CLIENT, ICM_UNSUPPORTED, "there is no default realm", name_realm},
    {KRB5KDC_ERR_WRONG_REALM, CLIENT, ICM_UNSUPPORTED, "the KDC is not the one of this realm", name_realm},
    {KRB5_KDC_UNREACH, CLIENT, ICM_IO, "the KDC does not answer",
     "see whether the KDCs named in krb5.conf or DNS can be reached"},
    {KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN, CLIENT, ICM_UNSUPPORTED, "server not found in the Kerberos database",
     "use the computer's full name, or name the service and host that the server is registered with"},
    {KRB5KDC_ERR_ETYPE_NOSUPP, ANY, ICM_UNSUPPORTED, "no encryption type is offered that both sides have", NULL},
    {KRB5_GET_IN_TKT_LOOP, CLIENT, ICM_DENIED, "the KDC's answers lead in a circle", NULL},
    {KRB5KRB_AP_ERR_MODIFIED, SERVER_SAID, ICM_DENIED, not_its_key, other_account},
    {KRB5KRB_AP_ERR_BAD_INTEGRITY, SERVER_SAID, ICM_DENIED, not_its_key, other_account},
    {KRB5KRB_AP_ERR_NOKEY, SERVER_SAID, ICM_DENIED, not_its_key, other_account},
    {KRB5KRB_AP_ERR_NOT_US, SERVER_SAID, ICM_DENIED, not_its_key, other_account},
    {KRB5KRB_ERR_GENERIC, SERVER_SAID, ICM_DENIED, "the server refuses the ticket",
     "see the server's log; over TLS, see whether something between the two computers ends it"},
    {KRB5_MUTUAL_FAILED, SERVER_SAID, ICM_DENIED, "the server did not prove who it is", NULL},
    {KRB5_KEYTAB_BADVNO, KEYTAB, ICM_DENIED, no_keytab, make_keytab}, /* by its first two bytes, where it has them */
    {KRB5_KT_FORMAT, KEYTAB, ICM_DENIED, "the keytab is damaged", make_keytab},
    {KRB5_KT_END, KEYTAB, ICM_DENIED, "the keytab holds no key: it is empty, or cut short", make_keytab},
    {KRB5_KT_IOERR, KEYTAB, ICM_DENIED, "the keytab cannot be read", make_keytab},
    {KRB5_KT_UNKNOWN_TYPE, KEYTAB, ICM_DENIED, "there is no such kind of keytab", make_keytab},
    {EISDIR, KEYTAB, ICM_DENIED, "the keytab is a directory, and no file", make_keytab},
    {KRB5_KT_NOTFOUND, LOGIN, ICM_DENIED, "the keytab has no key of this user", "see with klist -k what is in it"},
    {KRB5_KT_NOTFOUND, ACCEPT, ICM_DENIED, no_key, add_key},
    {KRB5_KT_KVNONOTFOUND, ACCEPT, ICM_DENIED, "the keytab's key is of another version than the ticket's", add_key},
    {KRB5KRB_AP_ERR_NOT_US, ACCEPT, ICM_DENIED, no_key, add_key},
    {KRB5KRB_AP_WRONG_PRINC, ACCEPT, ICM_DENIED, no_key, add_key},
    {KRB5KRB_AP_ERR_NOKEY, ACCEPT, ICM_DENIED, no_key, add_key},
    {KRB5KRB_AP_ERR_BADKEYVER, ACCEPT, ICM_DENIED, "the keytab's key is of another version than the ticket's", add_key},
    {KRB5KRB_AP_ERR_BAD_INTEGRITY, ACCEPT, ICM_DENIED,
     "the token was tampered with, or the keytab's key is not the service's", NULL},
    {KRB5KRB_AP_ERR_MODIFIED, ACCEPT, ICM_DENIED, "the token was tampered with", NULL},
    {KRB5KRB_AP_ERR_REPEAT, ACCEPT | AUTH_KERBEROS_ANSWER, ICM_DENIED, "the token has been used before: a replay",
     NULL},
};

/* where the number says too little: by GSSAPI's routine error */
static const struct meaning routine_meanings[] = {
    {(krb5_error_code)(GSS_S_BAD_BINDINGS >> GSS_C_ROUTINE_ERROR_OFFSET), ANY, ICM_DENIED,
     "the channel binding is of another TLS connection", "see whether something between the two computers ends TLS"},
    {(krb5_error_code)(GSS_S_CREDENTIALS_EXPIRED >> GSS_C_ROUTINE_ERROR_OFFSET), CLIENT, ICM_DENIED,
     "the ticket has expired", "get a new one with kinit"},
    {(krb5_error_code)(GSS_S_DUPLICATE_TOKEN >> GSS_C_ROUTINE_ERROR_OFFSET), ANY, ICM_DENIED,
     "the token has been used before: a replay", NULL},
};

static const struct meaning *find(const struct meaning *rows, size_t count, enum auth_kerberos_stage stage,
                                  krb5_error_code number)
{
    for (size_t i = 0; i < count; i++)
        if (rows[i].number == number && (rows[i].stages & (int)stage))
            return &rows[i];
    return NULL;
}

static enum icm_code tell(struct icm_error *err, enum auth_kerberos_stage stage, const char *subject,
                          const struct meaning *meaning)
{
    const char *relation = stage == AUTH_KERBEROS_LOGIN ? " as " : " to ";

    icm_fail(err, meaning->code, "RFC 4120 7.5.9", "Kerberos%s%s: %s", subject ? relation : "", subject ? subject : "",
             meaning->sentence);
    return meaning->remedy ? auth_remedy(err, meaning->code, meaning->remedy) : meaning->code;
}

enum icm_code auth_kerberos_fail(struct icm_error *err, enum auth_kerberos_stage stage, const char *subject,
                                 krb5_error_code number, const char *detail)
{
    const struct meaning *meaning = find(meanings, ICM_COUNT(meanings), stage, number);
    const struct meaning other = {number, ANY, ICM_DENIED, detail && *detail ? detail : "it failed", NULL};

    if (number == ENOMEM)
        return icm_nomem(err);
    return tell(err, stage, subject, meaning ? meaning : &other);
}

enum icm_code auth_kerberos_fail_gss(struct icm_error *err, enum auth_kerberos_stage stage, const char *subject,
                                     OM_uint32 major, OM_uint32 minor)
{
    krb5_error_code routine = (krb5_error_code)(GSS_ROUTINE_ERROR(major) >> GSS_C_ROUTINE_ERROR_OFFSET);
    const struct meaning *meaning = find(routine_meanings, ICM_COUNT(routine_meanings), stage, routine);
    gss_buffer_desc text = GSS_C_EMPTY_BUFFER;
    OM_uint32 ignored, more = 0;
    char detail[200];

    if (meaning)
        return tell(err, stage, subject, meaning);
    bool by_major = minor == 0;
    gss_display_status(&ignored, by_major ? major : minor, by_major ? GSS_C_GSS_CODE : GSS_C_MECH_CODE, gss_mech_krb5,
                       &more, &text);
    snprintf(detail, sizeof detail, "%.*s", (int)text.length, text.value ? (const char *)text.value : "");
    gss_release_buffer(&ignored, &text);
    return auth_kerberos_fail(err, stage, subject, (krb5_error_code)minor, detail);
}
