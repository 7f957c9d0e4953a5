/* curl's failures in words, and what can be done about them. */
#include "wsman/http_state.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

struct curl_failure {
    CURLcode curl;
    enum icm_code code;
    const char *text;
    const char *remedy;
};

static const char cut[] =
    "something between may have cut the connection, or, at the start, the port speaks TLS (-UseSSL)";

static const struct curl_failure failures[] = {
    {CURLE_COULDNT_RESOLVE_HOST, ICM_IO, "the computer's name was not found", "check the name, and that DNS knows it"},
    {CURLE_COULDNT_CONNECT, ICM_IO, "no connection could be made",
     "check that the computer is on, that WinRM listens on this port, and that no firewall is between"},
    {CURLE_OPERATION_TIMEDOUT, ICM_TIMEOUT, "no answer came in time",
     "check that the computer is on and that no firewall drops the packets"},
    {CURLE_PEER_FAILED_VERIFICATION, ICM_TLS, "the certificate is not to be trusted",
     "use the name that the certificate has and an authority that this machine trusts, or, knowing the risk, "
     "-SessionOption SkipCACheck,SkipCNCheck"},
    {CURLE_SSL_CACERT_BADFILE, ICM_TLS, "the file of trusted authorities cannot be read", NULL},
    {CURLE_SSL_CONNECT_ERROR, ICM_TLS, "no TLS connection could be made",
     "the port may speak plain HTTP: without -UseSSL"},
    {CURLE_GOT_NOTHING, ICM_IO, "the connection was closed without an answer", cut},
    {CURLE_PARTIAL_FILE, ICM_IO, "the connection was closed in the middle of the answer", NULL},
    {CURLE_RECV_ERROR, ICM_IO, "the connection broke while the answer was awaited", cut},
    {CURLE_SEND_ERROR, ICM_IO, "the connection broke while the request was sent", cut},
    {CURLE_UNSUPPORTED_PROTOCOL, ICM_SYNTAX, "what answers there does not speak HTTP", "check the port"},
    {CURLE_WEIRD_SERVER_REPLY, ICM_SYNTAX, "what answers there does not speak HTTP", "check the port"},
    {CURLE_BAD_CONTENT_ENCODING, ICM_SYNTAX, "the compressed answer is broken", NULL},
    {CURLE_SSL_CERTPROBLEM, ICM_TLS, "our own certificate or its key cannot be used",
     "check its file, its key (-CertificateKey, where it is not in that file), and the key's password or the token's "
     "PIN (-PasswordFile)"},
    {CURLE_SSL_ENGINE_NOTFOUND, ICM_TLS, "a pkcs11: certificate needs OpenSSL's pkcs11 engine",
     "install it (Debian package libengine-pkcs11-openssl)"},
    {CURLE_SSL_ENGINE_INITFAILED, ICM_TLS, "OpenSSL's pkcs11 engine does not start", "check the token and its module"},
    {CURLE_OUT_OF_MEMORY, ICM_NOMEM, "out of memory", NULL},
};

/* The Win32 and WS-Man codes after which PowerShell creates a session again: cannot connect, aborted, cut.
 * shared/protocol/wsman.md 11 */
bool wsman_failure_passes(CURLcode curl)
{
    static const CURLcode passing[] = {CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_CONNECT,
                                       CURLE_OPERATION_TIMEDOUT,   CURLE_GOT_NOTHING,           CURLE_RECV_ERROR,
                                       CURLE_SEND_ERROR};

    for (size_t i = 0; i < ICM_COUNT(passing); i++)
        if (passing[i] == curl)
            return true;
    return false;
}

/* Neither curl nor the resolver says that a descriptor was what they could not have. */
static bool lacks_descriptors(void)
{
    int probe = open("/dev/null", O_RDONLY | O_CLOEXEC);
    bool lacks = probe < 0 && errno == EMFILE;

    if (probe >= 0)
        close(probe);
    return lacks;
}

static enum icm_code fail_for_descriptors(const struct wsman_lane *l, struct icm_error *err)
{
    struct rlimit limit = {0};

    getrlimit(RLIMIT_NOFILE, &limit);
    icm_fail(err, ICM_IO, NULL,
             "no connection could be made (%s, %s: this process may have %llu descriptors, and has them)", l->authority,
             wsman_operation_name(l->request.operation), (unsigned long long)limit.rlim_cur);
    if (icm_error_fault(err))
        icm_set_text(&err->fault->remedy,
                     "raise the limit (ulimit -n), or take fewer computers at a time (-ThrottleLimit)");
    return ICM_IO;
}

enum icm_code wsman_fail_as_curl(const struct wsman_lane *l, CURLcode curl, struct icm_error *err)
{
    struct curl_failure row = {curl, ICM_IO, "the HTTP exchange failed", NULL};

    if (lacks_descriptors())
        return fail_for_descriptors(l, err);
    enum icm_code code = l->way ? wsman_way_fail(l, curl, err) : ICM_OK;
    if (code != ICM_OK)
        return code;
    for (size_t i = 0; i < ICM_COUNT(failures); i++)
        if (failures[i].curl == curl)
            row = failures[i];
    const char *detail = l->curl_text[0] ? l->curl_text : curl_easy_strerror(curl);
    icm_fail(err, row.code, NULL, "%s (%s, %s: %s)", row.text, l->authority, wsman_operation_name(l->request.operation),
             detail);
    if (row.remedy && icm_error_fault(err))
        icm_set_text(&err->fault->remedy, row.remedy);
    return row.code;
}
