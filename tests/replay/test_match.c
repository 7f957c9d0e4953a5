/* The judges of tests/replay themselves: what is as recorded passes, what is not is complained of, and live ids come
 * into the place of recorded ones in whatever byte order they are written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/text.h"
#include "psrp/fragment.h"
#include "psrp/message.h"
#include "tests/replay/expected.h"
#include "tests/replay/match.h"
#include "tests/replay/substitute.h"
#include "tests/replay/twist.h"
#include "wsman/names.h"

#include <stdio.h>

#define ENVELOPE(header, body)                                                                                         \
    "<s:Envelope xmlns:s=\"" WSMAN_NS_SOAP "\" xmlns:a=\"" WSMAN_NS_ADDRESSING "\" xmlns:w=\"" WSMAN_NS_WSMAN          \
    "\" xmlns:rsp=\"" WSMAN_NS_SHELL "\"><s:Header>" header "</s:Header><s:Body>" body "</s:Body></s:Envelope>"
#define OF(action)                                                                                                     \
    "<a:Action>" action "</a:Action><w:ResourceURI>" WSMAN_RESOURCE_POWERSHELL "</w:ResourceURI>"                      \
    "<w:SelectorSet><w:Selector Name=\"ShellId\">A1</w:Selector></w:SelectorSet>"
#define RECEIVE(command, stream)                                                                                       \
    ENVELOPE(OF(WSMAN_ACTION_RECEIVE),                                                                                 \
             "<rsp:Receive><rsp:DesiredStream" command ">" stream "</rsp:DesiredStream></rsp:Receive>")
#define SIGNAL(code)                                                                                                   \
    ENVELOPE(OF(WSMAN_ACTION_SIGNAL), "<rsp:Signal CommandId=\"C1\"><rsp:Code>" code "</rsp:Code></rsp:Signal>")

static const struct {
    const char *name, *recorded, *live;
    bool is_same;
} cases[] = {
    {"the same", RECEIVE("", "stdout"), RECEIVE("", "stdout"), true},
    {"other prefixes, order and white space", RECEIVE("", "stdout"),
     "<e:Envelope xmlns:e=\"" WSMAN_NS_SOAP "\"><e:Header><SelectorSet xmlns=\"" WSMAN_NS_WSMAN
     "\"><Selector Name=\"ShellId\"> A1 </Selector></SelectorSet><ResourceURI xmlns=\"" WSMAN_NS_WSMAN
     "\">" WSMAN_RESOURCE_POWERSHELL "</ResourceURI><Action xmlns=\"" WSMAN_NS_ADDRESSING "\">" WSMAN_ACTION_RECEIVE
     "</Action></e:Header>\n<e:Body><Receive xmlns=\"" WSMAN_NS_SHELL
     "\">\n<DesiredStream>stdout</DesiredStream></Receive></e:Body></e:Envelope>",
     true},
    {"another stream", RECEIVE("", "stdout"), RECEIVE("", "stderr"), false},
    {"of a command", RECEIVE("", "stdout"), RECEIVE(" CommandId=\"C1\"", "stdout"), false},
    {"of the shell", RECEIVE(" CommandId=\"C1\"", "stdout"), RECEIVE("", "stdout"), false},
    {"a message id of its own", ENVELOPE(OF(WSMAN_ACTION_DELETE) "<a:MessageID>1</a:MessageID>", ""),
     ENVELOPE(OF(WSMAN_ACTION_DELETE) "<a:MessageID>2</a:MessageID>", ""), true},
    {"another action", ENVELOPE(OF(WSMAN_ACTION_DELETE), ""), ENVELOPE(OF(WSMAN_ACTION_RECONNECT), ""), false},
    {"no selector", ENVELOPE(OF(WSMAN_ACTION_DELETE), ""),
     ENVELOPE("<a:Action>" WSMAN_ACTION_DELETE "</a:Action><w:ResourceURI>" WSMAN_RESOURCE_POWERSHELL
              "</w:ResourceURI>",
              ""),
     false},
    {"an option that is not known", ENVELOPE(OF(WSMAN_ACTION_DELETE), ""),
     ENVELOPE(OF(WSMAN_ACTION_DELETE) "<w:OptionSet><w:Option Name=\"X\">1</w:Option></w:OptionSet>", ""), false},
    {"an option that may be left out",
     ENVELOPE(OF(WSMAN_ACTION_DELETE) "<w:OptionSet><w:Option "
                                      "Name=\"WSMAN_CMDSHELL_OPTION_KEEPALIVE\">True</w:Option></w:OptionSet>",
              ""),
     ENVELOPE(OF(WSMAN_ACTION_DELETE), ""), true},
    {"either spelling of the stop", SIGNAL("powershell/signal/ctrl_c"), SIGNAL(WSMAN_SIGNAL_PIPELINE_STOP), true},
    {"an end in the place of a stop", SIGNAL("powershell/signal/ctrl_c"), SIGNAL(WSMAN_SIGNAL_TERMINATE), false},
    {"something in the body", ENVELOPE(OF(WSMAN_ACTION_DELETE), ""), ENVELOPE(OF(WSMAN_ACTION_DELETE), "<rsp:More/>"),
     false},
};

static void requests_are_compared(void **state)
{
    (void)state;
    for (size_t i = 0; i < ICM_COUNT(cases); i++) {
        struct replay_request recorded, live;
        struct replay_ids ids = {0};
        struct icm_buf complaints = {0};

        assert_int_equal(replay_request_read(&recorded, icm_slice_text(cases[i].recorded), NULL), ICM_OK);
        assert_int_equal(replay_request_read(&live, icm_slice_text(cases[i].live), NULL), ICM_OK);
        assert_true(recorded.envelope.is_whole && live.envelope.is_whole);
        replay_match(&recorded, &live, &ids, &complaints);
        if ((complaints.size == 0) != cases[i].is_same)
            fail_msg("%s: %s", cases[i].name, icm_buf_text(&complaints));
        replay_request_reset(&recorded);
        replay_request_reset(&live);
        icm_buf_reset(&complaints);
    }
}

/* ---- messages ---- */

static void add_message(struct icm_buf *out, uint32_t type, const char *pool, const char *pipeline, const char *payload)
{
    icm_buf_add_le32(out, PSRP_TO_SERVER);
    icm_buf_add_le32(out, type);
    icm_buf_add(out, icm_slice_of(pool, 16));
    icm_buf_add(out, icm_slice_of(pipeline, 16));
    icm_buf_add_text(out, payload);
}

#define ZERO "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"

static void messages_are_compared(void **state)
{
    static const struct {
        uint32_t type;
        const char *payload;
        bool is_same;
    } live[] = {
        {PSRP_PIPELINE_INPUT, "<S>text</S>", true},
        {PSRP_PIPELINE_INPUT, "<S>other</S>", false},
        {PSRP_PIPELINE_INPUT, "<I32>1</I32>", false},
        {PSRP_PIPELINE_HOST_RESPONSE, "<S>text</S>", false},
    };
    struct icm_buf recorded = {0};

    (void)state;
    add_message(&recorded, PSRP_PIPELINE_INPUT, ZERO, ZERO, "<S>text</S>");
    for (size_t i = 0; i < ICM_COUNT(live); i++) {
        struct icm_buf bytes = {0}, complaints = {0};
        add_message(&bytes, live[i].type, ZERO, ZERO, live[i].payload);
        replay_match_messages(icm_buf_slice(&recorded), icm_buf_slice(&bytes), &complaints);
        assert_int_equal(complaints.size == 0, live[i].is_same);
        icm_buf_reset(&bytes);
        icm_buf_reset(&complaints);
    }
    icm_buf_reset(&recorded);
}

/* ---- ids ---- */

static void add_fragment(struct icm_buf *out, const char *pool, const char *pipeline)
{
    struct icm_buf message = {0};

    add_message(&message, PSRP_PIPELINE_OUTPUT, pool, pipeline, "<S>x</S>");
    const struct psrp_fragment f = {1, 0, PSRP_FRAGMENT_START | PSRP_FRAGMENT_END, icm_buf_slice(&message)};
    psrp_fragment_write(out, &f);
    icm_buf_reset(&message);
}

static void add_answer(struct icm_buf *out, const char *relates_to, const char *shell_id,
                       const struct icm_buf *fragments)
{
    icm_buf_add_format(out, "<s:Envelope><a:RelatesTo>%s</a:RelatesTo><rsp:Stream Name=\"%s\">", relates_to, shell_id);
    icm_base64_write(out, icm_buf_slice(fragments));
    icm_buf_add_text(out, "</rsp:Stream></s:Envelope>");
}

/* whatever order a client writes its ids in, what is put in their place are the bytes that the live one wrote */
static void ids_are_put_in_place(void **state)
{
    static const char theirs[] = "0123456789abcdef", ours[] = "fedcba9876543210", run[] = "RUN.RUN.RUN.RUN.",
                      ran[] = "ran.ran.ran.ran.";
    struct icm_buf recorded = {0}, live = {0}, zero = {0}, answer = {0}, out = {0}, wanted = {0};
    struct replay_ids ids = {0};

    (void)state;
    add_fragment(&recorded, theirs, run);
    add_fragment(&live, ours, ran);
    add_fragment(&zero, ZERO, ran);
    replay_ids_add_text(&ids, icm_slice_text("AAAA-1"), icm_slice_text("bbbb-22"));
    replay_ids_add_payload(&ids, icm_buf_slice(&recorded), icm_buf_slice(&live));
    add_answer(&answer, "uuid:1", "aaaa-1", &recorded);
    replay_substitute(&ids, icm_buf_slice(&answer), icm_slice_text("uuid:Two"), &out);
    add_answer(&wanted, "uuid:Two", "bbbb-22", &live);
    assert_string_equal(icm_buf_text(&out), icm_buf_text(&wanted));

    icm_buf_clear(&answer); /* what is zero, or nobody's, stays */
    icm_buf_clear(&out);
    add_answer(&answer, "uuid:Two", "CCCC-3", &zero);
    replay_substitute(&ids, icm_buf_slice(&answer), icm_slice_text("uuid:Two"), &out);
    assert_string_equal(icm_buf_text(&out), icm_buf_text(&answer));
    struct icm_buf *all[] = {&recorded, &live, &zero, &answer, &out, &wanted};
    for (size_t i = 0; i < ICM_COUNT(all); i++)
        icm_buf_reset(all[i]);
    replay_ids_reset(&ids);
}

/* ---- expectations ---- */

static void sections_are_found_and_compared(void **state)
{
    static const char text[] = "# said before\n[one]\na\nb\n\n[two]\n# a remark\nc\n[empty]\n";
    struct icm_slice section, wanted, came;

    (void)state;
    assert_true(replay_expected_find(icm_slice_text(text), "one", &section));
    assert_false(replay_expected_differ(section, icm_slice_text("a\nb\n"), &wanted, &came));
    assert_true(replay_expected_differ(section, icm_slice_text("a\n"), &wanted, &came));
    assert_true(icm_slice_is(wanted, "b"));
    assert_true(replay_expected_differ(section, icm_slice_text("a\nb\nc\n"), &wanted, &came));
    assert_true(icm_slice_is(came, "c"));
    assert_true(replay_expected_find(icm_slice_text(text), "two", &section));
    assert_false(replay_expected_differ(section, icm_slice_text("c\n"), &wanted, &came));
    assert_true(replay_expected_find(icm_slice_text(text), "empty", &section));
    assert_int_equal(section.size, 0);
    assert_false(replay_expected_find(icm_slice_text(text), "on", &section));
}

static void abridged(const char *told, const char *other, bool is_same)
{
    struct icm_buf a = {0}, b = {0};

    replay_expected_abridge(icm_slice_text(told), &a);
    replay_expected_abridge(icm_slice_text(other), &b);
    assert_int_equal(icm_slice_equal(icm_buf_slice(&a), icm_buf_slice(&b)), is_same);
    icm_buf_reset(&a);
    icm_buf_reset(&b);
}

/* what is left out is still told apart */
static void what_is_long_has_a_checksum(void **state)
{
    char one[1000], other[1000];

    (void)state;
    memset(one, 'x', sizeof one);
    one[sizeof one - 1] = '\0';
    memcpy(other, one, sizeof one);
    abridged(one, other, true);
    other[900] = 'y';
    abridged(one, other, false);
}

static void twists_keep_what_is_said(void **state)
{
    struct icm_buf answer = {0};
    struct replay_envelope e;

    (void)state;
    icm_buf_add_text(
        &answer,
        ENVELOPE("<a:RelatesTo>uuid:8212BDF6-A653-4C44-B852-55E3DF334A04</a:RelatesTo>",
                 "<rsp:ReceiveResponse><rsp:Stream Name=\"stdout\" CommandId=\"8212BDF6-A653-4C44-B852-55E3DF334A04\">"
                 "AAAAAAAAAAEAAAAAAAAAAAMAAADKAQAAAAIAAQAAAAAAAAAAAAAAAAAAAAAA</rsp:Stream>"
                 "<rsp:CommandState State=\"Done\"/></rsp:ReceiveResponse>"));
    replay_twist(&answer);
    assert_int_equal(replay_envelope_read(&e, icm_buf_slice(&answer), NULL), ICM_OK);
    assert_true(e.is_whole);
    assert_int_equal(replay_envelope_count(&e, "s:Body/rsp:ReceiveResponse/rsp:Stream"), 3);
    assert_int_equal(replay_envelope_nth(&e, "s:Body/rsp:ReceiveResponse/rsp:Stream", 0).size, 0);
    assert_int_equal(replay_envelope_count(&e, "s:Header/urn:odd:Odd"), 1);
    assert_true(icm_slice_is(replay_envelope_get(&e, "s:Body/rsp:ReceiveResponse/rsp:Stream@CommandId"),
                             "8212bdf6-a653-4c44-b852-55e3df334a04"));
    assert_true(
        icm_slice_is(replay_envelope_get(&e, "s:Header/a:RelatesTo"), "uuid:8212BDF6-A653-4C44-B852-55E3DF334A04"));
    assert_true(memmem(answer.data, answer.size, "CommandState", 12) <
                memmem(answer.data, answer.size, "Stream Name", 11));
    replay_envelope_reset(&e);
    icm_buf_reset(&answer);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_are_compared),       cmocka_unit_test(messages_are_compared),
        cmocka_unit_test(ids_are_put_in_place),        cmocka_unit_test(sections_are_found_and_compared),
        cmocka_unit_test(what_is_long_has_a_checksum), cmocka_unit_test(twists_keep_what_is_said),
    };

    return cmocka_run_group_tests_name("the judges of recorded servers", tests, NULL, NULL);
}
