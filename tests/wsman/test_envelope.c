#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "wsman/envelope.h"
#include "wsman/message.h"
#include "wsman/names.h"

/* the whole header of a Receive as it goes out; the set of MS-WSMV 3.1.4.1 that every server takes */
static void writes_a_request(void **state)
{
    static const struct wsman_option options[] = {{"A&B", "<1>", true}, {"C", "2", false}};
    static const struct wsman_request_header header = {
        .to = "http://h/wsman?a=1&b=2", .action = "urn:a", .resource_uri = "urn:r", .locale = "en-US",
        .data_locale = "de-DE", .message_id = "uuid:1", .session_id = "uuid:2", .max_envelope_size = 153600,
        .operation_timeout_ms = 60500, .shell_id = "S\"1", .options = options, .option_count = 2,
    };
    struct icm_buf out = {0};

    (void)state;
    wsman_request_begin(&out, &header);
    wsman_envelope_end(&out);
    assert_string_equal(
        icm_buf_text(&out),
        "<s:Envelope xmlns:s=\"" WSMAN_NS_SOAP "\" xmlns:a=\"" WSMAN_NS_ADDRESSING "\" xmlns:w=\"" WSMAN_NS_WSMAN
        "\" xmlns:p=\"" WSMAN_NS_WSMV "\"><s:Header><a:To>http://h/wsman?a=1&amp;b=2</a:To>"
        "<w:ResourceURI s:mustUnderstand=\"true\">urn:r</w:ResourceURI><a:ReplyTo><a:Address s:mustUnderstand=\"true\">"
        WSMAN_ANONYMOUS "</a:Address></a:ReplyTo><a:Action s:mustUnderstand=\"true\">urn:a</a:Action>"
        "<w:MaxEnvelopeSize s:mustUnderstand=\"true\">153600</w:MaxEnvelopeSize><a:MessageID>uuid:1</a:MessageID>"
        "<w:Locale xml:lang=\"en-US\" s:mustUnderstand=\"false\"/>"
        "<p:DataLocale xml:lang=\"de-DE\" s:mustUnderstand=\"false\"/>"
        "<p:SessionId s:mustUnderstand=\"false\">uuid:2</p:SessionId>"
        "<w:OperationTimeout>PT60.500S</w:OperationTimeout><w:OptionSet s:mustUnderstand=\"true\">"
        "<w:Option Name=\"A&amp;B\" MustComply=\"true\">&lt;1&gt;</w:Option><w:Option Name=\"C\">2</w:Option>"
        "</w:OptionSet><w:SelectorSet><w:Selector Name=\"ShellId\">S\"1</w:Selector></w:SelectorSet></s:Header>"
        "<s:Body></s:Body></s:Envelope>");
    icm_buf_reset(&out);
}

static void leaves_out_what_is_not_there(void **state)
{
    struct icm_buf out = {0};

    (void)state;
    wsman_request_begin(&out, &(struct wsman_request_header){0});
    assert_non_null(strstr(icm_buf_text(&out), "<s:Header></s:Header><s:Body>"));
    icm_buf_reset(&out);
}

/* Windows' order: Action, MessageID, To, RelatesTo; and the id comes back as it was */
static void writes_a_response(void **state)
{
    static const char relates_to[] = "urn:uuid:mixed-CASE & more";
    struct wsman_reader *reader = NULL;
    struct wsman_message *m = NULL;
    struct icm_buf out = {0};

    (void)state;
    assert_int_equal(wsman_response_begin(&out, "urn:aResponse", icm_slice_text(relates_to), NULL), ICM_OK);
    wsman_envelope_end(&out);
    const char *text = icm_buf_text(&out);
    const char *action = strstr(text, "<a:Action>"), *id = strstr(text, "<a:MessageID>uuid:");
    const char *to = strstr(text, "<a:To>" WSMAN_ANONYMOUS "</a:To>"), *relation = strstr(text, "<a:RelatesTo>");
    assert_true(action && action < id && id < to && to < relation);
    assert_int_equal(wsman_reader_new(&reader, out.size, NULL), ICM_OK);
    assert_int_equal(wsman_reader_feed(reader, icm_buf_slice(&out), NULL), ICM_OK);
    assert_int_equal(wsman_reader_finish(reader, &m, NULL), ICM_OK);
    assert_true(icm_slice_is(m->relates_to, relates_to));
    assert_true(icm_slice_is(m->action, "urn:aResponse"));
    wsman_reader_free(reader);
    icm_buf_clear(&out);
    assert_int_equal(wsman_response_begin(&out, "urn:a", icm_slice_of(NULL, 0), NULL), ICM_OK);
    assert_null(strstr(icm_buf_text(&out), "RelatesTo"));
    icm_buf_reset(&out);
}

static void message_ids_are_fresh_and_upper_case(void **state)
{
    char one[WSMAN_MESSAGE_ID + 1], two[WSMAN_MESSAGE_ID + 1], upper[ICM_GUID_TEXT + 1];
    struct icm_guid guid;

    (void)state;
    assert_int_equal(wsman_message_id_new(one, NULL), ICM_OK);
    assert_int_equal(wsman_message_id_new(two, NULL), ICM_OK);
    assert_string_not_equal(one, two);
    assert_memory_equal(one, "uuid:", 5);
    assert_true(icm_guid_parse(icm_slice_text(one + 5), &guid));
    icm_guid_format_upper(&guid, upper);
    assert_string_equal(one + 5, upper);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_a_request),
        cmocka_unit_test(leaves_out_what_is_not_there),
        cmocka_unit_test(writes_a_response),
        cmocka_unit_test(message_ids_are_fresh_and_upper_case),
    };

    return cmocka_run_group_tests_name("wsman_request_begin, MS-WSMV 3.1.4.1", tests, NULL, NULL);
}
