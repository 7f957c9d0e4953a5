/* What a file's bytes are, and which parts it has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/clixml_file.h"

#define BYTES(literal) {(const uint8_t *)(literal), sizeof(literal) - 1}

static const struct encoding_row {
    const char *name;
    struct icm_slice bytes;
    const char *text; /* NULL: refused */
    const char *why;
} encodings[] = {
    {"UTF-8", BYTES("<S>\xC3\xA9</S>"), "<S>\xC3\xA9</S>", NULL},
    {"UTF-8 with its mark", BYTES("\xEF\xBB\xBF<Nil />"), "<Nil />", NULL},
    {"UTF-16, little end first", BYTES("\xFF\xFE<\0S\0/\0>\0\xE9\0"), "<S/>\xC3\xA9", NULL},
    {"UTF-16, big end first", BYTES("\xFE\xFF\0<\0S\0/\0>"), "<S/>", NULL},
    {"UTF-16 without a mark", BYTES("<\0S\0/\0>\0"), "<S/>", NULL},
    {"and the other way round", BYTES("\0<\0S\0/\0>"), "<S/>", NULL},
    {"powershell.exe's, in UTF-16", BYTES("#\0<\0"), "#<", NULL},
    {"a declaration that is not true any more", BYTES("\xFF\xFE<\0?\0x\0m\0l\0 \0e\0?\0>\0<\0a\0/\0>\0"), "<a/>", NULL},
    {"nothing", BYTES(""), "", NULL},
    {"half a unit", BYTES("\xFF\xFE<\0S"), NULL, "ends inside a character, at byte 3"},
    {"gzip", BYTES("\x1F\x8B\x08"), NULL, "gzip -dc"},
    {"zip", BYTES("PK\x03\x04"), NULL, "ZIP archive"},
    {"zeroes", BYTES("\0\0\0\1"), NULL, "binary data"},
};

static void decodes(void **state)
{
    const struct encoding_row *row = *state;
    struct icm_buf bytes = {0};
    struct icm_error err = {0};

    icm_buf_add(&bytes, row->bytes);
    enum icm_code code = cli_clixml_decode(&bytes, &err);
    assert_int_equal(code, row->text ? ICM_OK : ICM_SYNTAX);
    if (row->text)
        assert_string_equal(icm_buf_text(&bytes), row->text);
    else if (!strstr(err.text, row->why))
        fail_msg("'%s' has no '%s'", err.text, row->why);
    icm_error_reset(&err);
    icm_buf_reset(&bytes);
}

/* each part as D (a document) or T (text), where it begins, and what it is */
static const struct parts_row {
    const char *name, *text, *parts;
} partitions[] = {
    {"a document", "<Objs/>\n", "D0[<Objs/>\n]"},
    {"anything without the mark", "hello", "D0[hello]"},
    {"nothing", "", ""},
    {"the mark alone", "#< CLIXML\r\n", ""},
    {"one document", "#< CLIXML\r\n<Objs a=\"1\"><S>x</S></Objs>", "D11[<Objs a=\"1\"><S>x</S></Objs>]"},
    {"two of them", "#< CLIXML\r\n<Objs>1</Objs>#< CLIXML\r\n<Objs>2</Objs>\r\n", "D11[<Objs>1</Objs>]D36[<Objs>2</Objs>]"},
    {"two behind one mark", "#< CLIXML\n<Objs>1</Objs>\n<Objs>2</Objs>", "D10[<Objs>1</Objs>]D25[<Objs>2</Objs>]"},
    {"text in front", "before\n#< CLIXML\n<Objs>1</Objs>", "T0[before\n]D17[<Objs>1</Objs>]"},
    {"text between and behind", "#< CLIXML\na\n<Objs>1</Objs>b\n#< CLIXML\n<Objs>2</Objs>c", "T10[a\n]D12[<Objs>1</Objs>]T26[b\n]D38[<Objs>2</Objs>]T52[c]"},
    {"a document that was cut", "#< CLIXML\n<Objs><S>1#< CLIXML\n<Objs>2</Objs>", "D10[<Objs><S>1]D30[<Objs>2</Objs>]"},
    {"and the last one", "#< CLIXML\n<Objs><S>1", "D10[<Objs><S>1]"},
    {"marks on end", "#< CLIXML#< CLIXML\n#< CLIXML", ""},
};

static void parts(void **state)
{
    const struct parts_row *row = *state;
    struct cli_clixml_parts p = {.text = icm_slice_text(row->text)};
    struct cli_clixml_part part;
    struct icm_buf told = {0};

    while (cli_clixml_next_part(&p, &part))
        icm_buf_add_format(&told, "%c%zu[%.*s]", part.is_document ? 'D' : 'T', part.at, (int)part.text.size,
                           (const char *)part.text.data);
    assert_string_equal(icm_buf_text(&told), row->parts);
    icm_buf_reset(&told);
}

static void likely_is_xml_or_has_a_mark(void **state)
{
    assert_true(cli_clixml_is_likely(icm_slice_text(" \n<a")));
    assert_true(cli_clixml_is_likely(icm_slice_text("x #< CLIXML")));
    assert_false(cli_clixml_is_likely(icm_slice_text("x <a/>")));
    assert_false(cli_clixml_is_likely(icm_slice_text("")));
}

int main(void)
{
    struct CMUnitTest tests[ICM_COUNT(encodings) + ICM_COUNT(partitions) + 1];
    size_t count = 0;

    for (size_t i = 0; i < ICM_COUNT(encodings); i++)
        tests[count++] = (struct CMUnitTest){
            .name = encodings[i].name, .test_func = decodes, .initial_state = (void *)(uintptr_t)&encodings[i]};
    for (size_t i = 0; i < ICM_COUNT(partitions); i++)
        tests[count++] = (struct CMUnitTest){
            .name = partitions[i].name, .test_func = parts, .initial_state = (void *)(uintptr_t)&partitions[i]};
    tests[count] = (struct CMUnitTest)cmocka_unit_test(likely_is_xml_or_has_a_mark);
    return cmocka_run_group_tests_name("cli_clixml_file", tests, NULL, NULL);
}
