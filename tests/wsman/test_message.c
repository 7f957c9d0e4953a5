#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "wsman/limits.h"
#include "wsman/message.h"
#include "wsman/names.h"

#include <stdio.h>

#define SOAP "xmlns:s='" WSMAN_NS_SOAP "'"
#define HEADERS "xmlns:a='" WSMAN_NS_ADDRESSING "' xmlns:w='" WSMAN_NS_WSMAN "' xmlns:p='" WSMAN_NS_WSMV "'"
#define RSP "xmlns:r='" WSMAN_NS_SHELL "'"
#define ENVELOPE(header, body) \
    "<s:Envelope " SOAP " " HEADERS " " RSP "><s:Header>" header "</s:Header><s:Body>" body "</s:Body></s:Envelope>"

static struct wsman_reader *reader;

static int start(void **state)
{
    (void)state;
    return wsman_reader_new(&reader, 1024 * 1024, NULL) == ICM_OK ? 0 : -1;
}

static int stop(void **state)
{
    (void)state;
    wsman_reader_free(reader);
    return 0;
}

/* read @text in pieces of @step bytes; the reader serves one envelope after another */
static enum icm_code read_by(const char *text, size_t step, struct wsman_message **out, struct icm_error *err)
{
    struct icm_slice rest = icm_slice_text(text);
    enum icm_code code = ICM_OK;

    wsman_reader_restart(reader, 1024 * 1024);
    while (rest.size > 0 && code == ICM_OK) {
        size_t size = rest.size < step ? rest.size : step;

        code = wsman_reader_feed(reader, icm_slice_of(rest.data, size), err);
        rest = icm_slice_from(rest, size);
    }
    return code == ICM_OK ? wsman_reader_finish(reader, out, err) : code;
}

static struct wsman_message *read_well(const char *text)
{
    struct wsman_message *m = NULL;
    struct icm_error err = {0};

    if (read_by(text, SIZE_MAX, &m, &err) != ICM_OK)
        fail_msg("%s", err.text);
    return m;
}

/* --- what does not read --- */

static const struct {
    const char *name, *text;
    enum icm_code code;
    const char *words;
} failures[] = {
    {"nothing", "", ICM_SYNTAX, "not well-formed"},
    {"no XML", "<a", ICM_SYNTAX, ""},
    {"another root", "<a/>", ICM_SYNTAX, "root element a"},
    {"SOAP 1.1", "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body/></s:Envelope>", ICM_SYNTAX,
     "not an envelope of SOAP 1.2"},
    {"no body", "<s:Envelope " SOAP "><s:Header/></s:Envelope>", ICM_SYNTAX, "without a Body"},
    {"a cut envelope", "<s:Envelope " SOAP "><s:Body/>", ICM_SYNTAX, "not well-formed"},
    {"a document type", "<!DOCTYPE a><s:Envelope " SOAP "><s:Body/></s:Envelope>", ICM_SYNTAX, "DOCTYPE"},
    {"no base64", ENVELOPE("", "<r:Send><r:Stream Name='stdin'>!</r:Stream></r:Send>"), ICM_SYNTAX, "base64"},
    {"half a group", ENVELOPE("", "<r:Send><r:Stream Name='stdin'>QQ</r:Stream></r:Send>"), ICM_SYNTAX, "base64"},
};

static void fails(void **state)
{
    (void)state;
    for (size_t i = 0; i < ICM_COUNT(failures); i++) {
        struct wsman_message *m = NULL;
        struct icm_error err = {0};

        enum icm_code code = read_by(failures[i].text, SIZE_MAX, &m, &err);
        if (code != failures[i].code || m || !strstr(err.text, failures[i].words))
            fail_msg("%s: %s", failures[i].name, err.text);
        read_well(ENVELOPE("", "")); /* and the reader is as good as new */
    }
}

static struct icm_buf repeated(const char *before, const char *piece, size_t times, const char *behind)
{
    struct icm_buf text = {0};

    icm_buf_add_text(&text, before);
    while (times-- > 0)
        icm_buf_add_text(&text, piece);
    icm_buf_add_text(&text, behind);
    return text;
}

static void limits(void **state)
{
    static const struct {
        const char *before, *piece, *behind;
        size_t fits; /* times that the piece may come */
    } cases[] = {
        {"<s:Envelope " SOAP "><s:Body><a>", "<b>", "", WSMAN_DEPTH_MAX - 3},
        {"<s:Envelope " SOAP " " RSP "><s:Body><r:Send>", "<r:Stream/>", "", WSMAN_STREAMS_MAX},
        {"<s:Envelope " SOAP " " HEADERS "><s:Header><a:Action>", "0123456789abcdef", "", WSMAN_TEXT_MAX / 16},
        {"<s:Envelope " SOAP " " RSP "><s:Body><r:Shell Name='", "0123456789abcdef", "'>", WSMAN_TEXT_MAX / 16},
        {"<s:Envelope " SOAP " " HEADERS "><s:Header><w:SelectorSet>", "<w:Selector/>", "", WSMAN_SELECTORS_MAX},
        {"<s:Envelope " SOAP " " HEADERS "><s:Header><w:OptionSet>", "<w:Option/>", "", WSMAN_SELECTORS_MAX},
    };

    (void)state;
    for (size_t i = 0; i < ICM_COUNT(cases); i++)
        for (size_t more = 0; more < 2; more++) {
            struct icm_buf text = repeated(cases[i].before, cases[i].piece, cases[i].fits + more, cases[i].behind);

            wsman_reader_restart(reader, 1024 * 1024);
            enum icm_code code = wsman_reader_feed(reader, icm_buf_slice(&text), NULL);
            if (code != (more ? ICM_LIMIT : ICM_OK))
                fail_msg("case %zu, %zu more: %s", i, more, icm_code_name(code));
            icm_buf_reset(&text);
        }
}

static void the_envelope_is_bounded(void **state)
{
    static const char text[] = ENVELOPE("", "");

    (void)state;
    wsman_reader_restart(reader, sizeof text - 1);
    assert_int_equal(wsman_reader_feed(reader, icm_slice_text(text), NULL), ICM_OK);
    wsman_reader_restart(reader, sizeof text - 2);
    assert_int_equal(wsman_reader_feed(reader, icm_slice_text(text), NULL), ICM_LIMIT);
}

/* --- what it says --- */

static void reads_headers_in_any_order_and_prefix(void **state)
{
    static const char text[] =
        "\xEF\xBB\xBF<E:Envelope xmlns:E='" WSMAN_NS_SOAP "'><E:Header>"
        "<MessageID xmlns='" WSMAN_NS_ADDRESSING "'>uuid:1</MessageID>"
        "<q:SelectorSet xmlns:q='" WSMAN_NS_WSMAN "'><q:Selector Name='Other'>no</q:Selector>"
        "<q:Selector Name='SHELLID'> id </q:Selector></q:SelectorSet>"
        "<q:OptionSet xmlns:q='" WSMAN_NS_WSMAN "'><q:Option Name='protocolversion' MustComply='true'>2.3</q:Option>"
        "<q:Option Name='x' Type='z:string'/></q:OptionSet>"
        "<q:MaxEnvelopeSize E:mustUnderstand='true' xmlns:q='" WSMAN_NS_WSMAN "'>153600</q:MaxEnvelopeSize>"
        "<q:OperationTimeout xmlns:q='" WSMAN_NS_WSMAN "'>PT20S</q:OperationTimeout>"
        "<a:Action mustUnderstand='1' xmlns:a='" WSMAN_NS_ADDRESSING "'>\n  urn:a\n</a:Action>"
        "<a:Action xmlns:a='urn:other'>wrong</a:Action>"
        "</E:Header><E:Body/></E:Envelope>";
    const struct wsman_message *m = read_well(text);

    (void)state;
    assert_true(icm_slice_is(m->action, "urn:a"));
    assert_true(icm_slice_is(m->message_id, "uuid:1"));
    assert_true(icm_slice_is(wsman_pair_value(m->selectors, "ShellId"), "id"));
    assert_int_equal(wsman_pair_value(m->selectors, "none").size, 0);
    assert_true(m->options->must_comply);
    assert_false(m->options->next->must_comply);
    assert_int_equal(m->max_envelope_size, 153600);
    assert_int_equal(m->operation_timeout_ms, 20000);
    assert_int_equal(m->not_understood.size, 0);
    assert_int_equal(m->body, WSMAN_BODY_EMPTY);
}

static void what_was_not_said_is_empty(void **state)
{
    const struct wsman_message *m = read_well(ENVELOPE("", ""));

    (void)state;
    assert_int_equal(m->action.size + m->relates_to.size + m->shell_id.size, 0);
    assert_int_equal(m->max_envelope_size, 0);
    assert_int_equal(m->operation_timeout_ms, -1);
    assert_int_equal(m->idle_timeout_ms, -1);
    assert_null(m->selectors);
    assert_int_equal(m->payload.size, 0);
}

static void bad_numbers_are_told(void **state)
{
    const struct wsman_message *m = read_well(ENVELOPE(
        "<w:OperationTimeout>PT-1S</w:OperationTimeout><w:MaxEnvelopeSize>-5</w:MaxEnvelopeSize>", ""));

    (void)state;
    assert_int_equal(m->operation_timeout_ms, -2);
    assert_int_equal(m->max_envelope_size, 1);
}

static void the_first_unknown_header_is_kept(void **state)
{
    const struct wsman_message *m = read_well(
        ENVELOPE("<w:Unimportant/><w:ResourceUri s:mustUnderstand='TRUE'>x</w:ResourceUri>"
                 "<w:B mustUnderstand='1'/>", ""));

    (void)state;
    assert_true(icm_slice_is(m->not_understood, "ResourceUri")); /* one letter is enough */
    assert_true(icm_slice_is(m->not_understood_uri, WSMAN_NS_WSMAN));
}

static const struct {
    const char *body;
    enum wsman_body kind;
} bodies[] = {
    {"", WSMAN_BODY_EMPTY},
    {"<!-- nothing -->\n", WSMAN_BODY_EMPTY},
    {"<r:Elsewhere/>", WSMAN_BODY_UNKNOWN},
    {"<Shell/>", WSMAN_BODY_UNKNOWN},
    {"<s:Fault/>", WSMAN_BODY_FAULT},
    {"<i:Identify xmlns:i='" WSMAN_NS_IDENTITY "'/>", WSMAN_BODY_IDENTIFY},
    {"<i:IdentifyResponse xmlns:i='" WSMAN_NS_IDENTITY "'/>", WSMAN_BODY_IDENTIFY_RESPONSE},
    {"<s:IdentifyResponse/>", WSMAN_BODY_IDENTIFY_RESPONSE},
    {"<r:Shell/>", WSMAN_BODY_SHELL},
    {"<x:ResourceCreated xmlns:x='" WSMAN_NS_TRANSFER "'/><r:Shell/>", WSMAN_BODY_RESOURCE_CREATED},
    {"<r:CommandLine/>", WSMAN_BODY_COMMAND_LINE},
    {"<r:CommandResponse/>", WSMAN_BODY_COMMAND_RESPONSE},
    {"<r:Send/>", WSMAN_BODY_SEND},
    {"<r:SendResponse/>", WSMAN_BODY_SEND_RESPONSE},
    {"<r:Receive/>", WSMAN_BODY_RECEIVE},
    {"<r:ReceiveResponse/>", WSMAN_BODY_RECEIVE_RESPONSE},
    {"<r:Signal/>", WSMAN_BODY_SIGNAL},
    {"<r:SignalResponse/>", WSMAN_BODY_SIGNAL_RESPONSE},
};

static void tells_bodies_apart(void **state)
{
    char text[1024];

    (void)state;
    for (size_t i = 0; i < ICM_COUNT(bodies); i++) {
        snprintf(text, sizeof text, ENVELOPE("", "%s"), bodies[i].body);
        if (read_well(text)->body != bodies[i].kind)
            fail_msg("%s", bodies[i].body);
    }
}

static void reads_streams_byte_by_byte(void **state)
{
    static const char text[] =
        ENVELOPE("", "<r:ReceiveResponse><r:Stream Name='stdout' CommandId='C'>QU JD\n</r:Stream>"
                     "<r:Stream Name='stderr' End='true'/><r:Stream Name='stdout'>RA==</r:Stream>"
                     "<r:CommandState CommandId='C' State='urn:done'><r:ExitCode>4294967295</r:ExitCode>"
                     "</r:CommandState></r:ReceiveResponse>");

    (void)state;
    for (size_t step = 1; step < sizeof text; step++) {
        struct wsman_message *m = NULL;

        assert_int_equal(read_by(text, step, &m, NULL), ICM_OK);
        assert_true(icm_slice_is(icm_buf_slice(&m->payload), "ABCD"));
        assert_int_equal(m->stream_count, 3);
        const struct wsman_stream *one = m->streams, *two = one->next, *three = two->next;
        assert_true(icm_slice_is(one->name, "stdout") && icm_slice_is(one->command_id, "C"));
        assert_int_equal(one->offset + 10 * one->size, 30);
        assert_true(two->is_end && !one->is_end && icm_slice_is(two->name, "stderr"));
        assert_int_equal(two->size, 0);
        assert_int_equal(three->offset + 10 * three->size, 13);
        assert_null(three->next);
        assert_true(icm_slice_is(m->command_state, "urn:done"));
        assert_true(m->has_exit_code);
        assert_int_equal(m->exit_code, 4294967295);
    }
}

static void the_shells_id_is_the_selectors(void **state)
{
    static const char created[] =
        "<x:ResourceCreated xmlns:x='" WSMAN_NS_TRANSFER "'><a:Address>http://x</a:Address><a:ReferenceParameters>"
        "<w:ResourceURI>urn:r</w:ResourceURI><w:SelectorSet><w:Selector Name='ShellId'>ONE</w:Selector>"
        "</w:SelectorSet></a:ReferenceParameters></x:ResourceCreated>";
    char text[2048];

    (void)state;
    snprintf(text, sizeof text,
             ENVELOPE("", "%s<r:Shell><r:ShellId>TWO</r:ShellId><r:Owner>ana</r:Owner>"
                          "<r:IdleTimeOut>PT7200.000S</r:IdleTimeOut></r:Shell>"), created);
    const struct wsman_message *m = read_well(text);
    assert_true(icm_slice_is(m->shell_id, "ONE"));
    assert_true(icm_slice_is(m->shell.owner, "ana"));
    assert_int_equal(m->idle_timeout_ms, 7200000);
    assert_int_equal(m->resource_uri.size, 0); /* the header's, which has none */
    assert_null(m->selectors);
    m = read_well(ENVELOPE("", "<r:Shell ShellId='A' Name='n'><r:ShellId>TWO</r:ShellId></r:Shell>"));
    assert_true(icm_slice_is(m->shell_id, "A") && icm_slice_is(m->shell_name, "n"));
}

static void arguments_are_bytes_where_powershell_is(void **state)
{
    static const char line[] = "<r:CommandLine CommandId='C'><r:Command>a &amp; b</r:Command>"
                               "<r:Arguments>QUJD</r:Arguments><r:Arguments>RA==</r:Arguments></r:CommandLine>";
    char text[2048];

    (void)state;
    snprintf(text, sizeof text, ENVELOPE("<w:ResourceURI>%s</w:ResourceURI>", "%s"), WSMAN_RESOURCE_POWERSHELL, line);
    const struct wsman_message *m = read_well(text);
    assert_true(icm_slice_is(icm_buf_slice(&m->payload), "ABCD"));
    assert_true(icm_slice_is(m->command, "a & b") && icm_slice_is(m->command_id, "C"));
    read_well(ENVELOPE("<w:ResourceURI>" WSMAN_NS_SHELL "/cmd</w:ResourceURI>",
                       "<r:CommandLine><r:Arguments>/c dir</r:Arguments></r:CommandLine>"));
}

#define FAULT(code, detail)                                                                                  \
    ENVELOPE("", "<s:Fault><s:Code><s:Value>s:Sender</s:Value>"                                              \
                 "<s:Subcode><s:Value>\n w:TimedOut </s:Value></s:Subcode></s:Code>"                         \
                 "<s:Reason><s:Text xml:lang='en'>first </s:Text><s:Text>zweite</s:Text></s:Reason>"         \
                 "<s:Detail><w:FaultDetail>urn:x</w:FaultDetail>"                                            \
                 "<f:WSManFault xmlns:f='" WSMAN_NS_FAULT "' Code='" code "' Machine='m'><f:Message>" detail \
                 "</f:Message></f:WSManFault></s:Detail></s:Fault>")

static void reads_faults(void **state)
{
    static const struct {
        const char *text;
        bool has_code;
        uint32_t code;
        const char *detail;
    } cases[] = {
        {FAULT("2150858793", " plain "), true, 2150858793u, "plain"},
        {FAULT("-2144108503", ""), true, 2150858793u, ""},
        {FAULT("99999999999", "x"), false, 0, "x"},
        {FAULT("5", "<f:ProviderFault provider='p' path='q'>words</f:ProviderFault>"), true, 5, "words"},
        {FAULT("5", "<f:ProviderFault><f:WSManFault Code='7'><f:Message>in</f:Message></f:WSManFault><b>deep</b>"
                    "</f:ProviderFault>"), true, 5, "in deep"},
        {FAULT("5", "<f:ProviderFault>a<f:ExtendedError><b>no</b></f:ExtendedError></f:ProviderFault>"), true, 5, "a"},
    };

    (void)state;
    for (size_t i = 0; i < ICM_COUNT(cases); i++) {
        const struct wsman_message *m = read_well(cases[i].text);
        struct icm_slice detail = m->fault_detail;

        assert_int_equal(m->body, WSMAN_BODY_FAULT);
        assert_int_equal(m->has_wsman_code, cases[i].has_code);
        assert_int_equal(m->wsman_code, cases[i].code);
        assert_true(icm_slice_is(m->fault_code, "Sender") && icm_slice_is(m->fault_subcode, "TimedOut"));
        assert_true(icm_slice_is(m->fault_reason, "first"));
        if (!strstr((const char *)(detail.data ? detail.data : (const uint8_t *)""), cases[i].detail))
            fail_msg("case %zu: %.*s", i, (int)detail.size, (const char *)detail.data);
        assert_null(memmem(detail.data ? detail.data : (const uint8_t *)"", detail.size, "no", 2));
    }
}

/* --- durations --- */

static const struct {
    const char *text;
    int64_t ms; /* -1: not one */
} durations[] = {
    {"PT20S", 20000}, {"PT7200.000S", 7200000}, {"P0DT0H0M0S", 0}, {"PT0.5S", 500}, {"PT1.2345S", 1234},
    {"PT2147483.647S", 2147483647}, {" PT3M ", 180000}, {"P1DT1H1M1S", 90061000}, {"P1Y", 31536000000},
    {"P1M", 2592000000}, {"PT99999999999999999999S", INT64_MAX}, {"P1YT9999999999999999S", INT64_MAX}, {"PT-1S", -1},
    {"-PT1S", -1}, {"", -1}, {"P", -1},
    {"PT", -1}, {"P1DT", -1}, {"20", -1}, {"PT20", -1}, {"PT1S1S", -1}, {"PT1S1M", -1}, {"P1H", -1}, {"PT1D", -1},
    {"PT1.5M", -1}, {"PT1.S", -1}, {"PT.5S", -1}, {"PT1Sx", -1}, {"PTT1S", -1},
};

static void reads_durations(void **state)
{
    (void)state;
    for (size_t i = 0; i < ICM_COUNT(durations); i++) {
        int64_t ms = -7;
        bool ok = wsman_duration_read(icm_slice_text(durations[i].text), &ms);

        if (ok != (durations[i].ms >= 0) || ms != (ok ? durations[i].ms : -7))
            fail_msg("%s: %lld", durations[i].text, (long long)ms);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(fails),
        cmocka_unit_test(limits),
        cmocka_unit_test(the_envelope_is_bounded),
        cmocka_unit_test(reads_headers_in_any_order_and_prefix),
        cmocka_unit_test(what_was_not_said_is_empty),
        cmocka_unit_test(bad_numbers_are_told),
        cmocka_unit_test(the_first_unknown_header_is_kept),
        cmocka_unit_test(tells_bodies_apart),
        cmocka_unit_test(reads_streams_byte_by_byte),
        cmocka_unit_test(the_shells_id_is_the_selectors),
        cmocka_unit_test(arguments_are_bytes_where_powershell_is),
        cmocka_unit_test(reads_faults),
        cmocka_unit_test(reads_durations),
    };

    return cmocka_run_group_tests_name("wsman_reader, MS-WSMV 2.2.4", tests, start, stop);
}
