/* Rows of MS-PSRP 2.2.4 and 3.1.5.1.1: fragments in order join to messages, others lose the stream; how the bytes are
 * split changes nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <malloc.h>

#include "psrp/defragmenter.h"
#include "tests/psrp/hex.h"

/* object and fragment id without their zeroes in front */
#define ID(last) "00000000000000" last " "

static const struct row {
    const char *name, *bytes;
    size_t message_max;
    const char *messages; /* each in brackets */
    enum icm_code code;
    bool is_inside; /* at the end, where nothing was wrong */
} rows[] = {
    {"nothing", "", 100, "", ICM_OK, false},
    {"one in one", ID("01") ID("00") "03 00000002 4142", 100, "[AB]", ICM_OK, false},
    {"one in three",
     ID("01") ID("00") "01 00000001 41" ID("01") ID("01") "00 00000001 42"
     ID("01") ID("02") "02 00000001 43", 100, "[ABC]", ICM_OK, false},
    {"two", ID("01") ID("00") "03 00000001 41" ID("02") ID("00") "03 00000001 42", 100, "[A][B]", ICM_OK, false},
    {"ids may jump between messages",
     ID("67") ID("00") "03 00000001 41" ID("99") ID("00") "03 00000001 42", 100, "[A][B]", ICM_OK, false},
    {"ids are not judged between messages",
     ID("09") ID("00") "03 00000001 41" ID("09") ID("00") "03 00000001 42", 100, "[A][B]", ICM_OK, false},
    {"an empty message", ID("01") ID("00") "03 00000000", 100, "[]", ICM_OK, false},
    {"empty blobs at begin, middle and end",
     ID("01") ID("00") "01 00000000" ID("01") ID("01") "00 00000001 41" ID("01") ID("02") "00 00000000"
     ID("01") ID("03") "02 00000000", 100, "[A]", ICM_OK, false},
    {"reserved bits", ID("01") ID("00") "ff 00000001 41", 100, "[A]", ICM_OK, false},
    {"an unfinished header", ID("01") "00", 100, "", ICM_OK, true},
    {"an unfinished blob", ID("01") ID("00") "03 00000002 41", 100, "", ICM_OK, true},
    {"an unfinished message", ID("01") ID("00") "01 00000001 41", 100, "", ICM_OK, true},
    {"as long as allowed",
     ID("01") ID("00") "01 00000002 4142" ID("01") ID("01") "02 00000001 43", 3, "[ABC]", ICM_OK, false},
    {"each message has the whole length",
     ID("01") ID("00") "03 00000002 4142" ID("02") ID("00") "03 00000002 4344", 3, "[AB][CD]", ICM_OK, false},

    {"no start", ID("01") ID("00") "02 00000001 41", 100, "", ICM_SYNTAX, false},
    {"no start and no end", ID("01") ID("00") "00 00000001 41", 100, "", ICM_SYNTAX, false},
    {"the first is not fragment 0", ID("01") ID("01") "01 00000001 41", 100, "", ICM_SYNTAX, false},
    {"a gap", ID("01") ID("00") "01 00000001 41" ID("01") ID("02") "02 00000001 43", 100, "", ICM_SYNTAX, false},
    {"the same again",
     ID("01") ID("00") "01 00000001 41" ID("01") ID("00") "02 00000001 43", 100, "", ICM_SYNTAX, false},
    {"backwards",
     ID("01") ID("00") "01 00000000" ID("01") ID("01") "00 00000000"
     ID("01") ID("00") "02 00000000", 100, "", ICM_SYNTAX, false},
    {"a start inside",
     ID("01") ID("00") "01 00000001 41" ID("01") ID("01") "03 00000001 43", 100, "", ICM_SYNTAX, false},
    {"another object inside",
     ID("01") ID("00") "01 00000001 41" ID("02") ID("01") "02 00000001 43", 100, "", ICM_SYNTAX, false},
    {"another object starts inside",
     ID("01") ID("00") "01 00000001 41" ID("02") ID("00") "03 00000001 43", 100, "", ICM_SYNTAX, false},
    {"after the end",
     ID("01") ID("00") "03 00000001 41" ID("01") ID("01") "02 00000001 43", 100, "[A]", ICM_SYNTAX, false},
    {"object id zero", ID("00") ID("00") "03 00000001 41", 100, "", ICM_SYNTAX, false},
    {"object id below zero", "ffffffffffffffff" ID("00") "03 00000001 41", 100, "", ICM_SYNTAX, false},
    {"a blob over the limit", ID("01") ID("00") "03 00400001", PSRP_MESSAGE_MAX, "", ICM_LIMIT, false},
    {"a blob of a negative size", ID("01") ID("00") "03 ffffffff", PSRP_MESSAGE_MAX, "", ICM_LIMIT, false},
    {"a blob over the message's length", ID("01") ID("00") "03 00000004", 3, "", ICM_LIMIT, false},
    {"the sum over the message's length",
     ID("01") ID("00") "01 00000002 4142" ID("01") ID("01") "02 00000002", 3, "", ICM_LIMIT, false},
    {"what came before a failure counts", ID("01") ID("00") "03 00000001 41" ID("00"), 100, "[A]", ICM_OK, true},
    {"and nothing after it does",
     ID("01") ID("00") "03 00000001 41" ID("00") ID("00") "03 00000001 42"
     ID("02") ID("00") "03 00000001 43", 100, "[A]", ICM_SYNTAX, false},
};

static void take_messages(struct psrp_defragmenter *d, struct icm_buf *seen)
{
    struct icm_buf message = {0};

    while (psrp_defragmenter_next(d, &message, NULL) == ICM_OK) {
        icm_buf_add_u8(seen, '[');
        icm_buf_add(seen, icm_buf_slice(&message));
        icm_buf_add_u8(seen, ']');
    }
    icm_buf_reset(&message);
}

static void join_in_steps(const struct row *row, struct icm_slice bytes, size_t step)
{
    struct psrp_defragmenter *d = NULL;
    struct icm_buf seen = {0};
    struct icm_error err = {0};
    enum icm_code code = ICM_OK;

    assert_int_equal(psrp_defragmenter_new(&d, row->message_max, NULL), ICM_OK);
    while (bytes.size > 0) {
        size_t size = bytes.size < step ? bytes.size : step;

        code = psrp_defragmenter_feed(d, icm_slice_of(bytes.data, size), &err);
        bytes = icm_slice_from(bytes, size);
    }
    take_messages(d, &seen);
    assert_string_equal(icm_buf_text(&seen), row->messages);
    assert_int_equal(code, row->code);
    assert_int_equal(err.code, row->code);
    if (row->code == ICM_OK) {
        assert_int_equal(psrp_defragmenter_is_inside(d), row->is_inside);
    } else { /* final */
        struct icm_buf message = {0};
        struct icm_error again = {0};

        assert_int_equal(psrp_defragmenter_feed(d, icm_slice_text("A"), &again), row->code);
        assert_string_equal(again.text, err.text);
        assert_int_equal(psrp_defragmenter_next(d, &message, NULL), row->code);
        icm_error_reset(&again);
    }
    icm_error_reset(&err);
    icm_buf_reset(&seen);
    psrp_defragmenter_free(d);
}

static void joins(void **state)
{
    const struct row *row = *state;
    struct icm_buf bytes = {0};

    hex_add(&bytes, row->bytes);
    for (size_t step = 1; step <= bytes.size + 1; step++)
        join_in_steps(row, icm_buf_slice(&bytes), step);
    icm_buf_reset(&bytes);
}

/* A stream that may go on elsewhere, behind what came before. psrp.md 1 */
static const struct gap_row {
    const char *name, *before, *behind, *messages;
    enum icm_code code;
} gaps[] = {
    {"it goes on as if nothing had been", ID("01") ID("00") "01 00000001 41", ID("01") ID("01") "02 00000001 42", "[AB]", ICM_OK},
    {"it goes on inside a fragment", ID("01") ID("00") "03 00000002 41", "42", "[AB]", ICM_OK},
    {"what was open is dropped for a new message", ID("01") ID("00") "01 00000001 41", ID("05") ID("00") "03 00000001 42", "[B]", ICM_OK},
    {"the rest of another message is skipped", "", ID("04") ID("07") "00 00000001 41" ID("04") ID("08") "02 00000002 4141"
     ID("05") ID("00") "03 00000001 42", "[B]", ICM_OK},
    {"and so is an empty piece of it", "", ID("04") ID("07") "02 00000000" ID("05") ID("00") "03 00000001 42", "[B]", ICM_OK},
    {"what was open is dropped with it", ID("01") ID("00") "01 00000001 41", ID("04") ID("08") "02 00000001 41"
     ID("05") ID("00") "03 00000001 42", "[B]", ICM_OK},
    {"there is one gap", "", ID("05") ID("00") "03 00000001 42" ID("06") ID("01") "02 00000001 43", "[B]", ICM_SYNTAX},
    {"a header that is none is one all the same", "", ID("00") ID("00") "03 00000001 42", "", ICM_SYNTAX},
};

static void passes_one_gap(void **state)
{
    const struct gap_row *row = *state;
    struct icm_buf before = {0}, behind = {0};

    hex_add(&before, row->before);
    hex_add(&behind, row->behind);
    for (size_t step = 1; step <= behind.size + 1; step++) {
        struct psrp_defragmenter *d = NULL;
        struct icm_buf seen = {0};
        struct icm_slice rest = icm_buf_slice(&behind);
        enum icm_code code = ICM_OK;

        assert_int_equal(psrp_defragmenter_new(&d, 100, NULL), ICM_OK);
        assert_int_equal(psrp_defragmenter_feed(d, icm_buf_slice(&before), NULL), ICM_OK);
        psrp_defragmenter_allow_gap(d);
        while (rest.size > 0) {
            size_t size = rest.size < step ? rest.size : step;

            code = psrp_defragmenter_feed(d, icm_slice_of(rest.data, size), NULL);
            rest = icm_slice_from(rest, size);
        }
        take_messages(d, &seen);
        assert_string_equal(icm_buf_text(&seen), row->messages);
        assert_int_equal(code, row->code);
        icm_buf_reset(&seen);
        psrp_defragmenter_free(d);
    }
    icm_buf_reset(&before);
    icm_buf_reset(&behind);
}

/* a header that promises much is no reason to ask for memory */
static void a_lying_length_costs_nothing(void **state)
{
    struct psrp_defragmenter *d = NULL;
    struct icm_buf bytes = {0};

    (void)state;
    hex_add(&bytes, ID("01") ID("00") "01 00400000 41");
    assert_int_equal(psrp_defragmenter_new(&d, PSRP_MESSAGE_MAX, NULL), ICM_OK);
    size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
    assert_int_equal(psrp_defragmenter_feed(d, icm_buf_slice(&bytes), NULL), ICM_OK);
    assert_true(mallinfo2().uordblks + mallinfo2().hblkhd - before < 64 * 1024);
    assert_true(psrp_defragmenter_is_inside(d));
    psrp_defragmenter_free(d);
    icm_buf_reset(&bytes);
}

int main(void)
{
    struct CMUnitTest tests[ICM_COUNT(rows) + ICM_COUNT(gaps) + 1], *end = tests;

    for (size_t i = 0; i < ICM_COUNT(rows); i++)
        *end++ = (struct CMUnitTest){rows[i].name, joins, NULL, NULL, (void *)(uintptr_t)&rows[i]};
    for (size_t i = 0; i < ICM_COUNT(gaps); i++)
        *end++ = (struct CMUnitTest){gaps[i].name, passes_one_gap, NULL, NULL, (void *)(uintptr_t)&gaps[i]};
    *end = (struct CMUnitTest)cmocka_unit_test(a_lying_length_costs_nothing);
    return cmocka_run_group_tests_name("psrp_defragmenter, MS-PSRP 2.2.4", tests, NULL, NULL);
}
