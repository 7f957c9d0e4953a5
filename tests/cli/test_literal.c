#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/literal.h"
#include "psrp/clixml.h"

#define LIST_TYPE "<Obj RefId=\"0\"><TN RefId=\"0\"><T>System.Object[]</T><T>System.Array</T><T>System.Object</T></TN>"
#define TABLE_TYPE "<Obj RefId=\"0\"><TN RefId=\"0\"><T>System.Collections.Hashtable</T><T>System.Object</T></TN>"
#define LIST LIST_TYPE "<LST>"
#define TABLE TABLE_TYPE "<DCT>"
#define EMPTY_LIST LIST_TYPE "<LST /></Obj>"
#define EMPTY_TABLE TABLE_TYPE "<DCT /></Obj>"
#define END_LIST "</LST></Obj>"
#define END_TABLE "</DCT></Obj>"

typedef enum icm_code reader(struct icm_arena *a, struct icm_slice text, struct psrp_value **out, struct icm_error *err);

/* about_Numeric_Literals, about_Quoting_Rules, about_Hash_Tables; @error: a part of what is said, where the text is none */
static const struct row {
    const char *text, *clixml, *error;
} values[] = {
    /* numbers, typed as PowerShell types them */
    {"5", "<I32>5</I32>", NULL},
    {"-5", "<I32>-5</I32>", NULL},
    {"+5", "<I32>5</I32>", NULL},
    {"2147483647", "<I32>2147483647</I32>", NULL},
    {"2147483648", "<I64>2147483648</I64>", NULL},
    {"-2147483648", "<I32>-2147483648</I32>", NULL},
    {"9223372036854775808", "<D>9223372036854775808</D>", NULL},
    {"0x1F", "<I32>31</I32>", NULL},
    {"0xFFFFFFFF", "<I32>-1</I32>", NULL},
    {"0b101", "<I32>5</I32>", NULL},
    {"1.5", "<Db>1.5</Db>", NULL},
    {".5", "<Db>0.5</Db>", NULL},
    {"1e3", "<Db>1000</Db>", NULL},
    {"4kb", "<I32>4096</I32>", NULL},
    {"2gb", "<I64>2147483648</I64>", NULL},
    {"1.5kb", "<Db>1536</Db>", NULL},
    {"5l", "<I64>5</I64>", NULL},
    {"5u", "<U32>5</U32>", NULL},
    {"5uy", "<By>5</By>", NULL},
    {"5ul", "<U64>5</U64>", NULL},
    {"1.10d", "<D>1.10</D>", NULL},
    {"300uy", "<S>300uy</S>", NULL}, /* over its type's range */
    /* what is no number is a string */
    {"007x", "<S>007x</S>", NULL},
    {"1.2.3", "<S>1.2.3</S>", NULL},
    {"*.log", "<S>*.log</S>", NULL},
    {"two words", "<S>two words</S>", NULL},
    {"", "<S></S>", NULL},
    {"'5'", "<S>5</S>", NULL},
    {"\"5\"", "<S>5</S>", NULL},
    {"'it''s'", "<S>it's</S>", NULL},
    {"\"a`tb`u{1F600}`\"\"", "<S>a_x0009_b_xD83D__xDE00_\"</S>", NULL},
    {"\"`$x costs 5$\"", "<S>$x costs 5$</S>", NULL},
    {"'$x'", "<S>$x</S>", NULL},
    /* constants */
    {"$true", "<B>true</B>", NULL},
    {"$False", "<B>false</B>", NULL},
    {"$null", "<Nil />", NULL},
    {"$env:PATH", NULL, "$true, $false and $null"},
    {"\"$x\"", NULL, "variable"},
    /* lists and hashtables */
    {"1,two", LIST "<I32>1</I32><S>two</S>" END_LIST, NULL},
    {"1, 'a,b' , $null", LIST "<I32>1</I32><S>a,b</S><Nil />" END_LIST, NULL},
    {"@(1; 2)", LIST "<I32>1</I32><I32>2</I32>" END_LIST, NULL},
    {"@()", EMPTY_LIST, NULL},
    {"@{}", EMPTY_TABLE, NULL},
    {"@{ Name = 'x'; Size=3 }", TABLE "<En><S N=\"Key\">Name</S><S N=\"Value\">x</S></En><En><S N=\"Key\">Size</S><I32 N=\"Value\">3</I32></En>" END_TABLE, NULL},
    {"@{a=1\nb=2}", TABLE "<En><S N=\"Key\">a</S><I32 N=\"Value\">1</I32></En><En><S N=\"Key\">b</S><I32 N=\"Value\">2</I32></En>" END_TABLE, NULL},
    {"@{1='x'}", TABLE "<En><I32 N=\"Key\">1</I32><S N=\"Value\">x</S></En>" END_TABLE, NULL},
    /* what is wrong with it */
    {"'open", NULL, "closing quote"},
    {"@(1", NULL, "@( without its )"},
    {"@{a=1", NULL, "@{ without its }"},
    {"@{a=1;", NULL, "@{ without its }"},
    {"@{a}", NULL, "Key = Value"},
    {"@{a=1; A=2}", NULL, "there already"},
    {"@{@(1)=2}", NULL, "a key is"},
    {"@{a=1 b=2}", NULL, "parted by ;"},
    {"1,", NULL, "beside a comma"},
    {",1", NULL, "beside a comma"},
    {"1,,2", NULL, "beside a comma"},
    {"'a' b", NULL, "more text"},
    {"\"`u{110000}\"", NULL, "code point"},
}, lists[] = {
    {"1", LIST "<I32>1</I32>" END_LIST, NULL},
    {"1,2", LIST "<I32>1</I32><I32>2</I32>" END_LIST, NULL},
    {"@(1, 2)", LIST "<I32>1</I32><I32>2</I32>" END_LIST, NULL},
    {"@(1, 2), 3", LIST "<Obj RefId=\"1\"><TNRef RefId=\"0\" /><LST><I32>1</I32><I32>2</I32></LST></Obj><I32>3</I32>" END_LIST, NULL},
}, texts[] = {
    {"007", LIST "<S>007</S>" END_LIST, NULL},
    {"$x,'a b'", LIST "<S>$x</S><S>a b</S>" END_LIST, NULL},
    {"a , b", LIST "<S>a</S><S>b</S>" END_LIST, NULL},
};

static void check(const struct row *row, reader *read)
{
    struct icm_arena a = {0};
    struct icm_buf out = {0};
    struct icm_error err = {0};
    struct psrp_value *value = NULL;
    enum icm_code code = read(&a, icm_slice_text(row->text), &value, &err);

    assert_int_equal(code, row->error ? ICM_USAGE : ICM_OK);
    if (row->error) {
        assert_non_null(strstr(err.text, row->error));
        assert_null(value);
    } else {
        assert_int_equal(psrp_clixml_write(&out, value, NULL), ICM_OK);
        assert_string_equal(icm_buf_text(&out), row->clixml);
    }
    icm_error_reset(&err);
    icm_buf_reset(&out);
    icm_arena_reset(&a);
}

static void reads_value(void **state)
{
    check(*state, cli_literal_read);
}

static void reads_list(void **state)
{
    check(*state, cli_literal_read_list);
}

static void reads_texts(void **state)
{
    check(*state, cli_literal_read_texts);
}

static void depth_is_bounded(void **state)
{
    struct icm_arena a = {0};
    struct icm_buf text = {0};
    struct icm_error err = {0};
    struct psrp_value *value = NULL;

    for (int i = 0; i <= CLI_LITERAL_DEPTH_MAX; i++)
        icm_buf_add_text(&text, "@(");
    for (int i = 0; i <= CLI_LITERAL_DEPTH_MAX; i++)
        icm_buf_add_text(&text, ")");
    struct icm_slice all = icm_buf_slice(&text);
    assert_int_equal(cli_literal_read(&a, all, &value, &err), ICM_USAGE);
    assert_non_null(strstr(err.text, "deeper"));
    assert_int_equal(cli_literal_read(&a, icm_slice_of(all.data + 2, all.size - 3), &value, NULL), ICM_OK);
    icm_error_reset(&err);
    icm_buf_reset(&text);
    icm_arena_reset(&a);
}

static size_t add(struct CMUnitTest *tests, const struct row *rows, size_t count, void (*function)(void **state))
{
    for (size_t i = 0; i < count; i++)
        tests[i] = (struct CMUnitTest){
            .name = rows[i].text, .test_func = function, .initial_state = (void *)(uintptr_t)&rows[i]};
    return count;
}

int main(void)
{
    struct CMUnitTest tests[ICM_COUNT(values) + ICM_COUNT(lists) + ICM_COUNT(texts) + 1];
    size_t count = add(tests, values, ICM_COUNT(values), reads_value);

    count += add(tests + count, lists, ICM_COUNT(lists), reads_list);
    count += add(tests + count, texts, ICM_COUNT(texts), reads_texts);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(depth_is_bounded);
    return cmocka_run_group_tests_name("cli_literal_read, about_Numeric_Literals and about_Quoting_Rules", tests, NULL, NULL);
}
