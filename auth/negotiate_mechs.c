/* The mechanisms that Negotiate carries, and when. */
#include "auth/negotiate.h"

#include "auth/ntlm_message.h"

#include <arpa/inet.h>
#include <stdio.h>

/* ---- may the client ---- */

/* without the brackets of an IPv6 address */
static struct icm_slice host_of(const struct auth_initiator_options *o)
{
    struct icm_slice host = icm_slice_text(o->host);

    if (host.size > 1 && host.data[0] == '[' && host.data[host.size - 1] == ']')
        return icm_slice_of(host.data + 1, host.size - 2);
    return host;
}

static bool is_address(struct icm_slice host)
{
    char text[64];
    uint8_t address[sizeof(struct in6_addr)];

    if (host.size >= sizeof text)
        return false;
    snprintf(text, sizeof text, "%.*s", (int)host.size, (const char *)host.data);
    text[strcspn(text, "%")] = '\0'; /* an IPv6 zone */
    return inet_pton(AF_INET, text, address) == 1 || inet_pton(AF_INET6, text, address) == 1;
}

static bool ends_with(struct icm_slice host, const char *end)
{
    struct icm_slice wanted = icm_slice_text(end);

    return host.size >= wanted.size && icm_slice_equal_nocase(icm_slice_from(host, host.size - wanted.size), wanted);
}

/* Every computer calls itself so: no KDC knows which one is meant, unless it is told to. */
static bool is_localhost(struct icm_slice host)
{
    return icm_slice_equal_nocase(host, icm_slice_text("localhost")) || ends_with(host, ".localhost") ||
           icm_slice_equal_nocase(host, icm_slice_text("localhost.localdomain"));
}

static bool has_user(const struct auth_credential *c)
{
    return c && c->user && *c->user;
}

/* with a keytab in place of the password: NTLM has nothing to prove itself with, and a try would be a failed logon */
static bool has_keytab_alone(const struct auth_initiator_options *o)
{
    return o->keytab && (!o->credential || o->credential->password.size == 0);
}

static enum icm_code check_kerberos(const struct auth_initiator_options *o, struct icm_error *err)
{
    static const char remedy[] = "name the computer as it is registered, or give the service's host name";
    struct icm_slice host = host_of(o);

    if (o->spn_host)
        return ICM_OK; /* the user knows what it is registered as */
    if (host.size == 0)
        return icm_fail(err, ICM_USAGE, "RFC 4120 6.2.1", "the computer has no name");
    if (is_address(host))
        return auth_remedy(err, icm_fail(err, ICM_UNSUPPORTED, "RFC 4120 6.2.1", "an IP address has no ticket"),
                           remedy);
    bool names_realm = !has_user(o->credential) || strchr(o->credential->user, '@') || has_keytab_alone(o);
    if (is_localhost(host) && !names_realm)
        return auth_remedy(err,
                           icm_fail(err, ICM_UNSUPPORTED, "RFC 4120 6.2.1", "%.*s has no ticket", (int)host.size,
                                    (const char *)host.data),
                           remedy);
    return ICM_OK;
}

static enum icm_code check_ntlm(const struct auth_initiator_options *o, struct icm_error *err)
{
    if (!has_user(o->credential) || has_keytab_alone(o))
        return auth_remedy(err, icm_fail(err, ICM_UNSUPPORTED, "MS-NLMP 1.3", "it needs a user name and a password"),
                           "give -Credential NAME");
    if (o->delegates)
        return icm_fail(err, ICM_UNSUPPORTED, "MS-NLMP 1.3", "it cannot delegate credentials");
    if (!o->allows_ntlm)
        return auth_remedy(
            err,
            icm_fail(err, ICM_DENIED, "MS-NLMP 5.1",
                     "it does not prove who the server is, and the server is no trusted host"),
            "use -UseSSL, or put the computer into TrustedHosts in the configuration (-TrustComputer: for once)");
    return ICM_OK;
}

/* ---- what they are ---- */

static bool ntlm_has_mic(struct icm_slice token)
{
    struct auth_ntlm_authenticate m;

    return auth_ntlm_read_authenticate(token, &m, NULL) == ICM_OK && m.has_mic;
}

static enum icm_code accept_kerberos(struct auth_context **out, const struct auth_acceptor_options *o,
                                     struct icm_error *err)
{
    enum icm_code code = auth_kerberos_check_keytab(o, err);

    return code == ICM_OK ? auth_kerberos_acceptor_new(out, o, err) : code;
}

static enum icm_code accept_ntlm(struct auth_context **out, const struct auth_acceptor_options *o,
                                 struct icm_error *err)
{
    if (o->account_count == 0)
        return icm_fail(err, ICM_UNSUPPORTED, NULL, "there are no accounts");
    return auth_ntlm_acceptor_new(out, o, err);
}

/* Windows offers MS-KRB5, KRB5, NEGOEX, NTLMSSP; the first two are one mechanism, which Windows 2000 misspelled
 * (MS-SPNG 3.1.5.1). */
static const struct auth_negotiable carried[] = {
    /* name, names on the wire, may the client, client, server, has a MIC of its own, one more step words a no, may wait */
    {"Kerberos",
     {&auth_oid_ms_kerberos, &auth_oid_kerberos},
     check_kerberos,
     auth_kerberos_initiator_new,
     accept_kerberos,
     NULL,
     false,
     true},
    {"NTLM", {&auth_oid_ntlm}, check_ntlm, auth_ntlm_initiator_new, accept_ntlm, ntlm_has_mic, true, false},
};

enum icm_code auth_negotiate_initiator_new(struct auth_context **out, const struct auth_initiator_options *o,
                                           struct icm_error *err)
{
    return auth_negotiate_initiator_from(out, carried, ICM_COUNT(carried), o, err);
}

/* Who we are already: a credential is not looked at. */
enum icm_code auth_negotiate_implicit_new(struct auth_context **out, const struct auth_initiator_options *o,
                                          struct icm_error *err)
{
    struct auth_initiator_options without = *o;

    without.credential = NULL;
    return auth_negotiate_initiator_from(out, carried, ICM_COUNT(carried), &without, err);
}

enum icm_code auth_negotiate_acceptor_new(struct auth_context **out, const struct auth_acceptor_options *o,
                                          struct icm_error *err)
{
    return auth_negotiate_acceptor_from(out, carried, ICM_COUNT(carried), o, err);
}
