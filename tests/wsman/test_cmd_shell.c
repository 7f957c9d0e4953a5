/* Command shells: the client's requests as bytes, and both roles against each other. MS-WSMV 3.1.4.5, 3.1.4.11 to 3.1.4.14; the
 * forms are those of shared/captures/pypsrp_winrs_*.jsonl. */
#include "tests/wsman/peers.h"

#include "wsman/shell_kind.h"

#include <stdlib.h>

#define CMD_ID "CF84C20A-0A35-43FA-AF78-0B4711DA5F30"

static const struct wsman_variable environment[] = {{"env1", "var1"}, {"A&B", " 1<2 "}};
static const char *const arguments[] = {"/c", "echo", " hi & bye"};
static const struct wsman_command_line line = {.command = "cmd.exe", .arguments = arguments, .argument_count = 3};

static const char *client_address(void *context, uint64_t request)
{
    return request > 0 ? context : NULL;
}

static struct peers *peers_of(const struct wsman_shell_options *shell, const struct wsman_service_options *service)
{
    struct peers *p = calloc(1, sizeof *p);

    assert_non_null(p);
    p->shell_options = *shell;
    p->shell_options.url = "http://server:5985/wsman";
    p->shell_options.resource_uri = WSMAN_RESOURCE_CMD;
    p->options = *service;
    peers_init(p);
    return p;
}

static int start(void **state)
{
    const struct wsman_service_options service = {.has_cmd = true};

    *state = peers_of(&(struct wsman_shell_options){0}, &service);
    return 0;
}

/* the same with an open shell and a command in it */
static int start_command(void **state)
{
    struct wsman_request request;

    start(state);
    struct peers *p = *state;
    peers_create(p);
    assert_int_equal(wsman_shell_command_line(p->shell, &line, &request, NULL), ICM_OK);
    uint64_t number = peers_ask(p, &request);
    peers_accept(p, WSMAN_SERVICE_COMMAND);
    assert_int_equal(peers_take(p, &request, number), ICM_OK);
    wsman_request_reset(&request);
    return 0;
}

static int stop(void **state)
{
    peers_reset(*state);
    free(*state);
    return 0;
}

/* the id of the command that start_command's server gave: it stays in the reader until the next answer, so it is kept here */
static const char *given_id(const struct peers *p)
{
    static char id[64];

    assert_true(p->reply->command_id.size > 0 && p->reply->command_id.size < sizeof id);
    memcpy(id, p->reply->command_id.data, p->reply->command_id.size);
    id[p->reply->command_id.size] = '\0';
    return id;
}

static void assert_contains(const struct wsman_request *request, const char *text)
{
    if (!memmem(request->envelope.data, request->envelope.size, text, strlen(text)))
        fail_msg("no \"%s\" in %.*s", text, (int)request->envelope.size, (const char *)request->envelope.data);
}

/* ---- requests ---- */

static void a_create_says_how_the_shell_is_to_be(void **state)
{
    const struct wsman_shell_options options = {.url = "http://server:5985/wsman",
                                                .resource_uri = WSMAN_RESOURCE_CMD,
                                                .idle_timeout_ms = 60500,
                                                .no_machine_profile = true,
                                                .environment = environment,
                                                .environment_count = 2,
                                                .working_directory = "C:\\Windows",
                                                .code_page = 65001};
    struct wsman_shell *shell = NULL;
    struct wsman_request request;

    (void)state;
    assert_int_equal(wsman_shell_new(&shell, &options, NULL), ICM_OK);
    assert_int_equal(wsman_shell_create(shell, icm_slice_of(NULL, 0), &request, NULL), ICM_OK);
    assert_contains(&request, ">" WSMAN_RESOURCE_CMD "</w:ResourceURI>");
    assert_contains(&request, "<w:OptionSet s:mustUnderstand=\"true\"><w:Option Name=\"WINRS_NOPROFILE\">TRUE</w:Option>"
                              "<w:Option Name=\"WINRS_CODEPAGE\">65001</w:Option></w:OptionSet>");
    assert_contains(&request, "<rsp:Shell xmlns:rsp=\"" WSMAN_NS_SHELL "\"><rsp:IdleTimeOut>PT60.500S</rsp:IdleTimeOut>"
                              "<rsp:WorkingDirectory>C:\\Windows</rsp:WorkingDirectory><rsp:Environment>"
                              "<rsp:Variable Name=\"env1\">var1</rsp:Variable>"
                              "<rsp:Variable Name=\"A&amp;B\"> 1&lt;2 </rsp:Variable></rsp:Environment>"
                              "<rsp:InputStreams>stdin</rsp:InputStreams>"
                              "<rsp:OutputStreams>stdout stderr</rsp:OutputStreams></rsp:Shell>");
    wsman_request_reset(&request);
    wsman_shell_free(shell);
}

static void a_command_has_its_words_and_options(void **state)
{
    struct peers *p = *state;
    struct wsman_command_line console = {.command = "dir & echo", .console_stdin = true, .skips_cmd_shell = true};
    struct wsman_request request;

    peers_create(p);
    assert_int_equal(wsman_shell_command_line(p->shell, &line, &request, NULL), ICM_OK);
    assert_contains(&request, "<w:Option Name=\"WINRS_CONSOLEMODE_STDIN\">FALSE</w:Option>"
                              "<w:Option Name=\"WINRS_SKIP_CMD_SHELL\">FALSE</w:Option>");
    assert_contains(&request, "<rsp:CommandLine xmlns:rsp=\"" WSMAN_NS_SHELL "\"><rsp:Command>cmd.exe</rsp:Command>"
                              "<rsp:Arguments>/c</rsp:Arguments><rsp:Arguments>echo</rsp:Arguments>"
                              "<rsp:Arguments> hi &amp; bye</rsp:Arguments></rsp:CommandLine>");
    wsman_request_reset(&request);
    assert_int_equal(wsman_shell_command_line(p->shell, &console, &request, NULL), ICM_OK);
    assert_contains(&request, "WINRS_CONSOLEMODE_STDIN\">TRUE<");
    assert_contains(&request, "WINRS_SKIP_CMD_SHELL\">TRUE<");
    assert_contains(&request, "><rsp:Command>dir &amp; echo</rsp:Command></rsp:CommandLine>");
    wsman_request_reset(&request);
}

static void a_receive_asks_for_both_streams(void **state)
{
    struct peers *p = *state;
    struct wsman_request request;

    peers_create(p);
    assert_int_equal(wsman_shell_receive(p->shell, CMD_ID, &request, NULL), ICM_OK);
    assert_contains(&request, "<w:Option Name=\"WSMAN_CMDSHELL_OPTION_KEEPALIVE\">True</w:Option>");
    assert_contains(&request, "<rsp:DesiredStream CommandId=\"" CMD_ID "\">stdout stderr</rsp:DesiredStream>");
    wsman_request_reset(&request);
}

static void the_last_send_ends_its_stream(void **state)
{
    struct peers *p = *state;
    struct wsman_request request;
    size_t max;

    peers_create(p);
    assert_int_equal(wsman_shell_send(p->shell, CMD_ID, "stdin", icm_slice_text("a"), &request, NULL), ICM_OK);
    assert_contains(&request, "<rsp:Stream Name=\"stdin\" CommandId=\"" CMD_ID "\">YQ==</rsp:Stream>");
    wsman_request_reset(&request);
    assert_int_equal(wsman_shell_send_last(p->shell, CMD_ID, "stdin", icm_slice_of(NULL, 0), &request, NULL), ICM_OK);
    assert_contains(&request, "<rsp:Stream Name=\"stdin\" CommandId=\"" CMD_ID "\" End=\"true\"></rsp:Stream>");
    wsman_request_reset(&request);

    max = wsman_shell_payload_max(p->shell, WSMAN_SEND);
    uint8_t *bytes = calloc(1, max);
    assert_non_null(bytes);
    assert_int_equal(wsman_shell_send_last(p->shell, CMD_ID, "stdin", icm_slice_of(bytes, max), &request, NULL), ICM_OK);
    assert_true(request.envelope.size <= WSMAN_ENVELOPE_FIRST && request.envelope.size > WSMAN_ENVELOPE_FIRST - 8);
    wsman_request_reset(&request);
    free(bytes);
}

static void a_line_that_is_too_long_is_refused(void **state)
{
    struct peers *p = *state;
    char *text = calloc(1, WSMAN_ENVELOPE_FIRST + 1);
    struct wsman_command_line endless = {.command = text};
    struct wsman_request request;

    peers_create(p);
    assert_non_null(text);
    memset(text, 'x', WSMAN_ENVELOPE_FIRST);
    assert_int_equal(wsman_shell_command_line(p->shell, &endless, &request, &p->err), ICM_LIMIT);
    free(text);
}

/* ---- the service ---- */

static void the_answer_describes_the_shell(void **state)
{
    char address[] = "192.0.2.7";
    const struct wsman_shell_options shell = {.environment = environment,
                                              .environment_count = 2,
                                              .working_directory = "/tmp",
                                              .code_page = 850,
                                              .no_machine_profile = true,
                                              .idle_timeout_ms = 60000};
    const struct wsman_service_options service = {
        .has_cmd = true, .address = client_address, .address_context = address};
    struct peers *p = peers_of(&shell, &service);
    struct wsman_request request;
    struct wsman_answer answer;

    (void)state;
    assert_int_equal(wsman_shell_create(p->shell, icm_slice_of(NULL, 0), &request, NULL), ICM_OK);
    peers_ask(p, &request);
    struct wsman_service_event event = peers_event(p, WSMAN_SERVICE_CREATE);
    assert_int_equal(event.kind, WSMAN_SHELL_CMD);
    assert_int_equal(event.start.code_page, 850);
    assert_true(event.start.no_profile);
    assert_string_equal((const char *)event.start.working_directory.data, "/tmp");
    assert_string_equal((const char *)event.start.environment->next->name.data, "A&B");
    assert_string_equal((const char *)event.start.environment->next->value.data, " 1<2 ");
    assert_null(event.start.environment->next->next);
    wsman_service_accept(p->service, event.request);
    assert_int_equal(wsman_service_next_answer(p->service, &answer, NULL), ICM_OK);
    struct icm_buf expected = {0};
    icm_buf_add_format(
        &expected,
        "<s:Body><x:ResourceCreated><a:Address>http://server:5985/wsman</a:Address><a:ReferenceParameters>"
        "<w:ResourceURI>" WSMAN_RESOURCE_CMD "</w:ResourceURI><w:SelectorSet><w:Selector Name=\"ShellId\">%s"
        "</w:Selector></w:SelectorSet></a:ReferenceParameters></x:ResourceCreated><rsp:Shell><rsp:ShellId>%s"
        "</rsp:ShellId><rsp:ResourceUri>" WSMAN_RESOURCE_CMD "</rsp:ResourceUri><rsp:Owner>ana</rsp:Owner>"
        "<rsp:ClientIP>192.0.2.7</rsp:ClientIP><rsp:WorkingDirectory>/tmp</rsp:WorkingDirectory><rsp:Environment>"
        "<rsp:Variable Name=\"env1\">var1</rsp:Variable><rsp:Variable Name=\"A&amp;B\"> 1&lt;2 </rsp:Variable>"
        "</rsp:Environment><rsp:IdleTimeOut>PT60.000S</rsp:IdleTimeOut><rsp:InputStreams>stdin</rsp:InputStreams>"
        "<rsp:OutputStreams>stdout stderr</rsp:OutputStreams><rsp:ShellRunTime>P0DT0H0M0S</rsp:ShellRunTime>"
        "<rsp:ShellInactivity>P0DT0H0M0S</rsp:ShellInactivity></rsp:Shell></s:Body></s:Envelope>",
        event.shell_id, event.shell_id);
    if (!memmem(answer.body.data, answer.body.size, expected.data, expected.size))
        fail_msg("%.*s is not the end of %.*s", (int)expected.size, (const char *)expected.data, (int)answer.body.size,
                 (const char *)answer.body.data);
    icm_buf_reset(&expected);
    icm_buf_reset(&answer.body);
    wsman_service_event_reset(&event);
    wsman_request_reset(&request);
    peers_reset(p);
    free(p);
}

static void a_command_arrives_in_words(void **state)
{
    struct peers *p = *state;
    struct wsman_request request;

    peers_create(p);
    assert_int_equal(wsman_shell_command_line(p->shell, &line, &request, NULL), ICM_OK);
    uint64_t number = peers_ask(p, &request);
    struct wsman_service_event event = peers_event(p, WSMAN_SERVICE_COMMAND);
    assert_string_equal((const char *)event.line.command.data, "cmd.exe");
    assert_string_equal((const char *)event.line.arguments->value.data, "/c");
    assert_string_equal((const char *)event.line.arguments->next->next->value.data, " hi & bye");
    assert_null(event.line.arguments->next->next->next);
    assert_false(event.line.skips_cmd_shell);
    wsman_service_accept(p->service, event.request);
    assert_int_equal(peers_take(p, &request, number), ICM_OK);
    assert_true(icm_slice_is(p->reply->command_id, event.command_id));
    wsman_service_event_reset(&event);
    wsman_request_reset(&request);
}

/* what the last answer's streams were: "o:text e:text o. e." */
static void assert_streams(const struct peers *p, const char *expected)
{
    struct icm_buf text = {0};

    for (const struct wsman_stream *s = p->reply->streams; s; s = s->next)
        icm_buf_add_format(&text, "%s%c%s%.*s", text.size > 0 ? " " : "", s->name.data[3], s->is_end ? "." : ":",
                           (int)s->size, s->size > 0 ? (const char *)p->reply->payload.data + s->offset : "");
    assert_string_equal(icm_buf_text(&text), expected);
    icm_buf_reset(&text);
}

static void output_comes_in_its_streams(void **state)
{
    struct peers *p = *state;
    const char *id = given_id(p);
    struct wsman_request request;
    uint64_t number = peers_receive(p, id, &request);

    wsman_service_stream(p->service, p->shell_number, id, 0, icm_slice_text("one"), p->now_ms);
    assert_int_equal(peers_take(p, &request, number), ICM_OK);
    wsman_request_reset(&request);
    assert_streams(p, "o:one");
    assert_true(icm_slice_is(p->reply->command_state, WSMAN_COMMAND_STATE_RUNNING));
    assert_false(p->reply->has_exit_code);

    wsman_service_stream(p->service, p->shell_number, id, 1, icm_slice_text("bad"), p->now_ms);
    wsman_service_stream(p->service, p->shell_number, id, 0, icm_slice_text("two"), p->now_ms);
    wsman_service_command_exited(p->service, p->shell_number, id, 0xC000013Au, p->now_ms);
    number = peers_receive(p, id, &request);
    assert_int_equal(peers_take(p, &request, number), ICM_OK);
    wsman_request_reset(&request);
    assert_streams(p, "e:bad o:two o. e.");
    assert_true(icm_slice_is(p->reply->command_state, WSMAN_COMMAND_STATE_DONE));
    assert_int_equal(p->reply->exit_code, 0xC000013Au);
}

static void a_full_answer_has_room_for_its_end(void **state)
{
    struct peers *p = *state;
    const char *id = given_id(p);
    size_t total = 0, size = 400000;
    uint8_t *bytes = calloc(1, size);
    bool is_done = false;

    assert_non_null(bytes);
    for (size_t i = 0; i < 3; i++)
        wsman_service_stream(p->service, p->shell_number, id, (int)i % 2, icm_slice_of(bytes, size), p->now_ms);
    wsman_service_command_exited(p->service, p->shell_number, id, UINT32_MAX, p->now_ms);
    free(bytes);
    for (size_t i = 0; i < 30 && !is_done; i++) {
        struct wsman_request request;
        struct wsman_answer answer;
        uint64_t number = peers_receive(p, id, &request);

        assert_int_equal(wsman_service_next_answer(p->service, &answer, NULL), ICM_OK);
        assert_true(answer.body.size <= WSMAN_ENVELOPE_FIRST);
        peers_read(p, icm_buf_slice(&answer.body));
        icm_buf_reset(&answer.body);
        wsman_service_taken(p->service, number, true);
        total += p->reply->payload.size;
        is_done = icm_slice_is(p->reply->command_state, WSMAN_COMMAND_STATE_DONE);
        wsman_request_reset(&request);
    }
    assert_true(is_done);
    assert_int_equal(total, 3 * size);
}

static void input_arrives_with_its_end(void **state)
{
    struct peers *p = *state;
    const char *id = given_id(p);
    struct wsman_request request;

    assert_int_equal(wsman_shell_send_last(p->shell, id, "stdin", icm_slice_text("in"), &request, NULL), ICM_OK);
    peers_ask(p, &request);
    struct wsman_service_event event = peers_event(p, WSMAN_SERVICE_SEND);
    assert_true(event.is_last);
    assert_true(icm_slice_is(icm_buf_slice(&event.payload), "in"));
    wsman_service_event_reset(&event);
    wsman_request_reset(&request);
}

static void signals_are_told_apart(void **state)
{
    static const struct {
        const char *code;
        enum wsman_service_signal signal;
    } rows[] = {{WSMAN_SIGNAL_CTRL_C, WSMAN_SERVICE_CTRL_C},
                {WSMAN_SIGNAL_CTRL_BREAK, WSMAN_SERVICE_CTRL_BREAK},
                {WSMAN_SIGNAL_TERMINATE, WSMAN_SERVICE_TERMINATE}};
    struct peers *p = *state;
    const char *id = given_id(p);

    for (size_t i = 0; i < ICM_COUNT(rows); i++) {
        struct wsman_request request;

        assert_int_equal(wsman_shell_signal(p->shell, id, rows[i].code, &request, NULL), ICM_OK);
        uint64_t number = peers_ask(p, &request);
        struct wsman_service_event event = peers_event(p, WSMAN_SERVICE_SIGNAL);
        assert_int_equal(event.signal, rows[i].signal);
        wsman_service_accept(p->service, event.request);
        wsman_service_event_reset(&event);
        assert_int_equal(peers_take(p, &request, number), ICM_OK);
        wsman_request_reset(&request);
    }
}

/* shared/captures/pypsrp_winrs_standard: ctrl_c comes behind Done, and is fine */
static void a_command_that_has_ended_takes_signals(void **state)
{
    struct peers *p = *state;
    const char *id = given_id(p);
    struct wsman_request request;

    wsman_service_command_exited(p->service, p->shell_number, id, 0, p->now_ms);
    uint64_t number = peers_receive(p, id, &request);
    assert_int_equal(peers_take(p, &request, number), ICM_OK);
    wsman_request_reset(&request);
    assert_int_equal(wsman_shell_signal(p->shell, id, WSMAN_SIGNAL_CTRL_C, &request, NULL), ICM_OK);
    assert_int_equal(peers_take(p, &request, peers_ask(p, &request)), ICM_OK);
    wsman_request_reset(&request);
    number = peers_receive(p, id, &request);
    assert_int_equal(peers_take(p, &request, number), ICM_FAULT);
    peers_assert_fault(p, WSMAN_CODE_NO_SUCH_SHELL, "InvalidSelectors");
    wsman_request_reset(&request);
}

#define ASK(action, selector, body)                                                                               \
    "<s:Envelope xmlns:s='" WSMAN_NS_SOAP "' xmlns:a='" WSMAN_NS_ADDRESSING "' xmlns:w='" WSMAN_NS_WSMAN           \
    "' xmlns:r='" WSMAN_NS_SHELL "'><s:Header><a:To>http://h/wsman</a:To><a:MessageID>uuid:1</a:MessageID><a:Action>" \
    action "</a:Action><w:ResourceURI>%s</w:ResourceURI>" selector "</s:Header><s:Body>" body "</s:Body></s:Envelope>"
#define SELECTOR "<w:SelectorSet><w:Selector Name='ShellId'>%s</w:Selector></w:SelectorSet>"

/* what a wrong request gets, %s: the resource and the open shell's id */
static const struct {
    const char *name, *request, *resource;
    uint32_t code;
    const char *subcode;
} wrong[] = {
    {"a Receive without a command", ASK(WSMAN_ACTION_RECEIVE, SELECTOR, "<r:Receive><r:DesiredStream>stdout stderr</r:DesiredStream></r:Receive>"),
     WSMAN_RESOURCE_CMD, 87, "InvalidParameter"},
    {"a Receive of an unknown command", ASK(WSMAN_ACTION_RECEIVE, SELECTOR, "<r:Receive><r:DesiredStream CommandId='" CMD_ID "'>stdout stderr</r:DesiredStream></r:Receive>"),
     WSMAN_RESOURCE_CMD, WSMAN_CODE_NO_SUCH_SHELL, "InvalidSelectors"},
    {"a Send without a command", ASK(WSMAN_ACTION_SEND, SELECTOR, "<r:Send><r:Stream Name='stdin'>QQ==</r:Stream></r:Send>"),
     WSMAN_RESOURCE_CMD, 87, "InvalidParameter"},
    {"a Send to an unknown stream", ASK(WSMAN_ACTION_SEND, SELECTOR, "<r:Send><r:Stream Name='pr'>QQ==</r:Stream></r:Send>"),
     WSMAN_RESOURCE_CMD, WSMAN_CODE_INVALID_BODY, "SchemaValidationError"},
    {"a command that is empty", ASK(WSMAN_ACTION_COMMAND, SELECTOR, "<r:CommandLine><r:Command/></r:CommandLine>"),
     WSMAN_RESOURCE_CMD, WSMAN_CODE_INVALID_BODY, "SchemaValidationError"},
    {"a shell with an unknown stream", ASK(WSMAN_ACTION_CREATE, "", "<r:Shell><r:OutputStreams>stdout  sterr</r:OutputStreams></r:Shell>"),
     WSMAN_RESOURCE_CMD, WSMAN_CODE_INVALID_BODY, "SchemaValidationError"},
    {"another kind's request", ASK(WSMAN_ACTION_COMMAND, SELECTOR, "<r:CommandLine><r:Command/><r:Arguments>QQ==</r:Arguments></r:CommandLine>"),
     WSMAN_RESOURCE_POWERSHELL, WSMAN_CODE_NO_SUCH_SHELL, "InvalidSelectors"},
};

static void wrong_requests_get_their_faults(void **state)
{
    struct peers *p = *state;

    peers_create(p);
    for (size_t i = 0; i < ICM_COUNT(wrong); i++) {
        struct icm_buf text = {0};

        print_message("%s\n", wrong[i].name);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        icm_buf_add_format(&text, wrong[i].request, wrong[i].resource, wsman_shell_id(p->shell));
#pragma GCC diagnostic pop
        assert_int_equal(peers_answer(p, peers_post(p, "ana", icm_buf_slice(&text))), 500);
        peers_assert_fault(p, wrong[i].code, wrong[i].subcode);
        icm_buf_reset(&text);
    }
}

static void a_service_without_command_shells_has_no_such_resource(void **state)
{
    struct peers *p = peers_of(&(struct wsman_shell_options){0}, &(struct wsman_service_options){0});
    struct wsman_request request;

    (void)state;
    assert_int_equal(wsman_shell_create(p->shell, icm_slice_of(NULL, 0), &request, NULL), ICM_OK);
    assert_int_equal(peers_take(p, &request, peers_ask(p, &request)), ICM_FAULT);
    peers_assert_fault(p, WSMAN_CODE_INVALID_RESOURCE_URI, "DestinationUnreachable");
    wsman_request_reset(&request);
    peers_reset(p);
    free(p);
}

/* a client that is gone: its Receive is, and then the shell's time runs */
static void a_shell_that_nobody_asks_about_ends(void **state)
{
    struct wsman_service_options service = {.has_cmd = true, .idle_timeout_ms = 5000};
    struct peers *p = peers_of(&(struct wsman_shell_options){0}, &service);
    struct wsman_request request;

    (void)state;
    peers_create(p);
    assert_int_equal(wsman_shell_command_line(p->shell, &line, &request, NULL), ICM_OK);
    uint64_t number = peers_ask(p, &request);
    peers_accept(p, WSMAN_SERVICE_COMMAND);
    assert_int_equal(peers_take(p, &request, number), ICM_OK);
    wsman_request_reset(&request);
    number = peers_receive(p, given_id(p), &request);
    wsman_request_reset(&request);
    assert_int_equal(wsman_service_tick(p->service, 31000), 36000); /* it waits: somebody is there */
    p->now_ms = 32000;
    wsman_service_tick(p->service, p->now_ms);
    wsman_service_hung_up(p->service, number);
    assert_int_equal(wsman_service_tick(p->service, 36000), 37000);
    assert_int_equal(wsman_service_tick(p->service, 37000), INT64_MAX);
    struct wsman_service_event event = peers_event(p, WSMAN_SERVICE_DELETE);
    assert_int_equal(event.request, 0);
    assert_int_equal(event.shell, p->shell_number);
    wsman_service_event_reset(&event);
    peers_reset(p);
    free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_create_says_how_the_shell_is_to_be),
        cmocka_unit_test_setup_teardown(a_command_has_its_words_and_options, start, stop),
        cmocka_unit_test_setup_teardown(a_receive_asks_for_both_streams, start, stop),
        cmocka_unit_test_setup_teardown(the_last_send_ends_its_stream, start, stop),
        cmocka_unit_test_setup_teardown(a_line_that_is_too_long_is_refused, start, stop),
        cmocka_unit_test(the_answer_describes_the_shell),
        cmocka_unit_test_setup_teardown(a_command_arrives_in_words, start, stop),
        cmocka_unit_test_setup_teardown(output_comes_in_its_streams, start_command, stop),
        cmocka_unit_test_setup_teardown(a_full_answer_has_room_for_its_end, start_command, stop),
        cmocka_unit_test_setup_teardown(input_arrives_with_its_end, start_command, stop),
        cmocka_unit_test_setup_teardown(signals_are_told_apart, start_command, stop),
        cmocka_unit_test_setup_teardown(a_command_that_has_ended_takes_signals, start_command, stop),
        cmocka_unit_test_setup_teardown(wrong_requests_get_their_faults, start, stop),
        cmocka_unit_test(a_service_without_command_shells_has_no_such_resource),
        cmocka_unit_test(a_shell_that_nobody_asks_about_ends),
    };

    return cmocka_run_group_tests_name("command shells, MS-WSMV 3.1.4", tests, NULL, NULL);
}
