/* WAITS: lanes. Each is one connection with its logon and one request at a time; here is what is due, transfer by
 * transfer. */
#include "wsman/http_state.h"

#include "wsman/limits.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <strings.h>

enum {
    RENEWALS_MAX = 1,                            /* of the logon in one exchange */
    RETRY_FIRST_MS = 250, RETRY_DOUBLINGS = 4, /* the wait in front of each new try to connect: to 4 s */
};

/* ---- what all lanes share ---- */

enum icm_code wsman_http_new(struct wsman_http **out, struct uv_loop_s *loop, struct icm_error *err)
{
    struct wsman_http *h = calloc(1, sizeof *h);

    if (!h || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        free(h);
        return icm_nomem(err);
    }
    h->loop = loop;
    h->users = 1;
    enum icm_code code = wsman_loop_attach(h) ? wsman_worker_new(&h->worker, loop, err) : icm_nomem(err);
    if (code != ICM_OK) {
        wsman_http_free(h);
        return code;
    }
    *out = h;
    return ICM_OK;
}

void wsman_http_free(struct wsman_http *h)
{
    if (!h || --h->users > 0)
        return;
    wsman_loop_detach(h);
    wsman_worker_free(h->worker);
    wsman_inlets_free(h);
    wsman_tls_free(h);
    curl_global_cleanup();
    free(h);
}

/* What is no address is a name ("127.0.0.999"), and a resolver says where it leads. */
bool wsman_host_is_loopback(const char *host)
{
    struct in_addr v4;

    if (inet_pton(AF_INET, host, &v4) == 1)
        return ntohl(v4.s_addr) >> 24 == IN_LOOPBACKNET;
    return strcasecmp(host, "localhost") == 0 || strcmp(host, "::1") == 0 || strcmp(host, "[::1]") == 0;
}

/* ---- an exchange ends ---- */

/* The logon goes with its connection. */
static void forget_logon(struct wsman_lane *l)
{
    if (l->job)
        wsman_job_abandon(l->job);
    else
        wsman_handshake_free(l->handshake);
    l->job = NULL;
    l->handshake = NULL;
    l->is_bound = false;
}

static bool is_pinned(const struct wsman_lane *l)
{
    return !auth_mechanism_has(l->login->mechanism, AUTH_PER_REQUEST);
}

/* @err is taken over. */
static void finish(struct wsman_lane *l, enum icm_code code, struct wsman_message *reply, struct icm_error *err)
{
    struct wsman_exchange exchange = {.code = code,
                                      .status = l->has_sent ? wsman_transfer_status(l) : 0,
                                      .reply = reply,
                                      .err = err,
                                      .body = icm_buf_slice(&l->body),
                                      .body_size = l->body_size};
    struct wsman_http *http = l->http; /* the lane may take the next one, or be freed, inside done */
    struct wsman_request request = l->request;
    struct wsman_inlet *inlet = l->inlet;
    struct icm_buf body = l->body;

    memset(&l->request, 0, sizeof l->request);
    memset(&l->body, 0, sizeof l->body);
    l->inlet = NULL;
    l->is_busy = false;
    uv_timer_stop(l->timer);
    wsman_transfer_rest(l);
    if (code != ICM_OK)
        forget_logon(l); /* who knows what state the connection is in */
    if (code != ICM_OK && icm_error_fault(err))
        err->fault->http_status = exchange.status;
    exchange.request = &request;
    http->users++;
    l->done(l->context, &exchange);
    wsman_inlet_give(http, inlet);
    wsman_http_free(http);
    wsman_request_reset(&request);
    icm_buf_reset(&body);
    icm_error_reset(err);
}

static void on_failed(uv_timer_t *timer)
{
    struct wsman_lane *l = timer->data;
    struct icm_error err = {0};

    icm_error_copy(&err, &l->err);
    finish(l, l->code, NULL, &err);
}

/* Found wrong while something is due: told from the loop, because posting never calls done. */
static void fail_later(struct wsman_lane *l, enum icm_code code)
{
    l->code = code;
    uv_timer_start(l->timer, on_failed, 0, 0);
}

/* ---- the logon ---- */

static void go_on(struct wsman_lane *l);

static enum icm_code begin_logon(struct wsman_lane *l)
{
    enum icm_code code = wsman_handshake_new(&l->handshake, l->login->mechanism, &l->login->options, &l->err);

    if (code == ICM_OK)
        wsman_handshake_request(l->handshake, "POST", l->path, icm_buf_slice(&l->request.envelope));
    return code;
}

static void on_step_done(void *context, enum icm_code code, const struct icm_error *err)
{
    struct wsman_lane *l = context;

    l->job = NULL;
    uv_timer_stop(l->timer);
    if (code == ICM_OK) {
        go_on(l);
        return;
    }
    icm_error_copy(&l->err, err);
    fail_later(l, code);
}

static void on_limit(uv_timer_t *timer)
{
    struct wsman_lane *l = timer->data;

    forget_logon(l);
    fail_later(l, icm_fail(&l->err, ICM_TIMEOUT, NULL, "the logon did not come to its end in time (%s, %s, %s)",
                           l->authority, l->login->mechanism->name, wsman_operation_name(l->request.operation)));
}

static enum icm_code step_elsewhere(struct wsman_lane *l)
{
    uint64_t now = uv_now(l->http->loop);
    enum icm_code code = wsman_job_start(&l->job, l->http->worker, l->handshake, l->login, on_step_done, l, &l->err);

    if (code == ICM_OK)
        uv_timer_start(l->timer, on_limit, l->deadline_ms > now ? l->deadline_ms - now : 0, 0);
    return code;
}

/* The first token over TLS is bound to the server's certificate, which is seen once the connection stands. */
static bool waits_for_certificate(const struct wsman_lane *l)
{
    return l->login->is_tls && is_pinned(l) && !l->is_bound;
}

static bool may_wait(const struct wsman_lane *l)
{
    return auth_mechanism_has(l->login->mechanism, AUTH_MAY_WAIT);
}

/* A logon that may wait has to be ready before the connection stands: with the certificate that was seen the last time.
 */
static enum icm_code use_known_certificate(struct wsman_lane *l)
{
    struct icm_slice known;

    if (l->knows_certificate || !wsman_tls_recall(l->http, l->authority, &known))
        return ICM_OK;
    l->knows_certificate = true;
    return wsman_login_bind(&l->login, known, &l->err);
}

/* Is the logon that was made ready bound to this connection's certificate? If not, it is none for it. */
static void look_at_certificate(struct wsman_lane *l)
{
    ICM_OWN(icm_buf_reset) struct icm_buf binding = {0};

    l->code = wsman_tls_binding(l, &binding, &l->err);
    bool is_same = l->knows_certificate && icm_slice_equal(icm_buf_slice(&binding), icm_buf_slice(&l->login->binding));
    if (l->code != ICM_OK || is_same)
        return;
    forget_logon(l);
    l->code = wsman_login_bind(&l->login, icm_buf_slice(&binding), &l->err);
    l->knows_certificate = true;
    wsman_tls_remember(l->http, l->authority, icm_buf_slice(&binding));
}

/* The connection stands. A logon that waits for nobody is made here and now; another one is made ready elsewhere, and
 * connects again. */
static bool bind_to_certificate(struct wsman_lane *l)
{
    look_at_certificate(l);
    if (l->code == ICM_OK && !l->handshake && may_wait(l)) {
        if (l->renewals++ < RENEWALS_MAX)
            l->goes_again = true;
        else
            l->code =
                icm_fail(&l->err, ICM_TLS, "RFC 5929 4", "each connection to %s has another certificate", l->authority);
        return false;
    }
    if (l->code == ICM_OK && !l->handshake)
        l->code = begin_logon(l);
    if (l->code == ICM_OK && wsman_handshake_due(l->handshake) == WSMAN_DUE_STEP)
        l->code = wsman_handshake_step(l->handshake, &l->err);
    if (l->code == ICM_OK)
        wsman_transfer_authorize(l);
    return l->code == ICM_OK;
}

/* ---- what is due ---- */

/* What has to come before a handshake: over TLS a connection, which makes it (bind_to_certificate), unless one has been
 * seen. */
static enum icm_code begin_or_connect(struct wsman_lane *l, bool *goes_on)
{
    enum icm_code code = ICM_OK;

    if (waits_for_certificate(l) && may_wait(l))
        code = use_known_certificate(l);
    if (code != ICM_OK)
        return code;
    *goes_on = !waits_for_certificate(l) || (may_wait(l) && l->knows_certificate);
    return *goes_on ? begin_logon(l) : wsman_transfer_start(l, false, &l->err);
}

static enum icm_code take_step(struct wsman_lane *l, bool *goes_on)
{
    if (wsman_handshake_may_wait(l->handshake))
        return step_elsewhere(l);
    *goes_on = true;
    return wsman_handshake_step(l->handshake, &l->err);
}

/* 401 in answer to a body: where it may be sent again, on a connection with a logon of its own. */
static enum icm_code log_on_anew(struct wsman_lane *l, bool *goes_on)
{
    if (l->renewals++ >= RENEWALS_MAX)
        return icm_fail(&l->err, ICM_DENIED, "RFC 9110 15.5.2", "the server forgets each logon at once (%s)",
                        l->login->mechanism->name);
    forget_logon(l);
    *goes_on = true;
    return ICM_OK;
}

static enum icm_code do_next(struct wsman_lane *l, bool *goes_on)
{
    *goes_on = false;
    if (!l->handshake)
        return begin_or_connect(l, goes_on);
    switch (wsman_handshake_due(l->handshake)) {
    case WSMAN_DUE_EMPTY:
        return wsman_transfer_start(l, false, &l->err);
    case WSMAN_DUE_BODY:
        return wsman_transfer_start(l, true, &l->err);
    case WSMAN_DUE_ANEW:
        return log_on_anew(l, goes_on);
    default:
        return take_step(l, goes_on);
    }
}

static void go_on(struct wsman_lane *l)
{
    enum icm_code code = ICM_OK;
    bool goes_on = true;

    while (code == ICM_OK && goes_on)
        code = do_next(l, &goes_on);
    if (code != ICM_OK)
        fail_later(l, code);
    else if (l->is_running) /* send at once: the caller will be busy decoding the last answer while this one is made */
        wsman_loop_kick(l->http);
}

/* ---- sending ---- */

/* What may have been carried out already must not be sent twice: a Command would run twice, and input be read twice.
 * Asking for output, or deleting, again does no harm; a shell or a signal too many does little. */
enum { BEHIND_A_CUT = 1, BEHIND_A_REFUSAL = 2, OPENS = 4 };
static const unsigned may_come_twice[WSMAN_OPERATION_COUNT] = {
    [WSMAN_IDENTIFY] = BEHIND_A_CUT | BEHIND_A_REFUSAL | OPENS,
    [WSMAN_RECEIVE] = BEHIND_A_CUT | BEHIND_A_REFUSAL,
    [WSMAN_DELETE] = BEHIND_A_CUT | BEHIND_A_REFUSAL,
    [WSMAN_CREATE] = BEHIND_A_REFUSAL | OPENS,
    [WSMAN_CONNECT] = OPENS,
    [WSMAN_GET_CONFIG] = OPENS, /* which comes in front of Create, where it is asked for */
    [WSMAN_SIGNAL] = BEHIND_A_REFUSAL,
};

static enum icm_code fail_in_doubt(struct wsman_lane *l, const char *what, struct icm_error *err)
{
    return icm_fail(err, ICM_IO, NULL, "%s %s was under way; it may have been carried out, so it is not sent again",
                    what, wsman_operation_name(l->request.operation));
}

static bool may_send_body(struct wsman_lane *l)
{
    if (l->body_count++ == 0 || may_come_twice[l->request.operation] & BEHIND_A_CUT)
        return true;
    l->code = fail_in_doubt(l, "the connection broke while", &l->err);
    return false;
}

/* 401 says that the body was not carried out. In clear anybody can say it, who has let the sealed body pass before. */
static enum icm_code take_refusal(struct wsman_lane *l, struct icm_error *err)
{
    bool may_be_forged = l->sends_body && l->login->options.needs_sealing;

    if (may_be_forged && !(may_come_twice[l->request.operation] & BEHIND_A_REFUSAL))
        return fail_in_doubt(l, "an answer in clear says that the logon is not valid any more (401), while", err);
    l->body_count = 0;
    return ICM_AGAIN;
}

/* A new connection in place of the one that the logon was for: begin anew, if nothing is in doubt. */
static bool lose_logon(struct wsman_lane *l)
{
    bool is_complete = wsman_handshake_is_complete(l->handshake);

    if (!is_complete || l->renewals++ >= RENEWALS_MAX)
        l->code =
            icm_fail(&l->err, ICM_IO, "RFC 4559 6", "the server closed the connection in the middle of the logon (%s)",
                     l->login->mechanism->name);
    else if (l->body_count > 0 && !may_send_body(l))
        return false;
    else
        l->goes_again = true;
    return false;
}

bool wsman_lane_is_sending(struct wsman_lane *l, bool is_new)
{
    l->code = wsman_tls_check(l, &l->err);
    if (l->code != ICM_OK)
        return false;
    if (!is_pinned(l))
        return !l->sends_body || may_send_body(l);
    if (l->is_bound && is_new)
        return lose_logon(l);
    if (waits_for_certificate(l) && !bind_to_certificate(l))
        return false;
    l->is_bound = true;
    return !l->sends_body || may_send_body(l);
}

/* ---- connecting again ---- */

static void on_retry(uv_timer_t *timer)
{
    go_on(timer->data);
}

static uint64_t retry_wait_ms(uint32_t retries)
{
    return (uint64_t)RETRY_FIRST_MS << (retries < RETRY_DOUBLINGS ? retries : RETRY_DOUBLINGS);
}

/* Nothing of the request has been on its way, and there is time: a connection may be had a little later. */
static bool connects_again(struct wsman_lane *l, CURLcode result)
{
    uint64_t wait_ms = retry_wait_ms(l->retries);

    if (l->retries >= l->connect_retries || l->body_count > 0 || !wsman_failure_passes(result) ||
        !(may_come_twice[l->request.operation] & OPENS) || uv_now(l->http->loop) + wait_ms >= l->deadline_ms)
        return false;
    l->retries++;
    forget_logon(l);
    uv_timer_start(l->timer, on_retry, wait_ms, 0);
    return true;
}

void wsman_lane_transfer_ended(struct wsman_lane *l, CURLcode result)
{
    struct icm_error err = {0};
    struct wsman_message *reply = NULL;
    enum icm_code code = l->code;

    l->is_running = false;
    if (code != ICM_OK) /* our own finding says more than curl's "write error" */
        icm_error_copy(&err, &l->err);
    else if (l->goes_again)
        forget_logon(l);
    else if (result != CURLE_OK && connects_again(l, result))
        return;
    else if (result != CURLE_OK)
        code = wsman_fail_as_curl(l, result, &err);
    else
        code = wsman_reply_finish(l, &reply, &err);
    if (code == ICM_AGAIN)
        code = take_refusal(l, &err);
    if (code == ICM_AGAIN || l->goes_again) {
        go_on(l);
        return;
    }
    finish(l, code, reply, &err);
}

/* ---- a lane ---- */

enum icm_code wsman_lane_new(struct wsman_lane **out, struct wsman_http *h, const struct wsman_target *target,
                             wsman_lane_done done, void *context, struct icm_error *err)
{
    struct wsman_lane *l = calloc(1, sizeof *l);

    if (!l)
        return icm_nomem(err);
    l->http = h;
    wsman_lane_assign(l, done, context);
    l->socket = CURL_SOCKET_BAD;
    l->timer = wsman_timer_new(h->loop, l);
    enum icm_code code = l->timer ? wsman_lane_set_up(l, target, err) : icm_nomem(err);
    if (code != ICM_OK) {
        wsman_lane_free(l);
        return code;
    }
    *out = l;
    return ICM_OK;
}

void wsman_lane_assign(struct wsman_lane *l, wsman_lane_done done, void *context)
{
    l->done = done;
    l->context = context;
}

void wsman_lane_cancel(struct wsman_lane *l)
{
    if (!l->is_busy)
        return;
    wsman_transfer_rest(l);
    forget_logon(l);
    uv_timer_stop(l->timer);
    l->is_busy = false;
    wsman_inlet_give(l->http, l->inlet);
    l->inlet = NULL;
    wsman_request_reset(&l->request);
    icm_buf_reset(&l->body);
}

void wsman_lane_free(struct wsman_lane *l)
{
    if (!l)
        return;
    wsman_lane_cancel(l);
    forget_logon(l);
    curl_easy_cleanup(l->easy);
    curl_share_cleanup(l->share); /* and the connection */
    wsman_timer_free(l->timer);
    wsman_login_release(l->login);
    wsman_way_free(l->way);
    icm_error_reset(&l->err);
    free(l->url);
    free(l->host);
    free(l->authority);
    free(l->path);
    free(l->ca_file);
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

enum icm_code wsman_lane_post(struct wsman_lane *l, struct wsman_request *request, struct icm_error *err)
{
    if (l->is_busy)
        return icm_fail(err, ICM_STATE, NULL, "a lane carries one request at a time");
    l->request = *request;
    memset(request, 0, sizeof *request);
    l->is_busy = true;
    uv_update_time(l->http->loop); /* somebody may have typed a password since */
    l->deadline_ms = uv_now(l->http->loop) + l->request.timeout_ms + WSMAN_NETWORK_DELAY_MS;
    l->body_count = l->renewals = l->retries = 0;
    l->has_sent = false;
    l->code = ICM_OK;
    icm_error_reset(&l->err);
    if (l->handshake && is_pinned(l) && wsman_transfer_is_cut(l))
        forget_logon(l);
    if (l->handshake)
        wsman_handshake_request(l->handshake, "POST", l->path, icm_buf_slice(&l->request.envelope));
    go_on(l);
    return ICM_OK;
}
