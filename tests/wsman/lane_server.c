#include "tests/wsman/lane_server.h"

#include "auth/context.h"
#include "wsman/challenge.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

enum { PLAIN_MAX = 1 << 20 };

static void on_written(uv_write_t *write, int status)
{
    (void)status;
    free(write->data);
    free(write);
}

void lane_server_hang_up(struct lane_connection *c)
{
    if (!c->is_closing)
        uv_close((uv_handle_t *)&c->tcp, NULL);
    c->is_closing = true;
}

/* @bytes become libuv's */
static void send_bytes(struct lane_connection *c, struct icm_buf *bytes)
{
    uv_write_t *write = calloc(1, sizeof *write);

    assert_non_null(write);
    write->data = bytes->data;
    uv_buf_t out = uv_buf_init((char *)bytes->data, (unsigned)bytes->size);
    assert_int_equal(uv_write(write, (uv_stream_t *)&c->tcp, &out, 1, on_written), 0);
}

static void reply(struct lane_connection *c, unsigned status, const char *headers, struct icm_slice body)
{
    struct icm_buf out = {0}, records = {0};

    icm_buf_add_format(&out, "HTTP/1.1 %u \r\n%sContent-Length: %zu\r\n\r\n", status, headers, body.size);
    icm_buf_add(&out, body);
    if (!c->tls) {
        send_bytes(c, &out);
        return;
    }
    tls_peer_encrypt(c->tls, icm_buf_slice(&out), &records);
    icm_buf_reset(&out);
    send_bytes(c, &records);
}

static void reply_token(struct lane_connection *c, unsigned status, struct icm_slice token)
{
    struct icm_buf header = {0};

    icm_buf_add_format(&header, "WWW-Authenticate: %s ", c->server->mechanism->scheme);
    icm_base64_write(&header, token);
    icm_buf_add_text(&header, "\r\n");
    reply(c, status, icm_buf_text(&header), icm_slice_of(NULL, 0));
    icm_buf_reset(&header);
}

static void deny(struct lane_connection *c)
{
    struct icm_buf header = {0};

    icm_buf_add_format(&header, "WWW-Authenticate: %s\r\nConnection: close\r\n", c->server->mechanism->scheme);
    reply(c, 401, icm_buf_text(&header), icm_slice_of(NULL, 0));
    icm_buf_reset(&header);
    c->is_established = false;
}

static void read_token(struct lane_connection *c, struct icm_slice authorization, struct icm_buf *token)
{
    struct icm_buf text = {0};

    assert_true(wsman_challenge_find(authorization, c->server->mechanism->scheme, &text));
    assert_int_equal(icm_base64_read(icm_buf_slice(&text), token, NULL), ICM_OK);
    icm_buf_reset(&text);
}

static void on_token(struct lane_connection *c, struct icm_slice authorization)
{
    struct lane_server *s = c->server;
    struct icm_buf token = {0}, ours = {0};
    enum icm_code code;

    s->empties++;
    if (s->fault == CUTS_LOGON || s->fault == OFFERS_BASIC || s->fault == ACCEPTS_ALL) {
        if (s->fault == CUTS_LOGON)
            lane_server_hang_up(c);
        else if (s->fault == OFFERS_BASIC)
            reply(c, 401, "WWW-Authenticate: Basic realm=\"WSMAN\"\r\n", icm_slice_of(NULL, 0));
        else
            reply(c, 200, "", icm_slice_of(NULL, 0));
        return;
    }
    read_token(c, authorization, &token);
    if (!c->auth) {
        assert_int_equal(auth_acceptor_new(&c->auth, s->mechanism, &s->options, NULL), ICM_OK);
        c->logons++;
    }
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
    icm_buf_reset(&token);
    icm_buf_reset(&ours);
}

/* what the request asks for, in clear */
static void open_body(struct lane_connection *c, const char *content_type, struct icm_slice body, struct icm_buf *envelope)
{
    struct lane_server *s = c->server;
    size_t taken;
    bool ended;

    assert_int_equal(wsman_unsealer_restart(s->unsealer, c->auth, content_type, PLAIN_MAX, NULL), ICM_OK);
    assert_int_equal(wsman_unsealer_feed(s->unsealer, body, &taken, &ended, envelope, NULL), ICM_OK);
    assert_true(ended);
}

static void answer(struct lane_connection *c, struct icm_slice envelope, enum lane_fault fault)
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

static void accept_all(struct wsman_service *service)
{
    struct wsman_service_event event;

    while (wsman_service_next_event(service, &event, NULL) == ICM_OK) {
        wsman_service_accept(service, event.request);
        wsman_service_event_reset(&event);
    }
}

static void note_user(struct lane_connection *c)
{
    const char *user = c->auth && auth_user(c->auth) ? auth_user(c->auth) : "";

    c->bodies++;
    if (!c->user[0])
        snprintf(c->user, sizeof c->user, "%s", user);
    else if (strcmp(c->user, user) != 0)
        snprintf(c->user, sizeof c->user, "?");
}

/* a mechanism whose every request shows who it is */
static void log_on_by_itself(struct lane_connection *c, struct icm_slice authorization)
{
    struct lane_server *s = c->server;
    struct icm_buf token = {0}, ours = {0};

    read_token(c, authorization, &token);
    auth_context_free(c->auth);
    assert_int_equal(auth_acceptor_new(&c->auth, s->mechanism, &s->options, NULL), ICM_OK);
    c->is_established = auth_step(c->auth, icm_buf_slice(&token), &ours, NULL) == ICM_OK;
    icm_buf_reset(&token);
    icm_buf_reset(&ours);
}

static bool is_faulty(const struct lane_server *s, unsigned body)
{
    return body == s->at_body || (s->fault == FORGETS_BEHIND && body > s->at_body);
}

static void on_body(struct lane_connection *c, const char *content_type, struct icm_slice body)
{
    struct lane_server *s = c->server;
    bool seals = auth_mechanism_has(s->mechanism, AUTH_SEALS) && !s->is_tls;
    struct wsman_answer said = {0};
    struct icm_buf envelope = {0};
    enum lane_fault fault = is_faulty(s, ++s->bodies) ? s->fault : NO_FAULT;

    note_user(c);
    s->clear_bytes += memmem(body.data, body.size, "Envelope", 8) != NULL;
    if (!c->is_established || fault == FORGETS || fault == FORGETS_BEHIND) {
        deny(c);
        return;
    }
    if (fault == SAYS_BASIC) {
        reply(c, 401, "WWW-Authenticate: Basic realm=\"WSMAN\"\r\n", icm_slice_of(NULL, 0));
        return;
    }
    if (fault == CUTS) {
        lane_server_hang_up(c);
        return;
    }
    if (seals)
        open_body(c, content_type, body, &envelope);
    else
        icm_buf_add(&envelope, body);
    s->carried_out++;
    peers_post(&s->peers, "tester", icm_buf_slice(&envelope));
    icm_buf_reset(&envelope);
    accept_all(s->peers.service);
    if (wsman_service_next_answer(s->peers.service, &said, NULL) != ICM_OK && fault == NO_FAULT)
        return; /* a Receive, which nothing ever comes for */
    if (fault == FORGED)
        deny(c);
    else
        answer(c, icm_buf_slice(&said.body), seals || fault != NO_FAULT ? fault : CLEAR);
    icm_buf_reset(&said.body);
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

static bool take_request(struct lane_connection *c)
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
    if (auth_mechanism_has(c->server->mechanism, AUTH_PER_REQUEST))
        log_on_by_itself(c, icm_slice_text(authorization));
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

static void take_records(struct lane_connection *c, struct icm_slice records)
{
    struct icm_buf out = {0};

    if (!c->is_shaken) {
        c->is_shaken = tls_peer_handshake(c->tls, records, &out);
        records.size = 0;
    }
    if (c->is_shaken)
        tls_peer_decrypt(c->tls, records, &c->in);
    if (out.size > 0)
        send_bytes(c, &out);
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *bytes)
{
    struct lane_connection *c = stream->data;

    if (size > 0 && c->tls)
        take_records(c, icm_slice_of(bytes->base, (size_t)size));
    else if (size > 0)
        icm_buf_add(&c->in, icm_slice_of(bytes->base, (size_t)size));
    free(bytes->base);
    if (size < 0)
        lane_server_hang_up(c);
    while (size > 0 && !c->is_closing && take_request(c))
        ;
}

static void on_connection(uv_stream_t *stream, int status)
{
    struct lane_server *s = stream->data;
    struct lane_connection *c = calloc(1, sizeof *c);

    assert_int_equal(status, 0);
    assert_non_null(c);
    assert_true(s->connection_count < LANE_CONNECTIONS_MAX);
    c->server = s;
    if (s->is_tls) {
        c->tls = calloc(1, sizeof *c->tls);
        assert_non_null(c->tls);
        tls_peer_init_from(c->tls, &s->tls);
    }
    s->connections[s->connection_count++] = c;
    uv_tcp_init(s->loop, &c->tcp);
    assert_int_equal(uv_accept(stream, (uv_stream_t *)&c->tcp), 0);
    c->tcp.data = c;
    uv_read_start((uv_stream_t *)&c->tcp, on_allocate, on_read);
}

void lane_server_start(struct lane_server *s, uv_loop_t *loop, const struct auth_mechanism *mechanism)
{
    struct sockaddr_in address;
    int size = sizeof address;

    s->loop = loop;
    s->mechanism = mechanism;
    s->accounts[0].user = strdup("tester");
    s->accounts[1].user = strdup("other");
    icm_buf_add_text(&s->accounts[0].password, "Secret 1");
    icm_buf_add_text(&s->accounts[1].password, "Secret 2");
    s->options = (struct auth_acceptor_options){
        .accounts = s->accounts, .account_count = ICM_COUNT(s->accounts), .computer = "SRV1", .needs_sealing = true};
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

void lane_server_use_tls(struct lane_server *s, const struct tls_identity *identity, int version)
{
    s->is_tls = true;
    tls_peer_init(&s->tls, &(struct tls_peer_options){.identity = identity, .version = version});
}

void lane_server_stop(struct lane_server *s)
{
    uv_close((uv_handle_t *)&s->tcp, NULL);
    for (unsigned i = 0; i < s->connection_count; i++)
        lane_server_hang_up(s->connections[i]);
}

void lane_server_reset(struct lane_server *s)
{
    for (unsigned i = 0; i < s->connection_count; i++) {
        auth_context_free(s->connections[i]->auth);
        icm_buf_reset(&s->connections[i]->in);
        if (s->connections[i]->tls)
            tls_peer_reset(s->connections[i]->tls);
        free(s->connections[i]->tls);
        free(s->connections[i]);
    }
    if (s->is_tls)
        tls_peer_reset(&s->tls);
    peers_reset(&s->peers);
    wsman_unsealer_free(s->unsealer);
    for (size_t i = 0; i < ICM_COUNT(s->accounts); i++)
        auth_credential_reset(&s->accounts[i]);
}

