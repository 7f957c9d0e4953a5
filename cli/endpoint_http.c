#include "cli/endpoint_http_private.h"

#include "cli/endpoint_gzip.h"
#include "cli/endpoint_log.h"
#include "wsman/encoding.h"

#include <search.h>
#include <stdlib.h>
#include <strings.h>

enum {
    DISCARD_MAX =
        64 * 1024 * 1024, /* a refused request's body is read up to here, so that its client reads the answer */
    GZIP_MIN = 1024,
};

/* One request on its connection, from its head to the end of its answer. */
struct exchange {
    uint64_t request; /* 0: not given up yet, or refused */
    struct listener *listener;
    struct MHD_Connection *connection;
    struct endpoint_admission *admission; /* the connection's */
    struct endpoint_head head;            /* its texts are MHD's */
    unsigned refused;                     /* the status to refuse it with, once its body has passed */
    bool takes_gzip;
    struct icm_buf body;
    size_t discarded;
    enum {
        EXCHANGE_READING,
        EXCHANGE_ASKING,
        EXCHANGE_WAITING,
        EXCHANGE_ANSWERED,
        EXCHANGE_SENDING,
        EXCHANGE_GONE
    } state;
    uv_poll_t *watch; /* while it waits: for a client that hangs up */
    unsigned status;
    struct icm_buf answer;
    const struct endpoint_fault *fault; /* what is to go wrong with the answer; NULL: nothing */
    size_t cut_at;                      /* bytes of the answer after which the connection closes */
    bool is_cut;
};

static int by_request(const void *a, const void *b)
{
    const struct exchange *x = a, *y = b;

    return (x->request > y->request) - (x->request < y->request);
}

static void free_handle(uv_handle_t *handle)
{
    free(handle);
}

/* ---- MHD on libuv ---- */

static void schedule(struct listener *l);

static void run_soon(struct listener *l);

/* What is resumed while the daemon runs, by a request that it just gave up, it does not count among what it has to do.
 */
static void run(struct listener *l)
{
    l->has_resumed = false;
    MHD_run(l->daemon);
    if (l->has_resumed)
        run_soon(l);
    else
        schedule(l);
}

static void on_daemon_ready(uv_poll_t *poll, int status, int events)
{
    (void)status, (void)events;
    run(poll->data);
}

static void on_daemon_timer(uv_timer_t *timer)
{
    run(timer->data);
}

static void schedule(struct listener *l)
{
    MHD_UNSIGNED_LONG_LONG timeout_ms;

    if (MHD_get_timeout(l->daemon, &timeout_ms) == MHD_YES)
        uv_timer_start(l->timer, on_daemon_timer, timeout_ms, 0);
    else
        uv_timer_stop(l->timer);
}

/* a connection was resumed: the daemon has to be run, but not from inside itself */
static void run_soon(struct listener *l)
{
    l->has_resumed = true;
    uv_timer_start(l->timer, on_daemon_timer, 0, 0);
}

/* ---- a client that hangs up while it waits ---- */

static void stop_watching(struct exchange *x)
{
    if (x->watch)
        uv_close((uv_handle_t *)x->watch, free_handle);
    x->watch = NULL;
}

static void resume(struct exchange *x)
{
    stop_watching(x); /* before MHD may close the descriptor */
    MHD_resume_connection(x->connection);
    run_soon(x->listener);
}

static void on_hang_up(uv_poll_t *poll, int status, int events)
{
    struct exchange *x = poll->data;
    struct endpoint_http *h = x->listener->http;
    uint64_t request = x->request;

    (void)status, (void)events;
    x->state = EXCHANGE_GONE;
    resume(x);
    h->sink->hung_up(h->up, request);
}

static void watch_for_hang_up(struct exchange *x)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(x->connection, MHD_CONNECTION_INFO_CONNECTION_FD);

    x->watch = info ? calloc(1, sizeof *x->watch) : NULL;
    if (!x->watch)
        return; /* only noticed when the answer is sent */
    if (uv_poll_init(x->listener->http->loop, x->watch, info->connect_fd) != 0) {
        free(x->watch);
        x->watch = NULL;
        return;
    }
    x->watch->data = x;
    uv_poll_start(x->watch, UV_DISCONNECT, on_hang_up);
}

/* ---- answers ---- */

/* Hands out the answer up to where it is cut, and then breaks the connection. */
static ssize_t give_until_cut(void *context, uint64_t position, char *to, size_t room)
{
    struct exchange *x = context;
    size_t left = x->cut_at > position ? x->cut_at - (size_t)position : 0;

    if (left == 0)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    if (room > left)
        room = left;
    memcpy(to, x->answer.data + position, room);
    return (ssize_t)room;
}

static struct MHD_Response *make_response(struct exchange *x)
{
    if (x->is_cut)
        return MHD_create_response_from_callback(x->answer.size, 64 * 1024, give_until_cut, x, NULL);
    /* the exchange outlives the response: MHD tells its end before it is freed */
    return MHD_create_response_from_buffer(x->answer.size, x->answer.data, MHD_RESPMEM_PERSISTENT);
}

static void add_challenges(struct exchange *x, struct MHD_Response *response)
{
    ICM_OWN(icm_buf_reset) struct icm_buf lines = {0};
    char *rest;

    endpoint_admission_challenge(x->admission, x->status, &lines);
    icm_buf_add_u8(&lines, '\0');
    if (lines.failed)
        return;
    for (char *line = strtok_r((char *)lines.data, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
        MHD_add_response_header(response, "WWW-Authenticate", line);
}

static void add_headers(struct exchange *x, struct MHD_Response *response, const char *content_type)
{
    MHD_add_response_header(response, "Server", "Microsoft-HTTPAPI/2.0");
    if (x->answer.size > 0)
        MHD_add_response_header(response, "Content-Type", content_type);
    if (x->status == 405)
        MHD_add_response_header(response, "Allow", "POST");
    add_challenges(x, response);
    if (endpoint_admission_closes(x->admission, x->status))
        MHD_add_response_header(response, "Connection", "close");
}

/* Sealed answers are what a fault plan cuts and garbles: they are what is on the wire. */
static void apply_fault(struct exchange *x)
{
    const struct endpoint_fault *fault = x->fault;

    if (!fault)
        return;
    if (fault->kind == ENDPOINT_FAULT_CUT && fault->argument < x->answer.size) {
        x->is_cut = true;
        x->cut_at = fault->argument;
    }
    if (fault->kind == ENDPOINT_FAULT_GARBLE && fault->argument < x->answer.size)
        x->answer.data[fault->argument] ^= 0x1f;
}

static enum MHD_Result send_answer(struct exchange *x)
{
    ICM_OWN(icm_buf_reset) struct icm_buf sealed_type = {0};
    struct icm_error err = {0};
    const char *content_type = wsman_content_type(icm_buf_slice(&x->answer));

    if (endpoint_admission_seal(x->admission, &x->answer, &sealed_type, &err) != ICM_OK) {
        endpoint_log("an answer cannot be sealed: %s", err.text);
        icm_error_reset(&err);
        return MHD_NO;
    }
    apply_fault(x);
    bool packs = x->takes_gzip && !x->is_cut && sealed_type.size == 0 && x->answer.size >= GZIP_MIN &&
                 endpoint_gzip(&x->answer, NULL) == ICM_OK;
    struct MHD_Response *response = make_response(x);

    if (!response)
        return MHD_NO;
    add_headers(x, response, sealed_type.size > 0 ? icm_buf_text(&sealed_type) : content_type);
    if (packs)
        MHD_add_response_header(response, "Content-Encoding", "gzip");
    x->state = EXCHANGE_SENDING;
    enum MHD_Result queued = MHD_queue_response(x->connection, x->status, response);
    MHD_destroy_response(response);
    return queued;
}

static void log_refusal(const struct exchange *x);

static enum MHD_Result refuse(struct exchange *x)
{
    log_refusal(x);
    x->listener->http->logons += x->refused == 401 || x->refused == 200;
    x->status = x->refused;
    return send_answer(x);
}

void endpoint_http_answer(struct endpoint_http *h, uint64_t request, unsigned status, struct icm_buf *body,
                          const struct endpoint_fault *fault)
{
    struct exchange key = {.request = request}, **found = tfind(&key, &h->exchanges, by_request);
    struct exchange *x = found ? *found : NULL;

    if (!x || (x->state != EXCHANGE_ASKING && x->state != EXCHANGE_WAITING)) {
        icm_buf_reset(body);
        if (!x)
            h->sink->taken(h->up, request, false);
        return;
    }
    bool was_waiting = x->state == EXCHANGE_WAITING;
    x->state = EXCHANGE_ANSWERED;
    x->status = status;
    icm_buf_move(&x->answer, body);
    x->fault = fault;
    if (was_waiting)
        resume(x);
}

const char *endpoint_http_client(struct endpoint_http *h, uint64_t request)
{
    struct exchange key = {.request = request}, **found = tfind(&key, &h->exchanges, by_request);
    const union MHD_ConnectionInfo *info =
        found ? MHD_get_connection_info((*found)->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS) : NULL;

    if (!info || !info->client_addr)
        return NULL;
    socklen_t size = info->client_addr->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
    bool is_known = getnameinfo(info->client_addr, size, h->client, sizeof h->client, NULL, 0, NI_NUMERICHOST) == 0;
    return is_known ? h->client : NULL;
}

/* ---- requests ---- */

static const char *header(struct MHD_Connection *connection, const char *name)
{
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

static struct endpoint_admission *admission_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    return info ? info->socket_context : NULL;
}

void endpoint_http_on_connection(void *context, struct MHD_Connection *connection, void **of_connection,
                                 enum MHD_ConnectionNotificationCode what)
{
    struct listener *l = context;
    struct endpoint_admission *admission = NULL;

    (void)connection;
    l->http->connections += what == MHD_CONNECTION_NOTIFY_STARTED;
    if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
        endpoint_admission_free(*of_connection);
        *of_connection = NULL;
    } else if (endpoint_admission_new(&admission, &l->policy, NULL) == ICM_OK) {
        *of_connection = admission;
    }
}

/* TLS has done its part by the time of the first request */
static enum icm_code map_certificate(struct listener *l, struct exchange *x)
{
    char user[256];

    if (!l->maps_certificates || !endpoint_http_certificate_user(x->connection, user, sizeof user))
        return ICM_OK;
    return endpoint_admission_set_certificate_user(x->admission, user, NULL);
}

static struct exchange *begin_exchange(struct listener *l, struct MHD_Connection *connection, const char *path,
                                       const char *method)
{
    struct exchange *x = calloc(1, sizeof *x);
    const char *accepted = header(connection, "Accept-Encoding");

    if (!x)
        return NULL;
    x->listener = l;
    x->connection = connection;
    x->takes_gzip = l->http->has_gzip && accepted && strcasestr(accepted, "gzip");
    x->admission = admission_of(connection);
    x->head = (struct endpoint_head){
        .method = method,
        .path = path,
        .content_type = header(connection, "Content-Type"),
        .authorization = header(connection, "Authorization"),
        .identify = header(connection, "WSMANIDENTIFY"),
    };
    if (!x->admission || map_certificate(l, x) != ICM_OK) {
        free(x);
        return NULL;
    }
    x->refused = endpoint_admission_begin(x->admission, &x->head);
    return x;
}

/* A handshake that goes on is no refusal. */
static void log_refusal(const struct exchange *x)
{
    const char *why = endpoint_admission_why(x->admission);

    if (x->refused != 200 && (x->refused != 401 || endpoint_admission_closes(x->admission, 401)))
        endpoint_log("refused: %s %.200s: %u%s%s", x->head.method, x->head.path, x->refused, *why ? ": " : "", why);
}

/* A body that is too long, or whose sender was refused, is read all the same: who is still writing does not read. */
static enum MHD_Result take_piece(struct exchange *x, const char *bytes, size_t size)
{
    if (!x->refused && size > x->listener->http->body_max - x->body.size)
        x->refused = 413;
    if (!x->refused) {
        icm_buf_add(&x->body, icm_slice_of(bytes, size));
        return x->body.failed ? MHD_NO : MHD_YES;
    }
    icm_buf_reset(&x->body);
    x->discarded += size;
    return x->discarded > DISCARD_MAX ? MHD_NO : MHD_YES;
}

/* The whole request is there: ask for its answer, and wait where it does not come at once. */
static enum MHD_Result ask(struct exchange *x)
{
    struct endpoint_http *h = x->listener->http;

    x->request = ++h->last_request;
    if (!tsearch(x, &h->exchanges, by_request))
        return MHD_NO;
    x->state = EXCHANGE_ASKING;
    h->sink->request(h->up, x->request, endpoint_admission_user(x->admission), icm_buf_slice(&x->body));
    icm_buf_reset(&x->body);
    if (x->state == EXCHANGE_ANSWERED)
        return send_answer(x);
    x->state = EXCHANGE_WAITING;
    MHD_suspend_connection(x->connection);
    watch_for_hang_up(x);
    return MHD_YES;
}

enum MHD_Result endpoint_http_on_access(void *context, struct MHD_Connection *connection, const char *path,
                                        const char *method, const char *version, const char *bytes, size_t *size,
                                        void **of_request)
{
    struct exchange *x = *of_request;

    (void)version;
    if (!x) {
        x = *of_request = begin_exchange(context, connection, path, method);
        return x ? MHD_YES : MHD_NO;
    }
    if (*size > 0) {
        enum MHD_Result taken = take_piece(x, bytes, *size);
        *size = 0;
        return taken;
    }
    if (x->state == EXCHANGE_READING && !x->refused)
        x->refused = endpoint_admission_take(x->admission, &x->head, &x->body);
    if (x->state == EXCHANGE_READING)
        return x->refused ? refuse(x) : ask(x);
    return x->state == EXCHANGE_ANSWERED ? send_answer(x) : MHD_NO;
}

void endpoint_http_on_completed(void *context, struct MHD_Connection *connection, void **of_request,
                                enum MHD_RequestTerminationCode why)
{
    struct listener *l = context;
    struct endpoint_http *h = l->http;
    struct exchange *x = *of_request;

    (void)connection;
    if (!x)
        return;
    *of_request = NULL;
    stop_watching(x);
    if (x->request) {
        tdelete(x, &h->exchanges, by_request);
        bool is_answered = x->state == EXCHANGE_SENDING || x->state == EXCHANGE_ANSWERED;
        if (is_answered)
            h->sink->taken(h->up, x->request, why == MHD_REQUEST_TERMINATED_COMPLETED_OK);
        else if (x->state != EXCHANGE_GONE)
            h->sink->hung_up(h->up, x->request);
    }
    icm_buf_reset(&x->body);
    icm_buf_reset(&x->answer);
    free(x);
}

/* ---- life ---- */

enum icm_code endpoint_http_attach(struct listener *l, struct icm_error *err)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(l->daemon, MHD_DAEMON_INFO_EPOLL_FD);

    l->poll = calloc(1, sizeof *l->poll);
    l->timer = calloc(1, sizeof *l->timer);
    if (!info || !l->poll || !l->timer || uv_poll_init(l->http->loop, l->poll, info->epoll_fd) != 0) {
        free(l->poll);
        free(l->timer);
        l->poll = NULL;
        l->timer = NULL;
        return icm_nomem(err);
    }
    uv_timer_init(l->http->loop, l->timer);
    l->poll->data = l->timer->data = l;
    uv_poll_start(l->poll, UV_READABLE, on_daemon_ready);
    schedule(l);
    return ICM_OK;
}

enum icm_code endpoint_http_new(struct endpoint_http **out, struct uv_loop_s *loop,
                                const struct endpoint_http_options *options, const struct endpoint_http_sink *sink,
                                void *up, struct icm_error *err)
{
    struct endpoint_http *h = calloc(1, sizeof *h);

    if (!h)
        return icm_nomem(err);
    h->loop = loop;
    h->sink = sink;
    h->up = up;
    h->body_max = options->body_max;
    h->has_gzip = options->options->gzip;
    enum icm_code code = endpoint_http_listen(h, options, err);
    if (code != ICM_OK) {
        endpoint_http_free(h);
        return code;
    }
    *out = h;
    return ICM_OK;
}

uint64_t endpoint_http_logons(const struct endpoint_http *h)
{
    return h->logons;
}

uint64_t endpoint_http_connections(const struct endpoint_http *h)
{
    return h->connections;
}

/* MHD stops only when none of its connections is suspended. */
static void let_go(const void *node, VISIT order, int depth)
{
    struct exchange *x = *(struct exchange *const *)node;

    (void)depth;
    if ((order != preorder && order != leaf) || x->state != EXCHANGE_WAITING)
        return;
    x->state = EXCHANGE_GONE;
    stop_watching(x);
    MHD_resume_connection(x->connection);
}

void endpoint_http_free(struct endpoint_http *h)
{
    if (!h)
        return;
    twalk(h->exchanges, let_go);
    for (size_t i = 0; i < h->listener_count; i++) {
        struct listener *l = &h->listeners[i];

        MHD_run(l->daemon); /* takes note of what was resumed */
        if (l->poll)
            uv_close((uv_handle_t *)l->poll, free_handle);
        if (l->timer)
            uv_close((uv_handle_t *)l->timer, free_handle);
        MHD_stop_daemon(l->daemon);
    }
    auth_digest_nonces_free(h->nonces);
    icm_buf_reset(&h->cert);
    icm_buf_reset(&h->key);
    icm_buf_reset(&h->client_ca);
    icm_buf_reset(&h->binding);
    free(h);
}
