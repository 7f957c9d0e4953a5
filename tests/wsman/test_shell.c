/* The shell's client: what it sends, and how it judges answers that no service of ours gives. MS-WSMV 3.1.4. */
#include "tests/wsman/peers.h"

#include <stdlib.h>

#define GIVEN_ID "99999999-2222-3333-4444-ABCDEFABCDEF" /* by a server that does not ask what the client wants */

struct client {
    struct wsman_shell *shell;
    struct wsman_reader *reader, *own;
    struct icm_error err;
};

static int start(void **state)
{
    struct client *c = calloc(1, sizeof *c);

    assert_non_null(c);
    c->shell = peers_shell_new(SHELL_ID);
    assert_int_equal(wsman_reader_new(&c->reader, 1024 * 1024, NULL), ICM_OK);
    assert_int_equal(wsman_reader_new(&c->own, 1024 * 1024, NULL), ICM_OK);
    *state = c;
    return 0;
}

static int stop(void **state)
{
    struct client *c = *state;

    wsman_shell_free(c->shell);
    wsman_reader_free(c->reader);
    wsman_reader_free(c->own);
    icm_error_reset(&c->err);
    free(c);
    return 0;
}

static struct wsman_message *read_with(struct wsman_reader *reader, struct icm_slice text)
{
    struct wsman_message *m = NULL;

    wsman_reader_restart(reader, 1024 * 1024);
    assert_int_equal(wsman_reader_feed(reader, text, NULL), ICM_OK);
    assert_int_equal(wsman_reader_finish(reader, &m, NULL), ICM_OK);
    return m;
}

/* what the request says, by the reader that the service uses */
static const struct wsman_message *said(struct client *c, const struct wsman_request *request)
{
    return read_with(c->own, icm_buf_slice(&request->envelope));
}

/* an answer of a server: an action, whom it relates to, a body */
static enum icm_code answer(struct client *c, const struct wsman_request *request, unsigned status, const char *action,
                            const char *relates_to, const char *body)
{
    struct icm_buf text = {0};

    icm_buf_add_format(&text, "<s:Envelope xmlns:s='" WSMAN_NS_SOAP "' xmlns:a='" WSMAN_NS_ADDRESSING
                              "' xmlns:w='" WSMAN_NS_WSMAN "' xmlns:x='" WSMAN_NS_TRANSFER "' xmlns:r='" WSMAN_NS_SHELL
                              "'><s:Header><a:Action>%s</a:Action><a:RelatesTo>%s</a:RelatesTo></s:Header>"
                              "<s:Body>%s</s:Body></s:Envelope>", action, relates_to, body);
    enum icm_code code =
        wsman_shell_take(c->shell, request, status, read_with(c->reader, icm_buf_slice(&text)), &c->err);
    icm_buf_reset(&text);
    return code;
}

#define CREATED(id)                                                                                               \
    "<x:ResourceCreated><a:ReferenceParameters><w:SelectorSet><w:Selector Name='ShellId'>" id "</w:Selector>" \
    "</w:SelectorSet></a:ReferenceParameters></x:ResourceCreated>"
#define FAULT(subcode, detail)                                                                                  \
    "<s:Fault><s:Code><s:Value>s:Receiver</s:Value><s:Subcode><s:Value>" subcode "</s:Value></s:Subcode></s:Code>" \
    "<s:Reason><s:Text>why</s:Text></s:Reason><s:Detail>" detail "</s:Detail></s:Fault>"
#define WSMAN_FAULT(code) "<f:WSManFault xmlns:f='" WSMAN_NS_FAULT "' Code='" code "'/>"

static void open_shell(struct client *c, const char *body)
{
    struct wsman_request request;

    assert_int_equal(wsman_shell_create(c->shell, icm_slice_text("x"), &request, NULL), ICM_OK);
    assert_int_equal(answer(c, &request, 200, WSMAN_ACTION_CREATE "Response", request.message_id, body), ICM_OK);
    wsman_request_reset(&request);
}

static void create_says_all_that_a_server_wants(void **state)
{
    struct wsman_shell_options options = {
        .url = "https://h:5986/wsman", .name = "My <session>", .locale = "de-DE", .idle_timeout_ms = 90500,
        .shell_id = peers_guid(SHELL_ID), .no_machine_profile = true, .operation_timeout_ms = 1500,
    };
    struct client *c = *state;
    struct wsman_request request;

    wsman_shell_free(c->shell);
    assert_int_equal(wsman_shell_new(&c->shell, &options, NULL), ICM_OK);
    assert_null(wsman_shell_id(c->shell));
    assert_int_equal(wsman_shell_create(c->shell, icm_slice_text("bytes"), &request, NULL), ICM_OK);
    const struct wsman_message *m = said(c, &request);
    assert_true(icm_slice_is(m->action, WSMAN_ACTION_CREATE) && icm_slice_is(m->to, "https://h:5986/wsman"));
    assert_true(icm_slice_is(m->resource_uri, WSMAN_RESOURCE_POWERSHELL));
    assert_true(icm_slice_is(m->message_id, request.message_id));
    assert_true(m->session_id.size > 0 && m->operation_id.size == 0 && m->not_understood.size == 0);
    assert_int_equal(m->max_envelope_size, WSMAN_ENVELOPE_FIRST);
    assert_int_equal(m->operation_timeout_ms, 1500);
    assert_true(icm_slice_is(wsman_pair_value(m->options, "protocolversion"), "2.3") && m->options->must_comply);
    assert_true(icm_slice_is(wsman_pair_value(m->options, "WINRS_NOPROFILE"), "1"));
    assert_int_equal(m->body, WSMAN_BODY_SHELL);
    assert_true(icm_slice_is(m->shell_id, SHELL_ID) && icm_slice_is(m->shell_name, "My <session>"));
    assert_int_equal(m->idle_timeout_ms, 90500);
    assert_true(icm_slice_is(m->input_streams, "stdin pr") && icm_slice_is(m->output_streams, "stdout"));
    assert_true(icm_slice_is(icm_buf_slice(&m->payload), "bytes"));
    assert_null(m->selectors);
    assert_int_equal(request.timeout_ms, 1500);
    assert_int_equal(request.reply_max, WSMAN_ENVELOPE_FIRST + WSMAN_REPLY_SLACK);
    wsman_request_reset(&request);
}

static void requests_name_the_shell(void **state)
{
    struct client *c = *state;
    struct wsman_request request;

    open_shell(c, CREATED(SHELL_ID));
    assert_int_equal(wsman_shell_receive(c->shell, COMMAND_ID, &request, NULL), ICM_OK);
    const struct wsman_message *m = said(c, &request);
    assert_true(icm_slice_is(wsman_pair_value(m->selectors, "ShellId"), SHELL_ID));
    assert_true(icm_slice_is(wsman_pair_value(m->options, "WSMAN_CMDSHELL_OPTION_KEEPALIVE"), "True"));
    assert_true(icm_slice_is(m->desired_streams, "stdout") && icm_slice_is(m->command_id, COMMAND_ID));
    assert_int_equal(m->operation_timeout_ms, WSMAN_RECEIVE_TIMEOUT_MS);
    wsman_request_reset(&request);
    assert_int_equal(wsman_shell_send(c->shell, COMMAND_ID, "pr", icm_slice_text("x"), &request, NULL), ICM_OK);
    m = said(c, &request);
    assert_true(icm_slice_is(m->streams->name, "pr") && icm_slice_is(m->streams->command_id, COMMAND_ID));
    assert_null(m->options);
    wsman_request_reset(&request);
    assert_int_equal(wsman_shell_delete(c->shell, &request, NULL), ICM_OK);
    m = said(c, &request);
    assert_true(icm_slice_is(m->action, WSMAN_ACTION_DELETE) && m->body == WSMAN_BODY_EMPTY);
    wsman_request_reset(&request);
}

static void nothing_goes_before_create(void **state)
{
    struct client *c = *state;
    struct icm_guid id = peers_guid(COMMAND_ID);
    struct wsman_request r;

    assert_int_equal(wsman_shell_receive(c->shell, NULL, &r, NULL), ICM_STATE);
    assert_int_equal(wsman_shell_send(c->shell, NULL, "stdin", icm_slice_text("x"), &r, NULL), ICM_STATE);
    assert_int_equal(wsman_shell_signal(c->shell, COMMAND_ID, WSMAN_SIGNAL_TERMINATE, &r, NULL), ICM_STATE);
    assert_int_equal(wsman_shell_delete(c->shell, &r, NULL), ICM_STATE);
    assert_int_equal(wsman_shell_command(c->shell, &id, icm_slice_text(""), icm_slice_text("x"), &r, NULL), ICM_STATE);
}

static void history_is_cut(void **state)
{
    static const struct {
        const char *piece;
        size_t times, kept_bytes;
    } cases[] = {
        {"", 0, 0}, {"x", 255, 255}, {"x", 300, 255}, {"&", 300, 255}, {"\xE2\x82\xAC", 300, 765},
        {"\xF0\x9F\x98\x80", 200, 508}, /* two UTF-16 units each, and none is cut in half */
    };
    struct client *c = *state;
    struct icm_guid id = peers_guid(COMMAND_ID);

    open_shell(c, CREATED(SHELL_ID));
    for (size_t i = 0; i < ICM_COUNT(cases); i++) {
        struct icm_buf text = {0};
        struct wsman_request request;

        for (size_t k = 0; k < cases[i].times; k++)
            icm_buf_add_text(&text, cases[i].piece);
        assert_int_equal(wsman_shell_command(c->shell, &id, icm_buf_slice(&text), icm_slice_text("x"), &request, NULL),
                         ICM_OK);
        const struct wsman_message *m = said(c, &request);
        assert_int_equal(m->command.size, cases[i].kept_bytes);
        assert_true(icm_slice_is(m->command_id, COMMAND_ID));
        if (cases[i].times == 0)
            assert_non_null(strstr(icm_buf_text(&request.envelope), "<rsp:Command> </rsp:Command>"));
        wsman_request_reset(&request);
        icm_buf_reset(&text);
    }
}

/* with the longest history the largest payload still makes an envelope that fits */
static void a_full_command_fits(void **state)
{
    struct client *c = *state;
    struct icm_guid id = peers_guid(COMMAND_ID);
    struct icm_buf history = {0}, payload = {0};
    struct wsman_request request;

    open_shell(c, CREATED(SHELL_ID));
    for (size_t i = 0; i < 255; i++)
        icm_buf_add_u8(&history, '&');
    for (uint32_t envelope = WSMAN_ENVELOPE_FIRST; envelope <= WSMAN_ENVELOPE_LATER; envelope += 119467) {
        wsman_shell_set_envelope_max(c->shell, envelope);
        size_t max = wsman_shell_payload_max(c->shell, WSMAN_COMMAND);
        icm_buf_clear(&payload);
        assert_non_null(icm_buf_room(&payload, max));
        memset(payload.data, 0, max);
        payload.size = max;
        enum icm_code made = wsman_shell_command(c->shell, &id, icm_buf_slice(&history), icm_buf_slice(&payload),
                                                 &request, NULL);
        assert_int_equal(made, ICM_OK);
        assert_in_range(request.envelope.size, envelope - 3, envelope);
        wsman_request_reset(&request);
    }
    icm_buf_reset(&history);
    icm_buf_reset(&payload);
}

static void the_servers_ids_count(void **state)
{
    struct client *c = *state;
    struct icm_guid id = peers_guid(COMMAND_ID);
    struct wsman_request request;

    open_shell(c, CREATED("uuid:OTHER"));
    assert_string_equal(wsman_shell_id(c->shell), "uuid:OTHER");
    enum icm_code made = wsman_shell_command(c->shell, &id, icm_slice_text(""), icm_slice_text("x"), &request, NULL);
    assert_int_equal(made, ICM_OK);
    assert_int_equal(answer(c, &request, 200, WSMAN_ACTION_COMMAND "Response", request.message_id,
                            "<r:CommandResponse><r:CommandId>" GIVEN_ID "</r:CommandId></r:CommandResponse>"),
                     ICM_OK);
    wsman_request_reset(&request);
    assert_int_equal(wsman_shell_receive(c->shell, COMMAND_ID, &request, NULL), ICM_OK);
    assert_true(icm_slice_is(said(c, &request)->command_id, GIVEN_ID));
    wsman_request_reset(&request);
    assert_int_equal(wsman_shell_signal(c->shell, COMMAND_ID, WSMAN_SIGNAL_TERMINATE, &request, NULL), ICM_OK);
    assert_true(icm_slice_is(said(c, &request)->command_id, GIVEN_ID));
    wsman_request_reset(&request);
    assert_int_equal(wsman_shell_receive(c->shell, COMMAND_ID, &request, NULL), ICM_OK); /* another command by now */
    assert_true(icm_slice_is(said(c, &request)->command_id, COMMAND_ID));
    wsman_request_reset(&request);
}

static const struct {
    const char *name;
    unsigned status;
    const char *action;
    const char *relates_to; /* NULL: as it should be */
    const char *body;
    enum icm_code code;
    uint32_t wsman_code;
} answers[] = {
    {"well", 200, WSMAN_ACTION_RECEIVE "Response", NULL, "<r:ReceiveResponse/>", ICM_OK, 0},
    {"relates to another", 200, WSMAN_ACTION_RECEIVE "Response", "uuid:2", "<r:ReceiveResponse/>", ICM_SYNTAX, 0},
    {"relates to nothing", 200, WSMAN_ACTION_RECEIVE "Response", "", "<r:ReceiveResponse/>", ICM_SYNTAX, 0},
    {"another action", 200, WSMAN_ACTION_SEND "Response", NULL, "<r:ReceiveResponse/>", ICM_SYNTAX, 0},
    {"the request's own action", 200, WSMAN_ACTION_RECEIVE, NULL, "<r:ReceiveResponse/>", ICM_SYNTAX, 0},
    {"another body", 200, WSMAN_ACTION_RECEIVE "Response", NULL, "<r:SendResponse/>", ICM_SYNTAX, 0},
    {"no body", 200, WSMAN_ACTION_RECEIVE "Response", NULL, "", ICM_SYNTAX, 0},
    {"a bad status", 503, WSMAN_ACTION_RECEIVE "Response", NULL, "<r:ReceiveResponse/>", ICM_IO, 2150859026u},
    {"timed out", 500, WSMAN_ACTION_FAULT, NULL, FAULT("w:TimedOut", WSMAN_FAULT("2150858793")), ICM_AGAIN, 0},
    {"timed out, code as signed", 500, WSMAN_ACTION_FAULT, NULL, FAULT("x", WSMAN_FAULT("-2144108503")), ICM_AGAIN, 0},
    {"timed out, without a code", 500, WSMAN_ACTION_FAULT, NULL, FAULT("w:TimedOut", ""), ICM_AGAIN, 0},
    {"timed out, sealed under 200", 200, WSMAN_ACTION_FAULT, NULL, FAULT("w:TimedOut", WSMAN_FAULT("2150858793")),
     ICM_AGAIN, 0},
    {"a fault", 500, WSMAN_ACTION_FAULT, NULL, FAULT("w:InvalidSelectors", WSMAN_FAULT("2150858843")), ICM_FAULT,
     2150858843u},
    {"a fault without a code", 500, WSMAN_ACTION_FAULT, NULL, FAULT("w:InternalError", ""), ICM_FAULT, 0},
    {"a quota's fault relates to nothing", 500, WSMAN_ACTION_FAULT, "",
     FAULT("w:InternalError", WSMAN_FAULT("2150859173")), ICM_FAULT, 2150859173u},
    {"another request's fault", 500, WSMAN_ACTION_FAULT, "uuid:2", FAULT("w:TimedOut", ""), ICM_SYNTAX, 0},
};

static void judges_answers(void **state)
{
    struct client *c = *state;

    open_shell(c, CREATED(SHELL_ID));
    for (size_t i = 0; i < ICM_COUNT(answers); i++) {
        struct wsman_request request;

        assert_int_equal(wsman_shell_receive(c->shell, NULL, &request, NULL), ICM_OK);
        icm_error_reset(&c->err);
        const char *relates_to = answers[i].relates_to ? answers[i].relates_to : request.message_id;
        enum icm_code code = answer(c, &request, answers[i].status, answers[i].action, relates_to, answers[i].body);
        if (code != answers[i].code)
            fail_msg("%s: %s, %s", answers[i].name, icm_code_name(code), c->err.text);
        if (answers[i].wsman_code != 0)
            assert_int_equal(c->err.fault->wsman_code, answers[i].wsman_code);
        if (code == ICM_FAULT)
            assert_int_equal(c->err.fault->http_status, answers[i].status);
        wsman_request_reset(&request);
    }
}

/* to anything but a Receive a time-out is one */
static void a_send_that_times_out_fails(void **state)
{
    struct client *c = *state;
    struct wsman_request request;

    open_shell(c, CREATED(SHELL_ID));
    assert_int_equal(wsman_shell_send(c->shell, NULL, "stdin", icm_slice_text("x"), &request, NULL), ICM_OK);
    assert_int_equal(answer(c, &request, 500, WSMAN_ACTION_FAULT, request.message_id,
                            FAULT("w:TimedOut", WSMAN_FAULT("2150858793"))), ICM_FAULT);
    wsman_request_reset(&request);
}

static void a_create_that_names_no_shell_fails(void **state)
{
    struct client *c = *state;
    struct wsman_request request;

    assert_int_equal(wsman_shell_create(c->shell, icm_slice_text("x"), &request, NULL), ICM_OK);
    assert_int_equal(answer(c, &request, 200, WSMAN_ACTION_CREATE "Response", request.message_id,
                            "<x:ResourceCreated/>"), ICM_SYNTAX);
    assert_null(wsman_shell_id(c->shell));
    wsman_request_reset(&request);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(create_says_all_that_a_server_wants, start, stop),
        cmocka_unit_test_setup_teardown(requests_name_the_shell, start, stop),
        cmocka_unit_test_setup_teardown(nothing_goes_before_create, start, stop),
        cmocka_unit_test_setup_teardown(history_is_cut, start, stop),
        cmocka_unit_test_setup_teardown(a_full_command_fits, start, stop),
        cmocka_unit_test_setup_teardown(the_servers_ids_count, start, stop),
        cmocka_unit_test_setup_teardown(judges_answers, start, stop),
        cmocka_unit_test_setup_teardown(a_send_that_times_out_fails, start, stop),
        cmocka_unit_test_setup_teardown(a_create_that_names_no_shell_fails, start, stop),
    };

    return cmocka_run_group_tests_name("wsman_shell, MS-WSMV 3.1.4", tests, NULL, NULL);
}
