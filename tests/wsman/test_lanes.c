/* Lanes over real sockets, against a server that this file is: NTLM in earnest, sealed, with its acceptor on the other side, and a toy whose
 * steps wait. The server does to one of its answers what a row has it do. */
#include "tests/wsman/peers.h"
#include "tests/wsman/toy_seal.h"
#include "wsman/challenge.h"
#include "wsman/http_state.h"
#include "wsman/seal.h"

#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>
#include <uv.h>

enum { PLAIN_MAX = 1 << 20, CONNECTIONS_MAX = 16, EXCHANGES = 2 };

enum fault {
    NO_FAULT,
    CLEAR,          /* the envelope in clear, status 200 */
    CLEAR_FAULT,    /* ... and 500 */
    CLEAR_PAGE,     /* 503 and a page */
    LONG_PAGE,      /* ... of a megabyte */
    TAMPERED,       /* one bit of the sealed answer */
    TWICE,          /* the sealed answer, and another one behind it */
    FORGETS,        /* 401 in place of the answer, and the connection is closed */
    FORGETS_ALWAYS, /* the same to every body */
    CUTS,           /* the connection is closed in place of the answer */
    CUTS_BEHIND,    /* ... and behind it */
    CUTS_LOGON,     /* ... in place of the answer to the first token */
    OFFERS_BASIC,   /* 401 with Basic in place of the answer to the first token */
    ACCEPTS_ALL,    /* 200 in place of the answer to the first token */
    SAYS_BASIC,     /* the body gets a 401 that offers Basic */
};

/* ---- the toy whose steps wait ---- */

static sem_t gate; /* each step of the client's takes one */
static sem_t passed;

static enum icm_code wait_and_speak(struct auth_context *c, struct icm_slice in, struct icm_buf *out, struct icm_error *err)
{
    (void)c, (void)err;
    while (sem_wait(&gate) != 0)
        ;
    sem_post(&passed);
    if (in.size > 0)
        return ICM_OK;
    icm_buf_add_text(out, "c1");
    return ICM_AGAIN;
}

static enum icm_code listen_and_answer(struct auth_context *c, struct icm_slice in, struct icm_buf *out, struct icm_error *err)
{
    if (!icm_slice_is(in, "c1"))
        return icm_fail(err, ICM_DENIED, NULL, "another token");
    icm_set_text(&c->user, "tester");
    icm_buf_add_text(out, "s1");
    return ICM_OK;
}

static const struct auth_ops waiting_ops = {
    .step = wait_and_speak, .wrap = toy_plain_wrap, .unwrap = toy_plain_unwrap, .free = toy_free};
static const struct auth_ops listening_ops = {
    .step = listen_and_answer, .wrap = toy_plain_wrap, .unwrap = toy_plain_unwrap, .free = toy_free};

static enum icm_code context_new(struct auth_context **out, const struct auth_ops *ops)
{
    struct toy_seal *t = calloc(1, sizeof *t);

    if (!t)
        abort();
    t->context.ops = ops;
    *out = &t->context;
    return ICM_OK;
}

static enum icm_code waiting_new(struct auth_context **out, const struct auth_initiator_options *o, struct icm_error *err)
{
    (void)o, (void)err;
    return context_new(out, &waiting_ops);
}

static enum icm_code listening_new(struct auth_context **out, const struct auth_acceptor_options *o, struct icm_error *err)
{
    (void)o, (void)err;
    return context_new(out, &listening_ops);
}

static const struct auth_mechanism waits = {
    .name = "Waits",
    .scheme = "Negotiate",
    .traits = AUTH_SEALS | AUTH_MAY_WAIT,
    .protocol = "application/HTTP-SPNEGO-session-encrypted",
    .initiator_new = waiting_new,
    .acceptor_new = listening_new,
};

/* ---- the server ---- */

struct connection {
    struct server *server;
    uv_tcp_t tcp;
    struct icm_buf in;
    struct auth_context *auth;
    bool is_established, is_closing;
};

struct server {
    uv_loop_t *loop;
    uv_tcp_t tcp;
    unsigned port;
    const struct auth_mechanism *mechanism;
    struct auth_acceptor_options options;
    struct auth_credential account;
    enum fault fault;
    unsigned at_body; /* the fault is for the answer to this one, from 1 */
    struct peers peers;
    struct wsman_unsealer *unsealer;
    struct connection *connections[CONNECTIONS_MAX];
    unsigned connection_count, empties, bodies, clear_bytes; /* what came */
};

static void on_written(uv_write_t *write, int status)
{
    (void)status;
    free(write->data);
    free(write);
}

static void hang_up(struct connection *c)
{
    if (!c->is_closing)
        uv_close((uv_handle_t *)&c->tcp, NULL);
    c->is_closing = true;
}

static void reply(struct connection *c, unsigned status, const char *headers, struct icm_slice body)
{
    struct icm_buf out = {0};
    uv_write_t *write = calloc(1, sizeof *write);

    icm_buf_add_format(&out, "HTTP/1.1 %u \r\n%sContent-Length: %zu\r\n\r\n", status, headers, body.size);
    icm_buf_add(&out, body);
    assert_non_null(write);
    write->data = out.data;
    uv_buf_t bytes = uv_buf_init((char *)out.data, (unsigned)out.size);
    assert_int_equal(uv_write(write, (uv_stream_t *)&c->tcp, &bytes, 1, on_written), 0);
}

static void reply_token(struct connection *c, unsigned status, struct icm_slice token)
{
    struct icm_buf header = {0};

    icm_buf_add_format(&header, "WWW-Authenticate: %s ", c->server->mechanism->scheme);
    icm_base64_write(&header, token);
    icm_buf_add_text(&header, "\r\n");
    reply(c, status, icm_buf_text(&header), icm_slice_of(NULL, 0));
    icm_buf_reset(&header);
}

static void deny(struct connection *c)
{
    struct icm_buf header = {0};

    icm_buf_add_format(&header, "WWW-Authenticate: %s\r\nConnection: close\r\n", c->server->mechanism->scheme);
    reply(c, 401, icm_buf_text(&header), icm_slice_of(NULL, 0));
    icm_buf_reset(&header);
    c->is_established = false;
}

static void on_token(struct connection *c, struct icm_slice authorization)
{
    struct server *s = c->server;
    struct icm_buf text = {0}, token = {0}, ours = {0};
    enum icm_code code;

    s->empties++;
    if (s->fault == CUTS_LOGON || s->fault == OFFERS_BASIC || s->fault == ACCEPTS_ALL) {
        if (s->fault == CUTS_LOGON)
            hang_up(c);
        else if (s->fault == OFFERS_BASIC)
            reply(c, 401, "WWW-Authenticate: Basic realm=\"WSMAN\"\r\n", icm_slice_of(NULL, 0));
        else
            reply(c, 200, "", icm_slice_of(NULL, 0));
        return;
    }
    assert_true(wsman_challenge_find(authorization, s->mechanism->scheme, &text));
    assert_int_equal(icm_base64_read(icm_buf_slice(&text), &token, NULL), ICM_OK);
    if (!c->auth)
        assert_int_equal(auth_acceptor_new(&c->auth, s->mechanism, &s->options, NULL), ICM_OK);
    code = auth_step(c->auth, icm_buf_slice(&token), &ours, NULL);
    c->is_established = code == ICM_OK;
    if (code == ICM_AGAIN)
        reply_token(c, 401, icm_buf_slice(&ours));
    else if (code != ICM_OK)
        deny(c);
    else if (ours.size > 0)
        reply_token(c, 200, icm_buf_slice(&ours));
    else
        reply(c, 200, "", icm_slice_of(NULL, 0));
    icm_buf_reset(&text);
    icm_buf_reset(&token);
    icm_buf_reset(&ours);
}

/* what the request asks for, in clear */
static void open_body(struct connection *c, const char *content_type, struct icm_slice body, struct icm_buf *envelope)
{
    struct server *s = c->server;
    size_t taken;
    bool ended;

    assert_int_equal(wsman_unsealer_restart(s->unsealer, c->auth, content_type, PLAIN_MAX, NULL), ICM_OK);
    assert_int_equal(wsman_unsealer_feed(s->unsealer, body, &taken, &ended, envelope, NULL), ICM_OK);
    assert_true(ended);
}

static void answer(struct connection *c, struct icm_slice envelope, enum fault fault)
{
    static const char soap[] = "Content-Type: application/soap+xml;charset=UTF-8\r\n";
    struct icm_buf sealed = {0}, type = {0}, header = {0};

    if (fault == CLEAR || fault == CLEAR_FAULT) {
        reply(c, fault == CLEAR ? 200 : 500, soap, envelope);
        return;
    }
    if (fault == CLEAR_PAGE) {
        reply(c, 503, "Content-Type: text/html\r\n", icm_slice_text("<html>busy</html>"));
        return;
    }
    if (fault == LONG_PAGE) {
        memset(icm_buf_room(&sealed, PLAIN_MAX), ' ', PLAIN_MAX);
        reply(c, 503, "Content-Type: text/html\r\n", icm_slice_of(sealed.data, PLAIN_MAX));
        icm_buf_reset(&sealed);
        return;
    }
    assert_int_equal(wsman_seal(c->auth, envelope, &sealed, &type, NULL), ICM_OK);
    if (fault == TWICE) {
        icm_buf_clear(&type);
        assert_int_equal(wsman_seal(c->auth, envelope, &sealed, &type, NULL), ICM_OK);
    }
    if (fault == TAMPERED)
        sealed.data[sealed.size - 40] ^= 1;
    icm_buf_add_format(&header, "Content-Type: %s\r\n", icm_buf_text(&type));
    reply(c, 200, icm_buf_text(&header), icm_buf_slice(&sealed));
    icm_buf_reset(&sealed);
    icm_buf_reset(&type);
    icm_buf_reset(&header);
}

static void on_shut(uv_shutdown_t *shutdown, int status)
{
    (void)status;
    free(shutdown);
}

static void on_body(struct connection *c, const char *content_type, struct icm_slice body)
{
    struct server *s = c->server;
    struct wsman_answer said;
    struct icm_buf envelope = {0};
    enum fault fault = ++s->bodies == s->at_body || s->fault == FORGETS_ALWAYS ? s->fault : NO_FAULT;

    s->clear_bytes += memmem(body.data, body.size, "Envelope", 8) != NULL;
    if (!c->is_established || fault == FORGETS || fault == FORGETS_ALWAYS) {
        deny(c);
        return;
    }
    if (fault == SAYS_BASIC) {
        reply(c, 401, "WWW-Authenticate: Basic realm=\"WSMAN\"\r\n", icm_slice_of(NULL, 0));
        return;
    }
    if (fault == CUTS) {
        hang_up(c);
        return;
    }
    open_body(c, content_type, body, &envelope);
    peers_post(&s->peers, "tester", icm_buf_slice(&envelope));
    assert_int_equal(wsman_service_next_answer(s->peers.service, &said, NULL), ICM_OK);
    answer(c, icm_buf_slice(&said.body), fault);
    icm_buf_reset(&said.body);
    icm_buf_reset(&envelope);
    if (fault == CUTS_BEHIND) {
        uv_shutdown_t *shutdown = calloc(1, sizeof *shutdown);
        assert_non_null(shutdown);
        uv_shutdown(shutdown, (uv_stream_t *)&c->tcp, on_shut);
    }
}

/* the value of a header of @head; "" where there is none */
static void header_of(const char *head, const char *name, char *out, size_t size)
{
    const char *at = strcasestr(head, name);

    *out = '\0';
    if (!at)
        return;
    at += strlen(name);
    at += strspn(at, " ");
    snprintf(out, size, "%.*s", (int)strcspn(at, "\r\n"), at);
}

static bool take_request(struct connection *c)
{
    char head[16384], size_text[32], content_type[256], authorization[8192];
    const uint8_t *end = c->in.size > 0 ? memmem(c->in.data, c->in.size, "\r\n\r\n", 4) : NULL;

    if (!end)
        return false;
    size_t head_size = (size_t)(end - c->in.data) + 4;
    assert_true(head_size < sizeof head);
    memcpy(head, c->in.data, head_size);
    head[head_size] = '\0';
    header_of(head, "Content-Length:", size_text, sizeof size_text);
    header_of(head, "Content-Type:", content_type, sizeof content_type);
    header_of(head, "Authorization:", authorization, sizeof authorization);
    size_t body_size = strtoul(size_text, NULL, 10);
    if (c->in.size < head_size + body_size)
        return false;
    if (body_size == 0)
        on_token(c, icm_slice_text(authorization));
    else
        on_body(c, content_type, icm_slice_of(c->in.data + head_size, body_size));
    icm_buf_drop(&c->in, head_size + body_size);
    return true;
}

static void on_allocate(uv_handle_t *handle, size_t size, uv_buf_t *out)
{
    (void)handle;
    *out = uv_buf_init(malloc(size), (unsigned)size);
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *bytes)
{
    struct connection *c = stream->data;

    if (size > 0)
        icm_buf_add(&c->in, icm_slice_of(bytes->base, (size_t)size));
    free(bytes->base);
    if (size < 0)
        hang_up(c);
    while (size > 0 && !c->is_closing && take_request(c))
        ;
}

static void on_connection(uv_stream_t *stream, int status)
{
    struct server *s = stream->data;
    struct connection *c = calloc(1, sizeof *c);

    assert_int_equal(status, 0);
    assert_non_null(c);
    assert_true(s->connection_count < CONNECTIONS_MAX);
    c->server = s;
    c->tcp.data = c;
    s->connections[s->connection_count++] = c;
    uv_tcp_init(s->loop, &c->tcp);
    assert_int_equal(uv_accept(stream, (uv_stream_t *)&c->tcp), 0);
    c->tcp.data = c;
    uv_read_start((uv_stream_t *)&c->tcp, on_allocate, on_read);
}

static void server_start(struct server *s, uv_loop_t *loop, const struct auth_mechanism *mechanism)
{
    struct sockaddr_in address;
    int size = sizeof address;

    s->loop = loop;
    s->mechanism = mechanism;
    s->account.user = strdup("tester");
    icm_buf_add_text(&s->account.password, "Secret 1");
    s->options = (struct auth_acceptor_options){
        .accounts = &s->account, .account_count = 1, .computer = "SRV1", .needs_sealing = true};
    peers_init(&s->peers);
    assert_int_equal(wsman_unsealer_new(&s->unsealer, NULL), ICM_OK);
    uv_tcp_init(loop, &s->tcp);
    s->tcp.data = s;
    uv_ip4_addr("127.0.0.1", 0, &address);
    assert_int_equal(uv_tcp_bind(&s->tcp, (struct sockaddr *)&address, 0), 0);
    assert_int_equal(uv_listen((uv_stream_t *)&s->tcp, 8, on_connection), 0);
    uv_tcp_getsockname(&s->tcp, (struct sockaddr *)&address, &size);
    s->port = ntohs(address.sin_port);
}

static void server_stop(struct server *s)
{
    uv_close((uv_handle_t *)&s->tcp, NULL);
    for (unsigned i = 0; i < s->connection_count; i++)
        hang_up(s->connections[i]);
}

static void server_reset(struct server *s)
{
    for (unsigned i = 0; i < s->connection_count; i++) {
        auth_context_free(s->connections[i]->auth);
        icm_buf_reset(&s->connections[i]->in);
        free(s->connections[i]);
    }
    peers_reset(&s->peers);
    wsman_unsealer_free(s->unsealer);
    auth_credential_reset(&s->account);
}

/* ---- the client ---- */

struct client {
    uv_loop_t loop;
    struct server server;
    struct wsman_http *http;
    struct wsman_lane *lane;
    struct auth_credential credential;
    unsigned done;
    enum icm_code code;
    unsigned status;
    char text[400];
    char body[200];
};

static void on_done(void *context, const struct wsman_exchange *exchange)
{
    struct client *c = context;

    uv_stop(&c->loop); /* it may come from a timer, behind which the loop would still wait for sockets */
    c->done++;
    c->code = exchange->code;
    c->status = exchange->status;
    snprintf(c->text, sizeof c->text, "%s", exchange->code != ICM_OK ? exchange->err->text : "");
    snprintf(c->body, sizeof c->body, "%.*s", (int)(exchange->body.size < 100 ? exchange->body.size : 100),
             exchange->body.size > 0 ? (const char *)exchange->body.data : "");
    if (exchange->code == ICM_OK)
        assert_true(icm_slice_is(exchange->reply->product_vendor, "icm"));
}

static void client_start(struct client *c, const struct auth_mechanism *mechanism, const char *password)
{
    char url[64];

    uv_loop_init(&c->loop);
    server_start(&c->server, &c->loop, mechanism);
    c->credential.user = strdup("tester");
    icm_buf_add_text(&c->credential.password, password);
    snprintf(url, sizeof url, "http://127.0.0.1:%u/wsman", c->server.port);
    struct wsman_target target = {.url = url, .computer = "srv1", .mechanism = mechanism, .credential = &c->credential};
    assert_int_equal(wsman_http_new(&c->http, &c->loop, NULL), ICM_OK);
    assert_int_equal(wsman_lane_new(&c->lane, c->http, &target, on_done, c, NULL), ICM_OK);
    wsman_lane_keep_body(c->lane, true);
    auth_credential_reset(&c->credential); /* the lane has a copy */
}

static void client_stop(struct client *c)
{
    wsman_lane_free(c->lane);
    wsman_http_free(c->http);
    server_stop(&c->server);
    uv_run(&c->loop, UV_RUN_DEFAULT);
    server_reset(&c->server);
    assert_int_equal(uv_loop_close(&c->loop), 0);
}

static void post(struct client *c, enum wsman_operation operation)
{
    struct wsman_request request;

    assert_int_equal(wsman_shell_identify(c->server.peers.shell, &request, NULL), ICM_OK);
    request.operation = operation; /* what may be sent twice is decided by this */
    assert_int_equal(wsman_lane_post(c->lane, &request, NULL), ICM_OK);
}

static void run_until_done(struct client *c, unsigned count)
{
    while (c->done < count)
        uv_run(&c->loop, UV_RUN_ONCE);
}

static const struct {
    const char *name;
    enum fault fault;
    unsigned at_body;
    const char *password;
    enum wsman_operation operation; /* of the second exchange */
    enum icm_code codes[EXCHANGES];
    const char *text; /* in what the failed one says */
    unsigned connections, empties, bodies;
} cases[] = {
    {"sealed, one logon for two requests", NO_FAULT, 0, "Secret 1", WSMAN_COMMAND, {ICM_OK, ICM_OK}, "", 1, 2, 2},
    {"a wrong password", NO_FAULT, 0, "wrong", WSMAN_COMMAND, {ICM_DENIED, ICM_DENIED}, "did not accept", 2, 4, 0},
    {"an answer in clear", CLEAR, 2, "Secret 1", WSMAN_COMMAND, {ICM_OK, ICM_DENIED}, "in clear", 1, 2, 2},
    {"a fault in clear", CLEAR_FAULT, 2, "Secret 1", WSMAN_COMMAND, {ICM_OK, ICM_DENIED}, "in clear", 1, 2, 2},
    {"a page in clear says no more than its status", CLEAR_PAGE, 2, "Secret 1", WSMAN_COMMAND, {ICM_OK, ICM_IO}, "503", 1, 2, 2},
    {"a page that does not end", LONG_PAGE, 2, "Secret 1", WSMAN_COMMAND, {ICM_OK, ICM_LIMIT}, "a page of more than", 1, 2, 2},
    {"a changed answer", TAMPERED, 2, "Secret 1", WSMAN_COMMAND, {ICM_OK, ICM_DENIED}, "", 1, 2, 2},
    {"two answers in one", TWICE, 2, "Secret 1", WSMAN_COMMAND, {ICM_OK, ICM_SYNTAX}, "a second message", 1, 2, 2},
    {"forgotten: logs on anew and sends again", FORGETS, 2, "Secret 1", WSMAN_COMMAND, {ICM_OK, ICM_OK}, "", 2, 4, 3},
    {"forgotten at once", FORGETS, 1, "Secret 1", WSMAN_COMMAND, {ICM_OK, ICM_OK}, "", 2, 4, 3},
    {"forgotten again and again", FORGETS_ALWAYS, 0, "Secret 1", WSMAN_COMMAND, {ICM_DENIED, ICM_DENIED}, "forgets each logon", 4, 8, 4},
    {"cut while idle: nothing is lost", CUTS_BEHIND, 1, "Secret 1", WSMAN_COMMAND, {ICM_OK, ICM_OK}, "", 2, 4, 2},
    /* curl connects once more before we can say no */
    {"cut under way: output is asked for again", CUTS, 2, "Secret 1", WSMAN_RECEIVE, {ICM_OK, ICM_OK}, "", 3, 4, 3},
    {"cut under way: a command is not run twice", CUTS, 2, "Secret 1", WSMAN_COMMAND, {ICM_OK, ICM_IO}, "not sent again", 2, 2, 2},
    {"cut in the logon", CUTS_LOGON, 0, "Secret 1", WSMAN_COMMAND, {ICM_IO, ICM_IO}, "without an answer", 2, 2, 0},
    {"answered with Basic", OFFERS_BASIC, 0, "Secret 1", WSMAN_COMMAND, {ICM_DENIED, ICM_DENIED}, "it offers Basic", 2, 2, 0},
    {"accepted without a logon", ACCEPTS_ALL, 0, "Secret 1", WSMAN_COMMAND, {ICM_DENIED, ICM_DENIED}, "without having shown", 2, 2, 0},
    {"a body answered with Basic", SAYS_BASIC, 2, "Secret 1", WSMAN_COMMAND, {ICM_OK, ICM_OK}, "", 2, 4, 3},
};

static void exchanges(void **state)
{
    size_t i = (size_t)*state;
    struct client c = {0};

    client_start(&c, auth_mechanism_find("Ntlm"), cases[i].password);
    c.server.fault = cases[i].fault;
    c.server.at_body = cases[i].at_body;
    for (unsigned n = 0; n < EXCHANGES; n++) {
        post(&c, n == 0 ? WSMAN_IDENTIFY : cases[i].operation);
        run_until_done(&c, n + 1);
        if (c.code != cases[i].codes[n])
            fail_msg("exchange %u: %s, expected %s: %s", n + 1, icm_code_name(c.code), icm_code_name(cases[i].codes[n]), c.text);
        if (c.code == ICM_OK)
            assert_non_null(strstr(c.body, "Envelope")); /* the wire log gets what was sealed */
        else if (!strstr(c.text, cases[i].text))
            fail_msg("exchange %u says: %s", n + 1, c.text);
    }
    assert_int_equal(c.server.clear_bytes, 0);
    assert_int_equal(c.server.connection_count, cases[i].connections);
    assert_int_equal(c.server.empties, cases[i].empties);
    assert_int_equal(c.server.bodies, cases[i].bodies);
    client_stop(&c);
}

/* ---- steps that wait ---- */

static void open_gate(unsigned steps)
{
    while (steps-- > 0)
        sem_post(&gate);
}

/* Each test waits for all of its steps: what one leaves at the gate would go through it in the place of the next one's. */
static void let_pass(unsigned steps)
{
    while (steps-- > 0)
        while (sem_wait(&passed) != 0)
            ;
}

static void waits_elsewhere(void **state)
{
    struct client c = {0};

    (void)state;
    client_start(&c, &waits, "");
    post(&c, WSMAN_IDENTIFY);
    for (int i = 0; i < 10; i++)
        uv_run(&c.loop, UV_RUN_NOWAIT); /* the loop goes on meanwhile */
    assert_int_equal(c.server.connection_count, 0);
    open_gate(2);
    run_until_done(&c, 1);
    assert_int_equal(c.code, ICM_OK);
    assert_int_equal(c.server.empties, 1);
    let_pass(2);
    client_stop(&c);
}

/* Nobody waits for the step any more: the lane is at once free for the next request, or gone; the step ends by itself. */
static void is_cancelled_while_it_waits(void **state)
{
    struct client c = {0};

    (void)state;
    client_start(&c, &waits, "");
    post(&c, WSMAN_IDENTIFY);
    wsman_lane_cancel(c.lane);
    assert_false(wsman_lane_is_busy(c.lane));
    post(&c, WSMAN_IDENTIFY);
    open_gate(3);
    run_until_done(&c, 1);
    assert_int_equal(c.code, ICM_OK);
    let_pass(3);
    post(&c, WSMAN_IDENTIFY); /* on the same logon: no step */
    run_until_done(&c, 2);
    assert_int_equal(c.code, ICM_OK);
    client_stop(&c);
}

static void is_freed_while_it_waits(void **state)
{
    struct client c = {0};

    (void)state;
    client_start(&c, &waits, "");
    post(&c, WSMAN_IDENTIFY);
    client_stop(&c);
    open_gate(1);
    let_pass(1);
    assert_int_equal(c.done, 0);
}

static void has_a_limit_while_it_waits(void **state)
{
    struct client c = {0};

    (void)state;
    client_start(&c, &waits, "");
    post(&c, WSMAN_IDENTIFY);
    assert_true(uv_is_active((uv_handle_t *)c.lane->limit));
    assert_true(uv_timer_get_due_in(c.lane->limit) > WSMAN_NETWORK_DELAY_MS);
    uv_timer_set_repeat(c.lane->limit, 1); /* the time is over */
    uv_timer_again(c.lane->limit);
    run_until_done(&c, 1);
    assert_int_equal(c.code, ICM_TIMEOUT);
    assert_non_null(strstr(c.text, "the logon did not come to its end in time"));
    open_gate(1);
    let_pass(1);
    client_stop(&c);
}

/* A logon that fails before anything was sent has no status: not the one of the exchange before. */
static void has_no_status_of_another_exchange(void **state)
{
    struct client c = {0};

    (void)state;
    client_start(&c, &waits, "");
    post(&c, WSMAN_IDENTIFY);
    open_gate(2);
    run_until_done(&c, 1);
    let_pass(2);
    assert_int_equal(c.status, 200);
    hang_up(c.server.connections[0]);
    while (!wsman_transfer_is_cut(c.lane))
        uv_run(&c.loop, UV_RUN_NOWAIT);
    post(&c, WSMAN_IDENTIFY); /* on a new connection, with a logon of its own */
    uv_timer_set_repeat(c.lane->limit, 1);
    uv_timer_again(c.lane->limit);
    run_until_done(&c, 2);
    assert_int_equal(c.code, ICM_TIMEOUT);
    assert_int_equal(c.status, 0);
    open_gate(1);
    let_pass(1);
    client_stop(&c);
}

/* A step on another thread that nobody waits for any more still reads what it was begun with. */
static void a_shared_login_keeps_its_binding(void **state)
{
    struct auth_credential credential = {.user = (char *)(uintptr_t) "tester"};
    struct wsman_target target = {.mechanism = &waits, .credential = &credential, .skip_ca_check = true, .spn_port = 5986};
    struct wsman_login *login = NULL;

    (void)state;
    icm_buf_add_text(&credential.password, "Secret 1");
    assert_int_equal(wsman_login_new(&login, &target, "srv1", true, NULL), ICM_OK);
    assert_int_equal(wsman_login_bind(&login, icm_slice_text("first"), NULL), ICM_OK);
    struct wsman_login *shared = wsman_login_share(login);
    assert_int_equal(wsman_login_bind(&login, icm_slice_text("another one"), NULL), ICM_OK);
    assert_true(icm_slice_is(shared->options.channel_binding, "first"));
    assert_true(icm_slice_is(login->options.channel_binding, "another one"));
    assert_string_equal(login->options.host, "srv1");
    assert_int_equal(login->options.spn_port, 5986);
    assert_true(icm_slice_is(icm_buf_slice(&login->options.credential->password), "Secret 1"));
    assert_false(login->options.allows_ntlm); /* still: the certificate is not checked */
    wsman_login_release(shared);
    wsman_login_release(login);
    icm_buf_reset(&credential.password);
}

/* ---- what is refused before anything is sent ---- */

static const struct {
    const char *url, *mechanism;
    enum icm_code code;
    enum { ALLOWS_CLEAR = 1, SKIPS_CA_CHECK = 2, IS_TRUSTED = 4 } given;
} refused[] = {
    {"http://srv1.example:5985/wsman", "Basic", ICM_DENIED, 0},
    {"http://srv1.example:5985/wsman", "Digest", ICM_DENIED, 0},
    {"http://srv1.example:5985/wsman", "Ntlm", ICM_OK, 0},
    {"https://srv1.example:5986/wsman", "Basic", ICM_OK, 0},
    {"http://127.0.0.1:5985/wsman", "Basic", ICM_OK, 0},
    {"http://127.0.0.1:5985/wsman", "Certificate", ICM_USAGE, 0},
    {"https://srv1.example:5986/wsman", "Certificate", ICM_USAGE, 0},
    {"ftp://srv1.example/wsman", "Basic", ICM_USAGE, 0},
    {"srv1", "Basic", ICM_USAGE, 0},
    /* what stands in the address would go out as Basic, in clear, with each body */
    {"http://tester:Secret@127.0.0.1:5985/wsman", "Ntlm", ICM_USAGE, 0},
    {"https://tester@srv1.example:5986/wsman", "Negotiate", ICM_USAGE, 0},
    /* names, and no addresses of this machine */
    {"http://127.0.0.999:5985/wsman", "Basic", ICM_DENIED, 0},
    {"http://127.0.0.1.example:5985/wsman", "Basic", ICM_DENIED, 0},
    /* Digest does not prove who the server is, as little as NTLM */
    {"http://srv1.example:5985/wsman", "Digest", ICM_DENIED, ALLOWS_CLEAR},
    {"http://srv1.example:5985/wsman", "Digest", ICM_OK, ALLOWS_CLEAR | IS_TRUSTED},
    {"http://127.0.0.1:5985/wsman", "Digest", ICM_OK, 0},
    {"https://srv1.example:5986/wsman", "Digest", ICM_OK, 0},
    {"https://srv1.example:5986/wsman", "Digest", ICM_DENIED, SKIPS_CA_CHECK},
    {"https://srv1.example:5986/wsman", "Digest", ICM_OK, SKIPS_CA_CHECK | IS_TRUSTED},
};

static void refuses_what_would_be_in_clear(void **state)
{
    struct auth_credential credential = {.user = (char *)(uintptr_t) "tester"};
    struct wsman_http *http = NULL;
    uv_loop_t loop;

    (void)state;
    uv_loop_init(&loop);
    assert_int_equal(wsman_http_new(&http, &loop, NULL), ICM_OK);
    for (size_t i = 0; i < ICM_COUNT(refused); i++) {
        struct wsman_target target = {.url = refused[i].url,
                                      .mechanism = auth_mechanism_find(refused[i].mechanism),
                                      .credential = &credential,
                                      .allow_unencrypted = refused[i].given & ALLOWS_CLEAR,
                                      .skip_ca_check = refused[i].given & SKIPS_CA_CHECK,
                                      .allows_ntlm = refused[i].given & IS_TRUSTED};
        struct wsman_lane *lane = NULL;
        struct icm_error err = {0};

        if (wsman_lane_new(&lane, http, &target, on_done, NULL, &err) != refused[i].code)
            fail_msg("row %zu: %s over %s", i, refused[i].mechanism, refused[i].url);
        assert_null(strstr(err.text, "Secret"));
        icm_error_reset(&err);
        wsman_lane_free(lane);
    }
    wsman_http_free(http);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
}

int main(void)
{
    const struct CMUnitTest single[] = {
        cmocka_unit_test(waits_elsewhere),
        cmocka_unit_test(is_cancelled_while_it_waits),
        cmocka_unit_test(is_freed_while_it_waits),
        cmocka_unit_test(has_a_limit_while_it_waits),
        cmocka_unit_test(has_no_status_of_another_exchange),
        cmocka_unit_test(a_shared_login_keeps_its_binding),
        cmocka_unit_test(refuses_what_would_be_in_clear),
    };
    struct CMUnitTest tests[ICM_COUNT(cases)];

    sem_init(&gate, 0, 0);
    sem_init(&passed, 0, 0);
    for (size_t i = 0; i < ICM_COUNT(cases); i++)
        tests[i] = (struct CMUnitTest){.name = cases[i].name, .test_func = exchanges, .initial_state = (void *)i};
    return cmocka_run_group_tests_name("lanes, MS-WSMV 2.2.9", tests, NULL, NULL) +
           cmocka_run_group_tests_name("lanes whose logon waits", single, NULL, NULL);
}
