/* Input objects: text to objects, and many readers that each see all of them. */
#include "cli/input.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

/* NULL: there is none now */
static const struct psrp_value *next(struct cli_queue_reader *r)
{
    const struct psrp_value *value = NULL;
    enum icm_code code = cli_queue_next(r, &value, NULL);

    assert_true(code == ICM_OK || code == ICM_AGAIN);
    return value;
}

/* "a|b|": the texts of all objects that @r can have now */
static void take_all(struct cli_queue_reader *r, struct icm_buf *out)
{
    const struct psrp_value *value;

    while ((value = next(r))) {
        psrp_value_write_text(value, out);
        icm_buf_add_u8(out, '|');
    }
}

struct row {
    const char *name;
    int format;
    struct icm_slice text;
    const char *objects;
    enum icm_code code;
    const char *said; /* in the error */
};
#define TEXT(literal) {(const uint8_t *)(literal), sizeof(literal) - 1}

static const struct row rows[] = {
    {"lines", CLI_INPUT_LINES, TEXT("a\nb c\n"), "a|b c|", ICM_OK, NULL},
    {"the last line without its end", CLI_INPUT_LINES, TEXT("a\nb"), "a|b|", ICM_OK, NULL},
    {"nothing", CLI_INPUT_LINES, TEXT(""), "", ICM_OK, NULL},
    {"empty lines are objects", CLI_INPUT_LINES, TEXT("\n\nx\n"), "||x|", ICM_OK, NULL},
    {"Windows' line ends", CLI_INPUT_LINES, TEXT("a\r\n\r\nb\r"), "a||b|", ICM_OK, NULL},
    {"a carriage return inside", CLI_INPUT_LINES, TEXT("a\rb\n"), "a\rb|", ICM_OK, NULL},
    {"UTF-8", CLI_INPUT_LINES, TEXT("\xc3\xa4\xf0\x9f\x98\x80\n"), "\xc3\xa4\xf0\x9f\x98\x80|", ICM_OK, NULL},
    {"not UTF-8", CLI_INPUT_LINES, TEXT("a\nb\xff\nc\n"), "a|", ICM_SYNTAX, "line 2 is not UTF-8, at its byte 2"},
    {"a character cut by the line's end", CLI_INPUT_LINES, TEXT("\xc3\n"), "", ICM_SYNTAX, "line 1"},
    {"a character cut by the end", CLI_INPUT_LINES, TEXT("\xc3"), "", ICM_SYNTAX, "line 1"},
    {"JSON lines", CLI_INPUT_JSON, TEXT("4\n5\n"), "4|5|", ICM_OK, NULL},
    {"JSON over lines", CLI_INPUT_JSON, TEXT("[\n1,\n2]\n\"x\""), "1 2|x|", ICM_OK, NULL},
    {"no JSON", CLI_INPUT_JSON, TEXT("4 {]"), "4|", ICM_SYNTAX, "JSON value 2"},
    {"JSON cut short", CLI_INPUT_JSON, TEXT("4 [1"), "4|", ICM_SYNTAX, "JSON value 2"},
    {"a name that no object has", CLI_INPUT_JSON, TEXT("4 {\"\":1}"), "4|", ICM_SYNTAX, "JSON value 2: a member"},
    {"a document", CLI_INPUT_CLIXML, TEXT("<Objs Version=\"1.1.0.1\"><S>a</S><I32>2</I32></Objs>\n"), "a|2|", ICM_OK, NULL},
    {"a document in UTF-16", CLI_INPUT_CLIXML, TEXT("\xFF\xFE<\0S\0>\0a\0<\0/\0S\0>\0"), "a|", ICM_OK, NULL},
    {"a document of nothing", CLI_INPUT_CLIXML, TEXT("<Objs Version=\"1.1.0.1\"></Objs>"), "", ICM_OK, NULL},
    {"a document cut short", CLI_INPUT_CLIXML, TEXT("<Objs Version=\"1.1.0.1\"><S>a</S>"), "", ICM_SYNTAX, "byte"},
    {"no document at all", CLI_INPUT_CLIXML, TEXT(" \n"), "", ICM_SYNTAX, "empty"},
};

static enum icm_code feed_in_pieces(struct cli_input *in, struct icm_slice text, size_t piece, struct icm_error *err)
{
    enum icm_code code = ICM_OK;

    while (code == ICM_OK && text.size > 0) {
        size_t size = text.size < piece ? text.size : piece;
        code = cli_input_feed(in, icm_slice_of(text.data, size), err);
        text = icm_slice_from(text, size);
    }
    return code == ICM_OK ? cli_input_finish(in, err) : code;
}

static void reads(void **state)
{
    const struct row *row = *state;
    const size_t pieces[] = {1, 2, 5, 4096};

    for (size_t i = 0; i < ICM_COUNT(pieces); i++) {
        struct cli_input *in = NULL;
        struct icm_error err = {0};
        struct icm_buf seen = {0};

        assert_int_equal(cli_input_new(&in, row->format, 1, &err), ICM_OK);
        struct cli_queue_reader r = {.queue = cli_input_queue(in)};
        assert_int_equal(feed_in_pieces(in, row->text, pieces[i], &err), row->code);
        take_all(&r, &seen);
        assert_string_equal(icm_buf_text(&seen), row->objects);
        assert_int_equal(cli_input_is_over(in, &r), row->code == ICM_OK);
        if (row->said) {
            assert_non_null(strstr(err.text, row->said));
            assert_int_equal(cli_input_feed(in, icm_slice_text("1\n"), NULL), row->code); /* it is final */
        }
        cli_queue_leave(&r);
        cli_input_free(in);
        icm_buf_reset(&seen);
        icm_error_reset(&err);
    }
}

static struct cli_input *input_for(size_t readers)
{
    struct cli_input *in = NULL;

    assert_int_equal(cli_input_new(&in, CLI_INPUT_LINES, readers, NULL), ICM_OK);
    return in;
}

/* lines of a thousand bytes, the first of them numbered @from */
static void feed_lines(struct cli_input *in, int from, int count)
{
    struct icm_buf text = {0};

    for (int i = from; i < from + count; i++)
        icm_buf_add_format(&text, "%01000d\n", i);
    assert_int_equal(cli_input_feed(in, icm_buf_slice(&text), NULL), ICM_OK);
    icm_buf_reset(&text);
}

static void take_lines(struct cli_queue_reader *r, int from, int count)
{
    for (int i = from; i < from + count; i++) {
        const struct psrp_value *value = next(r);

        assert_non_null(value);
        assert_int_equal(atoi((const char *)psrp_value_text_of(value).data), i);
    }
}

enum { LINES = 2000 }; /* over several blocks */

static void late_readers_see_everything(void **state)
{
    struct cli_input *in = input_for(3);
    struct cli_queue_reader first = {.queue = cli_input_queue(in)}, second = {.queue = cli_input_queue(in)}, third = {.queue = cli_input_queue(in)};

    assert_null(next(&first));
    feed_lines(in, 0, LINES);
    take_lines(&first, 0, LINES);
    assert_null(next(&first));
    assert_false(cli_input_is_over(in, &first));
    feed_lines(in, LINES, LINES);
    assert_int_equal(cli_input_finish(in, NULL), ICM_OK);
    take_lines(&second, 0, 2 * LINES);
    take_lines(&first, LINES, LINES);
    cli_queue_leave(&first);
    take_lines(&third, 0, 2 * LINES);
    assert_true(cli_input_is_over(in, &second));
    assert_true(cli_input_is_over(in, &third));
    cli_queue_leave(&second);
    cli_queue_leave(&third);
    assert_int_equal(cli_queue_held(cli_input_queue(in)), 0);
    cli_input_free(in);
}

static void what_all_have_taken_is_let_go(void **state)
{
    struct cli_input *in = input_for(2);
    struct cli_queue_reader fast = {.queue = cli_input_queue(in)}, slow = {.queue = cli_input_queue(in)};
    size_t most = 0;

    for (int i = 0; i < 20; i++) {
        feed_lines(in, i * LINES, LINES);
        take_lines(&fast, i * LINES, LINES);
        if (i > 0)
            take_lines(&slow, (i - 1) * LINES, LINES);
        most = cli_queue_held(cli_input_queue(in)) > most ? cli_queue_held(cli_input_queue(in)) : most;
    }
    assert_in_range(most, LINES * 1000, LINES * 1000 * 4); /* of 40 million bytes that came */
    cli_queue_leave(&slow);
    assert_in_range(cli_queue_held(cli_input_queue(in)), 0, LINES * 1000);
    cli_queue_leave(&slow); /* twice is once */
    take_lines(&fast, 0, 0);
    cli_input_free(in);
}

/* a computer that fails before it begins keeps nothing */
static void who_leaves_holds_nothing_back(void **state)
{
    struct cli_input *in = input_for(2);
    struct cli_queue_reader stays = {.queue = cli_input_queue(in)}, leaves = {.queue = cli_input_queue(in)};

    cli_queue_leave(&leaves);
    for (int i = 0; i < 10; i++) {
        feed_lines(in, i * LINES, LINES);
        take_lines(&stays, i * LINES, LINES);
        assert_in_range(cli_queue_held(cli_input_queue(in)), 0, LINES * 1000);
    }
    assert_null(next(&leaves));
    assert_true(cli_input_is_over(in, &leaves));
    cli_input_free(in);
}

static void one_given_object_is_all(void **state)
{
    ICM_OWN(icm_arena_reset) struct icm_arena a = {0};
    struct cli_input *in = input_for(2);
    struct cli_queue_reader first = {.queue = cli_input_queue(in)}, second = {.queue = cli_input_queue(in)};
    const struct psrp_value *value = psrp_value_i32(&a, 7);

    assert_int_equal(cli_input_give(in, value, NULL), ICM_OK);
    assert_true(cli_input_is_finished(in));
    assert_false(cli_input_is_over(in, &first));
    assert_ptr_equal(next(&first), value);
    assert_null(next(&first));
    assert_true(cli_input_is_over(in, &first));
    assert_ptr_equal(next(&second), value);
    cli_input_free(in);
}

int main(void)
{
    const struct CMUnitTest others[] = {
        cmocka_unit_test(late_readers_see_everything),
        cmocka_unit_test(what_all_have_taken_is_let_go),
        cmocka_unit_test(who_leaves_holds_nothing_back),
        cmocka_unit_test(one_given_object_is_all),
    };
    struct CMUnitTest tests[ICM_COUNT(rows) + ICM_COUNT(others)];

    for (size_t i = 0; i < ICM_COUNT(rows); i++)
        tests[i] = (struct CMUnitTest){
            .name = rows[i].name, .test_func = reads, .initial_state = (void *)(uintptr_t)&rows[i]};
    memcpy(tests + ICM_COUNT(rows), others, sizeof others);
    return cmocka_run_group_tests_name("cli_input: objects and their readers", tests, NULL, NULL);
}
