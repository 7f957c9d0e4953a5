/* Where a lane goes, and one HTTP request on it. */
#include "wsman/http_state.h"

#include "base/text.h"
#include "wsman/encoding.h"
#include "wsman/limits.h"
#include "wsman/names.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

/* ---- the address ---- */

static bool copy_part(CURLU *parts, CURLUPart part, unsigned flags, char **out)
{
    char *text = NULL;

    if (curl_url_get(parts, part, &text, flags) == CURLUE_OK)
        *out = strdup(text);
    curl_free(text);
    return *out;
}

/* what the request line has: Digest signs it */
static bool copy_target(CURLU *parts, char **out)
{
    char *path = NULL, *query = NULL;

    if (!copy_part(parts, CURLUPART_PATH, 0, &path))
        return false;
    copy_part(parts, CURLUPART_QUERY, 0, &query);
    if (asprintf(out, "%s%s%s", path, query ? "?" : "", query ? query : "") < 0)
        *out = NULL;
    free(path);
    free(query);
    return *out;
}

/* Host, "host:port" as people write it, and path. A user in the address is refused: curl would send it as Basic, in
 * clear, with whatever carries no token of ours. */
static bool split_url(struct wsman_lane *l, const char *url, bool *is_tls)
{
    CURLU *parts = curl_url();
    char *scheme = NULL, *port = NULL;
    bool whole = parts && curl_url_set(parts, CURLUPART_URL, url, CURLU_DISALLOW_USER) == CURLUE_OK &&
                 copy_part(parts, CURLUPART_SCHEME, 0, &scheme) &&
                 (strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0) &&
                 copy_part(parts, CURLUPART_HOST, 0, &l->host) &&
                 copy_part(parts, CURLUPART_PORT, CURLU_DEFAULT_PORT, &port) && copy_target(parts, &l->path);

    if (whole) {
        *is_tls = strcmp(scheme, "https") == 0;
        l->port = (unsigned)strtoul(port, NULL, 10);
        if (asprintf(&l->authority, "%s:%s", l->host, port) < 0)
            l->authority = NULL;
    }
    free(scheme);
    free(port);
    curl_url_cleanup(parts);
    return whole && l->authority;
}

/* What stands in front of an @ may be a password, which no error shows. */
static enum icm_code fail_url(const char *url, struct icm_error *err)
{
    if (strchr(url, '@'))
        return icm_fail(err, ICM_USAGE, "RFC 3986 3.2.1", "an address with a user in it: give -Credential NAME");
    return icm_fail(err, ICM_USAGE, "RFC 3986", "'%s' is no http or https address", url);
}

/* ---- what a transfer said ---- */

unsigned wsman_transfer_status(const struct wsman_lane *l)
{
    long status = 0;

    curl_easy_getinfo(l->easy, CURLINFO_RESPONSE_CODE, &status);
    return status > 0 ? (unsigned)status : 0;
}

/* The server has closed the connection that was kept. It may still do so a moment later: on_sending notices that too,
 * at the price of a connection more. */
bool wsman_transfer_is_cut(const struct wsman_lane *l)
{
    char byte;

    return l->socket == CURL_SOCKET_BAD || recv(l->socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

/* ---- a new lane ---- */

static enum icm_code check_policy(const struct wsman_target *target, const char *host, bool is_tls,
                                  struct icm_error *err)
{
    const struct auth_mechanism *m = target->mechanism;
    bool seals = auth_mechanism_has(m, AUTH_SEALS) && !target->no_encryption;

    if (is_tls && auth_mechanism_has(m, AUTH_BY_CERTIFICATE) && !target->certificate)
        return icm_fail(err, ICM_USAGE, "MS-WSMV 2.2.9", "no client certificate was given");
    if (!is_tls && auth_mechanism_has(m, AUTH_BY_CERTIFICATE))
        return icm_fail(err, ICM_USAGE, "MS-WSMV 2.2.9", "a client certificate needs https (-UseSSL)");
    if (is_tls || seals || target->allow_unencrypted || wsman_host_is_loopback(host))
        return ICM_OK;
    icm_fail(err, ICM_DENIED, "MS-WSMV 2.2.9", "%s%s over plain HTTP would show %s to the network", m->name,
             target->no_encryption ? " without encryption (-SessionOption NoEncryption)" : "",
             auth_mechanism_has(m, AUTH_SHOWS_PASSWORD) ? "the password" : "all that is sent");
    if (icm_error_fault(err))
        icm_set_text(&err->fault->remedy,
                     target->no_encryption
                         ? "leave NoEncryption out, use -UseSSL, or, knowing the risk, -AllowUnencrypted"
                         : "use -UseSSL, or, knowing the risk, -AllowUnencrypted");
    return ICM_DENIED;
}

/* A mechanism that has no say of its own in it: Digest. Those that may seal prove the server, or look themselves. */
static enum icm_code check_trust(const struct wsman_login *login, const char *host, struct icm_error *err)
{
    const struct auth_mechanism *m = login->mechanism;

    if (!auth_mechanism_has(m, AUTH_NEEDS_TRUST) || auth_mechanism_has(m, AUTH_SEALS) || login->options.allows_ntlm)
        return ICM_OK;
    icm_fail(
        err, ICM_DENIED, "RFC 7616 5.8",
        "%s does not prove that the server is %s, which is neither reached over TLS with its checks nor a trusted host",
        m->name, host);
    if (icm_error_fault(err))
        icm_set_text(&err->fault->remedy, "use -UseSSL, or put the computer into TrustedHosts in the configuration");
    return ICM_DENIED;
}

static bool copy_target_options(struct wsman_lane *l, const struct wsman_target *target)
{
    l->url = strdup(target->url);
    l->ca_file = target->ca_file ? strdup(target->ca_file) : NULL;
    l->checks_authority = !target->skip_ca_check;
    l->checks_name = !target->skip_cn_check;
    l->connect_timeout_ms = target->connect_timeout_ms ? target->connect_timeout_ms : WSMAN_CONNECT_TIMEOUT_MS;
    l->connect_retries = target->connect_retries;
    return l->url && (l->ca_file || !target->ca_file);
}

/* Its own place for connections: transfers of others do not look there. */
static bool make_share(struct wsman_lane *l)
{
    l->share = curl_share_init();
    return l->share && curl_share_setopt(l->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_CONNECT) == CURLSHE_OK;
}

static enum icm_code fail_options(CURLcode curl, struct icm_error *err)
{
    return icm_fail(err, ICM_IO, NULL, "libcurl: %s", curl_easy_strerror(curl));
}

enum icm_code wsman_lane_set_up(struct wsman_lane *l, const struct wsman_target *target, struct icm_error *err)
{
    bool is_tls = false;

    if (!split_url(l, target->url, &is_tls))
        return fail_url(target->url, err);
    enum icm_code code = check_policy(target, l->host, is_tls, err);
    if (code == ICM_OK)
        code = wsman_login_new(&l->login, target, l->host, l->port, is_tls, err);
    if (code == ICM_OK)
        code = check_trust(l->login, l->host, err);
    if (code == ICM_OK)
        code = wsman_way_new(&l->way, &target->proxy, l->host, err);
    if (code != ICM_OK)
        return code;
    if (!copy_target_options(l, target) || !make_share(l))
        return icm_nomem(err);
    CURLcode curl = wsman_easy_open(l, target);
    if (curl != CURLE_OK)
        return fail_options(curl, err);
    wsman_easy_close(l);
    return ICM_OK;
}

/* ---- a transfer ---- */

/* The Authorization header is the last of the list, or not in it. */
static void link_headers(struct wsman_lane *l)
{
    static const char *const fixed[] = {
        "Expect:", /* a 100-continue costs a round trip, and WinRM does not offer it */
        "Accept:",
        "User-Agent: icm",
    };
    size_t count = 0;

    l->headers[count++].data = (char *)l->content_type.data;
    for (size_t i = 0; i < ICM_COUNT(fixed); i++)
        l->headers[count++].data = (char *)(uintptr_t)fixed[i];
    if (l->authorization.size > 0)
        l->headers[count++].data = (char *)l->authorization.data;
    for (size_t i = 0; i < count; i++)
        l->headers[i].next = i + 1 < count ? &l->headers[i + 1] : NULL;
}

void wsman_transfer_authorize(struct wsman_lane *l)
{
    struct icm_slice value = l->handshake ? wsman_handshake_authorization(l->handshake) : icm_slice_of(NULL, 0);

    icm_buf_reset(&l->authorization);
    if (value.size > 0) {
        icm_buf_add_text(&l->authorization, "Authorization: ");
        icm_buf_add(&l->authorization, value);
        icm_buf_text(&l->authorization);
    }
    link_headers(l);
}

static enum icm_code make_body(struct wsman_lane *l, struct icm_slice *body, struct icm_error *err)
{
    struct auth_context *sealer = l->sends_body ? wsman_handshake_sealer(l->handshake) : NULL;

    icm_buf_clear(&l->content_type);
    icm_buf_clear(&l->sealed);
    icm_buf_add_text(&l->content_type, "Content-Type: ");
    *body = l->sends_body ? icm_buf_slice(&l->request.envelope) : icm_slice_of("", 0);
    if (!sealer) {
        icm_buf_add_text(&l->content_type, wsman_content_type(*body));
    } else {
        enum icm_code code = wsman_seal(sealer, *body, &l->sealed, &l->content_type, err);
        if (code != ICM_OK)
            return code;
        *body = icm_buf_slice(&l->sealed);
    }
    icm_buf_text(&l->content_type);
    return icm_buf_check(&l->content_type, err);
}

static long time_left(const struct wsman_lane *l)
{
    uint64_t now = uv_now(l->http->loop);

    return now < l->deadline_ms ? (long)(l->deadline_ms - now) : 1;
}

static void set_buffers(struct wsman_lane *l, size_t body_size)
{
    bool had_much = l->body_size > WSMAN_BUFFER, sends_much = body_size > WSMAN_BUFFER_SENT;

    curl_easy_setopt(l->easy, CURLOPT_BUFFERSIZE, (long)(had_much ? WSMAN_BUFFER_LARGE : WSMAN_BUFFER));
    curl_easy_setopt(l->easy, CURLOPT_UPLOAD_BUFFERSIZE, (long)(sends_much ? WSMAN_BUFFER_LARGE : WSMAN_BUFFER_SENT));
}

enum icm_code wsman_transfer_start(struct wsman_lane *l, bool sends_body, struct icm_error *err)
{
    bool is_pinned = !auth_mechanism_has(l->login->mechanism, AUTH_PER_REQUEST);
    struct icm_slice body;

    l->sends_body = sends_body;
    enum icm_code code = make_body(l, &body, err);
    if (code != ICM_OK)
        return code;
    CURLcode curl = wsman_easy_open(l, NULL);
    if (curl != CURLE_OK)
        return fail_options(curl, err);
    set_buffers(l, body.size);
    wsman_reply_begin(l);
    l->sent_count = 0;
    l->goes_again = false;
    l->curl_text[0] = '\0';
    wsman_transfer_authorize(l);
    if (l->authorization.failed)
        return icm_nomem(err);
    curl_easy_setopt(l->easy, CURLOPT_POSTFIELDS, body.size > 0 ? (const char *)body.data : "");
    curl_easy_setopt(l->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.size);
    curl_easy_setopt(l->easy, CURLOPT_TIMEOUT_MS, time_left(l));
    curl_easy_setopt(l->easy, CURLOPT_FRESH_CONNECT, is_pinned && !l->is_bound ? 1L : 0L);
    if (curl_multi_add_handle(l->http->multi, l->easy) != CURLM_OK)
        return icm_nomem(err);
    l->is_running = l->has_sent = true;
    return ICM_OK;
}

void wsman_transfer_rest(struct wsman_lane *l)
{
    if (l->is_running)
        curl_multi_remove_handle(l->http->multi, l->easy);
    l->is_running = l->has_sent = false;
    wsman_easy_close(l);
    icm_buf_reset(&l->sealed);
    icm_buf_reset(&l->content_type);
    icm_buf_reset(&l->authorization);
    icm_buf_reset(&l->challenges);
}
