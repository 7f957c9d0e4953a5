#include "cli/endpoint_http.h"

#include "cli/endpoint_gzip.h"
#include "cli/endpoint_log.h"
#include "cli/file.h"
#include "wsman/http.h"
#include "wsman/names.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <uv.h>

enum {
    CONNECTION_MEMORY = 128 * 1024, /* a header of over 32 KB (a Kerberos ticket with many groups) has to fit */
    CONNECTION_TIMEOUT_S = 300,     /* of one that is idle; suspended ones are not counted */
    CONNECTIONS_MAX = 8192,
    PEM_MAX = 1024 * 1024,
    DISCARD_MAX = 64 * 1024 * 1024, /* a refused request's body is read up to here, so that its client reads the answer */
    GZIP_MIN = 1024,
};

/* One MHD daemon: one address. */
struct listener {
    struct endpoint_http *http;
    struct endpoint_gate gate;
    struct MHD_Daemon *daemon;
    char host[ENDPOINT_HOST_MAX + 1];
    bool is_tls;
    uv_poll_t *poll;
    uv_timer_t *timer;
};

struct endpoint_http {
    uv_loop_t *loop;
    struct listener listeners[ENDPOINT_LISTENERS_MAX];
    size_t listener_count;
    const struct endpoint_http_sink *sink;
    void *up;
    size_t body_max;
    bool has_gzip;
    uint64_t last_request;
    void *exchanges; /* search tree by request number */
};

/* One request on its connection, from its head to the end of its answer. */
struct exchange {
    uint64_t request; /* 0: not given up yet, or refused */
    struct listener *listener;
    struct MHD_Connection *connection;
    char user[ENDPOINT_USER_MAX + 1];
    unsigned refused; /* the status to refuse it with, once its body has passed */
    bool takes_gzip;
    struct icm_buf body;
    size_t discarded;
    enum { EXCHANGE_READING, EXCHANGE_ASKING, EXCHANGE_WAITING, EXCHANGE_ANSWERED, EXCHANGE_SENDING, EXCHANGE_GONE } state;
    uv_poll_t *watch; /* while it waits: for a client that hangs up */
    unsigned status;
    struct icm_buf answer;
    size_t cut_at; /* bytes of the answer after which the connection closes */
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

static void run(struct listener *l)
{
    MHD_run(l->daemon);
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

static void add_headers(struct exchange *x, struct MHD_Response *response)
{
    MHD_add_response_header(response, "Server", "Microsoft-HTTPAPI/2.0");
    if (x->answer.size > 0)
        MHD_add_response_header(response, "Content-Type", WSMAN_CONTENT_TYPE);
    if (x->status == 405)
        MHD_add_response_header(response, "Allow", "POST");
    if (x->status == 401) { /* Windows closes the connection after a 401; windows-quirks.md */
        MHD_add_response_header(response, "WWW-Authenticate", "Basic realm=\"WSMAN\"");
        MHD_add_response_header(response, "Connection", "close");
    }
}

static enum MHD_Result send_answer(struct exchange *x)
{
    bool packs = x->takes_gzip && !x->is_cut && x->answer.size >= GZIP_MIN && endpoint_gzip(&x->answer, NULL) == ICM_OK;
    struct MHD_Response *response = make_response(x);

    if (!response)
        return MHD_NO;
    add_headers(x, response);
    if (packs)
        MHD_add_response_header(response, "Content-Encoding", "gzip");
    x->state = EXCHANGE_SENDING;
    enum MHD_Result queued = MHD_queue_response(x->connection, x->status, response);
    MHD_destroy_response(response);
    return queued;
}

static enum MHD_Result refuse(struct exchange *x)
{
    x->status = x->refused;
    return send_answer(x);
}

static void apply_fault(struct exchange *x, const struct endpoint_fault *fault)
{
    if (fault && fault->kind == ENDPOINT_FAULT_CUT && fault->argument < x->answer.size) {
        x->is_cut = true;
        x->cut_at = fault->argument;
    }
    if (fault && fault->kind == ENDPOINT_FAULT_GARBLE && fault->argument < x->answer.size)
        x->answer.data[fault->argument] ^= 0x1f;
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
    apply_fault(x, fault);
    if (was_waiting)
        resume(x);
}

/* ---- requests ---- */

static const char *header(struct MHD_Connection *connection, const char *name)
{
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

static struct exchange *begin_exchange(struct listener *l, struct MHD_Connection *connection, const char *path,
                                       const char *method)
{
    struct exchange *x = calloc(1, sizeof *x);
    struct endpoint_head head = {
        .method = method,
        .path = path,
        .content_type = header(connection, "Content-Type"),
        .authorization = header(connection, "Authorization"),
        .identify = header(connection, "WSMANIDENTIFY"),
    };
    const char *accepted = header(connection, "Accept-Encoding");

    if (!x)
        return NULL;
    x->listener = l;
    x->connection = connection;
    x->takes_gzip = l->http->has_gzip && accepted && strcasestr(accepted, "gzip");
    x->refused = endpoint_gate_judge(&l->gate, &head, x->user);
    if (x->refused)
        endpoint_log("refused: %s %.200s: %u", method, path, x->refused);
    return x;
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
    h->sink->request(h->up, x->request, x->user, icm_buf_slice(&x->body));
    icm_buf_reset(&x->body);
    if (x->state == EXCHANGE_ANSWERED)
        return send_answer(x);
    x->state = EXCHANGE_WAITING;
    MHD_suspend_connection(x->connection);
    watch_for_hang_up(x);
    return MHD_YES;
}

static enum MHD_Result on_access(void *context, struct MHD_Connection *connection, const char *path, const char *method,
                                 const char *version, const char *bytes, size_t *size, void **of_request)
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
    if (x->state == EXCHANGE_READING)
        return x->refused ? refuse(x) : ask(x);
    return x->state == EXCHANGE_ANSWERED ? send_answer(x) : MHD_NO;
}

static void on_completed(void *context, struct MHD_Connection *connection, void **of_request,
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

static enum icm_code read_pem(const char *path, struct icm_buf *out, struct icm_error *err)
{
    enum icm_code code = path ? cli_file_read(path, PEM_MAX, "the certificate or key", out, err) : ICM_OK;

    icm_buf_text(out);
    return code;
}

static bool socket_address(const struct endpoint_address *a, struct sockaddr_storage *out)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE}, *found = NULL;
    char port[8];

    snprintf(port, sizeof port, "%u", a->port);
    if (getaddrinfo(a->host, port, &hints, &found) != 0)
        return false;
    memcpy(out, found->ai_addr, found->ai_addrlen);
    freeaddrinfo(found);
    return true;
}

static struct MHD_Daemon *start_daemon(struct listener *l, const struct endpoint_address *a,
                                       const struct sockaddr_storage *address, const char *cert, const char *key)
{
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)cert},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)key},
        {MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t) "NORMAL:-VERS-TLS1.0:-VERS-TLS1.1"},
        {MHD_OPTION_END, 0, NULL},
    };
    struct MHD_OptionItem none[] = {{MHD_OPTION_END, 0, NULL}};
    unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | (a->is_tls ? MHD_USE_TLS : 0) |
                     (address->ss_family == AF_INET6 ? MHD_USE_IPv6 : 0);

    return MHD_start_daemon(flags, a->port, NULL, NULL, on_access, l, MHD_OPTION_SOCK_ADDR,
                            (const struct sockaddr *)address, MHD_OPTION_NOTIFY_COMPLETED, on_completed, l,
                            MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY, MHD_OPTION_CONNECTION_TIMEOUT,
                            (unsigned)CONNECTION_TIMEOUT_S, MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
                            MHD_OPTION_LISTENING_ADDRESS_REUSE, 1u, MHD_OPTION_ARRAY, a->is_tls ? tls : none,
                            MHD_OPTION_END);
}

static enum icm_code attach_to_loop(struct listener *l, uv_loop_t *loop, struct icm_error *err)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(l->daemon, MHD_DAEMON_INFO_EPOLL_FD);

    l->poll = calloc(1, sizeof *l->poll);
    l->timer = calloc(1, sizeof *l->timer);
    if (!info || !l->poll || !l->timer || uv_poll_init(loop, l->poll, info->epoll_fd) != 0) {
        free(l->poll);
        free(l->timer);
        l->poll = NULL;
        l->timer = NULL;
        return icm_nomem(err);
    }
    uv_timer_init(loop, l->timer);
    l->poll->data = l->timer->data = l;
    uv_poll_start(l->poll, UV_READABLE, on_daemon_ready);
    schedule(l);
    return ICM_OK;
}

static enum icm_code listen_on(struct endpoint_http *h, const struct endpoint_address *a,
                               const struct endpoint_http_options *o, const char *cert, const char *key,
                               struct icm_error *err)
{
    struct listener *l = &h->listeners[h->listener_count];
    struct sockaddr_storage address;
    bool is_loopback = wsman_host_is_loopback(a->host);

    if (!socket_address(a, &address))
        return icm_fail(err, ICM_USAGE, NULL, "'%s' is no address of this machine", a->host);
    *l = (struct listener){.http = h, .is_tls = a->is_tls};
    snprintf(l->host, sizeof l->host, "%s", a->host);
    l->gate = (struct endpoint_gate){.accounts = o->accounts,
                                     .account_count = o->account_count,
                                     .takes_passwords = a->is_tls || is_loopback || o->options->allow_unencrypted};
    l->daemon = start_daemon(l, a, &address, cert, key);
    if (!l->daemon)
        return icm_fail(err, ICM_IO, NULL, "cannot listen on %s:%u%s", a->host, a->port,
                        a->is_tls ? " (the address may be taken, or certificate and key do not fit)"
                                  : " (the address may be taken)");
    h->listener_count++;
    if (!is_loopback)
        endpoint_log("warning: %s is not a loopback address: other computers can reach this endpoint", a->host);
    return attach_to_loop(l, h->loop, err);
}

static enum icm_code listen_on_all(struct endpoint_http *h, const struct endpoint_http_options *o, struct icm_error *err)
{
    ICM_OWN(icm_buf_reset) struct icm_buf cert = {0}, key = {0};
    enum icm_code code = read_pem(o->options->cert, &cert, err);

    if (code == ICM_OK)
        code = read_pem(o->options->key, &key, err);
    for (size_t i = 0; code == ICM_OK && i < o->options->listener_count; i++)
        code = listen_on(h, &o->options->listeners[i], o, icm_buf_text(&cert), icm_buf_text(&key), err);
    return code;
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
    enum icm_code code = listen_on_all(h, options, err);
    if (code != ICM_OK) {
        endpoint_http_free(h);
        return code;
    }
    *out = h;
    return ICM_OK;
}

bool endpoint_http_uri(const struct endpoint_http *h, size_t index, struct icm_buf *out)
{
    if (index >= h->listener_count)
        return false;
    const struct listener *l = &h->listeners[index];
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(l->daemon, MHD_DAEMON_INFO_BIND_PORT);
    bool is_ipv6 = strchr(l->host, ':') != NULL;

    icm_buf_add_format(out, "%s://%s%s%s:%u/wsman", l->is_tls ? "https" : "http", is_ipv6 ? "[" : "", l->host,
                       is_ipv6 ? "]" : "", info ? info->port : 0);
    return true;
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
    free(h);
}
