/* WAITS: the way of a lane through a proxy: what curl's handle is told, and what the proxy's refusals mean. Negotiate
 * without a user is curl's own GSSAPI, which may ask a KDC and then holds up the loop. */
#include "wsman/http_state.h"

#include "wsman/fault.h"

#include <stdlib.h>

static const struct scheme {
    const char *name; /* of ProxyAuthentication */
    long bits;        /* curl's: with a user */
    long bits_alone;  /* and without one */
} schemes[WSMAN_PROXY_SCHEME_COUNT] = {
    [WSMAN_PROXY_NEGOTIATE] = {"Negotiate", (long)CURLAUTH_NTLM, (long)CURLAUTH_NEGOTIATE},
    [WSMAN_PROXY_BASIC] = {"Basic", (long)CURLAUTH_BASIC, 0},
    [WSMAN_PROXY_DIGEST] = {"Digest", (long)CURLAUTH_DIGEST, 0},
};

/* ---- its address ---- */

static bool copy_part(CURLU *parts, CURLUPart part, unsigned flags, char **out)
{
    char *text = NULL;

    if (curl_url_get(parts, part, &text, flags) == CURLUE_OK)
        *out = strdup(text);
    curl_free(text);
    return *out;
}

static bool take_password(CURLU *parts, struct icm_buf *out)
{
    char *text = NULL;

    if (curl_url_get(parts, CURLUPART_PASSWORD, &text, CURLU_URLDECODE) == CURLUE_OK) {
        icm_buf_add_text(out, text);
        explicit_bzero(text, strlen(text));
    }
    curl_free(text);
    return !out->failed;
}

static bool is_http(CURLU *parts)
{
    char *scheme = NULL;
    bool is = copy_part(parts, CURLUPART_SCHEME, 0, &scheme) && strcmp(scheme, "http") == 0;

    free(scheme);
    return is;
}

/* curl's own default of a proxy's port is 1080, which is SOCKS'; here http means 80, as in .NET */
static bool read_address(struct wsman_way *w, const struct wsman_proxy *proxy)
{
    CURLU *parts = curl_url();
    char *host = NULL, *port = NULL;
    bool whole = parts && curl_url_set(parts, CURLUPART_URL, proxy->url, CURLU_DEFAULT_SCHEME) == CURLUE_OK;

    if (whole && !strstr(proxy->url, "://")) /* a guess by the name ("ftp.proxy") is none of ours */
        whole = curl_url_set(parts, CURLUPART_SCHEME, "http", 0) == CURLUE_OK;
    whole = whole && is_http(parts) && copy_part(parts, CURLUPART_HOST, 0, &host) &&
            copy_part(parts, CURLUPART_PORT, CURLU_DEFAULT_PORT, &port);
    if (whole && !proxy->user) {
        copy_part(parts, CURLUPART_USER, CURLU_URLDECODE, &w->user);
        whole = take_password(parts, &w->password);
    }
    if (whole && asprintf(&w->proxy, "%s:%s", host, port) < 0)
        w->proxy = NULL;
    free(host);
    free(port);
    curl_url_cleanup(parts);
    return whole && w->proxy;
}

/* ---- life ---- */

void wsman_way_free(struct wsman_way *w)
{
    if (!w)
        return;
    free(w->proxy);
    free(w->user);
    icm_buf_reset(&w->password);
    free(w);
}

/* which may hold a password, so that it is not shown */
static enum icm_code fail_address(struct icm_error *err)
{
    return icm_fail(err, ICM_USAGE, "RFC 9110 9.3.6",
                    "the proxy's address (http_proxy, https_proxy, all_proxy) is none of the form http://HOST:PORT");
}

enum icm_code wsman_proxy_check(const struct wsman_proxy *proxy, struct icm_error *err)
{
    struct wsman_way *w = calloc(1, sizeof *w);

    if (!w)
        return icm_nomem(err);
    enum icm_code code = read_address(w, proxy) ? ICM_OK : fail_address(err);
    wsman_way_free(w);
    return code;
}

enum icm_code wsman_way_new(struct wsman_way **out, const struct wsman_proxy *proxy, const char *host,
                            struct icm_error *err)
{
    if (!proxy->url || wsman_proxy_is_bypassed(host, proxy->not_for))
        return ICM_OK;
    struct wsman_way *w = calloc(1, sizeof *w);
    if (!w)
        return icm_nomem(err);
    w->scheme = proxy->scheme;
    w->user = proxy->user ? strdup(proxy->user) : NULL;
    icm_buf_add(&w->password, proxy->password);
    if ((proxy->user && !w->user) || w->password.failed) {
        wsman_way_free(w);
        return icm_nomem(err);
    }
    if (!read_address(w, proxy)) {
        wsman_way_free(w);
        return fail_address(err);
    }
    *out = w;
    return ICM_OK;
}

/* ---- curl's handle ---- */

CURLcode wsman_way_set_up(struct wsman_way *w, CURL *easy)
{
    const struct scheme *scheme = &schemes[w->scheme];
    CURLcode code = CURLE_OK;

#define SET(option, value) (code = code == CURLE_OK ? curl_easy_setopt(easy, option, value) : code)
    SET(CURLOPT_PROXY, w->proxy);
    SET(CURLOPT_PROXYTYPE, (long)CURLPROXY_HTTP);
    SET(CURLOPT_NOPROXY, ""); /* looked at already, and not the environment's */
    SET(CURLOPT_HTTPPROXYTUNNEL, 1L);
    SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    SET(CURLOPT_HEADEROPT, (long)CURLHEADER_SEPARATE); /* our Authorization is none of its business */
    /* nothing before it asks, and then only this */
    SET(CURLOPT_PROXYAUTH, (long)CURLAUTH_ONLY | (w->user ? scheme->bits : scheme->bits_alone));
    if (w->user || scheme->bits_alone) {
        SET(CURLOPT_PROXYUSERNAME, w->user ? w->user : "");
        SET(CURLOPT_PROXYPASSWORD, icm_buf_text(&w->password));
    }
#undef SET
    return code;
}

/* ---- what it refuses ---- */

static enum icm_code add_remedy(struct icm_error *err, enum icm_code code, const char *remedy)
{
    if (icm_error_fault(err))
        icm_set_text(&err->fault->remedy, remedy);
    return code;
}

static void add_offered(struct icm_buf *out, long offered)
{
    static const struct {
        unsigned long bit;
        const char *name;
    } names[] = {{CURLAUTH_BASIC, "Basic"},
                 {CURLAUTH_DIGEST, "Digest"},
                 {CURLAUTH_NEGOTIATE, "Negotiate"},
                 {CURLAUTH_NTLM, "NTLM"}};

    for (size_t i = 0; i < ICM_COUNT(names); i++)
        if ((unsigned long)offered & names[i].bit)
            icm_buf_add_format(out, "%s%s", out->size > 0 ? ", " : "", names[i].name);
    if (out->size == 0)
        icm_buf_add_text(out, "nothing that we know");
}

static enum icm_code fail_logon(const struct wsman_lane *l, unsigned status, struct icm_error *err)
{
    const struct wsman_way *w = l->way;
    const struct scheme *scheme = &schemes[w->scheme];
    ICM_OWN(icm_buf_reset) struct icm_buf names = {0};
    long offered = 0;

    curl_easy_getinfo(l->easy, CURLINFO_PROXYAUTH_AVAIL, &offered);
    add_offered(&names, offered);
    if (!w->user && !(offered & scheme->bits_alone)) {
        icm_fail(err, ICM_DENIED, "RFC 9110 15.5.8", "the proxy %s wants to know who we are (%u; it offers %s)",
                 w->proxy, status, icm_buf_text(&names));
        return add_remedy(
            err, ICM_DENIED,
            "-SessionOption ProxyCredential=USER, and ProxyAuthentication=Basic or Digest where it offers that");
    }
    if (status == 407 && !(offered & (w->user ? scheme->bits : scheme->bits_alone))) {
        icm_fail(err, ICM_DENIED, "RFC 9110 15.5.8", "the proxy %s offers %s, and ProxyAuthentication is %s%s (407)",
                 w->proxy, icm_buf_text(&names), scheme->name,
                 w->scheme == WSMAN_PROXY_NEGOTIATE && w->user ? ", with a user NTLM" : "");
        return add_remedy(err, ICM_DENIED,
                          "-SessionOption ProxyAuthentication=Negotiate, Basic or Digest, as it offers");
    }
    if (w->user)
        icm_fail(err, ICM_DENIED, "RFC 9110 15.5.8",
                 "the proxy %s does not take the user '%.60s' with this password (%u, %s)", w->proxy, w->user, status,
                 scheme->name);
    else
        icm_fail(err, ICM_DENIED, "RFC 9110 15.5.8",
                 "the proxy %s does not take our Kerberos ticket, or there is none (407)", w->proxy);
    return add_remedy(err, ICM_DENIED,
                      w->user ? "check -SessionOption ProxyCredential and its password"
                              : "kinit, or -SessionOption ProxyCredential=USER");
}

static enum icm_code fail_status(const struct wsman_lane *l, unsigned status, struct icm_error *err)
{
    bool is_upstream = status == 500 || status == 502 || status == 503 || status == 504;

    if (status == 407 || status == 401) /* which tinyproxy says to a wrong password */
        return fail_logon(l, status, err);
    if (is_upstream) {
        icm_fail(err, ICM_IO, "RFC 9110 9.3.6", "the proxy %s could not connect to %s (HTTP status %u)", l->way->proxy,
                 l->authority, status);
        return add_remedy(err, ICM_IO,
                          "check the computer's name and port as the proxy sees them; no_proxy, or "
                          "ProxyAccessType=NoProxyServer, where the "
                          "computer is to be reached without it");
    }
    icm_fail(err, ICM_DENIED, "RFC 9110 9.3.6", "the proxy %s does not let us connect to %s (HTTP status %u)",
             l->way->proxy, l->authority, status);
    return add_remedy(err, ICM_DENIED,
                      "the proxy must allow CONNECT to this port; no_proxy, or ProxyAccessType=NoProxyServer, where "
                      "the computer is to "
                      "be reached without it");
}

static bool has_connected(const struct wsman_lane *l)
{
    curl_off_t microseconds = 0;

    return curl_easy_getinfo(l->easy, CURLINFO_CONNECT_TIME_T, &microseconds) == CURLE_OK && microseconds > 0;
}

static enum icm_code fail_reaching(const struct wsman_lane *l, CURLcode curl, struct icm_error *err)
{
    const char *detail = l->curl_text[0] ? l->curl_text : curl_easy_strerror(curl);
    enum icm_code code = curl == CURLE_OPERATION_TIMEDOUT ? ICM_TIMEOUT : ICM_IO;

    icm_fail(err, code, NULL, "the proxy %s %s (on the way to %s: %s)", l->way->proxy,
             curl == CURLE_COULDNT_RESOLVE_PROXY ? "has a name that was not found" : "was not reached", l->authority,
             detail);
    return add_remedy(err, code, "check the variables http_proxy and https_proxy, which name it, and that it is on");
}

enum icm_code wsman_way_fail(const struct wsman_lane *l, CURLcode curl, struct icm_error *err)
{
    long status = 0;

    curl_easy_getinfo(l->easy, CURLINFO_HTTP_CONNECTCODE, &status);
    if (status != 0 && status / 100 != 2)
        return fail_status(l, (unsigned)status, err);
    bool was_reached = status != 0 || (has_connected(l) && curl != CURLE_COULDNT_RESOLVE_PROXY);
    if (!was_reached)
        return fail_reaching(l, curl, err);
    if (status != 0)
        return ICM_OK;
    enum icm_code code = curl == CURLE_OPERATION_TIMEDOUT ? ICM_TIMEOUT : ICM_IO;
    icm_fail(err, code, NULL, "the proxy %s made no connection to %s (%s)", l->way->proxy, l->authority,
             l->curl_text[0] ? l->curl_text : curl_easy_strerror(curl));
    return add_remedy(err, code, "check that it is an HTTP proxy, and that the computer can be reached from it");
}
