/* Names as people write them, as principals. RFC 4120 6. */
#include "auth/kerberos_private.h"

#include <stdio.h>

static bool has_case(struct icm_slice text, uint8_t first, uint8_t last)
{
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] >= first && text.data[i] <= last)
            return true;
    return false;
}

/* Realms are in capitals: who writes "corp.example" means CORP.EXAMPLE, and who writes some capitals is taken at their
 * word. */
static void add_realm(struct icm_buf *out, struct icm_slice realm)
{
    bool is_raised = !has_case(realm, 'A', 'Z');

    icm_buf_add_u8(out, '@');
    for (size_t i = 0; i < realm.size; i++) {
        uint8_t c = realm.data[i];

        icm_buf_add_u8(out, is_raised && c >= 'a' && c <= 'z' ? (uint8_t)(c - 'a' + 'A') : c);
    }
}

/* "CORP" stands for the default realm CORP.EXAMPLE */
static bool is_default_realm(krb5_context krb5, struct icm_slice domain)
{
    char *realm = NULL;

    if (krb5_get_default_realm(krb5, &realm) != 0)
        return false;
    bool is_it = icm_slice_equal_nocase(domain, icm_slice_text(realm)) ||
                 icm_slice_equal_nocase(domain, icm_slice_of(realm, strcspn(realm, ".")));
    krb5_free_default_realm(krb5, realm);
    return is_it;
}

static void add_user(krb5_context krb5, struct icm_buf *out, const char *user)
{
    const char *backslash = strchr(user, '\\'), *name = backslash ? backslash + 1 : user;
    struct icm_slice domain = icm_slice_of(user, (size_t)(name - user) - (backslash ? 1 : 0));
    const char *at = strrchr(name, '@');

    icm_buf_add(out, at ? icm_slice_of(name, (size_t)(at - name)) : icm_slice_text(name));
    if (at)
        add_realm(out, icm_slice_text(at + 1));
    else if (backslash && !is_default_realm(krb5, domain))
        add_realm(out, domain);
}

static enum icm_code fail_name(krb5_context krb5, const char *name, krb5_error_code number, struct icm_error *err)
{
    const char *detail = krb5_get_error_message(krb5, number);
    enum icm_code code = auth_kerberos_fail(err, AUTH_KERBEROS_LOGIN, name, number, detail);

    krb5_free_error_message(krb5, detail);
    return code;
}

enum icm_code auth_kerberos_user(krb5_context krb5, const char *user, krb5_principal *out, struct icm_error *err)
{
    struct icm_buf text = {0};

    if (strncmp(user, ".\\", 2) == 0)
        return icm_fail(err, ICM_UNSUPPORTED, "RFC 4120 6.2",
                        "%.80s is an account of the computer's own, which no KDC knows", user);
    add_user(krb5, &text, user);
    krb5_error_code number = krb5_parse_name(krb5, icm_buf_text(&text), out);
    enum icm_code code = icm_buf_check(&text, err);
    if (code == ICM_OK && number != 0)
        code = fail_name(krb5, user, number, err);
    icm_buf_reset(&text);
    return code;
}

enum icm_code auth_kerberos_service(krb5_context krb5, const char *service, const char *host, unsigned port,
                                    krb5_principal *out, struct icm_error *err)
{
    struct icm_buf text = {0};

    icm_buf_add_text(&text, host);
    if (port > 0)
        icm_buf_add_format(&text, ":%u", port);
    krb5_error_code number = krb5_sname_to_principal(krb5, icm_buf_text(&text), service, KRB5_NT_UNKNOWN, out);
    enum icm_code code = icm_buf_check(&text, err);
    if (code == ICM_OK && number != 0)
        code = fail_name(krb5, host, number, err);
    icm_buf_reset(&text);
    return code;
}
