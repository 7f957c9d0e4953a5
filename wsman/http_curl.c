/* WAITS: the HTTP exchange on libcurl's multi interface and libuv. The only file that knows curl. */
#include "wsman/http.h"

#include "base/text.h"
#include "wsman/fault.h"
#include "wsman/limits.h"
#include "wsman/names.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <uv.h>

/* curl hands out 16 KB at a time; libxml2 looks for the last tag of each piece it gets, so it gets larger ones */
enum { SOCKET_BUFFER = 64 * 1024, PARSED_PIECE = 128 * 1024, HEADER_COUNT = 5 };

struct wsman_http {
    uv_loop_t *loop;
    CURLM *multi;
    uv_timer_t *timer; /* curl's own time-outs */
    uv_timer_t *drain; /* looks for exchanges that ended while one was posted */
};

struct wsman_lane {
    struct wsman_http *http;
    CURL *easy;
    wsman_lane_done done;
    void *context;
    char *host, *authority; /* authority: host and port, for messages */
    bool is_busy, keeps_body;
    struct icm_buf authorization; /* the whole header line; holds the password in Basic */
    struct curl_slist headers[HEADER_COUNT]; /* our own nodes: curl only reads them, and we can wipe them */
    struct auth_context *auth;

    /* of the exchange that is in flight */
    struct wsman_request request;
    struct wsman_reader *reader;
    struct icm_buf unparsed; /* of the answer */
    struct icm_buf body;     /* all of it, when the wire log wants it */
    size_t body_size;
    unsigned sent_count; /* how often curl has begun to send it */
    bool reads_body;
    enum icm_code code; /* what we found wrong while it ran */
    struct icm_error err;
    char curl_text[CURL_ERROR_SIZE];
};

/* ---- what went wrong, in words ---- */

struct curl_failure {
    CURLcode curl;
    enum icm_code code;
    const char *text;
    const char *remedy;
};

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
    {CURLE_SSL_CONNECT_ERROR, ICM_TLS, "no TLS connection could be made", "the port may speak plain HTTP: without -UseSSL"},
    {CURLE_GOT_NOTHING, ICM_IO, "the connection was closed without an answer",
     "the port may speak TLS (-UseSSL), or something between cuts the connection"},
    {CURLE_PARTIAL_FILE, ICM_IO, "the connection was closed in the middle of the answer", NULL},
    {CURLE_RECV_ERROR, ICM_IO, "the connection broke while the answer was awaited", NULL},
    {CURLE_SEND_ERROR, ICM_IO, "the connection broke while the request was sent", NULL},
    {CURLE_UNSUPPORTED_PROTOCOL, ICM_SYNTAX, "what answers there does not speak HTTP", "check the port"},
    {CURLE_WEIRD_SERVER_REPLY, ICM_SYNTAX, "what answers there does not speak HTTP", "check the port"},
    {CURLE_BAD_CONTENT_ENCODING, ICM_SYNTAX, "the compressed answer is broken", NULL},
    {CURLE_OUT_OF_MEMORY, ICM_NOMEM, "out of memory", NULL},
};

static enum icm_code fail_as_curl(struct wsman_lane *l, CURLcode curl, struct icm_error *err)
{
    struct curl_failure row = {curl, ICM_IO, "the HTTP exchange failed", NULL};

    for (size_t i = 0; i < ICM_COUNT(failures); i++)
        if (failures[i].curl == curl)
            row = failures[i];
    const char *detail = l->curl_text[0] ? l->curl_text : curl_easy_strerror(curl);
    icm_fail(err, row.code, NULL, "%s (%s, %s: %s)", row.text, l->authority,
             wsman_operation_name(l->request.operation), detail);
    if (row.remedy && icm_error_fault(err))
        icm_set_text(&err->fault->remedy, row.remedy);
    return row.code;
}

/* ---- the reply as it comes ---- */

static bool is_xml(const char *content_type)
{
    return content_type && (strcasestr(content_type, "soap+xml") || strcasestr(content_type, "text/xml") ||
                            strcasestr(content_type, "application/xml"));
}

static unsigned status_of(struct wsman_lane *l)
{
    long status = 0;

    curl_easy_getinfo(l->easy, CURLINFO_RESPONSE_CODE, &status);
    return status > 0 ? (unsigned)status : 0;
}

/* Only an answer that claims to be an envelope is parsed; the page of a proxy says nothing that its status does not. */
static void begin_body(struct wsman_lane *l)
{
    char *content_type = NULL;

    curl_easy_getinfo(l->easy, CURLINFO_CONTENT_TYPE, &content_type);
    l->reads_body = is_xml(content_type);
    if (!l->reads_body && status_of(l) == 200)
        l->code = icm_fail(&l->err, ICM_SYNTAX, "MS-WSMV 2.1", "the answer is '%.80s' and no SOAP envelope",
                           content_type ? content_type : "without a Content-Type");
}

static void parse(struct wsman_lane *l)
{
    l->code = icm_buf_check(&l->unparsed, &l->err);
    if (l->code == ICM_OK)
        l->code = wsman_reader_feed(l->reader, icm_buf_slice(&l->unparsed), &l->err);
    icm_buf_clear(&l->unparsed);
}

static size_t on_body(char *bytes, size_t one, size_t count, void *context)
{
    struct wsman_lane *l = context;
    size_t size = one * count;
    struct icm_slice piece = icm_slice_of(bytes, size);

    if (l->body_size == 0)
        begin_body(l);
    l->body_size += size;
    if (l->code == ICM_OK && l->keeps_body)
        icm_buf_add(&l->body, piece);
    if (l->code == ICM_OK && l->reads_body)
        icm_buf_add(&l->unparsed, piece);
    if (l->code == ICM_OK && l->unparsed.size >= PARSED_PIECE)
        parse(l);
    return l->code == ICM_OK ? size : 0;
}

/* A connection that was kept may be dead, and curl then sends the request again on a new one. What may have been carried out
 * already must not be sent twice: a Command would run twice. Asking for output, or deleting, again does no harm. */
static int on_sending(void *context, char *peer, char *local, int peer_port, int local_port)
{
    struct wsman_lane *l = context;
    enum wsman_operation operation = l->request.operation;

    (void)peer, (void)local, (void)peer_port, (void)local_port;
    if (l->sent_count++ == 0 || operation == WSMAN_RECEIVE || operation == WSMAN_DELETE || operation == WSMAN_IDENTIFY)
        return CURL_PREREQFUNC_OK;
    l->code = icm_fail(&l->err, ICM_IO, NULL,
                       "the connection broke while %s was under way; it may have been carried out, so it is not sent again",
                       wsman_operation_name(operation));
    return CURL_PREREQFUNC_ABORT;
}

/* ---- an exchange has ended ---- */

static enum icm_code judge(struct wsman_lane *l, CURLcode curl, struct wsman_message **reply, struct icm_error *err)
{
    unsigned status = status_of(l);

    if (l->code == ICM_OK && curl == CURLE_OK && l->reads_body)
        parse(l);
    if (l->code != ICM_OK) { /* our own finding says more than curl's "write error" */
        icm_error_copy(err, &l->err);
        return l->code;
    }
    if (curl != CURLE_OK)
        return fail_as_curl(l, curl, err);
    if (!l->reads_body || l->body_size == 0 || status == 401 || status == 403)
        return status == 200 ? icm_fail(err, ICM_SYNTAX, "MS-WSMV 3.1.4", "an empty answer to %s",
                                        wsman_operation_name(l->request.operation))
                             : wsman_fault_http_status(err, status);
    return wsman_reader_finish(l->reader, reply, err);
}

static void finish(struct wsman_lane *l, CURLcode curl)
{
    struct icm_error err = {0};
    struct wsman_message *reply = NULL;
    struct wsman_exchange exchange = {.code = judge(l, curl, &reply, &err),
                                      .status = status_of(l),
                                      .reply = reply,
                                      .err = &err,
                                      .body = icm_buf_slice(&l->body),
                                      .body_size = l->body_size};
    struct wsman_request request = l->request; /* the lane may take the next one, or be freed, inside done */
    struct icm_buf body = l->body;

    memset(&l->request, 0, sizeof l->request);
    memset(&l->body, 0, sizeof l->body);
    l->is_busy = false;
    if (exchange.code != ICM_OK && icm_error_fault(&err))
        err.fault->http_status = exchange.status;
    exchange.request = &request;
    l->done(l->context, &exchange);
    wsman_request_reset(&request);
    icm_buf_reset(&body);
    icm_error_reset(&err);
}

static void take_finished(struct wsman_http *h)
{
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(h->multi, &left))) {
        CURL *easy = message->easy_handle;
        CURLcode result = message->data.result;
        struct wsman_lane *l = NULL;

        if (message->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(easy, CURLINFO_PRIVATE, &l);
        curl_multi_remove_handle(h->multi, easy); /* @message is gone with it */
        finish(l, result);
    }
}

/* ---- curl on libuv ---- */

static void on_closed(uv_handle_t *handle)
{
    free(handle);
}

static void on_ready(uv_poll_t *poll, int status, int events)
{
    struct wsman_http *h = poll->data;
    uv_os_fd_t fd;
    int running, flags = (events & UV_READABLE ? CURL_CSELECT_IN : 0) | (events & UV_WRITABLE ? CURL_CSELECT_OUT : 0);

    if (status < 0)
        flags = CURL_CSELECT_ERR;
    if (uv_fileno((uv_handle_t *)poll, &fd) != 0)
        return;
    curl_multi_socket_action(h->multi, fd, flags, &running);
    take_finished(h);
}

static uv_poll_t *watch(struct wsman_http *h, curl_socket_t fd)
{
    uv_poll_t *poll = calloc(1, sizeof *poll);

    if (!poll)
        return NULL;
    if (uv_poll_init(h->loop, poll, fd) != 0) {
        free(poll);
        return NULL;
    }
    poll->data = h;
    curl_multi_assign(h->multi, fd, poll);
    return poll;
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *context, void *assigned)
{
    struct wsman_http *h = context;
    uv_poll_t *poll = assigned;

    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        if (poll) {
            curl_multi_assign(h->multi, fd, NULL);
            uv_close((uv_handle_t *)poll, on_closed);
        }
        return 0;
    }
    if (!poll)
        poll = watch(h, fd);
    if (!poll)
        return -1;
    int events = (what & CURL_POLL_IN ? UV_READABLE : 0) | (what & CURL_POLL_OUT ? UV_WRITABLE : 0);
    return uv_poll_start(poll, events, on_ready) == 0 ? 0 : -1;
}

static void on_timer(uv_timer_t *timer)
{
    struct wsman_http *h = timer->data;
    int running;

    curl_multi_socket_action(h->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    take_finished(h);
}

static int on_timeout_wanted(CURLM *multi, long timeout_ms, void *context)
{
    struct wsman_http *h = context;

    (void)multi;
    if (timeout_ms < 0)
        uv_timer_stop(h->timer);
    else
        uv_timer_start(h->timer, on_timer, (uint64_t)timeout_ms, 0);
    return 0;
}

static void on_drain(uv_timer_t *timer)
{
    take_finished(timer->data);
}

static uv_timer_t *timer_new(struct wsman_http *h)
{
    uv_timer_t *timer = calloc(1, sizeof *timer);

    if (timer) {
        uv_timer_init(h->loop, timer);
        timer->data = h;
    }
    return timer;
}

enum icm_code wsman_http_new(struct wsman_http **out, struct uv_loop_s *loop, struct icm_error *err)
{
    struct wsman_http *h = calloc(1, sizeof *h);

    if (!h || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        free(h);
        return icm_nomem(err);
    }
    h->loop = loop;
    h->multi = curl_multi_init();
    h->timer = timer_new(h);
    h->drain = timer_new(h);
    if (!h->multi || !h->timer || !h->drain) {
        wsman_http_free(h);
        return icm_nomem(err);
    }
    curl_multi_setopt(h->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(h->multi, CURLMOPT_SOCKETDATA, h);
    curl_multi_setopt(h->multi, CURLMOPT_TIMERFUNCTION, on_timeout_wanted);
    curl_multi_setopt(h->multi, CURLMOPT_TIMERDATA, h);
    *out = h;
    return ICM_OK;
}

static void timer_free(uv_timer_t *timer)
{
    if (timer)
        uv_close((uv_handle_t *)timer, on_closed);
}

void wsman_http_free(struct wsman_http *h)
{
    if (!h)
        return;
    curl_multi_cleanup(h->multi);
    timer_free(h->timer);
    timer_free(h->drain);
    curl_global_cleanup();
    free(h);
}

/* ---- a lane ---- */

bool wsman_host_is_loopback(const char *host)
{
    unsigned a, b, c, d;
    char behind;

    return strcasecmp(host, "localhost") == 0 || strcmp(host, "::1") == 0 || strcmp(host, "[::1]") == 0 ||
           (sscanf(host, "%u.%u.%u.%u%c", &a, &b, &c, &d, &behind) == 4 && a == 127);
}

/* host, and "host:port" as people write it */
static bool split_url(struct wsman_lane *l, const char *url, bool *is_tls)
{
    CURLU *parts = curl_url();
    char *scheme = NULL, *host = NULL, *port = NULL;
    bool whole = parts && curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK &&
                 curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
                 curl_url_get(parts, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
                 curl_url_get(parts, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK &&
                 (strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0);

    if (whole) {
        *is_tls = strcmp(scheme, "https") == 0;
        l->host = strdup(host);
        if (asprintf(&l->authority, "%s:%s", host, port) < 0)
            l->authority = NULL;
    }
    curl_free(scheme);
    curl_free(host);
    curl_free(port);
    curl_url_cleanup(parts);
    return whole;
}

static enum icm_code check_policy(const struct wsman_target *target, const char *host, bool is_tls,
                                  struct icm_error *err)
{
    if (is_tls || !auth_mechanism_has(target->mechanism, AUTH_SHOWS_PASSWORD) || target->allow_unencrypted || wsman_host_is_loopback(host))
        return ICM_OK;
    icm_fail(err, ICM_DENIED, "MS-WSMV 2.2.9", "%s over plain HTTP would show the password to the network",
             target->mechanism->name);
    if (icm_error_fault(err))
        icm_set_text(&err->fault->remedy, "use -UseSSL, or, knowing the risk, -AllowUnencrypted");
    return ICM_DENIED;
}

/* "Authorization: SCHEME base64(token)" */
static enum icm_code write_authorization(struct wsman_lane *l, const struct wsman_target *target, struct icm_error *err)
{
    struct icm_buf token = {0};
    struct auth_initiator_options options = {.credential = target->credential, .host = l->host};
    enum icm_code code = auth_initiator_new(&l->auth, target->mechanism, &options, err);

    if (code == ICM_OK)
        code = auth_step(l->auth, icm_slice_of(NULL, 0), &token, err);
    if (code == ICM_AGAIN)
        code = icm_fail(err, ICM_UNSUPPORTED, NULL, "%s needs more than one step, which HTTP lanes do not carry",
                        target->mechanism->name);
    if (code == ICM_OK) {
        icm_buf_add_format(&l->authorization, "Authorization: %s ", target->mechanism->scheme);
        icm_base64_write(&l->authorization, icm_buf_slice(&token));
        icm_buf_text(&l->authorization);
        code = icm_buf_check(&l->authorization, err);
    }
    icm_buf_reset(&token);
    return code;
}

static void link_headers(struct wsman_lane *l)
{
    static const char *const fixed[] = {
        ("Content-Type: " WSMAN_CONTENT_TYPE),
        "Expect:", /* a 100-continue costs a round trip, and WinRM does not offer it */
        "Accept:",
        "User-Agent: icm",
    };
    size_t count = 0;

    for (; count < ICM_COUNT(fixed); count++)
        l->headers[count].data = (char *)(uintptr_t)fixed[count];
    l->headers[count++].data = (char *)l->authorization.data;
    for (size_t i = 0; i + 1 < count; i++)
        l->headers[i].next = &l->headers[i + 1];
}

static CURLcode set_options(struct wsman_lane *l, const struct wsman_target *target)
{
    CURL *e = l->easy;
    long connect_ms = target->connect_timeout_ms ? (long)target->connect_timeout_ms : WSMAN_CONNECT_TIMEOUT_MS;
    CURLcode code = CURLE_OK;

#define SET(option, value) (code = code == CURLE_OK ? curl_easy_setopt(e, option, value) : code)
    SET(CURLOPT_URL, target->url);
    SET(CURLOPT_PRIVATE, l);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_PROTOCOLS_STR, "http,https");
    SET(CURLOPT_FOLLOWLOCATION, 0L); /* a redirect would carry the password to somebody else */
    SET(CURLOPT_PROXY, "");          /* a proxy only when told: HTTP_PROXY breaks access to the own network */
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    SET(CURLOPT_HTTP09_ALLOWED, 0L);
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(CURLOPT_SSL_VERIFYPEER, target->skip_ca_check ? 0L : 1L);
    SET(CURLOPT_SSL_VERIFYHOST, target->skip_cn_check ? 0L : 2L);
    SET(CURLOPT_CONNECTTIMEOUT_MS, connect_ms);
    SET(CURLOPT_TCP_NODELAY, 1L);
    SET(CURLOPT_TCP_KEEPALIVE, 1L);
    SET(CURLOPT_BUFFERSIZE, (long)SOCKET_BUFFER);
    SET(CURLOPT_ACCEPT_ENCODING, "gzip"); /* Exchange answers so; what it unpacks to is bounded by reply_max */
    SET(CURLOPT_HTTPHEADER, l->headers);
    SET(CURLOPT_POST, 1L);
    SET(CURLOPT_ERRORBUFFER, l->curl_text);
    SET(CURLOPT_WRITEFUNCTION, on_body);
    SET(CURLOPT_WRITEDATA, l);
    SET(CURLOPT_PREREQFUNCTION, on_sending);
    SET(CURLOPT_PREREQDATA, l);
    if (target->ca_file)
        SET(CURLOPT_CAINFO, target->ca_file);
#undef SET
    return code;
}

static enum icm_code set_up(struct wsman_lane *l, const struct wsman_target *target, struct icm_error *err)
{
    bool is_tls = false;

    if (!split_url(l, target->url, &is_tls))
        return icm_fail(err, ICM_USAGE, "RFC 3986", "'%s' is no http or https address", target->url);
    if (!l->host || !l->authority)
        return icm_nomem(err);
    enum icm_code code = check_policy(target, l->host, is_tls, err);
    if (code == ICM_OK)
        code = write_authorization(l, target, err);
    if (code == ICM_OK)
        code = wsman_reader_new(&l->reader, WSMAN_ENVELOPE_LATER, err);
    if (code != ICM_OK)
        return code;
    link_headers(l);
    l->easy = curl_easy_init();
    if (!l->easy)
        return icm_nomem(err);
    CURLcode curl = set_options(l, target);
    return curl == CURLE_OK ? ICM_OK : icm_fail(err, ICM_IO, NULL, "libcurl: %s", curl_easy_strerror(curl));
}

enum icm_code wsman_lane_new(struct wsman_lane **out, struct wsman_http *h, const struct wsman_target *target,
                             wsman_lane_done done, void *context, struct icm_error *err)
{
    struct wsman_lane *l = calloc(1, sizeof *l);

    if (!l)
        return icm_nomem(err);
    l->http = h;
    l->done = done;
    l->context = context;
    enum icm_code code = set_up(l, target, err);
    if (code != ICM_OK) {
        wsman_lane_free(l);
        return code;
    }
    *out = l;
    return ICM_OK;
}

void wsman_lane_cancel(struct wsman_lane *l)
{
    if (!l->is_busy)
        return;
    curl_multi_remove_handle(l->http->multi, l->easy);
    l->is_busy = false;
    wsman_request_reset(&l->request);
    icm_buf_reset(&l->body);
}

void wsman_lane_free(struct wsman_lane *l)
{
    if (!l)
        return;
    wsman_lane_cancel(l);
    curl_easy_cleanup(l->easy);
    wsman_reader_free(l->reader);
    icm_buf_reset(&l->unparsed);
    auth_context_free(l->auth);
    icm_buf_reset(&l->authorization);
    icm_error_reset(&l->err);
    free(l->host);
    free(l->authority);
    free(l);
}

bool wsman_lane_is_busy(const struct wsman_lane *l)
{
    return l->is_busy;
}

void wsman_lane_keep_body(struct wsman_lane *l, bool keep)
{
    l->keeps_body = keep;
}

static void begin_exchange(struct wsman_lane *l, struct wsman_request *request)
{
    l->request = *request;
    memset(request, 0, sizeof *request);
    l->is_busy = true;
    l->body_size = 0;
    l->sent_count = 0;
    l->reads_body = false;
    icm_buf_clear(&l->unparsed);
    l->code = ICM_OK;
    l->curl_text[0] = '\0';
    icm_error_reset(&l->err);
    wsman_reader_restart(l->reader, l->request.reply_max);
}

enum icm_code wsman_lane_post(struct wsman_lane *l, struct wsman_request *request, struct icm_error *err)
{
    int running;

    if (l->is_busy)
        return icm_fail(err, ICM_STATE, NULL, "a lane carries one request at a time");
    begin_exchange(l, request);
    curl_easy_setopt(l->easy, CURLOPT_POSTFIELDS, (char *)l->request.envelope.data);
    curl_easy_setopt(l->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)l->request.envelope.size);
    curl_easy_setopt(l->easy, CURLOPT_TIMEOUT_MS, (long)l->request.timeout_ms + WSMAN_NETWORK_DELAY_MS);
    if (curl_multi_add_handle(l->http->multi, l->easy) != CURLM_OK) {
        l->is_busy = false;
        wsman_request_reset(&l->request);
        return icm_nomem(err);
    }
    /* send at once: the caller will be busy decoding the last answer while this one is made */
    curl_multi_socket_action(l->http->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    uv_timer_start(l->http->drain, on_drain, 0, 0);
    return ICM_OK;
}
