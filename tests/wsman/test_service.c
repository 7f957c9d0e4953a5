/* The service against requests that no client of ours makes: faults, limits, timing, many shells. MS-WSMV 3.1.4. */
#include "tests/wsman/peers.h"

#include <stdio.h>
#include <stdlib.h>

static int start(void **state)
{
    struct peers *p = calloc(1, sizeof *p);

    assert_non_null(p);
    p->options = (struct wsman_service_options){.max_shells = 2, .max_commands = 2, .linger_ms = 20};
    peers_init(p);
    peers_create(p);
    *state = p;
    return 0;
}

static int stop(void **state)
{
    peers_reset(*state);
    free(*state);
    return 0;
}

#define NAMESPACES                                                                           \
    "xmlns:s='" WSMAN_NS_SOAP "' xmlns:a='" WSMAN_NS_ADDRESSING "' xmlns:w='" WSMAN_NS_WSMAN \
    "' xmlns:p='" WSMAN_NS_WSMV "' xmlns:r='" WSMAN_NS_SHELL "'"
#define TO "<a:To>http://host.example:5985/wsman</a:To>"
#define ID "<a:MessageID>uuid:1</a:MessageID>"
#define RESOURCE "<w:ResourceURI>" WSMAN_RESOURCE_POWERSHELL "</w:ResourceURI>"
#define SELECTOR(id) "<w:SelectorSet><w:Selector Name='ShellId'>" id "</w:Selector></w:SelectorSet>"
#define ACTION(uri) "<a:Action>" uri "</a:Action>"
#define ENVELOPE(header, body) \
    "<s:Envelope " NAMESPACES "><s:Header>" header "</s:Header><s:Body>" body "</s:Body></s:Envelope>"
#define USUAL TO ID RESOURCE SELECTOR(SHELL_ID)
#define RECEIVE_BODY "<r:Receive><r:DesiredStream>stdout</r:DesiredStream></r:Receive>"
#define RECEIVE(header) ENVELOPE(header ACTION(WSMAN_ACTION_RECEIVE), RECEIVE_BODY)
#define SEND(streams) ENVELOPE(USUAL ACTION(WSMAN_ACTION_SEND), "<r:Send>" streams "</r:Send>")
#define COMMAND(attributes, arguments) \
    ENVELOPE(USUAL ACTION(WSMAN_ACTION_COMMAND), \
             "<r:CommandLine " attributes "><r:Command/><r:Arguments>" arguments "</r:Arguments></r:CommandLine>")
#define SIGNAL(attributes, code) \
    ENVELOPE(USUAL ACTION(WSMAN_ACTION_SIGNAL), "<r:Signal " attributes "><r:Code>" code "</r:Code></r:Signal>")
#define CREATE(header, attributes, payload) \
    ENVELOPE(TO ID RESOURCE ACTION(WSMAN_ACTION_CREATE) header, \
             "<r:Shell " attributes "><creationXml xmlns='" WSMAN_NS_POWERSHELL "'>" payload "</creationXml></r:Shell>")
#define LONG_ID "0123456789012345678901234567890123456789012345678901234567890123"

struct fault_case {
    const char *name, *envelope;
    uint32_t code; /* 0: the fault has none */
    const char *subcode;
    const char *relates_to;
};

static const struct fault_case faults[] = {
    {"nothing", "", WSMAN_CODE_INVALID_XML, "SchemaValidationError", ""},
    {"no XML", "hello", WSMAN_CODE_INVALID_XML, "SchemaValidationError", ""},
    {"a cut envelope", "<s:Envelope " NAMESPACES "><s:Header>" ID "</s:Header><s:Body>" RECEIVE_BODY,
     WSMAN_CODE_INVALID_XML, "SchemaValidationError", "uuid:1"},
    {"a document type", "<!DOCTYPE a [<!ENTITY e 'x'>]>" RECEIVE(USUAL), WSMAN_CODE_INVALID_XML,
     "SchemaValidationError", ""},
    {"SOAP 1.1", "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body/></s:Envelope>",
     WSMAN_CODE_INVALID_XML, "", ""},
    {"a header that must be understood",
     RECEIVE(USUAL "<x:Odd xmlns:x='urn:x' s:mustUnderstand='true'>1</x:Odd>"), 0, "", "uuid:1"},
    {"must be understood without a namespace", RECEIVE(USUAL "<x:Odd xmlns:x='urn:x' mustUnderstand='1'/>"), 0, "",
     "uuid:1"},
    {"no Action", ENVELOPE(USUAL, RECEIVE_BODY), WSMAN_CODE_BAD_HEADER, "MessageInformationHeaderRequired", "uuid:1"},
    {"no MessageID", ENVELOPE(TO RESOURCE SELECTOR(SHELL_ID) ACTION(WSMAN_ACTION_RECEIVE), RECEIVE_BODY),
     WSMAN_CODE_BAD_HEADER, "MessageInformationHeaderRequired", ""},
    {"no To", ENVELOPE(ID RESOURCE SELECTOR(SHELL_ID) ACTION(WSMAN_ACTION_RECEIVE), RECEIVE_BODY),
     WSMAN_CODE_BAD_HEADER, "MessageInformationHeaderRequired", "uuid:1"},
    {"unknown action", ENVELOPE(USUAL ACTION("urn:dance"), RECEIVE_BODY), WSMAN_CODE_ACTION_NOT_SUPPORTED,
     "ActionNotSupported", "uuid:1"},
    {"no resource", ENVELOPE(TO ID SELECTOR(SHELL_ID) ACTION(WSMAN_ACTION_RECEIVE), RECEIVE_BODY),
     WSMAN_CODE_INVALID_RESOURCE_URI, "DestinationUnreachable", "uuid:1"},
    {"unknown resource",
     ENVELOPE(TO ID SELECTOR(SHELL_ID) ACTION(WSMAN_ACTION_RECEIVE)
              "<w:ResourceURI>" WSMAN_NS_POWERSHELL "/Other</w:ResourceURI>", RECEIVE_BODY),
     WSMAN_CODE_INVALID_RESOURCE_URI, "DestinationUnreachable", "uuid:1"},
    {"no selector", RECEIVE(TO ID RESOURCE), WSMAN_CODE_MISSING_SELECTOR, "InvalidSelectors", "uuid:1"},
    {"unknown shell", RECEIVE(TO ID RESOURCE SELECTOR("OTHER")), WSMAN_CODE_NO_SUCH_SHELL, "InvalidSelectors",
     "uuid:1"},
    {"the shell's id in other letters", RECEIVE(TO ID RESOURCE SELECTOR("11111111-2222-3333-4444-abcdefabcdef")),
     WSMAN_CODE_NO_SUCH_SHELL, "InvalidSelectors", "uuid:1"},
    {"unknown command",
     ENVELOPE(USUAL ACTION(WSMAN_ACTION_RECEIVE),
              "<r:Receive><r:DesiredStream CommandId='X'>stdout</r:DesiredStream></r:Receive>"),
     WSMAN_CODE_NO_SUCH_SHELL, "InvalidSelectors", "uuid:1"},
    {"the body of another action", ENVELOPE(USUAL ACTION(WSMAN_ACTION_SEND), RECEIVE_BODY), WSMAN_CODE_INVALID_BODY,
     "SchemaValidationError", "uuid:1"},
    {"an empty body", ENVELOPE(USUAL ACTION(WSMAN_ACTION_RECEIVE), ""), WSMAN_CODE_INVALID_BODY,
     "SchemaValidationError", "uuid:1"},
    {"Delete with a body", ENVELOPE(USUAL ACTION(WSMAN_ACTION_DELETE), RECEIVE_BODY), WSMAN_CODE_INVALID_BODY,
     "SchemaValidationError", "uuid:1"},
    {"a negative time-out", RECEIVE(USUAL "<w:OperationTimeout>PT-1S</w:OperationTimeout>"), WSMAN_CODE_BAD_HEADER,
     "InvalidMessageInformationHeader", "uuid:1"},
    {"a time-out that is none", RECEIVE(USUAL "<w:OperationTimeout>soon</w:OperationTimeout>"), WSMAN_CODE_BAD_HEADER,
     "InvalidMessageInformationHeader", "uuid:1"},
    {"an envelope limit below the least", RECEIVE(USUAL "<w:MaxEnvelopeSize>8191</w:MaxEnvelopeSize>"),
     WSMAN_CODE_BAD_HEADER, "InvalidMessageInformationHeader", "uuid:1"},
    {"an envelope limit that is none", RECEIVE(USUAL "<w:MaxEnvelopeSize>lots</w:MaxEnvelopeSize>"),
     WSMAN_CODE_BAD_HEADER, "InvalidMessageInformationHeader", "uuid:1"},
    {"bad base64", SEND("<r:Stream Name='stdin'>a#b</r:Stream>"), WSMAN_CODE_INVALID_BODY, "SchemaValidationError",
     "uuid:1"},
    {"cut base64", SEND("<r:Stream Name='stdin'>QUJ</r:Stream>"), WSMAN_CODE_INVALID_BODY, "SchemaValidationError",
     "uuid:1"},
    {"a Send of nothing", SEND(""), WSMAN_CODE_INVALID_BODY, "SchemaValidationError", "uuid:1"},
    {"a Send to an output", SEND("<r:Stream Name='stdout'>QUJD</r:Stream>"), WSMAN_CODE_INVALID_BODY,
     "SchemaValidationError", "uuid:1"},
    {"a Send to two streams", SEND("<r:Stream Name='stdin'>QUJD</r:Stream><r:Stream Name='pr'>QUJD</r:Stream>"),
     WSMAN_CODE_INVALID_BODY, "SchemaValidationError", "uuid:1"},
    {"a Send to no command", SEND("<r:Stream Name='stdin' CommandId='X'>QUJD</r:Stream>"), WSMAN_CODE_NO_SUCH_SHELL,
     "InvalidSelectors", "uuid:1"},
    {"a Command of nothing", COMMAND("", ""), WSMAN_CODE_INVALID_BODY, "SchemaValidationError", "uuid:1"},
    {"a Command of a long id", COMMAND("CommandId='" LONG_ID "'", "QUJD"), WSMAN_CODE_INVALID_BODY,
     "SchemaValidationError", "uuid:1"},
    {"a Create of nothing", CREATE("", "", ""), WSMAN_CODE_INVALID_BODY, "SchemaValidationError", "uuid:1"},
    {"a Create of a long id", CREATE("", "ShellId='" LONG_ID "'", "QUJD"), WSMAN_CODE_INVALID_BODY,
     "SchemaValidationError", "uuid:1"},
    {"a Create of a shell that is there", CREATE("", "ShellId='" SHELL_ID "'", "QUJD"), WSMAN_CODE_INTERNAL,
     "InternalError", "uuid:1"},
    {"a protocol version that is not ours",
     CREATE("<w:OptionSet><w:Option Name='protocolversion'>3.0</w:Option></w:OptionSet>", "", "QUJD"),
     WSMAN_CODE_INVALID_OPTIONS, "InvalidOptions", "uuid:1"},
    {"an option that must be complied with",
     CREATE("<w:OptionSet><w:Option Name='ODD' MustComply='true'>1</w:Option></w:OptionSet>", "", "QUJD"),
     WSMAN_CODE_INVALID_OPTIONS, "InvalidOptions", "uuid:1"},
    {"a Signal of no code", SIGNAL("CommandId='X'", "wave"), WSMAN_CODE_INVALID_BODY, "SchemaValidationError",
     "uuid:1"},
    {"a Signal to nobody", SIGNAL("", WSMAN_SIGNAL_TERMINATE), WSMAN_CODE_INVALID_BODY, "SchemaValidationError",
     "uuid:1"},
    {"a Signal to a command that never was", SIGNAL("CommandId='X'", WSMAN_SIGNAL_TERMINATE),
     WSMAN_CODE_NO_SUCH_SHELL, "InvalidSelectors", "uuid:1"},
};

static void answers_with_a_fault(void **state)
{
    struct peers p = {0};

    peers_init(&p);
    peers_create(&p);
    const struct fault_case *c = *state;
    uint64_t number = peers_post(&p, "ana", icm_slice_text(c->envelope));
    assert_int_equal(peers_answer(&p, number), 500);
    peers_assert_fault(&p, c->code, c->subcode);
    assert_int_equal(p.reply->has_wsman_code, c->code != 0);
    assert_true(p.reply->fault_reason.size > 0);
    assert_true(icm_slice_is(p.reply->relates_to, c->relates_to));
    assert_int_equal(wsman_service_next_event(p.service, &(struct wsman_service_event){0}, NULL), ICM_AGAIN);
    peers_reset(&p);
}

/* the form of Windows, to the letter: other clients look at it */
static void a_fault_has_the_form_of_windows(void **state)
{
    static const char form[] =
        "<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>w:InvalidSelectors</s:Value></s:Subcode>"
        "</s:Code><s:Reason><s:Text xml:lang=\"en-US\">The command of the request does not exist: it has ended, or "
        "its id is wrong. </s:Text></s:Reason><s:Detail><w:FaultDetail>"
        "http://schemas.dmtf.org/wbem/wsman/1/wsman/faultDetail/UnexpectedSelectors</w:FaultDetail>"
        "<f:WSManFault xmlns:f=\"" WSMAN_NS_FAULT "\" Code=\"2150858843\" Machine=\"host.example\"><f:Message>"
        "The command of the request does not exist: it has ended, or its id is wrong.</f:Message></f:WSManFault>"
        "</s:Detail></s:Fault></s:Body></s:Envelope>";
    struct peers *p = *state;
    struct wsman_answer answer;

    peers_post(p, "ana", icm_slice_text(SIGNAL("CommandId='X'", WSMAN_SIGNAL_TERMINATE)));
    assert_int_equal(wsman_service_next_answer(p->service, &answer, NULL), ICM_OK);
    const char *text = icm_buf_text(&answer.body);
    assert_non_null(strstr(text, "<a:Action>" WSMAN_ACTION_FAULT "</a:Action>"));
    const char *fault = strstr(text, "<s:Fault>");
    assert_non_null(fault);
    assert_string_equal(fault, form);
    icm_buf_reset(&answer.body);
}

static void what_was_not_understood_is_named(void **state)
{
    struct peers *p = *state;
    struct wsman_answer answer;

    peers_post(p, "ana", icm_slice_text(RECEIVE(USUAL "<x:Odd xmlns:x='urn:x' s:mustUnderstand='true'/>")));
    assert_int_equal(wsman_service_next_answer(p->service, &answer, NULL), ICM_OK);
    const char *text = icm_buf_text(&answer.body);
    assert_non_null(strstr(text, "<s:NotUnderstood qname=\"h:Odd\" xmlns:h=\"urn:x\"/></s:Header>"));
    assert_non_null(strstr(text, "<a:Action>" WSMAN_ACTION_ADDRESSING_FAULT "</a:Action>"));
    icm_buf_reset(&answer.body);
}

static void nobody_may_only_identify(void **state)
{
    static const char identify[] = "<s:Envelope xmlns:s='" WSMAN_NS_SOAP "'><s:Header/><s:Body>"
                                   "<i:Identify xmlns:i='" WSMAN_NS_IDENTITY "'/></s:Body></s:Envelope>";
    struct peers *p = *state;

    assert_int_equal(peers_answer(p, peers_post(p, "", icm_slice_text(identify))), 200);
    assert_true(icm_slice_is(p->reply->product_version, "OS: 0.0.0 SP: 0.0 Stack: 3.0"));
    assert_int_equal(peers_answer(p, peers_post(p, "", icm_slice_text(CREATE("", "", "QUJD")))), 500);
    peers_assert_fault(p, WSMAN_CODE_ACCESS_DENIED, "AccessDenied");
}

static void another_users_shell_is_unknown(void **state)
{
    struct peers *p = *state;

    assert_int_equal(peers_answer(p, peers_post(p, "bob", icm_slice_text(RECEIVE(USUAL)))), 500);
    peers_assert_fault(p, WSMAN_CODE_NO_SUCH_SHELL, "InvalidSelectors");
}

/* a Receive whose body is filled up with blanks */
static void make_large(struct icm_buf *out, size_t size)
{
    static const char request[] = RECEIVE(USUAL);
    const char *end = strstr(request, "</s:Body>");

    assert_non_null(end);
    icm_buf_clear(out);
    icm_buf_add(out, icm_slice_of(request, (size_t)(end - request)));
    while (out->size + strlen(end) < size)
        icm_buf_add_u8(out, ' ');
    icm_buf_add_text(out, end);
    assert_int_equal(out->size, size);
}

static void a_request_over_the_limit_is_refused(void **state)
{
    struct peers *p = *state;
    struct icm_buf large = {0};

    make_large(&large, WSMAN_ENVELOPE_LATER + 1);
    assert_int_equal(peers_answer(p, peers_post(p, "ana", icm_buf_slice(&large))), 500);
    peers_assert_fault(p, WSMAN_CODE_ENVELOPE_TOO_LARGE, "EncodingLimit");
    make_large(&large, WSMAN_ENVELOPE_LATER);
    peers_post(p, "ana", icm_buf_slice(&large));
    assert_false(peers_has_answer(p)); /* of just the limit: it waits for output */
    icm_buf_reset(&large);
}

static void quotas(void **state)
{
    struct peers *p = *state;

    peers_post(p, "ana", icm_slice_text(CREATE("", "", "QUJD"))); /* the second shell of two */
    assert_false(peers_has_answer(p));
    struct wsman_service_event event = peers_event(p, WSMAN_SERVICE_CREATE); /* not accepted yet, and counted */
    wsman_service_event_reset(&event);
    assert_int_equal(peers_answer(p, peers_post(p, "ana", icm_slice_text(CREATE("", "", "QUJD")))), 500);
    peers_assert_fault(p, WSMAN_CODE_QUOTA_SHELLS, "InternalError");
    assert_int_equal(p->reply->relates_to.size, 0);
    peers_command(p, COMMAND_ID);
    peers_post(p, "ana", icm_slice_text(COMMAND("", "QUJD")));
    assert_int_equal(peers_answer(p, peers_post(p, "ana", icm_slice_text(COMMAND("", "QUJD")))), 500);
    peers_assert_fault(p, 2150859241u, "InternalError");
}

static void a_shell_without_an_id_gets_one(void **state)
{
    struct peers *p = *state;
    struct icm_guid guid;
    uint64_t number = peers_post(p, "ana", icm_slice_text(CREATE("", "", "QUJD")));

    peers_accept(p, WSMAN_SERVICE_CREATE);
    assert_int_equal(peers_answer(p, number), 200);
    assert_int_equal(p->reply->body, WSMAN_BODY_RESOURCE_CREATED);
    assert_true(icm_guid_parse(p->reply->shell_id, &guid));
    assert_true(icm_slice_is(p->reply->shell.owner, "ana"));
    assert_true(icm_slice_is(p->reply->input_streams, "stdin pr"));
    assert_int_equal(p->reply->idle_timeout_ms, 7200000);
}

/* MS-WSMV 2.2.4.16, 2.2.4.9: told to what runs the shell, and told back; what is no language tag is none */
static void a_shell_has_the_languages_of_its_client(void **state)
{
    static const struct {
        const char *headers, *locale, *data_locale;
    } rows[] = {
        {CREATE("<w:Locale xml:lang='fr-FR'/><p:DataLocale xml:lang='zh-Hant-TW'/>", "", "QUJD"), "fr-FR", "zh-Hant-TW"},
        {CREATE("<p:DataLocale xml:lang='de-DE'/>", "", "QUJD"), "en-US", "de-DE"},
        {CREATE("<w:Locale xml:lang='../../etc'/><p:DataLocale xml:lang='de_DE=1'/>", "", "QUJD"), "en-US", "en-US"},
        {CREATE("<w:Locale xml:lang=''/><p:DataLocale xml:lang='a23456789012345678901234567890123456'/>", "", "QUJD"), "en-US", "en-US"},
    };
    struct peers p = {.options = {.max_shells = ICM_COUNT(rows)}};

    (void)state;
    peers_init(&p);
    for (size_t i = 0; i < ICM_COUNT(rows); i++) {
        uint64_t number = peers_post(&p, "ana", icm_slice_text(rows[i].headers));
        struct wsman_service_event event = peers_event(&p, WSMAN_SERVICE_CREATE);

        assert_string_equal(event.start.locale, rows[i].locale);
        assert_string_equal(event.start.data_locale, rows[i].data_locale);
        wsman_service_accept(p.service, event.request);
        assert_int_equal(peers_answer(&p, number), 200);
        assert_true(icm_slice_is(p.reply->shell.locale, rows[i].locale));
        assert_true(icm_slice_is(p.reply->shell.data_locale, rows[i].data_locale));
        wsman_service_event_reset(&event);
    }
    peers_reset(&p);
}

static void a_shell_is_there_when_it_was_accepted(void **state)
{
    static const char receive[] = RECEIVE(TO ID RESOURCE SELECTOR("odd id"));
    struct peers *p = *state;
    uint64_t create = peers_post(p, "ana", icm_slice_text(CREATE("", "ShellId='odd id'", "QUJD")));

    assert_int_equal(peers_answer(p, peers_post(p, "ana", icm_slice_text(receive))), 500);
    peers_assert_fault(p, WSMAN_CODE_NO_SUCH_SHELL, "InvalidSelectors");
    struct wsman_service_event event = peers_event(p, WSMAN_SERVICE_CREATE);
    assert_string_equal(event.shell_id, "odd id");
    assert_true(icm_slice_is(icm_buf_slice(&event.payload), "ABC"));
    wsman_service_event_reset(&event);
    wsman_service_refuse(p->service, create, WSMAN_CODE_PLUGIN_FAILED, "no engine here");
    assert_int_equal(peers_answer(p, create), 500);
    peers_assert_fault(p, WSMAN_CODE_PLUGIN_FAILED, "InternalError");
    assert_true(icm_slice_is(p->reply->fault_detail, "no engine here"));
    peers_post(p, "ana", icm_slice_text(CREATE("", "ShellId='odd id'", "QUJD"))); /* the id is free again */
    peers_accept(p, WSMAN_SERVICE_CREATE);
}

/* a shell that no client knows of does not stay */
static void a_create_that_was_not_heard_is_undone(void **state)
{
    struct peers *p = *state;
    uint64_t number = peers_post(p, "ana", icm_slice_text(CREATE("", "ShellId='A'", "QUJD")));
    struct wsman_answer answer;

    peers_accept(p, WSMAN_SERVICE_CREATE);
    assert_int_equal(wsman_service_next_answer(p->service, &answer, NULL), ICM_OK);
    icm_buf_reset(&answer.body);
    wsman_service_taken(p->service, number, false);
    peers_accept(p, WSMAN_SERVICE_DELETE);

    number = peers_post(p, "ana", icm_slice_text(CREATE("", "ShellId='A'", "QUJD")));
    wsman_service_hung_up(p->service, number);
    peers_accept(p, WSMAN_SERVICE_CREATE);
    assert_false(peers_has_answer(p));
    peers_accept(p, WSMAN_SERVICE_DELETE);
    peers_post(p, "ana", icm_slice_text(CREATE("", "ShellId='A'", "QUJD")));
    peers_accept(p, WSMAN_SERVICE_CREATE);
}

static void a_refused_command_leaves_nothing(void **state)
{
    static const char command[] = COMMAND("CommandId='C'", "QUJD");
    static const char receive[] =
        ENVELOPE(USUAL ACTION(WSMAN_ACTION_RECEIVE),
                 "<r:Receive><r:DesiredStream CommandId='C'>stdout</r:DesiredStream></r:Receive>");
    struct peers *p = *state;
    uint64_t number = peers_post(p, "ana", icm_slice_text(command));
    uint64_t waits = peers_post(p, "ana", icm_slice_text(receive));

    wsman_service_refuse(p->service, number, 1234, "not today");
    assert_int_equal(peers_answer(p, number), 500);
    peers_assert_fault(p, 1234, "InternalError");
    assert_int_equal(peers_answer(p, waits), 500);
    peers_assert_fault(p, WSMAN_CODE_NO_SUCH_SHELL, "InvalidSelectors");
    peers_post(p, "ana", icm_slice_text(command));
    assert_false(peers_has_answer(p));
}

static void a_send_of_two_parts_is_one(void **state)
{
    static const char send[] =
        SEND("<r:Stream Name='stdin'>QUJD</r:Stream><r:Stream Name='stdin'>RA==</r:Stream>");
    struct peers *p = *state;

    peers_post(p, "ana", icm_slice_text(send));
    struct wsman_service_event event = peers_event(p, WSMAN_SERVICE_SEND);
    assert_true(icm_slice_is(icm_buf_slice(&event.payload), "ABCD"));
    wsman_service_event_reset(&event);
}

/* --- time --- */

static void output_lingers(void **state)
{
    struct peers *p = *state;
    uint64_t number = peers_post(p, "ana", icm_slice_text(RECEIVE(USUAL)));

    peers_output(p, NULL, "a");
    assert_int_equal(wsman_service_tick(p->service, 1000), 1020);
    p->now_ms = 1015;
    peers_output(p, NULL, "b"); /* the first one counts */
    assert_int_equal(wsman_service_tick(p->service, 1019), 1020);
    assert_false(peers_has_answer(p));
    assert_int_equal(wsman_service_tick(p->service, 1020), 1000 + IDLE_MS);
    assert_int_equal(peers_answer(p, number), 200);
    peers_assert_payload(p, "ab");
}

static void output_that_has_waited_does_not_linger(void **state)
{
    struct peers *p = *state;

    peers_output(p, NULL, "a");
    p->now_ms = 2000;
    assert_int_equal(peers_answer(p, peers_post(p, "ana", icm_slice_text(RECEIVE(USUAL)))), 200);
    peers_assert_payload(p, "a");
}

static void a_full_answer_does_not_linger(void **state)
{
    struct peers *p = *state;
    char large[10000];
    uint64_t number =
        peers_post(p, "ana", icm_slice_text(RECEIVE(USUAL "<w:MaxEnvelopeSize>8192</w:MaxEnvelopeSize>")));

    memset(large, 'x', sizeof large);
    wsman_service_output(p->service, p->shell_number, NULL, icm_slice_of(large, 1000), p->now_ms);
    assert_false(peers_has_answer(p));
    wsman_service_output(p->service, p->shell_number, NULL, icm_slice_of(large, sizeof large), p->now_ms);
    assert_int_equal(peers_answer(p, number), 200); /* the large piece does not fit behind the small one */
    assert_int_equal(p->reply->payload.size, 1000);
    wsman_service_taken(p->service, number, true);
    size_t got = 0;
    while (got < sizeof large) {
        p->now_ms += 100;
        number = peers_post(p, "ana", icm_slice_text(RECEIVE(USUAL "<w:MaxEnvelopeSize>8192</w:MaxEnvelopeSize>")));
        assert_int_equal(peers_answer(p, number), 200);
        assert_true(p->reply->payload.size > 1000);
        got += p->reply->payload.size;
        wsman_service_taken(p->service, number, true);
    }
    assert_int_equal(got, sizeof large);
}

static void a_held_shell_keeps_its_output_together(void **state)
{
    struct peers *p = *state;
    uint64_t number = peers_post(p, "ana", icm_slice_text(RECEIVE(USUAL)));

    wsman_service_hold(p->service, p->shell_number, 5000);
    peers_output(p, NULL, "a");
    assert_int_equal(wsman_service_tick(p->service, 4999), 5000);
    assert_false(peers_has_answer(p));
    wsman_service_hold(p->service, p->shell_number, 0);
    assert_int_equal(peers_answer(p, number), 200);
}

static void time_outs_are_the_clients_up_to_a_minute(void **state)
{
    static const struct {
        const char *envelope;
        int64_t ms;
    } cases[] = {
        {RECEIVE(USUAL), 60000},
        {RECEIVE(USUAL "<w:OperationTimeout>PT20S</w:OperationTimeout>"), 20000},
        {RECEIVE(USUAL "<w:OperationTimeout>PT0.500S</w:OperationTimeout>"), 500},
        {RECEIVE(USUAL "<w:OperationTimeout>PT3M</w:OperationTimeout>"), 60000},
    };
    struct peers *p = *state;

    for (size_t i = 0; i < ICM_COUNT(cases); i++) {
        uint64_t number = peers_post(p, "ana", icm_slice_text(cases[i].envelope));
        assert_int_equal(wsman_service_tick(p->service, p->now_ms), p->now_ms + cases[i].ms);
        p->now_ms += cases[i].ms;
        wsman_service_tick(p->service, p->now_ms);
        assert_int_equal(peers_answer(p, number), 500);
        peers_assert_fault(p, WSMAN_CODE_TIMED_OUT, "TimedOut");
    }
}

static void counts_requests(void **state)
{
    struct peers *p = *state;
    const char *name;
    uint64_t count, total = 0;

    peers_post(p, "ana", icm_slice_text("no XML"));
    peers_post(p, "ana", icm_slice_text(RECEIVE(USUAL)));
    for (size_t i = 0; wsman_service_count(p->service, i, &name, &count); i++) {
        bool seen = strcmp(name, "Create") == 0 || strcmp(name, "Receive") == 0 || strcmp(name, "?") == 0;
        assert_int_equal(count, seen ? 1 : 0);
        total += count;
    }
    assert_int_equal(total, 3);
}

/* a thousand shells with a Receive each, and a deep queue: what would be slow if it were not linear */
static void many_shells(void **state)
{
    enum { SHELLS = 1000, PIECES = 20000 };
    struct peers p = {.options = {.max_shells = SHELLS}};
    struct icm_buf envelope = {0};
    const char *name;
    uint64_t count;

    (void)state;
    peers_init(&p);
    for (int i = 0; i < SHELLS; i++) {
        icm_buf_clear(&envelope);
        icm_buf_add_format(&envelope, CREATE("", "ShellId='shell %d'", "QUJD"), i);
        uint64_t number = peers_post(&p, "ana", icm_buf_slice(&envelope));
        peers_accept(&p, WSMAN_SERVICE_CREATE);
        assert_int_equal(peers_answer(&p, number), 200);
        wsman_service_taken(p.service, number, true);
        icm_buf_clear(&envelope);
        icm_buf_add_format(&envelope, RECEIVE(TO ID RESOURCE SELECTOR("shell %d")), i);
        p.now_ms++;
        peers_post(&p, "ana", icm_buf_slice(&envelope));
    }
    uint64_t last = p.last_request;
    for (int i = 0; i < PIECES; i++)
        peers_output(&p, NULL, "x"); /* of the last shell */
    assert_int_equal(peers_answer(&p, last), 200);
    wsman_service_taken(p.service, last, true);
    wsman_service_tick(p.service, p.now_ms + 60000 - SHELLS / 2);
    size_t timed_out = 0;
    while (peers_has_answer(&p))
        timed_out++;
    assert_int_equal(timed_out, SHELLS / 2); /* in the order in which they came */
    assert_true(wsman_service_count(p.service, 4, &name, &count));
    assert_int_equal(count, SHELLS);
    icm_buf_reset(&envelope);
    peers_reset(&p);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_fault_has_the_form_of_windows, start, stop),
        cmocka_unit_test_setup_teardown(what_was_not_understood_is_named, start, stop),
        cmocka_unit_test_setup_teardown(nobody_may_only_identify, start, stop),
        cmocka_unit_test_setup_teardown(another_users_shell_is_unknown, start, stop),
        cmocka_unit_test_setup_teardown(a_request_over_the_limit_is_refused, start, stop),
        cmocka_unit_test_setup_teardown(quotas, start, stop),
        cmocka_unit_test_setup_teardown(a_shell_without_an_id_gets_one, start, stop),
        cmocka_unit_test_setup_teardown(a_shell_is_there_when_it_was_accepted, start, stop),
        cmocka_unit_test_setup_teardown(a_create_that_was_not_heard_is_undone, start, stop),
        cmocka_unit_test_setup_teardown(a_refused_command_leaves_nothing, start, stop),
        cmocka_unit_test_setup_teardown(a_send_of_two_parts_is_one, start, stop),
        cmocka_unit_test_setup_teardown(output_lingers, start, stop),
        cmocka_unit_test_setup_teardown(output_that_has_waited_does_not_linger, start, stop),
        cmocka_unit_test_setup_teardown(a_full_answer_does_not_linger, start, stop),
        cmocka_unit_test_setup_teardown(a_held_shell_keeps_its_output_together, start, stop),
        cmocka_unit_test_setup_teardown(time_outs_are_the_clients_up_to_a_minute, start, stop),
        cmocka_unit_test_setup_teardown(counts_requests, start, stop),
        cmocka_unit_test(a_shell_has_the_languages_of_its_client),
        cmocka_unit_test(many_shells),
    };
    struct CMUnitTest rows[ICM_COUNT(faults)];

    for (size_t i = 0; i < ICM_COUNT(faults); i++)
        rows[i] = (struct CMUnitTest){
            .name = faults[i].name, .test_func = answers_with_a_fault, .initial_state = (void *)(uintptr_t)&faults[i]};
    int failed = cmocka_run_group_tests_name("faults of the service, MS-WSMV 2.2.4.43", rows, NULL, NULL);
    return failed + cmocka_run_group_tests_name("wsman_service, MS-WSMV 3.1.4", tests, NULL, NULL);
}
