/* Envelopes in UTF-16: what they are known by, what becomes of their characters however they come, and what we write. */
#include "tests/wsman/peers.h"
#include "wsman/encoding.h"
#include "wsman/limits.h"

#include <string.h>

#define EMPTY ""

static const struct row {
    const char *name, *bytes;
    size_t size;
    bool is_utf16;
    const char *text; /* NULL: it cannot be read */
} rows[] = {
#define ROW(name, bytes, is_utf16, text) {name, bytes, sizeof bytes - 1, is_utf16, text}
    ROW("nothing", EMPTY, false, ""),
    ROW("one byte", "<", false, "<"),
    ROW("one byte of a mark", "\xFF", false, "\xFF"),
    ROW("UTF-8", "<\xC3\xA4/>", false, "<\xC3\xA4/>"),
    ROW("UTF-8 with a mark", "\xEF\xBB\xBF<a/>", false, "\xEF\xBB\xBF<a/>"),
    ROW("little end, with a mark", "\xFF\xFE<\0\xE4\0/\0>\0", true, "<\xC3\xA4/>"),
    ROW("big end, with a mark", "\xFE\xFF\0<\0\xE4\0/\0>", true, "<\xC3\xA4/>"),
    ROW("little end, without", "<\0a\0/\0>\0", true, "<a/>"),
    ROW("big end, without", "\0<\0a\0/\0>", true, "<a/>"),
    ROW("a mark alone", "\xFF\xFE", true, ""),
    ROW("a pair of surrogates, little end", "\xFF\xFE<\0\x3D\xD8\x00\xDE", true, "<\xF0\x9F\x98\x80"),
    ROW("a pair of surrogates, big end", "\xFE\xFF\0<\xD8\x3D\xDE\x00", true, "<\xF0\x9F\x98\x80"),
    ROW("a half of a pair, and a letter", "\xFF\xFE\x3D\xD8<\0", true, "\xED\xA0\xBD<"),
    ROW("a second half alone", "\xFF\xFE\x00\xDE<\0", true, "\xED\xB8\x80<"),
    ROW("an odd byte at the end", "\xFF\xFE<\0a", true, NULL),
    ROW("a half of a pair at the end", "\xFF\xFE<\0\x3D\xD8", true, NULL),
#undef ROW
};

static enum icm_code decode(struct icm_slice bytes, size_t piece, struct icm_buf *out)
{
    struct wsman_decoder d = {0};
    struct icm_slice text;
    enum icm_code code = ICM_OK;

    while (code == ICM_OK && bytes.size > 0) {
        struct icm_slice front = icm_slice_of(bytes.data, bytes.size < piece ? bytes.size : piece);
        bytes = icm_slice_from(bytes, front.size);
        while (code == ICM_OK && front.size > 0 && (code = wsman_decoder_feed(&d, &front, &text, NULL)) == ICM_OK)
            icm_buf_add(out, text);
    }
    if (code == ICM_OK && (code = wsman_decoder_finish(&d, &text, NULL)) == ICM_OK)
        icm_buf_add(out, text);
    wsman_decoder_reset(&d);
    return code;
}

static void decodes(void **state)
{
    const struct row *row = *state;
    struct icm_slice bytes = icm_slice_of(row->bytes, row->size);

    assert_int_equal(wsman_is_utf16(bytes), row->is_utf16);
    for (size_t piece = 1; piece <= row->size + 1; piece++) {
        struct icm_buf text = {0};

        assert_int_equal(decode(bytes, piece, &text), row->text ? ICM_OK : ICM_SYNTAX);
        if (row->text)
            assert_true(icm_slice_is(icm_buf_slice(&text), row->text));
        icm_buf_reset(&text);
    }
}

/* more than is decoded at once, with a pair across the border */
static void decodes_long_ones(void **state)
{
    struct icm_buf plain = {0}, wide = {0}, back = {0};

    (void)state;
    for (int i = 0; i < 64 * 1024; i++)
        icm_buf_add_text(&plain, i % 3 ? "<" : "\xF0\x9F\x98\x80");
    icm_buf_add(&wide, icm_buf_slice(&plain));
    assert_int_equal(wsman_encode_utf16(&wide, NULL), ICM_OK);
    assert_memory_equal(wide.data, "\xFF\xFE\x3D\xD8", 4);
    assert_int_equal(decode(icm_buf_slice(&wide), wide.size, &back), ICM_OK);
    assert_true(icm_slice_equal(icm_buf_slice(&plain), icm_buf_slice(&back)));
    icm_buf_reset(&plain);
    icm_buf_reset(&wide);
    icm_buf_reset(&back);
}

/* -SessionOption UseUTF16, both roles: a request of the most that it may carry is within its limit, and so is the answer's */
static void requests_and_answers_are_of_one_encoding(void **state)
{
    struct peers p = {.shell_options = {.url = "http://server:5985/wsman", .shell_id = peers_guid(SHELL_ID), .use_utf16 = true}};
    struct wsman_request request;
    struct wsman_answer answer;
    static uint8_t payload[WSMAN_ENVELOPE_LATER];

    (void)state;
    peers_init(&p);
    size_t most = wsman_shell_payload_max(p.shell, WSMAN_CREATE);
    assert_true(most > WSMAN_ENVELOPE_FIRST / 4 && most < WSMAN_ENVELOPE_FIRST / 2);
    assert_int_equal(wsman_shell_create(p.shell, icm_slice_of(payload, most), &request, NULL), ICM_OK);
    assert_memory_equal(request.envelope.data, "\xFF\xFE<\0s\0:\0", 8);
    assert_true(request.envelope.size <= WSMAN_ENVELOPE_FIRST && request.envelope.size > WSMAN_ENVELOPE_FIRST - 64);
    uint64_t create = peers_ask(&p, &request);
    peers_accept(&p, WSMAN_SERVICE_CREATE);
    assert_int_equal(wsman_service_next_answer(p.service, &answer, NULL), ICM_OK);
    assert_int_equal(answer.request, create);
    assert_int_equal(answer.status, 200);
    assert_string_equal(wsman_content_type(icm_buf_slice(&answer.body)), "application/soap+xml;charset=UTF-16");
    p.by_bytes = true;
    peers_read(&p, icm_buf_slice(&answer.body));
    assert_int_equal(wsman_shell_take(p.shell, &request, 200, p.reply, NULL), ICM_OK);
    icm_buf_reset(&answer.body);
    wsman_request_reset(&request);

    wsman_service_output(p.service, p.shell_number, NULL, icm_slice_of(payload, sizeof payload), p.now_ms);
    assert_int_equal(wsman_shell_receive(p.shell, NULL, &request, NULL), ICM_OK);
    peers_ask(&p, &request);
    assert_int_equal(wsman_service_next_answer(p.service, &answer, NULL), ICM_OK);
    assert_true(wsman_is_utf16(icm_buf_slice(&answer.body)));
    assert_true(answer.body.size <= WSMAN_ENVELOPE_FIRST && answer.body.size > WSMAN_ENVELOPE_FIRST / 2);
    icm_buf_reset(&answer.body);
    wsman_request_reset(&request);
    peers_reset(&p);
}

/* a fault is, too */
static void faults_are_of_the_requests_encoding(void **state)
{
    struct peers p = {0};
    struct icm_buf broken = {0};
    struct wsman_answer answer;

    (void)state;
    peers_init(&p);
    icm_buf_add_text(&broken, "<broken");
    assert_int_equal(wsman_encode_utf16(&broken, NULL), ICM_OK);
    peers_post(&p, "ana", icm_buf_slice(&broken));
    assert_int_equal(wsman_service_next_answer(p.service, &answer, NULL), ICM_OK);
    assert_int_equal(answer.status, 500);
    assert_true(wsman_is_utf16(icm_buf_slice(&answer.body)));
    icm_buf_reset(&answer.body);
    icm_buf_reset(&broken);
    peers_reset(&p);
}

int main(void)
{
    struct CMUnitTest tests[ICM_COUNT(rows) + 3] = {
        cmocka_unit_test(decodes_long_ones),
        cmocka_unit_test(requests_and_answers_are_of_one_encoding),
        cmocka_unit_test(faults_are_of_the_requests_encoding),
    };

    for (size_t i = 0; i < ICM_COUNT(rows); i++)
        tests[3 + i] = (struct CMUnitTest){
            .name = rows[i].name, .test_func = decodes, .initial_state = (void *)(uintptr_t)&rows[i]};
    return cmocka_run_group_tests_name("wsman_decoder and wsman_encode_utf16", tests, NULL, NULL);
}
