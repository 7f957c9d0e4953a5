/* Who a TLS client is, by its certificate: the only file that asks GnuTLS, which libmicrohttpd brings. RFC
 * 5280 4.2.1.12. */
#include "cli/endpoint_http_private.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

/* signed by one of our authorities, in its time, and made for clients */
static bool is_vouched_for(gnutls_session_t session)
{
    gnutls_typed_vdata_st purpose = {.type = GNUTLS_DT_KEY_PURPOSE_OID,
                                     .data = (unsigned char *)(uintptr_t)GNUTLS_KP_TLS_WWW_CLIENT};
    unsigned status = 0;

    return gnutls_certificate_verify_peers(session, &purpose, 1, &status) == GNUTLS_E_SUCCESS && status == 0;
}

static bool read_common_name(const gnutls_datum_t *der, char *out, size_t size)
{
    gnutls_x509_crt_t certificate;

    if (gnutls_x509_crt_init(&certificate) != GNUTLS_E_SUCCESS)
        return false;
    bool is_read =
        gnutls_x509_crt_import(certificate, der, GNUTLS_X509_FMT_DER) == GNUTLS_E_SUCCESS &&
        gnutls_x509_crt_get_dn_by_oid(certificate, GNUTLS_OID_X520_COMMON_NAME, 0, 0, out, &size) == GNUTLS_E_SUCCESS;
    gnutls_x509_crt_deinit(certificate);
    return is_read;
}

bool endpoint_http_certificate_user(struct MHD_Connection *connection, char *out, size_t size)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    gnutls_session_t session = info ? info->tls_session : NULL;
    unsigned count = 0;
    const gnutls_datum_t *chain = session ? gnutls_certificate_get_peers(session, &count) : NULL;

    return chain && count > 0 && is_vouched_for(session) && read_common_name(&chain[0], out, size);
}
