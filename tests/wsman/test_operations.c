/* What is asked of shells beside Create to Delete, and of a computer without one: the client's requests and what it
 * makes of the answers that real servers have given. MS-WSMV 3.1.4.2 to 3.1.4.4, 3.1.4.15 to 3.1.4.17; DSP0226 8. */
#include "tests/wsman/peers.h"

#include <stdio.h>
#include <stdlib.h>

/* a client, and a reader for each direction */
struct client {
    struct wsman_shell *shell;
    struct wsman_reader *theirs, *ours;
    struct wsman_request request;
    struct icm_error err;
};

static int start(void **state)
{
    struct client *c = calloc(1, sizeof *c);

    assert_non_null(c);
    c->shell = peers_shell_new(SHELL_ID);
    assert_int_equal(wsman_reader_new(&c->theirs, 1024 * 1024, NULL), ICM_OK);
    assert_int_equal(wsman_reader_new(&c->ours, 1024 * 1024, NULL), ICM_OK);
    *state = c;
    return 0;
}

static int stop(void **state)
{
    struct client *c = *state;

    wsman_request_reset(&c->request);
    wsman_shell_free(c->shell);
    wsman_reader_free(c->theirs);
    wsman_reader_free(c->ours);
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

static const struct wsman_message *said(struct client *c)
{
    return read_with(c->ours, icm_buf_slice(&c->request.envelope));
}

/* the answer of a server: an action with "Response" behind it, and a body */
static enum icm_code answer(struct client *c, const char *action, const char *body, const struct wsman_message **reply)
{
    struct icm_buf text = {0};

    icm_buf_add_format(&text,
                       "<s:Envelope xmlns:s='" WSMAN_NS_SOAP "' xmlns:a='" WSMAN_NS_ADDRESSING
                       "' xmlns:w='" WSMAN_NS_WSMAN "' xmlns:x='" WSMAN_NS_TRANSFER "' xmlns:n='" WSMAN_NS_ENUMERATION
                       "' xmlns:rsp='" WSMAN_NS_SHELL
                       "'><s:Header><a:Action>%s</a:Action><a:RelatesTo>%s</a:RelatesTo></s:Header>"
                       "<s:Body>%s</s:Body></s:Envelope>",
                       action, c->request.message_id, body);
    struct wsman_message *m = read_with(c->theirs, icm_buf_slice(&text));
    unsigned status = m->body == WSMAN_BODY_FAULT ? 500 : 200;
    enum icm_code code = wsman_shell_take(c->shell, &c->request, status, m, &c->err);

    wsman_request_reset(&c->request);
    icm_buf_reset(&text);
    if (reply)
        *reply = m;
    return code;
}

#define CREATED                                                                                                        \
    "<x:ResourceCreated><a:ReferenceParameters><w:SelectorSet><w:Selector Name='ShellId'>" SHELL_ID "</w:Selector>"    \
    "</w:SelectorSet></a:ReferenceParameters></x:ResourceCreated>"
#define FAULT(code)                                                                                                    \
    "<s:Fault><s:Code><s:Value>s:Sender</s:Value></s:Code><s:Reason><s:Text>no</s:Text></s:Reason><s:Detail>"          \
    "<f:WSManFault xmlns:f='" WSMAN_NS_FAULT "' Code='" code "'/></s:Detail></s:Fault>"

static void open_shell(struct client *c)
{
    assert_int_equal(wsman_shell_create(c->shell, icm_slice_text("x"), &c->request, NULL), ICM_OK);
    assert_int_equal(answer(c, WSMAN_ACTION_CREATE "Response", CREATED, NULL), ICM_OK);
}

static void assert_selects_shell(const struct wsman_message *m)
{
    assert_true(icm_slice_is(wsman_pair_value(m->selectors, "ShellId"), SHELL_ID));
    assert_true(icm_slice_is(m->resource_uri, WSMAN_RESOURCE_POWERSHELL));
}

static void disconnect_says_how(void **state)
{
    struct client *c = *state;
    struct wsman_leaving how = {0};

    assert_int_equal(wsman_shell_disconnect(c->shell, &how, &c->request, NULL), ICM_STATE);
    open_shell(c);
    assert_int_equal(wsman_shell_disconnect(c->shell, &how, &c->request, NULL), ICM_OK);
    const struct wsman_message *m = said(c);
    assert_selects_shell(m);
    assert_true(icm_slice_is(m->action, WSMAN_ACTION_DISCONNECT));
    assert_int_equal(m->body, WSMAN_BODY_DISCONNECT);
    assert_int_equal(m->idle_timeout_ms, -1);
    assert_int_equal(m->buffer_mode.size, 0);
    assert_int_equal(answer(c, WSMAN_ACTION_DISCONNECT "Response", "", NULL), ICM_OK);

    how = (struct wsman_leaving){.idle_timeout_ms = 90500, .buffer_mode = WSMAN_BUFFER_DROP};
    assert_int_equal(wsman_shell_disconnect(c->shell, &how, &c->request, NULL), ICM_OK);
    m = said(c);
    assert_int_equal(m->idle_timeout_ms, 90500);
    assert_true(icm_slice_is(m->buffer_mode, "Drop"));
    /* OMI: another capital in the action, and a body */
    assert_int_equal(answer(c, "http://schemas.microsoft.com/wbem/wsman/1/windows/Shell/DisconnectResponse",
                            "<rsp:DisconnectResponse/>", NULL),
                     ICM_OK);
}

static void reconnect_is_empty_but_for_a_command(void **state)
{
    struct client *c = *state;

    open_shell(c);
    assert_int_equal(wsman_shell_reconnect(c->shell, NULL, &c->request, NULL), ICM_OK);
    const struct wsman_message *m = said(c);
    assert_selects_shell(m);
    assert_true(icm_slice_is(m->action, WSMAN_ACTION_RECONNECT) && m->session_id.size > 0);
    assert_int_equal(m->body, WSMAN_BODY_EMPTY);
    assert_int_equal(answer(c, WSMAN_ACTION_RECONNECT "Response", "<rsp:ReconnectResponse/>", NULL), ICM_OK);
    assert_int_equal(wsman_shell_reconnect(c->shell, COMMAND_ID, &c->request, NULL), ICM_OK);
    m = said(c);
    assert_int_equal(m->body, WSMAN_BODY_RECONNECT);
    assert_true(icm_slice_is(m->command_id, COMMAND_ID));
    assert_int_equal(answer(c, WSMAN_ACTION_RECONNECT "Response", "", NULL), ICM_OK);
    assert_int_equal(wsman_shell_reconnect(c->shell, NULL, &c->request, NULL), ICM_OK);
    assert_int_equal(answer(c, WSMAN_ACTION_RECONNECT "Response", "<rsp:SendResponse/>", NULL), ICM_SYNTAX);
}

static void connect_takes_a_shell_over(void **state)
{
    struct client *c = *state;
    const struct wsman_message *reply;

    assert_int_equal(wsman_shell_connect_command(c->shell, COMMAND_ID, &c->request, NULL), ICM_STATE);
    assert_int_equal(wsman_shell_connect(c->shell, icm_slice_text("hello"), &c->request, NULL), ICM_OK);
    const struct wsman_message *m = said(c);
    assert_selects_shell(m);
    assert_int_equal(m->body, WSMAN_BODY_CONNECT);
    assert_true(icm_slice_is(wsman_pair_value(m->options, "protocolversion"), "2.3") && m->options->must_comply);
    assert_true(icm_slice_is(icm_buf_slice(&m->payload), "hello"));
    assert_int_equal(answer(c, WSMAN_ACTION_CONNECT "Response",
                            "<rsp:ConnectResponse><rsp:InputStreams>stdin pr</rsp:InputStreams>"
                            "<rsp:OutputStreams>stdout</rsp:OutputStreams><connectResponseXml "
                            "xmlns='" WSMAN_NS_POWERSHELL "'>d29ybGQ=</connectResponseXml></rsp:ConnectResponse>",
                            &reply),
                     ICM_OK);
    assert_true(icm_slice_is(icm_buf_slice(&reply->payload), "world"));
    assert_string_equal(wsman_shell_id(c->shell), SHELL_ID);
    assert_int_equal(wsman_shell_connect(c->shell, icm_slice_text("hello"), &c->request, NULL), ICM_STATE);

    assert_int_equal(wsman_shell_connect_command(c->shell, COMMAND_ID, &c->request, NULL), ICM_OK);
    m = said(c);
    assert_selects_shell(m);
    assert_true(icm_slice_is(m->command_id, COMMAND_ID) && m->payload.size == 0);
    assert_int_equal(answer(c, WSMAN_ACTION_CONNECT "Response", "<rsp:ConnectResponse/>", NULL), ICM_OK);
    assert_int_equal(wsman_shell_receive(c->shell, COMMAND_ID, &c->request, NULL), ICM_OK);
}

static void a_refused_connect_leaves_nothing_open(void **state)
{
    struct client *c = *state;

    assert_int_equal(wsman_shell_connect(c->shell, icm_slice_text("hello"), &c->request, NULL), ICM_OK);
    assert_int_equal(answer(c, WSMAN_ACTION_FAULT, FAULT("2150859213"), NULL), ICM_FAULT);
    assert_int_equal(c->err.fault->wsman_code, WSMAN_CODE_CONNECTED_ELSEWHERE);
    assert_int_equal(wsman_shell_receive(c->shell, NULL, &c->request, NULL), ICM_STATE);
}

static void connect_has_one_envelope(void **state)
{
    struct client *c = *state;
    size_t most = wsman_shell_payload_max(c->shell, WSMAN_CONNECT);
    struct icm_buf payload = {0};

    for (size_t i = 0; i < most + 1; i++)
        icm_buf_add_u8(&payload, 'x');
    assert_int_equal(wsman_shell_connect(c->shell, icm_buf_slice(&payload), &c->request, NULL), ICM_LIMIT);
    payload.size--;
    assert_int_equal(wsman_shell_connect(c->shell, icm_buf_slice(&payload), &c->request, NULL), ICM_OK);
    assert_true(c->request.envelope.size <= WSMAN_ENVELOPE_FIRST &&
                c->request.envelope.size > WSMAN_ENVELOPE_FIRST - 8);
    icm_buf_reset(&payload);
}

/* ---- the service's configuration ---- */

static const struct config_row {
    const char *name, *kilobytes;
    bool is_said;
    uint32_t then; /* what envelopes are said to have */
} configs[] = {
    {"150 KB", "150", true, 150 * 1024},
    {"what is more than the usual", "8192", true, 8192 * 1024},
    {"what is more than anybody needs", "4294967295", true, WSMAN_ENVELOPE_MOST},
    {"no number", "many", false, WSMAN_ENVELOPE_FIRST},
    {"too little", "7", false, WSMAN_ENVELOPE_FIRST},
};

static void envelopes_are_as_large_as_the_service_takes(void **state)
{
    const struct config_row *row = *state;
    void *started;
    char body[512];

    start(&started);
    struct client *c = started;
    assert_int_equal(wsman_shell_get_config(c->shell, &c->request, NULL), ICM_OK);
    const struct wsman_message *m = said(c), *reply;
    assert_true(icm_slice_is(m->action, WSMAN_ACTION_GET) && icm_slice_is(m->resource_uri, WSMAN_RESOURCE_CONFIG));
    assert_true(m->body == WSMAN_BODY_EMPTY && !m->selectors);
    snprintf(body, sizeof body,
             "<cfg:Config xmlns:cfg='" WSMAN_NS_CONFIG "'><cfg:MaxEnvelopeSizekb>%s</cfg:MaxEnvelopeSizekb>"
             "<cfg:MaxTimeoutms>60000</cfg:MaxTimeoutms><cfg:MaxBatchItems>32000</cfg:MaxBatchItems></cfg:Config>",
             row->kilobytes);
    assert_int_equal(answer(c, WSMAN_ACTION_GET "Response", body, &reply), ICM_OK);
    assert_true(reply->config.max_timeout_ms == 60000 && reply->config.max_batch_items == 32000);
    assert_int_equal(wsman_shell_create(c->shell, icm_slice_text("x"), &c->request, NULL), ICM_OK);
    assert_int_equal(said(c)->max_envelope_size, row->then);
    wsman_shell_set_envelope_max(c->shell,
                                 WSMAN_ENVELOPE_LATER); /* by the protocol's version: the service knows better */
    wsman_request_reset(&c->request);
    assert_int_equal(wsman_shell_create(c->shell, icm_slice_text("x"), &c->request, NULL), ICM_OK);
    assert_int_equal(said(c)->max_envelope_size, row->is_said ? row->then : WSMAN_ENVELOPE_LATER);
    stop(&started);
}

static void who_may_not_see_the_configuration_stays_as_he_was(void **state)
{
    struct client *c = *state;

    assert_int_equal(wsman_shell_get_config(c->shell, &c->request, NULL), ICM_OK);
    assert_int_equal(answer(c, WSMAN_ACTION_FAULT, FAULT("5"), NULL), ICM_FAULT);
    assert_int_equal(wsman_shell_create(c->shell, icm_slice_text("x"), &c->request, NULL), ICM_OK);
    assert_int_equal(said(c)->max_envelope_size, WSMAN_ENVELOPE_FIRST);
}

/* ---- enumerations ---- */

#define ITEM(id, state)                                                                                                \
    "<rsp:Shell><rsp:ShellId>" id "</rsp:ShellId><rsp:Name>n</rsp:Name><rsp:ResourceUri>urn:r</rsp:ResourceUri>"       \
    "<rsp:Owner>H\\ana</rsp:Owner><rsp:ClientIP>10.0.2.2</rsp:ClientIP><rsp:ProcessId>2792</rsp:ProcessId>"            \
    "<rsp:IdleTimeOut>PT7200.000S</rsp:IdleTimeOut><rsp:InputStreams>stdin pr</rsp:InputStreams>"                      \
    "<rsp:OutputStreams>stdout</rsp:OutputStreams><rsp:MaxIdleTimeOut>PT2147483.647S</rsp:MaxIdleTimeOut>"             \
    "<rsp:BufferMode>Block</rsp:BufferMode><rsp:State>" state "</rsp:State>"                                           \
    "<rsp:ShellRunTime>P0DT0H1M2S</rsp:ShellRunTime><rsp:MemoryUsed>46MB</rsp:MemoryUsed>"                             \
    "<rsp:ChildProcesses>0</rsp:ChildProcesses></rsp:Shell>"

static void shells_come_as_structs(void **state)
{
    struct client *c = *state;
    struct wsman_listing listing = {0};
    const struct wsman_message *reply;

    assert_int_equal(wsman_shell_enumerate(c->shell, &listing, &c->request, NULL), ICM_OK);
    const struct wsman_message *m = said(c);
    assert_true(icm_slice_is(m->action, WSMAN_ACTION_ENUMERATE) &&
                icm_slice_is(m->resource_uri, WSMAN_RESOURCE_SHELLS));
    assert_true(m->is_optimized && m->max_elements == 32000 && !m->filter && !m->selectors);
    assert_int_equal(
        answer(c, WSMAN_ACTION_ENUMERATE "Response",
               "<n:EnumerateResponse><n:EnumerationContext></n:EnumerationContext><w:Items>" ITEM("A", "Disconnected")
                   ITEM("B", "Connected") "</w:Items><w:EndOfSequence/></n:EnumerateResponse>",
               &reply),
        ICM_OK);
    assert_true(reply->is_end_of_sequence && reply->enumeration_context.size == 0 && reply->item_count == 2);
    const struct wsman_shell_info *a = reply->shells, *b = a->next;
    assert_null(b->next);
    assert_true(icm_slice_is(a->shell_id, "A") && icm_slice_is(b->shell_id, "B"));
    assert_true(icm_slice_is(a->state, "Disconnected") && icm_slice_is(b->state, "Connected"));
    assert_true(icm_slice_is(a->name, "n") && icm_slice_is(a->resource_uri, "urn:r") &&
                icm_slice_is(a->owner, "H\\ana"));
    assert_true(icm_slice_is(a->client_ip, "10.0.2.2") && icm_slice_is(a->process_id, "2792"));
    assert_true(icm_slice_is(a->input_streams, "stdin pr") && icm_slice_is(a->output_streams, "stdout"));
    assert_true(icm_slice_is(a->buffer_mode, "Block") && icm_slice_is(a->memory_used, "46MB"));
    assert_true(icm_slice_is(a->child_processes, "0"));
    assert_int_equal(a->idle_timeout_ms, 7200000);
    assert_int_equal(a->max_idle_timeout_ms, 2147483647);
    assert_int_equal(a->run_time_ms, 62000);
    assert_int_equal(a->inactivity_ms, -1);
}

static void the_rest_is_pulled_or_released(void **state)
{
    struct client *c = *state;
    struct wsman_listing listing = {.shell_id = SHELL_ID, .is_plain = true, .max_elements = 2};
    struct icm_slice context = icm_slice_text("<7&>");
    const struct wsman_message *reply;

    assert_int_equal(wsman_shell_enumerate(c->shell, &listing, &c->request, NULL), ICM_OK);
    const struct wsman_message *m = said(c);
    assert_true(icm_slice_is(m->resource_uri, WSMAN_RESOURCE_COMMANDS));
    assert_true(!m->is_optimized && icm_slice_is(m->filter_dialect, WSMAN_DIALECT_SELECTORS));
    assert_true(icm_slice_is(wsman_pair_value(m->filter, "ShellId"), SHELL_ID));
    assert_int_equal(answer(c, WSMAN_ACTION_ENUMERATE "Response",
                            "<n:EnumerateResponse><n:EnumerationContext>&lt;7&amp;></n:EnumerationContext>"
                            "</n:EnumerateResponse>",
                            &reply),
                     ICM_OK);
    assert_true(icm_slice_equal(reply->enumeration_context, context) && !reply->is_end_of_sequence);

    assert_int_equal(wsman_shell_pull(c->shell, &listing, context, &c->request, NULL), ICM_OK);
    m = said(c);
    assert_true(icm_slice_is(m->resource_uri, WSMAN_RESOURCE_COMMANDS) && m->body == WSMAN_BODY_PULL);
    assert_true(icm_slice_equal(m->enumeration_context, context) && m->max_elements == 2);
    assert_int_equal(
        answer(c, WSMAN_ACTION_PULL "Response",
               "<n:PullResponse><n:Items><rsp:Command><rsp:CommandId>" COMMAND_ID "</rsp:CommandId>"
               "<rsp:CommandLine>x</rsp:CommandLine><rsp:CommandState>Running</rsp:CommandState></rsp:Command>"
               "</n:Items><n:EndOfSequence/></n:PullResponse>",
               &reply),
        ICM_OK);
    assert_true(reply->is_end_of_sequence && reply->item_count == 1);
    assert_true(icm_slice_is(reply->commands->command_id, COMMAND_ID));
    assert_true(icm_slice_is(reply->commands->command_line, "x") && icm_slice_is(reply->commands->state, "Running"));

    assert_int_equal(wsman_shell_release(c->shell, &listing, context, &c->request, NULL), ICM_OK);
    m = said(c);
    assert_true(m->body == WSMAN_BODY_RELEASE && icm_slice_equal(m->enumeration_context, context));
    assert_int_equal(answer(c, WSMAN_ACTION_RELEASE "Response", "", NULL), ICM_OK);
}

static void items_have_a_bound(void **state)
{
    struct client *c = *state;
    struct icm_buf text = {0};

    icm_buf_add_text(&text, "<s:Envelope xmlns:s='" WSMAN_NS_SOAP "' xmlns:n='" WSMAN_NS_ENUMERATION
                            "' xmlns:w='" WSMAN_NS_WSMAN "' xmlns:rsp='" WSMAN_NS_SHELL
                            "'><s:Header/><s:Body><n:EnumerateResponse><w:Items>");
    for (int i = 0; i <= WSMAN_ITEMS_MAX; i++)
        icm_buf_add_text(&text, "<rsp:Shell/>");
    wsman_reader_restart(c->theirs, text.size);
    assert_int_equal(wsman_reader_feed(c->theirs, icm_buf_slice(&text), &c->err), ICM_LIMIT);
    icm_buf_reset(&text);
}

static void a_shell_is_asked_for_its_state(void **state)
{
    struct client *c = *state;
    const struct wsman_message *reply;

    open_shell(c);
    assert_int_equal(wsman_shell_get(c->shell, &c->request, NULL), ICM_OK);
    const struct wsman_message *m = said(c);
    assert_true(icm_slice_is(m->resource_uri, WSMAN_RESOURCE_SHELLS));
    assert_true(icm_slice_is(wsman_pair_value(m->selectors, "ShellId"), SHELL_ID));
    assert_int_equal(answer(c, WSMAN_ACTION_GET "Response", ITEM(SHELL_ID, "Disconnected"), &reply), ICM_OK);
    assert_true(icm_slice_is(reply->shell.state, "Disconnected") && icm_slice_is(reply->shell.shell_id, SHELL_ID));
    assert_int_equal(reply->shell.run_time_ms, 62000);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
    const struct CMUnitTest others[] = {
        TEST(disconnect_says_how),        TEST(reconnect_is_empty_but_for_a_command),
        TEST(connect_takes_a_shell_over), TEST(a_refused_connect_leaves_nothing_open),
        TEST(connect_has_one_envelope),   TEST(who_may_not_see_the_configuration_stays_as_he_was),
        TEST(shells_come_as_structs),     TEST(the_rest_is_pulled_or_released),
        TEST(items_have_a_bound),         TEST(a_shell_is_asked_for_its_state),
    };
    struct CMUnitTest tests[ICM_COUNT(others) + ICM_COUNT(configs)];

    memcpy(tests, others, sizeof others);
    for (size_t i = 0; i < ICM_COUNT(configs); i++)
        tests[ICM_COUNT(others) + i] = (struct CMUnitTest){configs[i].name, envelopes_are_as_large_as_the_service_takes,
                                                           NULL, NULL, (void *)(uintptr_t)&configs[i]};
    return cmocka_run_group_tests_name("wsman_shell: leaving, taking over, listing", tests, NULL, NULL);
}
