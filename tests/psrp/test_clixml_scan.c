/* What a step over many bytes finds is what looking at each finds. Built twice: with the processor's steps, and as
 * test_clixml_scan_words with those of a machine that has none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "psrp/clixml_scan.h"

#include <string.h>

enum { STEP = PSRP_CLIXML_STEP };

static bool is_odd(uint8_t c)
{
    return c < 0x20 || c > 0x7f || c == '<' || c == '&';
}

/* what a step may not pass: the bytes behind it are not seen */
static bool may_begin_escape(const uint8_t *at, size_t i)
{
    return at[i] == '_' && (i + 1 == STEP || at[i + 1] == 'x' || at[i + 1] == 'X');
}

static bool is_escaped(const uint8_t *at, size_t i, bool is_value)
{
    return is_odd(at[i]) || at[i] == 0x7f || at[i] == '>' || (is_value && at[i] == '"') || may_begin_escape(at, i);
}

static void check_read(const uint8_t *at, uint8_t third)
{
    const struct psrp_clixml_scanned found = psrp_clixml_scan(at, third);
    bool has_underscore = false;
    size_t plain = 0;

    for (; plain < STEP && !is_odd(at[plain]) && at[plain] != third; plain++)
        has_underscore = has_underscore || at[plain] == '_';
    assert_int_equal(found.plain, plain);
    assert_int_equal(found.has_underscore, has_underscore);
}

static void check_escapes(const uint8_t *at)
{
    size_t found = psrp_clixml_scan_escape(at);

    assert_true(found == STEP || (found < STEP && at[found] == '_'));
    for (size_t i = 0; i < found; i++)
        assert_false(may_begin_escape(at, i));
}

static void check_written(const uint8_t *at, bool is_value)
{
    size_t found = psrp_clixml_scan_written(at, is_value);

    assert_true(found == STEP || (found < STEP && (is_escaped(at, found, is_value) || at[found] == '_')));
    for (size_t i = 0; i < found; i++)
        assert_false(is_escaped(at, i, is_value));
}

static void check(const uint8_t *at)
{
    static const uint8_t thirds[] = {'>', '"', '&'};

    for (size_t i = 0; i < sizeof thirds; i++)
        check_read(at, thirds[i]);
    check_escapes(at);
    check_written(at, false);
    check_written(at, true);
}

static void every_byte_at_every_place(void **state)
{
    static const uint8_t around[] = {'a', 'x', 'X', '_', ' ', 0x7f, '=', '!'};
    uint8_t bytes[STEP];

    for (size_t place = 0; place < STEP; place++)
        for (unsigned c = 0; c < 256; c++)
            for (size_t i = 0; i < sizeof around; i++) {
                memset(bytes, around[i], sizeof bytes);
                bytes[place] = (uint8_t)c;
                check(bytes);
            }
}

/* in a word, a byte that is found can make the one behind it look found */
static void every_two_neighbours(void **state)
{
    static const uint8_t edges[] = {0x00, 0x1f, 0x20, 0x21, '"', '#', '%', '&', '\'', ';',  '<',  '=',  '>',
                                    '?',  'X',  '^',  '_',  '`', 'a', 'w', 'x', 0x7e, 0x7f, 0x80, 0x81, 0xff};
    uint8_t bytes[STEP];

    for (size_t place = 0; place + 1 < STEP; place++)
        for (size_t i = 0; i < sizeof edges * sizeof edges; i++) {
            memset(bytes, 'a', sizeof bytes);
            bytes[place] = edges[i / sizeof edges];
            bytes[place + 1] = edges[i % sizeof edges];
            check(bytes);
        }
}

static void nothing_to_find(void **state)
{
    uint8_t bytes[STEP];

    memset(bytes, 'a', sizeof bytes);
    assert_int_equal(psrp_clixml_scan(bytes, '>').plain, STEP);
    assert_int_equal(psrp_clixml_scan_escape(bytes), STEP);
    assert_int_equal(psrp_clixml_scan_written(bytes, true), STEP);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_byte_at_every_place),
        cmocka_unit_test(every_two_neighbours),
        cmocka_unit_test(nothing_to_find),
    };

    return cmocka_run_group_tests_name("psrp_clixml_scan", tests, NULL, NULL);
}
