/* PowerShell's data literals, told by what CLIXML is written of them: type and value show there as PowerShell would see them. */
#include "cli/literal.h"
#include "psrp/clixml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#define ARRAY_HEAD "<Obj RefId=\"0\"><TN RefId=\"0\"><T>System.Object[]</T><T>System.Array</T><T>System.Object</T></TN>"
#define TABLE_HEAD "<Obj RefId=\"0\"><TN RefId=\"0\"><T>System.Collections.Hashtable</T><T>System.Object</T></TN>"
#define ARRAY ARRAY_HEAD "<LST>"
#define TABLE TABLE_HEAD "<DCT>"
#define EMPTY_ARRAY ARRAY_HEAD "<LST /></Obj>"
#define EMPTY_TABLE TABLE_HEAD "<DCT /></Obj>"
#define END_ARRAY "</LST></Obj>"
#define END_TABLE "</DCT></Obj>"
#define ENTRY(key, value) "<En><S N=\"Key\">" key "</S>" value "</En>"

typedef enum icm_code (*reader)(struct icm_arena *, struct icm_slice, struct psrp_value **, struct icm_error *);

struct row {
    const char *name;
    reader read;
    const char *text;
    const char *clixml; /* NULL: refused */
    const char *why;    /* a part of the error */
};

static const struct row rows[] = {
    /* numbers: about_Numeric_Literals */
    {"an Int32", cli_literal_read, "5", "<I32>5</I32>", NULL},
    {"a negative one", cli_literal_read, "-5", "<I32>-5</I32>", NULL},
    {"a plus", cli_literal_read, "+5", "<I32>5</I32>", NULL},
    {"the largest Int32", cli_literal_read, "2147483647", "<I32>2147483647</I32>", NULL},
    {"the smallest Int32", cli_literal_read, "-2147483648", "<I32>-2147483648</I32>", NULL},
    {"one more is Int64", cli_literal_read, "2147483648", "<I64>2147483648</I64>", NULL},
    {"the smallest Int64", cli_literal_read, "-9223372036854775808", "<I64>-9223372036854775808</I64>", NULL},
    {"past Int64 is Decimal", cli_literal_read, "9223372036854775808", "<D>9223372036854775808</D>", NULL},
    {"past Decimal is Double", cli_literal_read, "1000000000000000000000000000000", "<Db>1E+30</Db>", NULL},
    {"a point is Double", cli_literal_read, "1.5", "<Db>1.5</Db>", NULL},
    {"a point at the front", cli_literal_read, ".5", "<Db>0.5</Db>", NULL},
    {"an exponent is Double", cli_literal_read, "1e3", "<Db>1000</Db>", NULL},
    {"a signed exponent", cli_literal_read, "-2.5E-1", "<Db>-0.25</Db>", NULL},
    {"l is Int64", cli_literal_read, "5l", "<I64>5</I64>", NULL},
    {"d is Decimal, scale kept", cli_literal_read, "1.50d", "<D>1.50</D>", NULL},
    {"d without a digit in front", cli_literal_read, "-.5D", "<D>-0.5</D>", NULL},
    {"s is Int16", cli_literal_read, "-7s", "<I16>-7</I16>", NULL},
    {"us is UInt16", cli_literal_read, "7us", "<U16>7</U16>", NULL},
    {"y is SByte", cli_literal_read, "-128y", "<SB>-128</SB>", NULL},
    {"uy is Byte", cli_literal_read, "255uy", "<By>255</By>", NULL},
    {"u is UInt32", cli_literal_read, "7u", "<U32>7</U32>", NULL},
    {"u past it is UInt64", cli_literal_read, "4294967296u", "<U64>4294967296</U64>", NULL},
    {"ul is UInt64", cli_literal_read, "18446744073709551615ul", "<U64>18446744073709551615</U64>", NULL},
    {"too large for its suffix: no number", cli_literal_read, "256uy", "<S>256uy</S>", NULL},
    {"unsigned has no minus", cli_literal_read, "-1u", "<S>-1u</S>", NULL},
    {"a multiplier", cli_literal_read, "4kb", "<I32>4096</I32>", NULL},
    {"a multiplier past Int32", cli_literal_read, "2GB", "<I64>2147483648</I64>", NULL},
    {"a multiplier of a Double", cli_literal_read, "1.5mb", "<Db>1572864</Db>", NULL},
    {"suffix and multiplier", cli_literal_read, "1lkb", "<I64>1024</I64>", NULL},
    {"a product past 64 bits", cli_literal_read, "100000pb", "<Db>1.125899906842624E+20</Db>", NULL},
    {"hexadecimal", cli_literal_read, "0x1F", "<I32>31</I32>", NULL},
    {"hexadecimal that ends in d", cli_literal_read, "0xad", "<I32>173</I32>", NULL},
    {"eight hexadecimal digits are an Int32's bits", cli_literal_read, "0xFFFFFFFF", "<I32>-1</I32>", NULL},
    {"more are an Int64", cli_literal_read, "0x1FFFFFFFF", "<I64>8589934591</I64>", NULL},
    {"binary", cli_literal_read, "0b1010", "<I32>10</I32>", NULL},
    {"a version is no number", cli_literal_read, "1.2.3", "<S>1.2.3</S>", NULL},
    {"a lone minus", cli_literal_read, "-", "<S>-</S>", NULL},
    {"an exponent without digits", cli_literal_read, "1e", "<S>1e</S>", NULL},
    {"0x alone", cli_literal_read, "0x", "<S>0x</S>", NULL},
    {"kb alone", cli_literal_read, "kb", "<S>kb</S>", NULL},
    {"digits and a letter", cli_literal_read, "5x", "<S>5x</S>", NULL},
    {"a number in quotes stays a string", cli_literal_read, "'5'", "<S>5</S>", NULL},

    /* words and strings: about_Quoting_Rules */
    {"nothing is the empty string", cli_literal_read, "", "<S></S>", NULL},
    {"a word", cli_literal_read, "*.log", "<S>*.log</S>", NULL},
    {"blanks inside belong to a word", cli_literal_read, " hello world ", "<S>hello world</S>", NULL},
    {"an apostrophe inside", cli_literal_read, "it's", "<S>it's</S>", NULL},
    {"a doubled quote", cli_literal_read, "'it''s, \"so\"'", "<S>it's, \"so\"</S>", NULL},
    {"double quotes and escapes", cli_literal_read, "\"a`tb`\"\"\"c`u{e9}`$x\"", "<S>a_x0009_b\"\"c\xC3\xA9$x</S>", NULL},
    {"a dollar that begins no variable", cli_literal_read, "\"5$ 10$\"", "<S>5$ 10$</S>", NULL},
    {"a variable inside has no value", cli_literal_read, "\"hi $name\"", NULL, "no value"},
    {"an open string", cli_literal_read, "'abc", NULL, "closing quote"},
    {"text behind a string", cli_literal_read, "'a'b", NULL, "behind"},
    {"a backtick at the end", cli_literal_read, "\"a`", NULL, "backtick"},
    {"a code point past Unicode", cli_literal_read, "\"`u{110000}\"", NULL, "code point"},

    /* $true and its like */
    {"$true", cli_literal_read, "$true", "<B>true</B>", NULL},
    {"$False, any case", cli_literal_read, "$False", "<B>false</B>", NULL},
    {"$null", cli_literal_read, "$NULL", "<Nil />", NULL},
    {"another variable", cli_literal_read, "$x", NULL, "only $true, $false and $null"},

    /* lists and tables */
    {"a comma makes an array", cli_literal_read, "3, *.log,'x,y'",
     ARRAY "<I32>3</I32><S>*.log</S><S>x,y</S>" END_ARRAY, NULL},
    {"@() of one", cli_literal_read, "@(1)", ARRAY "<I32>1</I32>" END_ARRAY, NULL},
    {"@() of none", cli_literal_read, "@()", EMPTY_ARRAY, NULL},
    {"all separators of @()", cli_literal_read, "@(1,2;3\n4)",
     ARRAY "<I32>1</I32><I32>2</I32><I32>3</I32><I32>4</I32>" END_ARRAY, NULL},
    {"a table", cli_literal_read, "@{A=1; 'b c' = $true\nd=x}",
     TABLE ENTRY("A", "<I32 N=\"Value\">1</I32>") ENTRY("b c", "<B N=\"Value\">true</B>")
         ENTRY("d", "<S N=\"Value\">x</S>") END_TABLE,
     NULL},
    {"an empty table", cli_literal_read, "@{}", EMPTY_TABLE, NULL},
    {"a table's value may be a list", cli_literal_read, "@{A=1,2}",
     TABLE "<En><S N=\"Key\">A</S><Obj N=\"Value\" RefId=\"1\"><TN RefId=\"1\"><T>System.Object[]</T><T>System.Array</T>"
           "<T>System.Object</T></TN><LST><I32>1</I32><I32>2</I32></LST></Obj></En>" END_TABLE,
     NULL},
    {"a comma at the end", cli_literal_read, "1,", NULL, "beside a comma"},
    {"a comma at the front", cli_literal_read, ",1", NULL, "beside a comma"},
    {"two commas", cli_literal_read, "1,,2", NULL, "beside a comma"},
    {"@( without its )", cli_literal_read, "@(1", NULL, "without its )"},
    {"@{ without its }", cli_literal_read, "@{a=1", NULL, "without its }"},
    {"an entry without =", cli_literal_read, "@{a}", NULL, "Key = Value"},
    {"an entry without a value", cli_literal_read, "@{a=}", NULL, "value is missing"},
    {"a key twice", cli_literal_read, "@{a=1;A=2}", NULL, "there already"},
    {"a key that is a list", cli_literal_read, "@{@(1)=2}", NULL, "a key is"},
    {"text behind a table", cli_literal_read, "@{} x", NULL, "behind"},

    /* the list reader: what -ArgumentList binds */
    {"one value is a list of one", cli_literal_read_list, "7", ARRAY "<I32>7</I32>" END_ARRAY, NULL},
    {"@() alone is its own items", cli_literal_read_list, "@(1,2)", ARRAY "<I32>1</I32><I32>2</I32>" END_ARRAY, NULL},
    {"an empty word is an empty string", cli_literal_read_list, "", ARRAY "<S></S>" END_ARRAY, NULL},

    /* the text reader: names stay as they are written */
    {"numbers stay text", cli_literal_read_texts, "007, 1e3", ARRAY "<S>007</S><S>1e3</S>" END_ARRAY, NULL},
    {"a dollar stays", cli_literal_read_texts, "$x", ARRAY "<S>$x</S>" END_ARRAY, NULL},
    {"@() of names", cli_literal_read_texts, "@('a', b)", ARRAY "<S>a</S><S>b</S>" END_ARRAY, NULL},
};

static void reads(void **state)
{
    const struct row *row = *state;
    struct icm_arena arena = {0};
    struct icm_error err = {0};
    struct icm_buf clixml = {0};
    struct psrp_value *value = NULL;
    enum icm_code code = row->read(&arena, icm_slice_text(row->text), &value, &err);

    if (row->clixml) {
        assert_int_equal(code, ICM_OK);
        assert_int_equal(psrp_clixml_write(&clixml, value, &err), ICM_OK);
        assert_string_equal(icm_buf_text(&clixml), row->clixml);
    } else {
        assert_int_equal(code, ICM_USAGE);
        assert_null(value);
        assert_non_null(strstr(err.text, row->why));
    }
    icm_buf_reset(&clixml);
    icm_error_reset(&err);
    icm_arena_reset(&arena);
}

/* @depth arrays inside one another */
static enum icm_code read_nested(size_t depth)
{
    struct icm_arena arena = {0};
    struct icm_buf text = {0};
    struct psrp_value *value;

    for (size_t i = 0; i < depth; i++)
        icm_buf_add_text(&text, "@(");
    for (size_t i = 0; i < depth; i++)
        icm_buf_add_text(&text, ")");
    enum icm_code code = cli_literal_read(&arena, icm_buf_slice(&text), &value, NULL);
    icm_buf_reset(&text);
    icm_arena_reset(&arena);
    return code;
}

static void is_bounded(void **state)
{
    assert_int_equal(read_nested(CLI_LITERAL_DEPTH_MAX), ICM_OK);
    assert_int_equal(read_nested(CLI_LITERAL_DEPTH_MAX + 1), ICM_USAGE);
    assert_int_equal(read_nested(100 * 1000), ICM_USAGE);
}

int main(void)
{
    static struct CMUnitTest tests[ICM_COUNT(rows) + 1];

    for (size_t i = 0; i < ICM_COUNT(rows); i++)
        tests[i] = (struct CMUnitTest){
            .name = rows[i].name, .test_func = reads, .initial_state = (void *)(uintptr_t)&rows[i]};
    tests[ICM_COUNT(rows)] = (struct CMUnitTest){.name = "nesting is bounded", .test_func = is_bounded};
    return cmocka_run_group_tests_name("cli_literal, about_Numeric_Literals and about_Quoting_Rules", tests, NULL, NULL);
}
