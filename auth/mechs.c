/* The table of mechanisms. Adding a mechanism is adding a row. */
#include "auth/context.h"

#define CREDSSP_PROTOCOL "application/HTTP-CredSSP-session-encrypted"
#define SPNEGO_PROTOCOL "application/HTTP-SPNEGO-session-encrypted" /* bare NTLM's too; MS-WSMV 2.2.9.1 */

static const struct auth_mechanism mechanisms[] = {
    /* name, scheme, traits, protocol of sealed bodies, their pieces, initiator, acceptor */
    {"Basic", "Basic", AUTH_SHOWS_PASSWORD | AUTH_PER_REQUEST, NULL, 0,
     auth_basic_initiator_new, auth_basic_acceptor_new},
    {"Digest", "Digest", AUTH_PER_REQUEST | AUTH_TEXT_TOKEN | AUTH_NEEDS_TRUST | AUTH_UNBOUND, NULL, 0,
     auth_digest_initiator_new, auth_digest_acceptor_new},
    {"Certificate", "http://schemas.dmtf.org/wbem/wsman/1/wsman/secprofile/https/mutual",
     AUTH_PER_REQUEST | AUTH_BY_CERTIFICATE, NULL, 0,
     auth_certificate_initiator_new, auth_certificate_acceptor_new},
    {"Credssp", "CredSSP", AUTH_SEALS | AUTH_MAY_WAIT | AUTH_UNBOUND, CREDSSP_PROTOCOL, 16384,
     auth_credssp_initiator_new, auth_credssp_acceptor_new},
    {"Ntlm", "NTLM", AUTH_SEALS | AUTH_NEEDS_TRUST, SPNEGO_PROTOCOL, 0,
     auth_ntlm_initiator_new, auth_ntlm_acceptor_new},
    {"Kerberos", "Kerberos", AUTH_SEALS | AUTH_MAY_WAIT, "application/HTTP-Kerberos-session-encrypted", 0,
     auth_kerberos_initiator_new, auth_kerberos_acceptor_new},
    {"Negotiate", "Negotiate", AUTH_SEALS | AUTH_MAY_WAIT | AUTH_NEEDS_TRUST, SPNEGO_PROTOCOL, 0,
     auth_negotiate_initiator_new, auth_negotiate_acceptor_new},
    {"NegotiateWithImplicitCredential", "Negotiate", AUTH_SEALS | AUTH_MAY_WAIT | AUTH_NEEDS_TRUST, SPNEGO_PROTOCOL, 0,
     auth_negotiate_implicit_new, auth_negotiate_acceptor_new},
};

const struct auth_mechanism *auth_mechanism_at(size_t index)
{
    return index < ICM_COUNT(mechanisms) ? &mechanisms[index] : NULL;
}

const struct auth_mechanism *auth_mechanism_find(const char *name)
{
    static const struct icm_slice standard = {(const uint8_t *)"Default", 7};
    bool is_default = icm_slice_equal_nocase(icm_slice_text(name), standard);
    struct icm_slice wanted = icm_slice_text(is_default ? "Negotiate" : name);

    for (size_t i = 0; i < ICM_COUNT(mechanisms); i++)
        if (icm_slice_equal_nocase(icm_slice_text(mechanisms[i].name), wanted))
            return &mechanisms[i];
    return NULL;
}
