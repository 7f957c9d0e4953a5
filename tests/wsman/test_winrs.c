/* A command in a command shell, against a server that says what its rows have: the forms of Windows' answers, and what goes wrong.
 * MS-WSMV 3.1.4; shared/captures/pypsrp_winrs_*.jsonl, winrm4j_win7.jsonl. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/text.h"
#include "wsman/message.h"
#include "wsman/names.h"
#include "wsman/winrs.h"

#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

enum { ANSWERS_MAX = 12, CONNECTIONS_MAX = 8, SAID_MAX = 400 };

/* ---- a server: each action has its answers, one after another ---- */

struct answer {
    const char *action; /* the last word */
    const char *body;
    const char *after; /* not before a request of this action has come; NULL: at once */
};

struct connection {
    struct server *server;
    uv_tcp_t tcp;
    struct icm_buf in;
    const struct answer *held; /* waits for another request */
    char relates_to[60];
};

struct server {
    uv_tcp_t tcp;
    unsigned port;
    const struct answer *answers;
    bool is_used[ANSWERS_MAX];
    struct connection connections[CONNECTIONS_MAX];
    size_t connection_count;
    struct icm_buf asked; /* "Create Command Send:input. Receive ..." */
    struct wsman_reader *reader;
};

static const char *last_word(struct icm_slice action, char word[32])
{
    size_t from = action.size;

    while (from > 0 && action.data[from - 1] != '/')
        from--;
    snprintf(word, 32, "%.*s", (int)(action.size - from), (const char *)action.data + from);
    return word;
}

static void on_written(uv_write_t *write, int status)
{
    (void)status;
    free(write->data);
    free(write);
}

static void send_answer(struct connection *c, const struct answer *a)
{
    struct icm_buf body = {0}, out = {0};
    bool is_fault = strstr(a->body, "s:Fault") != NULL;

    icm_buf_add_format(&body,
                       "<s:Envelope xmlns:s='" WSMAN_NS_SOAP "' xmlns:a='" WSMAN_NS_ADDRESSING "' xmlns:w='" WSMAN_NS_WSMAN
                       "' xmlns:x='" WSMAN_NS_TRANSFER "' xmlns:rsp='" WSMAN_NS_SHELL
                       "' xmlns:f='" WSMAN_NS_FAULT "'><s:Header><a:Action>%s%s%s</a:Action><a:RelatesTo>%s</a:RelatesTo>"
                       "</s:Header><s:Body>%s</s:Body></s:Envelope>",
                       is_fault                                                                ? WSMAN_ACTION_FAULT
                       : strcmp(a->action, "Create") == 0 || strcmp(a->action, "Delete") == 0 ? WSMAN_NS_TRANSFER "/"
                                                                                                : WSMAN_NS_SHELL "/",
                       is_fault ? "" : a->action, is_fault ? "" : "Response", c->relates_to, a->body);
    icm_buf_add_format(&out, "HTTP/1.1 %u \r\nContent-Type: application/soap+xml;charset=UTF-8\r\nContent-Length: %zu\r\n\r\n",
                       is_fault ? 500u : 200u, body.size);
    icm_buf_add(&out, icm_buf_slice(&body));
    icm_buf_reset(&body);
    uv_write_t *write = calloc(1, sizeof *write);
    assert_non_null(write);
    write->data = out.data;
    uv_buf_t bytes = uv_buf_init((char *)out.data, (unsigned)out.size);
    assert_int_equal(uv_write(write, (uv_stream_t *)&c->tcp, &bytes, 1, on_written), 0);
}

static bool was_asked(const struct server *s, const char *action)
{
    return strstr(icm_buf_text((struct icm_buf *)(uintptr_t)&s->asked), action) != NULL;
}

static void give_held(struct server *s)
{
    for (size_t i = 0; i < s->connection_count; i++) {
        struct connection *c = &s->connections[i];
        const struct answer *held = c->held;

        if (held && was_asked(s, held->after)) {
            c->held = NULL;
            send_answer(c, held);
        }
    }
}

static const struct answer *next_answer(struct server *s, const char *action)
{
    for (size_t i = 0; i < ANSWERS_MAX && s->answers[i].action; i++)
        if (!s->is_used[i] && strcmp(s->answers[i].action, action) == 0) {
            s->is_used[i] = true;
            return &s->answers[i];
        }
    fail_msg("a %s that nobody expects", action);
    return NULL;
}

static void on_request(struct connection *c, struct icm_slice envelope)
{
    struct server *s = c->server;
    struct wsman_message *m = NULL;
    char word[32];

    wsman_reader_restart(s->reader, 1 << 20);
    assert_int_equal(wsman_reader_feed(s->reader, envelope, NULL), ICM_OK);
    assert_int_equal(wsman_reader_finish(s->reader, &m, NULL), ICM_OK);
    const char *action = last_word(m->action, word);
    icm_buf_add_format(&s->asked, "%s%s", s->asked.size > 0 ? " " : "", action);
    if (m->body == WSMAN_BODY_SEND)
        icm_buf_add_format(&s->asked, ":%.*s%s", (int)m->payload.size, m->payload.size ? (const char *)m->payload.data : "",
                           m->streams->is_end ? "." : "");
    if (m->body == WSMAN_BODY_SIGNAL)
        icm_buf_add_format(&s->asked, ":%s", last_word(m->signal_code, (char[32]){0}));
    snprintf(c->relates_to, sizeof c->relates_to, "%.*s", (int)m->message_id.size, (const char *)m->message_id.data);
    const struct answer *a = next_answer(s, action);
    if (a->after && !was_asked(s, a->after))
        c->held = a;
    else
        send_answer(c, a);
    give_held(s);
}

static void on_room(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
    static char room[65536];

    (void)handle, (void)suggested;
    *out = uv_buf_init(room, sizeof room);
}

static void on_bytes(uv_stream_t *stream, ssize_t size, const uv_buf_t *buf)
{
    struct connection *c = stream->data;
    const char *end, *length;

    if (size < 0) {
        uv_read_stop(stream);
        return;
    }
    icm_buf_add(&c->in, icm_slice_of(buf->base, (size_t)size));
    const char *text = icm_buf_text(&c->in);
    if (!(end = strstr(text, "\r\n\r\n")) || !(length = strcasestr(text, "\r\nContent-Length:")))
        return;
    size_t head = (size_t)(end + 4 - text), body = strtoul(length + 17, NULL, 10);
    if (c->in.size < head + body)
        return;
    on_request(c, icm_slice_of(c->in.data + head, body));
    icm_buf_drop(&c->in, head + body);
}

static void on_connection(uv_stream_t *listener, int status)
{
    struct server *s = listener->data;
    struct connection *c = &s->connections[s->connection_count++];

    assert_int_equal(status, 0);
    assert_true(s->connection_count <= CONNECTIONS_MAX);
    c->server = s;
    uv_tcp_init(listener->loop, &c->tcp);
    c->tcp.data = c;
    assert_int_equal(uv_accept(listener, (uv_stream_t *)&c->tcp), 0);
    uv_read_start((uv_stream_t *)&c->tcp, on_room, on_bytes);
}

static void server_start(struct server *s, uv_loop_t *loop, const struct answer *answers)
{
    struct sockaddr_in address;
    int size = sizeof address;

    s->answers = answers;
    assert_int_equal(wsman_reader_new(&s->reader, 1 << 20, NULL), ICM_OK);
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
    for (size_t i = 0; i < s->connection_count; i++) {
        uv_close((uv_handle_t *)&s->connections[i].tcp, NULL);
        icm_buf_reset(&s->connections[i].in);
    }
    wsman_reader_free(s->reader);
    icm_buf_reset(&s->asked);
}

/* ---- the client ---- */

struct client {
    uv_loop_t loop;
    struct server server;
    struct wsman_http *http;
    struct wsman_winrs *command;
    struct icm_buf said; /* "o:text e:text =3", or "!why" */
    bool closes_early, is_closed;
    const char *signals; /* to be sent at the first output */
};

static void on_output(void *up, int stream, struct icm_slice bytes)
{
    struct client *c = up;

    icm_buf_add_format(&c->said, "%c:%.*s ", stream ? 'e' : 'o', (int)bytes.size, (const char *)bytes.data);
    if (c->signals)
        wsman_winrs_signal(c->command, c->signals);
    c->signals = NULL;
    if (c->closes_early)
        wsman_winrs_close(c->command);
}

static void on_hungry(void *up)
{
    struct client *c = up;

    assert_true(wsman_winrs_queued(c->command) < 1000);
}

static void on_ended(void *up, int64_t exit_code)
{
    struct client *c = up;

    assert_false(wsman_winrs_is_running(c->command));
    icm_buf_add_format(&c->said, "=%lld", (long long)exit_code);
    wsman_winrs_close(c->command);
}

static void on_failed(void *up, const struct icm_error *why)
{
    struct client *c = up;

    icm_buf_add_format(&c->said, "!%s", why->text);
    wsman_winrs_close(c->command);
}

static void on_closed(void *up)
{
    struct client *c = up;

    assert_false(c->is_closed);
    c->is_closed = true;
    uv_stop(&c->loop);
}

static const struct wsman_winrs_sink sink = {
    .output = on_output, .hungry = on_hungry, .ended = on_ended, .failed = on_failed, .closed = on_closed};

/* ---- what they say to each other ---- */

#define RESOURCE_CREATED                                                                                       \
    "<x:ResourceCreated><a:ReferenceParameters><w:SelectorSet><w:Selector Name='ShellId'>S1</w:Selector>"     \
    "</w:SelectorSet></a:ReferenceParameters></x:ResourceCreated>"
#define CREATED "Create", RESOURCE_CREATED "<rsp:Shell><rsp:OutputStreams>stdout stderr</rsp:OutputStreams></rsp:Shell>", NULL
#define COMMANDED "Command", "<rsp:CommandResponse><rsp:CommandId>C1</rsp:CommandId></rsp:CommandResponse>", NULL
#define RECEIVED(content) "Receive", "<rsp:ReceiveResponse>" content "</rsp:ReceiveResponse>", NULL
#define RECEIVED_AFTER(action, content) "Receive", "<rsp:ReceiveResponse>" content "</rsp:ReceiveResponse>", action
#define STREAM(name, base64) "<rsp:Stream Name='" name "' CommandId='C1'>" base64 "</rsp:Stream>"
#define ENDS "<rsp:Stream Name='stdout' CommandId='C1' End='true'/><rsp:Stream Name='stderr' CommandId='C1' End='true'></rsp:Stream>"
#define STATE(state, exit) "<rsp:CommandState CommandId='C1' State='" WSMAN_COMMAND_STATE_##state "'>" exit "</rsp:CommandState>"
#define EXIT(code) "<rsp:ExitCode>" code "</rsp:ExitCode>"
#define SIGNALLED "Signal", "<rsp:SignalResponse/>", NULL
#define SENT "Send", "<rsp:SendResponse/>", NULL
#define DELETED "Delete", "", NULL
#define FAULT(subcode, code, text)                                                                               \
    "<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>w:" subcode "</s:Value></s:Subcode></s:Code>" \
    "<s:Reason><s:Text>" text "</s:Text></s:Reason><s:Detail><f:WSManFault Code='" code "'><f:Message>" text        \
    "</f:Message></f:WSManFault></s:Detail></s:Fault>"
#define GONE FAULT("InvalidSelectors", "2150858843", "gone")

static const struct row {
    const char *name;
    const char *command; /* NULL: none */
    const char *input;   /* NULL: none, and no end of it */
    const char *signals;
    bool closes_early;
    const char *said, *asked;
    struct answer answers[ANSWERS_MAX]; /* up to one without an action */
} rows[] = {
    {"one answer", "dir", NULL, NULL, false, "o:hi e:no =1", "Create Command Receive Signal:terminate Delete",
     {{CREATED}, {COMMANDED}, {RECEIVED(STREAM("stdout", "aGk=") STREAM("stderr", "bm8=") ENDS STATE(DONE, EXIT("1")))},
      {SIGNALLED}, {DELETED}}},
    {"several, some of which say nothing", "dir", NULL, NULL, false, "o:a o:b =0",
     "Create Command Receive Receive Receive Receive Signal:terminate Delete",
     {{CREATED}, {COMMANDED}, {RECEIVED(STREAM("stdout", "YQ==") STREAM("stdout", "") STATE(RUNNING, ""))},
      {"Receive", FAULT("TimedOut", "2150858793", "nothing yet"), NULL},
      {RECEIVED(STATE(RUNNING, ""))},
      {RECEIVED(STREAM("stdout", "Yg==") ENDS STATE(DONE, EXIT("0")))}, {SIGNALLED}, {DELETED}}},
    {"of 2008 R2, the state in front of the output, and no exit code", "dir", NULL, NULL, false, "o:late =-1",
     "Create Command Receive Signal:terminate Delete",
     {{"Create", RESOURCE_CREATED, NULL}, {COMMANDED}, {RECEIVED(STATE(DONE, "") STREAM("stdout", "bGF0ZQ=="))}, {SIGNALLED}, {DELETED}}},
    {"a stream of no known name", "dir", NULL, NULL, false, "=3221225786", "Create Command Receive Signal:terminate Delete",
     {{CREATED}, {COMMANDED}, {RECEIVED(STREAM("debug", "aGk=") STATE(DONE, EXIT("3221225786")))}, {SIGNALLED}, {DELETED}}},
    {"input and its end", "sort", "some", NULL, false, "=0", "Create Command Send:some. Receive Signal:terminate Delete",
     {{CREATED}, {COMMANDED}, {SENT}, {RECEIVED_AFTER("Send", ENDS STATE(DONE, EXIT("0")))}, {SIGNALLED}, {DELETED}}},
    {"input that came too late", "sort", "some", NULL, false, "o:hi =2",
     "Create Command Send:some. Receive Receive Signal:terminate Delete",
     {{CREATED}, {COMMANDED}, {"Send", GONE, NULL}, {RECEIVED_AFTER("Send", STREAM("stdout", "aGk=") STATE(RUNNING, ""))},
      {RECEIVED(STATE(DONE, EXIT("2")))}, {SIGNALLED}, {DELETED}}},
    {"Ctrl+C", "ping", NULL, WSMAN_SIGNAL_CTRL_C, false, "o:hi o:hi =5",
     "Create Command Receive Signal:ctrl_c Receive Signal:terminate Delete",
     {{CREATED}, {COMMANDED}, {RECEIVED(STREAM("stdout", "aGk=") STATE(RUNNING, ""))}, {SIGNALLED},
      {RECEIVED_AFTER("Signal", STREAM("stdout", "aGk=") STATE(DONE, EXIT("5")))}, {SIGNALLED}, {DELETED}}},
    {"Ctrl+C to what has just ended", "ping", NULL, WSMAN_SIGNAL_CTRL_C, false, "o:hi =5",
     "Create Command Receive Signal:ctrl_c Receive Signal:terminate Delete",
     {{CREATED}, {COMMANDED}, {RECEIVED(STREAM("stdout", "aGk=") STATE(RUNNING, ""))}, {"Signal", GONE, NULL},
      {RECEIVED_AFTER("Signal", STATE(DONE, EXIT("5")))}, {SIGNALLED}, {DELETED}}},
    {"closed while it runs", "ping", NULL, NULL, true, "o:hi ", "Create Command Receive Signal:terminate Delete",
     {{CREATED}, {COMMANDED}, {RECEIVED(STREAM("stdout", "aGk=") STATE(RUNNING, ""))}, {SIGNALLED}, {DELETED}}},
    {"no shell", "dir", NULL, NULL, false, "!denied (0x00000005)", "Create", {{"Create", FAULT("AccessDenied", "5", "denied"), NULL}}},
    {"a shell without a name", "dir", NULL, NULL, false, "!the answer to Create names no shell", "Create",
     {{"Create", "<x:ResourceCreated/>", NULL}}},
    {"no command", "nosuch", "in", NULL, false, "!not found (0x80070002)", "Create Command Delete",
     {{CREATED}, {"Command", FAULT("InternalError", "2147942402", "not found"), NULL}, {DELETED}}},
    {"a command without a name", "dir", NULL, NULL, false, "!the answer to Command names no command", "Create Command Delete",
     {{CREATED}, {"Command", "<rsp:CommandResponse/>", NULL}, {DELETED}}},
    {"gone in the middle", "ping", NULL, NULL, false, "o:hi !gone (0x8033805B)",
     "Create Command Receive Receive Signal:terminate Delete",
     {{CREATED}, {COMMANDED}, {RECEIVED(STREAM("stdout", "aGk=") STATE(RUNNING, ""))}, {"Receive", GONE, NULL}, {"Signal", GONE, NULL},
      {"Delete", GONE, NULL}}},
    {"no command was wanted", NULL, NULL, NULL, true, "", "Create Delete", {{CREATED}, {DELETED}}},
};

static void on_soon(uv_timer_t *timer)
{
    struct client *c = timer->data;

    wsman_winrs_close(c->command);
}

static void converses(void **state)
{
    const struct row *row = *state;
    struct client c = {.closes_early = row->closes_early, .signals = row->signals};
    struct auth_credential credential = {.user = (char[]){"tester"}};
    char url[64];
    uv_timer_t timer;

    uv_loop_init(&c.loop);
    server_start(&c.server, &c.loop, row->answers);
    snprintf(url, sizeof url, "http://127.0.0.1:%u/wsman", c.server.port);
    icm_buf_add_text(&credential.password, "secret");
    const struct wsman_target target = {
        .url = url, .computer = "server", .mechanism = auth_mechanism_find("Basic"), .credential = &credential};
    const struct wsman_winrs_options options = {.shell = {.url = url}, .line = {.command = row->command}};
    assert_int_equal(wsman_http_new(&c.http, &c.loop, NULL), ICM_OK);
    assert_int_equal(wsman_winrs_new(&c.command, c.http, &target, &options, &sink, &c, NULL), ICM_OK);
    uv_timer_init(&c.loop, &timer);
    timer.data = &c;
    if (row->input) {
        wsman_winrs_input(c.command, icm_slice_text(row->input));
        wsman_winrs_input_end(c.command);
    }
    wsman_winrs_start(c.command);
    if (!row->command) /* the shell is open by then, or closes when it is */
        uv_timer_start(&timer, on_soon, 0, 0);
    uv_run(&c.loop, UV_RUN_DEFAULT);
    assert_true(c.is_closed);
    assert_string_equal(icm_buf_text(&c.said), row->said);
    if (!row->input) /* Send and Receive go beside each other */
        assert_string_equal(icm_buf_text(&c.server.asked), row->asked);
    else
        assert_int_equal(c.server.asked.size, strlen(row->asked));

    wsman_winrs_free(c.command);
    wsman_http_free(c.http);
    uv_close((uv_handle_t *)&timer, NULL);
    server_stop(&c.server);
    uv_run(&c.loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&c.loop), 0);
    icm_buf_reset(&c.said);
    icm_buf_reset(&credential.password);
}

int main(void)
{
    struct CMUnitTest tests[ICM_COUNT(rows)];

    for (size_t i = 0; i < ICM_COUNT(rows); i++)
        tests[i] = (struct CMUnitTest){
            .name = rows[i].name, .test_func = converses, .initial_state = (void *)(uintptr_t)&rows[i]};
    return cmocka_run_group_tests_name("wsman_winrs, MS-WSMV 3.1.4", tests, NULL, NULL);
}
