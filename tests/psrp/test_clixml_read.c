#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "psrp/clixml_reader.h"
#include "tests/psrp/value_equal.h"

#define NS "xmlns=\"http://schemas.microsoft.com/powershell/2004/04\""

static struct psrp_clixml_reader *reader;
static struct icm_arena arena;
static struct icm_error error;

static int set_up(void **state)
{
    return psrp_clixml_reader_new(&reader, NULL) == ICM_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    psrp_clixml_reader_free(reader);
    return 0;
}

static int forget(void **state)
{
    icm_arena_reset(&arena);
    icm_error_reset(&error);
    return 0;
}

/* Whoever takes the document apart, the outcome is the same; a value with a cycle is not equal to itself. */
static enum icm_code read_into(const char *text, struct psrp_value **out)
{
    struct psrp_value *value = *out, *by_libxml2 = NULL;

    reader->sources = PSRP_CLIXML_LIBXML;
    enum icm_code code = psrp_clixml_read(reader, icm_slice_text(text), &arena, &by_libxml2, &error);
    reader->sources = PSRP_CLIXML_EITHER;
    assert_int_equal(psrp_clixml_read(reader, icm_slice_text(text), &arena, out, &error), code);
    if (code == ICM_OK)
        assert_true(value_equal(*out, by_libxml2) || !value_equal(*out, *out));
    else
        assert_ptr_equal(*out, value);
    return code;
}

static const struct psrp_value *must_read(const char *text)
{
    struct psrp_value *value = NULL;

    if (read_into(text, &value) != ICM_OK)
        fail_msg("%s: %s", text, error.text);
    return value;
}

static void assert_text(const struct psrp_value *value, const char *text)
{
    struct icm_buf out = {0};

    psrp_value_write_text(value, &out);
    assert_string_equal(icm_buf_text(&out), text);
    icm_buf_reset(&out);
}

/* ---- one row for each type's good and bad texts ---- */

static const struct {
    const char *document;
    enum psrp_kind kind;
    const char *text; /* as psrp_value_write_text gives it */
} good[] = {
    {"<Nil/>", PSRP_NIL, ""},
    {"<S>a</S>", PSRP_STRING, "a"},
    {"<S/>", PSRP_STRING, ""},
    {"<S> a </S>", PSRP_STRING, " a "},
    {"<S>a&amp;_x000A_<![CDATA[<]]><!-- c -->b</S>", PSRP_STRING, "a&\n<b"},
    {"<C>65535</C>", PSRP_CHAR, "\xef\xbf\xbf"},
    {"<C>55357</C>", PSRP_CHAR, "\xed\xa0\xbd"},
    {"<B>true</B>", PSRP_BOOL, "True"},
    {"<B>false</B>", PSRP_BOOL, "False"},
    {"<DT>2024-02-29T12:34:56.0000001Z</DT>", PSRP_DATETIME, "2024-02-29T12:34:56.0000001Z"},
    {"<DT>9999-12-31T23:59:59.9999999</DT>", PSRP_DATETIME, "9999-12-31T23:59:59.9999999"},
    {"<DT>0001-01-01T00:00:00-02:30</DT>", PSRP_DATETIME, "0001-01-01T00:00:00-02:30"},
    {"<TS>-P10675199DT2H48M5.4775808S</TS>", PSRP_TIMESPAN, "-P10675199DT2H48M5.4775808S"},
    {"<TS>P10675199DT2H48M5.4775807S</TS>", PSRP_TIMESPAN, "P10675199DT2H48M5.4775807S"},
    {"<TS>P1D</TS>", PSRP_TIMESPAN, "P1D"},
    {"<By>255</By>", PSRP_U8, "255"},
    {"<SB>-128</SB>", PSRP_I8, "-128"},
    {"<U16>65535</U16>", PSRP_U16, "65535"},
    {"<I16>-32768</I16>", PSRP_I16, "-32768"},
    {"<U32>4294967295</U32>", PSRP_U32, "4294967295"},
    {"<I32>-2147483648</I32>", PSRP_I32, "-2147483648"},
    {"<I32>\n 7 \n</I32>", PSRP_I32, "7"},
    {"<U64>18446744073709551615</U64>", PSRP_U64, "18446744073709551615"},
    {"<I64>-9223372036854775808</I64>", PSRP_I64, "-9223372036854775808"},
    {"<Sg>3.4028235E+38</Sg>", PSRP_FLOAT, "3.4028235E+38"},
    {"<Sg>-INF</Sg>", PSRP_FLOAT, "-Infinity"},
    {"<Db>5E-324</Db>", PSRP_DOUBLE, "5E-324"},
    {"<Db>-0</Db>", PSRP_DOUBLE, "-0"},
    {"<Db>NaN</Db>", PSRP_DOUBLE, "NaN"},
    {"<Db>INF</Db>", PSRP_DOUBLE, "Infinity"},
    {"<D>-79228162514264337593543950335</D>", PSRP_DECIMAL, "-79228162514264337593543950335"},
    {"<D>0.000</D>", PSRP_DECIMAL, "0.000"},
    {"<BA>AQI=</BA>", PSRP_BYTES, "1 2"},
    {"<BA />", PSRP_BYTES, ""},
    {"<G>00000000-0000-0000-0000-00000000000a</G>", PSRP_GUID, "00000000-0000-0000-0000-00000000000a"},
    {"<URI>http://b\xc3\xbc.example/a b</URI>", PSRP_URI, "http://b\xc3\xbc.example/a b"},
    {"<Version>10.0.20348.2227</Version>", PSRP_VERSION, "10.0.20348.2227"},
    {"<Version>0.0</Version>", PSRP_VERSION, "0.0"},
    {"<XD>&lt;a /&gt;</XD>", PSRP_XML, "<a />"},
    {"<SBK>1+1</SBK>", PSRP_SCRIPTBLOCK, "1+1"},
    {"<SS>AQI=</SS>", PSRP_SECURESTRING, "System.Security.SecureString"},
    {"<SS></SS>", PSRP_SECURESTRING, "System.Security.SecureString"},
    {"", PSRP_NIL, ""},
    {"\xef\xbb\xbf", PSRP_NIL, ""},
    {"\xef\xbb\xbf<S>x</S>\n", PSRP_STRING, "x"},
    {"<?xml version=\"1.0\" encoding=\"utf-8\"?><S " NS ">x</S>", PSRP_STRING, "x"},
    {"<p:S xmlns:p=\"http://schemas.microsoft.com/powershell/2004/04\">x</p:S>", PSRP_STRING, "x"},
    {"<Objs Version=\"1.1.0.1\" " NS "><S S=\"output\">x</S><S>y</S></Objs>", PSRP_STRING, "x"},
    {"<Objs Version=\"1.1.0.1\" " NS " />", PSRP_NIL, ""},
    {"<Objs Version=\"1.2\"><New a=\"b\"><S>n</S>text</New><S>x</S></Objs>", PSRP_STRING, "x"},
    {"<Objs Version=\"1.10.0.0\"><Obj><New /><MS><New N=\"n\" /></MS><I32>3</I32></Obj></Objs>", PSRP_I32, "3"},
    {"<Obj><LST><I32>1</I32><S>x</S><Nil/></LST></Obj>", PSRP_LIST, "1 x "},
    {"<Obj><IE><I32>1</I32></IE></Obj>", PSRP_ENUMERABLE, "1"},
    {"<Obj><QUE><I32>1</I32><I32>2</I32></QUE></Obj>", PSRP_QUEUE, "1 2"},
    {"<Obj><STK><I32>2</I32><I32>1</I32></STK></Obj>", PSRP_STACK, "2 1"},
    {"<Obj><DCT /></Obj>", PSRP_DICTIONARY, "System.Collections.Hashtable"},
    {"<Obj/>", PSRP_OBJECT, ""},
    {"<Obj><Nil/></Obj>", PSRP_NIL, ""},
};

static void takes(void **state)
{
    size_t row = *(size_t *)*state;
    const struct psrp_value *value = must_read(good[row].document);

    assert_int_equal(value->kind, good[row].kind);
    assert_text(value, good[row].text);
}

static const struct {
    const char *document;
    enum icm_code code;
    const char *says; /* somewhere in the error's text */
} bad[] = {
    {"<B>True</B>", ICM_SYNTAX, "B is \"True\""},
    {"<B></B>", ICM_SYNTAX, "B is"},
    {"<C>65536</C>", ICM_SYNTAX, "C is \"65536\""},
    {"<C>A</C>", ICM_SYNTAX, "C is"},
    {"<C>-1</C>", ICM_SYNTAX, "C is"},
    {"<By>256</By>", ICM_SYNTAX, "By is"},
    {"<By>-1</By>", ICM_SYNTAX, "By is"},
    {"<SB>128</SB>", ICM_SYNTAX, "SB is"},
    {"<SB>-129</SB>", ICM_SYNTAX, "SB is"},
    {"<U16>65536</U16>", ICM_SYNTAX, "U16 is"},
    {"<I16>32768</I16>", ICM_SYNTAX, "I16 is"},
    {"<I16>-32769</I16>", ICM_SYNTAX, "I16 is"},
    {"<U32>4294967296</U32>", ICM_SYNTAX, "U32 is"},
    {"<I32>2147483648</I32>", ICM_SYNTAX, "I32 is"},
    {"<I32>-2147483649</I32>", ICM_SYNTAX, "I32 is"},
    {"<I32>1x</I32>", ICM_SYNTAX, "I32 is \"1x\""},
    {"<I32>1 2</I32>", ICM_SYNTAX, "I32 is"},
    {"<I32>0x10</I32>", ICM_SYNTAX, "I32 is"},
    {"<I32>1.0</I32>", ICM_SYNTAX, "I32 is"},
    {"<I32>_x0031_</I32>", ICM_SYNTAX, "I32 is"},
    {"<I32></I32>", ICM_SYNTAX, "I32 is"},
    {"<U64>18446744073709551616</U64>", ICM_SYNTAX, "U64 is"},
    {"<U64>-1</U64>", ICM_SYNTAX, "U64 is"},
    {"<I64>9223372036854775808</I64>", ICM_SYNTAX, "I64 is"},
    {"<I64>-9223372036854775809</I64>", ICM_SYNTAX, "I64 is"},
    {"<I64>99999999999999999999999999</I64>", ICM_SYNTAX, "I64 is"},
    {"<Sg>1E39</Sg>", ICM_SYNTAX, "Sg is"},
    {"<Sg>one</Sg>", ICM_SYNTAX, "Sg is"},
    {"<Db>1E309</Db>", ICM_SYNTAX, "Db is"},
    {"<Db>1,5</Db>", ICM_SYNTAX, "Db is"},
    {"<Db>0x1p3</Db>", ICM_SYNTAX, "Db is"},
    {"<Db>Infinity</Db>", ICM_SYNTAX, "Db is"},
    {"<Db></Db>", ICM_SYNTAX, "Db is"},
    {"<D>79228162514264337593543950336</D>", ICM_SYNTAX, "D is"},
    {"<D>1E5</D>", ICM_SYNTAX, "D is"},
    {"<D>1.</D>", ICM_SYNTAX, "D is"},
    {"<D>.5</D>", ICM_SYNTAX, "D is"},
    {"<D>-</D>", ICM_SYNTAX, "D is"},
    {"<D>0.00000000000000000000000000001</D>", ICM_SYNTAX, "D is"},
    {"<DT>2023-02-29T00:00:00</DT>", ICM_SYNTAX, "DT is"},
    {"<DT>2023-13-01T00:00:00</DT>", ICM_SYNTAX, "DT is"},
    {"<DT>0000-01-01T00:00:00</DT>", ICM_SYNTAX, "DT is"},
    {"<DT>2023-01-01T24:00:00</DT>", ICM_SYNTAX, "DT is"},
    {"<DT>2023-01-01T00:00:00.</DT>", ICM_SYNTAX, "DT is"},
    {"<DT>2023-01-01T00:00:00.12345678</DT>", ICM_SYNTAX, "DT is"},
    {"<DT>2023-01-01T00:00:00+14:01</DT>", ICM_SYNTAX, "DT is"},
    {"<DT>2023-01-01T00:00:00Zulu</DT>", ICM_SYNTAX, "DT is"},
    {"<DT>2023-01-01</DT>", ICM_SYNTAX, "DT is"},
    {"<DT>01/02/2023</DT>", ICM_SYNTAX, "DT is"},
    {"<TS>P</TS>", ICM_SYNTAX, "TS is"},
    {"<TS>PT</TS>", ICM_SYNTAX, "TS is"},
    {"<TS>P1DT</TS>", ICM_SYNTAX, "TS is"},
    {"<TS>PT1M1H</TS>", ICM_SYNTAX, "TS is"},
    {"<TS>P1H</TS>", ICM_SYNTAX, "TS is"},
    {"<TS>PT1D</TS>", ICM_SYNTAX, "TS is"},
    {"<TS>PT1.5H</TS>", ICM_SYNTAX, "TS is"},
    {"<TS>PT1.S</TS>", ICM_SYNTAX, "TS is"},
    {"<TS>P10675199DT2H48M5.4775808S</TS>", ICM_SYNTAX, "TS is"},
    {"<TS>P99999999999999999999D</TS>", ICM_SYNTAX, "TS is"},
    {"<TS>01:02:03</TS>", ICM_SYNTAX, "TS is"},
    {"<BA>AQ=</BA>", ICM_SYNTAX, "BA is not base64"},
    {"<BA>AQ==AQ==</BA>", ICM_SYNTAX, "BA is not base64"},
    {"<BA>A*I=</BA>", ICM_SYNTAX, "BA is not base64"},
    {"<Objs Version=\"1.1.0.1\"><SS></SS></Objs>", ICM_SYNTAX, "SS is empty"},
    {"<SS>not base64</SS>", ICM_SYNTAX, "SS is not base64"},
    {"<G>00000000-0000-0000-0000-00000000000</G>", ICM_SYNTAX, "G is"},
    {"<G>{00000000-0000-0000-0000-000000000000}</G>", ICM_SYNTAX, "G is"},
    {"<Version>1</Version>", ICM_SYNTAX, "Version is"},
    {"<Version>1.2.3.4.5</Version>", ICM_SYNTAX, "Version is"},
    {"<Version>1..2</Version>", ICM_SYNTAX, "Version is"},
    {"<Version>1.2147483648</Version>", ICM_SYNTAX, "Version is"},
    {"<I32>\x1b[31m</I32>", ICM_SYNTAX, ""}, /* no character of XML */
    {"<I32>\xc2\x9b"
     "31m</I32>",
     ICM_SYNTAX, "I32 is \"??31m\""},
    {"<Nil>x</Nil>", ICM_SYNTAX, "\"x\" in Nil"},
    {"<Obj><MS><I32 N=\"a\">x</I32></MS></Obj>", ICM_SYNTAX, "I32 is \"x\", not a whole number of 32 bits, at byte 27 of 38"},
    {"<Obj><MS><S N=\"a\">x</T></MS></Obj>", ICM_SYNTAX, "another element's end in S, at byte 19 of 34"},
    {"<Obj><LST><!-- c --><I32>x</I32></LST></Obj>", ICM_SYNTAX, "I32 is \"x\", not a whole number of 32 bits, at byte 32 of 44"},

    {"<S>a", ICM_SYNTAX, ""},
    {"<S>a</S>b", ICM_SYNTAX, ""},
    {"<S>a</S><S>b</S>", ICM_SYNTAX, ""},
    {"text", ICM_SYNTAX, ""},
    {"<S>a\xff</S>", ICM_SYNTAX, ""},
    {"<!DOCTYPE S><S>a</S>", ICM_SYNTAX, "DOCTYPE"},
    {"<!DOCTYPE S SYSTEM \"file:///etc/hostname\"><S>a</S>", ICM_SYNTAX, "DOCTYPE"},
    {"<!DOCTYPE l [<!ENTITY a \"lol\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">]><S>&b;</S>", ICM_SYNTAX, "DOCTYPE"},
    {"<S>&a;</S>", ICM_SYNTAX, ""},

    {"<s>a</s>", ICM_SYNTAX, "element s"},
    {"<Foo/>", ICM_SYNTAX, "element Foo"},
    {"<S " NS "><Foo/></S>", ICM_SYNTAX, "element Foo, which is unknown in S"},
    {"<S xmlns=\"urn:other\">a</S>", ICM_SYNTAX, "element S"},
    {"<LST/>", ICM_SYNTAX, "element LST"},
    {"<Obj>text</Obj>", ICM_SYNTAX, "\"text\" in Obj"},
    {"<Obj><T>a</T></Obj>", ICM_SYNTAX, "element T"},
    {"<Obj><Props><MS N=\"a\"/></Props></Obj>", ICM_SYNTAX, "element MS"},
    {"<Obj><Objs/></Obj>", ICM_SYNTAX, "element Objs"},
    {"<Obj><I32>1</I32><I32>2</I32></Obj>", ICM_SYNTAX, "second base value"},
    {"<Obj><LST/><LST/></Obj>", ICM_SYNTAX, "second base value"},
    {"<Obj><Props><S>a</S></Props></Obj>", ICM_SYNTAX, "S without its name"},
    {"<Obj><MS><MS/></MS></Obj>", ICM_SYNTAX, "MS without its name"},
    {"<Obj><MS><S xmlns:p=\"urn:p\" p:N=\"a\">a</S></MS></Obj>", ICM_SYNTAX, "S without its name"},
    {"<Obj><DCT><S>a</S></DCT></Obj>", ICM_SYNTAX, "element S"},
    {"<Obj><DCT><En><S N=\"Key\">a</S></En></DCT></Obj>", ICM_SYNTAX, "without Value"},
    {"<Obj><DCT><En><S N=\"Value\">a</S></En></DCT></Obj>", ICM_SYNTAX, "without Key"},
    {"<Obj><DCT><En><S N=\"Key\">a</S><S N=\"Key\">a</S></En></DCT></Obj>", ICM_SYNTAX, "second Key"},
    {"<Obj><DCT><En><Nil N=\"Key\"/><S N=\"Value\">a</S></En></DCT></Obj>", ICM_SYNTAX, "Key is null"},
    {"<Obj><DCT><En><S N=\"Kay\">a</S></En></DCT></Obj>", ICM_SYNTAX, "neither Key nor Value"},
    {"<Objs Version=\"2.0\"><S>a</S></Objs>", ICM_SYNTAX, "version \"2.0\""},
    {"<Objs Version=\"one\"><S>a</S></Objs>", ICM_SYNTAX, "version \"one\""},
    {"<Objs Version=\"1.1.0.1\"><New/></Objs>", ICM_SYNTAX, "element New"},
    {"<PR><T>Running</T></PR>", ICM_SYNTAX, "T is \"Running\""},
    {"<PR><AI>x</AI></PR>", ICM_SYNTAX, "AI is \"x\""},
    {"<PR><I32>1</I32></PR>", ICM_SYNTAX, "element I32"},

    {"<Ref RefId=\"0\"/>", ICM_SYNTAX, "Ref to 0"},
    {"<Ref/>", ICM_SYNTAX, "Ref without RefId"},
    {"<Obj RefId=\"0\"><TNRef RefId=\"0\"/></Obj>", ICM_SYNTAX, "TNRef to 0"},
    {"<Obj RefId=\"2147483648\"/>", ICM_SYNTAX, "RefId \"2147483648\""},
    {"<Obj RefId=\"99999999999999999999999999\"/>", ICM_SYNTAX, "RefId"},
    {"<Obj RefId=\"-1\"/>", ICM_SYNTAX, "RefId"},
    {"<Obj RefId=\"0x1\"/>", ICM_SYNTAX, "RefId"},
    {"<Obj RefId=\"\"/>", ICM_SYNTAX, "RefId"},
    {"<Obj RefId=\"0\"><Ref RefId=\"0\"/></Obj>", ICM_SYNTAX, "its own base value"},
    {"<Obj RefId=\"0\"><LST><Obj><Ref RefId=\"0\"/></Obj></LST></Obj>", ICM_SYNTAX, "its own base value"},
};

static void refuses(void **state)
{
    size_t row = *(size_t *)*state;
    struct psrp_value *untouched = (struct psrp_value *)&arena, *value = untouched;

    assert_int_equal(read_into(bad[row].document, &value), bad[row].code);
    assert_ptr_equal(value, untouched);
    if (!strstr(error.text, bad[row].says))
        fail_msg("\"%s\" says nothing of %s", error.text, bad[row].says);
    assert_text(must_read("<S>and the reader goes on</S>"), "and the reader goes on");
}

/* ---- objects ---- */

static void an_object_in_any_order(void **state)
{
    static const char *const documents[] = {
        "<Obj RefId=\"0\"><TN RefId=\"0\"><T>A_x000A_</T><T>B</T><T>C</T><T>D</T><T>E</T></TN><ToString>t</ToString>"
        "<I32>7</I32><Props><S N=\"p\">1</S></Props><MS><S N=\"m\">2</S></MS></Obj>",
        "<Obj><MS><S N=\"m\">2</S></MS><Props><S N=\"p\">1</S></Props><I32>7</I32><ToString>t</ToString>"
        "<TN><T>A_x000A_</T><T>B</T><T>C</T><T>D</T><T>E</T></TN></Obj>",
    };

    for (size_t i = 0; i < ICM_COUNT(documents); i++) {
        const struct psrp_value *value = must_read(documents[i]);

        assert_int_equal(value->kind, PSRP_I32);
        assert_int_equal(value->as.i64, 7);
        assert_int_equal(value->object->types->count, 5);
        assert_true(icm_slice_is(value->object->types->names[0], "A\n"));
        assert_true(icm_slice_is(value->object->types->names[4], "E"));
        assert_text(value, "t");
        assert_true(icm_slice_is(value->object->adapted->name, "p"));
        assert_text(psrp_value_member(value, "P"), "1");
        assert_text(psrp_value_member(value, "m"), "2");
    }
}

static void names_keep_case_and_lose_escapes(void **state)
{
    const struct psrp_value *value =
        must_read("<Obj><MS><I32 N=\"Aa_x000A__x005F_x &amp;&lt;&quot;\">1</I32><I32 N=\"\">2</I32></MS></Obj>");

    assert_true(icm_slice_is(value->object->extended->name, "Aa\n_x &<\""));
    assert_int_equal(value->object->extended->next->name.size, 0);
}

static void the_last_of_equal_names_counts(void **state)
{
    const struct psrp_value *value =
        must_read("<Obj><Props><I32 N=\"a\">1</I32></Props><MS><I32 N=\"a\">2</I32><I32 N=\"A\">3</I32></MS></Obj>");

    assert_text(psrp_value_member(value, "a"), "3");
}

static void type_names_are_shared(void **state)
{
    const struct psrp_value *value = must_read(
        "<Obj RefId=\"0\"><TN RefId=\"5\"><T>A</T></TN><LST><Obj RefId=\"1\"><TNRef RefId=\"5\"/></Obj></LST></Obj>");

    assert_ptr_equal(value->as.list->first->value->object->types, value->object->types);
}

static void a_reference_is_the_same_value(void **state)
{
    const struct psrp_value *value = must_read("<Obj RefId=\"0\"><LST><Obj RefId=\"2147483647\"><MS><S N=\"a\">x</S>"
                                               "</MS></Obj><Ref RefId=\"2147483647\"/></LST></Obj>");

    assert_int_equal(value->as.list->count, 2);
    assert_ptr_equal(value->as.list->first->value, value->as.list->first->next->value);
}

static void the_last_of_equal_ids_counts(void **state)
{
    const struct psrp_value *value = must_read(
        "<Obj><LST><Obj RefId=\"1\"><S>a</S></Obj><Obj RefId=\"1\"><S>b</S></Obj><Ref RefId=\"1\"/></LST></Obj>");

    assert_text(value->as.list->first->next->next->value, "b");
}

static void a_value_may_hold_itself(void **state)
{
    const struct psrp_value *list = must_read("<Obj RefId=\"0\"><LST><Ref RefId=\"0\"/></LST></Obj>");
    const struct psrp_value *object = must_read("<Obj RefId=\"0\"><MS><Ref N=\"me\" RefId=\"0\"/></MS></Obj>");

    assert_ptr_equal(list->as.list->first->value, list);
    assert_ptr_equal(psrp_value_member(object, "me"), object);
}

static void ids_do_not_outlive_their_document(void **state)
{
    struct psrp_value *value = NULL;

    must_read("<Obj RefId=\"0\"><TN RefId=\"0\"><T>A</T></TN></Obj>");
    assert_int_equal(read_into("<Ref RefId=\"0\"/>", &value), ICM_SYNTAX);
    must_read("<Objs Version=\"1.2\"><New/></Objs>");
    assert_int_equal(read_into("<Objs Version=\"1.1\"><New/></Objs>", &value), ICM_SYNTAX);
    assert_int_equal(read_into("<Obj><LST><Obj><LST><I32>x</I32>", &value), ICM_SYNTAX);
    assert_text(must_read("<I32>1</I32>"), "1");
}

static void many_ids_in_any_order(void **state)
{
    enum { COUNT = 5000 };
    struct icm_buf text = {0};

    icm_buf_add_text(&text, "<Obj><LST>");
    for (unsigned i = 0; i < COUNT; i++) /* the ids differ in their upper 15 bits only, and each comes once */
        icm_buf_add_format(&text, "<Obj RefId=\"%u\"><I32>%u</I32></Obj>", i * 7919u % 32768u << 16, i);
    for (unsigned i = 0; i < COUNT; i++)
        icm_buf_add_format(&text, "<Ref RefId=\"%u\"/>", i * 7919u % 32768u << 16);
    icm_buf_add_text(&text, "</LST></Obj>");

    const struct psrp_item *item = must_read(icm_buf_text(&text))->as.list->first;
    for (unsigned i = 0; i < COUNT; i++, item = item->next)
        assert_int_equal(item->value->as.i64, i);
    for (unsigned i = 0; i < COUNT; i++, item = item->next)
        assert_int_equal(item->value->as.i64, i);
    icm_buf_reset(&text);
}

static void an_object_around_an_object(void **state)
{
    const struct psrp_value *value = must_read(
        "<Obj RefId=\"0\"><TN RefId=\"0\"><T>A</T></TN><Obj RefId=\"1\"><TN><T>B</T></TN><ToString>t</ToString>"
        "<Obj RefId=\"2\"><LST/><MS><I32 N=\"x\">1</I32></MS></Obj></Obj></Obj>");

    assert_int_equal(value->kind, PSRP_LIST);
    assert_true(psrp_value_is_type(value, "A"));
    assert_false(psrp_value_is_type(value, "B"));
    assert_text(value, "t");
    assert_text(psrp_value_member(value, "x"), "1");
}

/* a progress record with a property of the user's; an object that is wrapped once more */
static void members_of_both(void **state)
{
    const struct psrp_value *value = must_read(
        "<Obj RefId=\"0\"><PR><AV>a</AV><AI>0</AI><Nil/><PI>-1</PI><PC>-1</PC><T>Completed</T><SR>-1</SR><SD>s</SD></PR>"
        "<MS><I32 N=\"x\">1</I32></MS></Obj>");

    assert_text(psrp_value_member(value, "Activity"), "a");
    assert_text(psrp_value_member(value, "Type"), "Completed");
    assert_text(psrp_value_member(value, "x"), "1");

    value = must_read("<Obj RefId=\"0\"><MS><I32 N=\"x\">1</I32></MS><Obj RefId=\"1\"><Props><I32 N=\"p\">2</I32></Props>"
                      "<MS><I32 N=\"X\">3</I32><I32 N=\"y\">4</I32></MS></Obj></Obj>");
    assert_text(psrp_value_member(value, "p"), "2");
    assert_text(psrp_value_member(value, "x"), "1");
    assert_text(psrp_value_member(value, "y"), "4");
}

static void a_nested_member_set(void **state)
{
    const struct psrp_value *value = must_read(
        "<Obj><MS><I32 N=\"a\">1</I32><MS N=\"set\"><I32 N=\"b\">2</I32></MS><I32 N=\"c\">3</I32></MS></Obj>");

    assert_text(psrp_value_member(psrp_value_member(value, "set"), "b"), "2");
    assert_null(psrp_value_member(value, "b"));
    assert_text(psrp_value_member(value, "c"), "3");
}

static void dictionaries(void **state)
{
    const struct psrp_value *value = must_read(
        "<Obj><DCT><En><S N=\"Key\">a</S><I32 N=\"Value\">1</I32></En><En><I32 N=\"Value\">2</I32><S "
        "N=\"Key\">B</S></En>"
        "<En><S N=\"Key\">A</S><Nil N=\"Value\"/></En><En><I32 N=\"Key\">1</I32><S N=\"Value\">x</S></En></DCT></Obj>");

    assert_int_equal(value->as.dictionary->count, 4);
    assert_text(psrp_value_entry(value, "a"), "1");
    assert_text(psrp_value_entry(value, "b"), "2");
    assert_int_equal(psrp_value_entry(value, "A")->kind, PSRP_NIL);
    assert_null(psrp_value_entry(value, "1"));
}

static void a_progress_record(void **state)
{
    const struct psrp_value *value = must_read(
        "<PR><AV>act_x000A_</AV><AI>3</AI><Nil/><PI>-1</PI><PC>40</PC><T>Completed</T><SR>9</SR><SD>s</SD></PR>");
    static const struct {
        const char *name, *text;
    } members[] = {{"Activity", "act\n"},      {"ActivityId", "3"},       {"CurrentOperation", ""},
                   {"ParentActivityId", "-1"}, {"PercentComplete", "40"}, {"Type", "Completed"},
                   {"SecondsRemaining", "9"},  {"StatusDescription", "s"}};
    int64_t type;

    assert_true(psrp_value_is_type(value, "System.Management.Automation.ProgressRecord"));
    for (size_t i = 0; i < ICM_COUNT(members); i++)
        assert_text(psrp_value_member(value, members[i].name), members[i].text);
    assert_true(psrp_value_integer(psrp_value_member(value, "Type"), &type));
    assert_int_equal(type, 1);
}

static void all_of_a_document(void **state)
{
    struct psrp_value *value = NULL;
    struct icm_slice text = icm_slice_text("<Objs Version=\"1.1.0.1\" " NS "><Obj RefId=\"0\"><MS/></Obj><S>x</S>"
                                           "<Ref RefId=\"0\"/></Objs>");

    assert_int_equal(psrp_clixml_read_all(reader, text, &arena, &value, &error), ICM_OK);
    assert_int_equal(value->as.list->count, 3);
    assert_text(value->as.list->first->next->value, "x");
    assert_int_equal(psrp_clixml_read_all(reader, icm_slice_text(""), &arena, &value, &error), ICM_OK);
    assert_int_equal(value->as.list->count, 0);
}

static void large_texts(void **state)
{
    struct icm_buf text = {0}, shown = {0};
    const size_t count = 300 * 1000;

    icm_buf_add_text(&text, "<S>");
    for (size_t i = 0; i < count; i++)
        icm_buf_add_text(&text, "&lt;_x000A_ab");
    icm_buf_add_text(&text, "</S>");
    psrp_value_write_text(must_read(icm_buf_text(&text)), &shown);
    assert_int_equal(shown.size, 4 * count);
    assert_memory_equal(shown.data + 4 * (count - 1), "<\nab", 4);
    icm_buf_reset(&text);
    icm_buf_reset(&shown);
}

/* ---- what is beside the values ---- */

static void a_referenced_value_is_shared(void **state)
{
    const struct psrp_value *list = must_read("<Obj RefId=\"0\"><LST><Obj RefId=\"1\"><MS><S N=\"a\">x</S></MS></Obj>"
                                              "<Obj RefId=\"2\"/><Obj><MS><Ref N=\"b\" RefId=\"1\"/></MS></Obj></LST></Obj>");
    const struct psrp_value *cycle = must_read("<Obj RefId=\"0\"><MS><Ref N=\"me\" RefId=\"0\"/></MS></Obj>");

    assert_true(list->as.list->first->value->is_shared);
    assert_false(list->as.list->first->next->value->is_shared);
    assert_true(list->as.list->first->next->value->is_held);
    assert_false(list->is_shared);
    assert_false(psrp_value_member(list->as.list->first->value, "a")->is_shared);
    assert_true(cycle->is_shared);
}

static void a_member_set_is_marked(void **state)
{
    const struct psrp_value *value = must_read("<Obj><MS><MS N=\"set\"><Obj N=\"o\"/></MS></MS></Obj>");

    assert_false(value->is_member_set);
    assert_true(psrp_value_member(value, "set")->is_member_set);
    assert_int_equal(psrp_value_member(value, "set")->kind, PSRP_OBJECT);
    assert_false(psrp_value_member(psrp_value_member(value, "set"), "o")->is_member_set);
}

static void an_object_says_its_stream(void **state)
{
    static const enum psrp_origin origins[] = {PSRP_ORIGIN_ERROR,       PSRP_ORIGIN_PROGRESS, PSRP_ORIGIN_OUTPUT,
                                               PSRP_ORIGIN_INFORMATION, PSRP_ORIGIN_NONE,     PSRP_ORIGIN_NONE};
    struct psrp_value *value = NULL;
    struct icm_slice text = icm_slice_text(
        "<Objs Version=\"1.1.0.1\"><S S=\"Error\">x</S><Obj S=\"progress\" RefId=\"0\"><MS><S N=\"a\" S=\"debug\"/></MS></Obj>"
        "<I32 S=\"output\">1</I32><Nil S=\"Information\"/><S S=\"other\"/><S/></Objs>");
    size_t i = 0;

    assert_int_equal(psrp_clixml_read_all(reader, text, &arena, &value, &error), ICM_OK);
    for (const struct psrp_item *item = value->as.list->first; item; item = item->next, i++)
        assert_int_equal(item->value->origin, origins[i]);
    assert_int_equal(i, ICM_COUNT(origins));
    assert_int_equal(psrp_value_member(value->as.list->first->next->value, "a")->origin, PSRP_ORIGIN_NONE);
}

static void assert_warned(const char *says)
{
    assert_int_equal(psrp_clixml_warning(reader)->code, ICM_UNSUPPORTED);
    if (!strstr(psrp_clixml_warning(reader)->text, says))
        fail_msg("\"%s\" says nothing of %s", psrp_clixml_warning(reader)->text, says);
}

static void assert_xml(const struct psrp_value *value, const char *text)
{
    assert_non_null(value);
    assert_int_equal(value->kind, PSRP_XML);
    assert_text(value, text);
}

static void unknown_elements_are_kept(void **state)
{
    const struct psrp_value *value =
        must_read("<Objs Version=\"1.2\"><Obj><New a=\"&lt;\"><S>n</S>t&amp;</New><MS><Newer N=\"p\"/><I32 N=\"q\">1</I32></MS>"
                  "<LST><I32>1</I32><X/></LST></Obj></Objs>");

    assert_warned("element New, which is unknown in Obj, kept as its XML");
    assert_xml(psrp_value_member(value, "New"), "<New a=\"&lt;\"><S>n</S>t&amp;</New>");
    assert_xml(psrp_value_member(value, "p"), "<Newer N=\"p\"></Newer>");
    assert_text(psrp_value_member(value, "q"), "1");
    assert_int_equal(value->as.list->count, 2);
    assert_xml(value->as.list->first->next->value, "<X></X>");

    value = must_read("<Objs Version=\"1.9\"><Obj><DCT><En><S N=\"Key\">k</S><X N=\"Value\">v</X></En></DCT></Obj></Objs>");
    assert_xml(psrp_value_entry(value, "k"), "<X N=\"Value\">v</X>");
    must_read("<S>x</S>");
    assert_int_equal(psrp_clixml_warning(reader)->code, ICM_OK);
}

static void unknown_elements_stand_behind_known_ones(void **state)
{
    struct psrp_value *value = NULL;

    assert_text(must_read("<Objs Version=\"1.2\"><New/><S>x</S><S>y</S></Objs>"), "x");
    assert_warned("element New, which is unknown in Objs");
    assert_xml(must_read("<Objs Version=\"1.2\"><New/><Newer/></Objs>"), "<New></New>");
    assert_int_equal(psrp_clixml_read_all(reader, icm_slice_text("<Objs Version=\"1.2\"><New/><S>x</S></Objs>"), &arena,
                                          &value, &error),
                     ICM_OK);
    assert_int_equal(value->as.list->count, 2);
    assert_xml(value->as.list->first->value, "<New></New>");
}

static void what_has_no_place_is_left_out_with_a_warning(void **state)
{
    const struct psrp_value *value = must_read("<Objs Version=\"1.2\"><Obj><DCT><New/></DCT><TN><T>a<B>b</B>c</T></TN></Obj></Objs>");

    assert_warned("element New, which is unknown in DCT, left out");
    assert_int_equal(value->as.dictionary->count, 0);
    assert_true(icm_slice_is(value->object->types->names[0], "ac"));
}

/* names and texts stay where they are, but for those with escapes */
static void borrowed_texts_are_the_documents(void **state)
{
    static const char text[] = "<Obj><ToString>t</ToString><MS><S N=\"a\">xyz</S><S N=\"b\">_x0041_</S><S N=\"c\">&lt;</S>"
                               "<DT N=\"d\"> 2024-02-29T12:34:56Z </DT><S N=\"e\"></S></MS></Obj>";
    struct psrp_value *value = NULL;

    assert_int_equal(psrp_clixml_borrow(reader, icm_slice_text(text), &arena, &value, &error), ICM_OK);
    assert_ptr_equal(value->object->to_string.data, strstr(text, "t</"));
    assert_ptr_equal(value->object->extended->name.data, strstr(text, "a\""));
    assert_ptr_equal(psrp_value_member(value, "a")->as.text.data, strstr(text, "xyz"));
    assert_ptr_equal(psrp_value_member(value, "d")->as.text.data, strstr(text, "2024"));
    assert_text(psrp_value_member(value, "b"), "A");
    assert_text(psrp_value_member(value, "c"), "<");
    assert_int_equal(psrp_value_member(value, "e")->as.text.size, 0);
    assert_non_null(psrp_value_member(value, "e")->as.text.data);
}

static void read_texts_are_copies(void **state)
{
    char text[] = "<S>xyz</S>";
    struct psrp_value *value = NULL;

    assert_int_equal(psrp_clixml_read(reader, icm_slice_text(text), &arena, &value, &error), ICM_OK);
    memset(text, 0, sizeof text);
    assert_text(value, "xyz");
}

/* ---- limits ---- */

static enum icm_code read_nested(const char *open, const char *inside, const char *close, unsigned count)
{
    struct icm_buf text = {0};
    struct psrp_value *value = NULL;

    for (unsigned i = 0; i < count; i++)
        icm_buf_add_text(&text, open);
    icm_buf_add_text(&text, inside);
    for (unsigned i = 0; i < count; i++)
        icm_buf_add_text(&text, close);
    enum icm_code code = read_into(icm_buf_text(&text), &value);
    icm_buf_reset(&text);
    return code;
}

static const struct {
    const char *name, *open, *inside, *close;
    unsigned most; /* that is read */
} nests[] = {
    {"lists", "<Obj><LST>", "", "</LST></Obj>", 49},
    {"a scalar counts", "<Obj><LST>", "<S>x</S>", "</LST></Obj>", 48},
    {"members", "<Obj><MS><S N=\"a\">a</S></MS><LST>", "", "</LST></Obj>", 48},
    {"dictionaries", "<Obj><DCT><En><I32 N=\"Key\">1</I32><Obj N=\"Value\"><LST>", "", "</LST></Obj></En></DCT></Obj>",
     24},
    {"base values", "<Obj>", "<S>x</S>", "</Obj>", 49},
    {"elements that nobody knows", "<x>", "", "</x>", 0},
};

static void is_as_deep_as_the_engine_reads(void **state)
{
    size_t i = *(size_t *)*state;
    enum icm_code past = nests[i].most > 0 ? ICM_LIMIT : ICM_SYNTAX;

    if (nests[i].most > 0)
        assert_int_equal(read_nested(nests[i].open, nests[i].inside, nests[i].close, nests[i].most), ICM_OK);
    assert_int_equal(read_nested(nests[i].open, nests[i].inside, nests[i].close, nests[i].most + 1), past);
    assert_int_equal(read_nested(nests[i].open, nests[i].inside, nests[i].close, 20 * 1000), past);
}

static void what_is_skipped_has_a_depth_too(void **state)
{
    struct icm_buf text = {0};
    struct psrp_value *value = NULL;

    icm_buf_add_text(&text, "<Objs Version=\"1.9\">");
    for (unsigned i = 0; i < 100 * 1000; i++)
        icm_buf_add_text(&text, "<x>");
    assert_int_equal(read_into(icm_buf_text(&text), &value), ICM_LIMIT);
    icm_buf_reset(&text);
}

static void long_names_are_refused(void **state)
{
    struct icm_buf text = {0};
    struct psrp_value *value = NULL;

    icm_buf_add_text(&text, "<Obj><TN><T>");
    for (unsigned i = 0; i <= PSRP_CLIXML_NAME_MAX; i++)
        icm_buf_add_u8(&text, 'a');
    icm_buf_add_text(&text, "</T></TN></Obj>");
    assert_int_equal(read_into(icm_buf_text(&text), &value), ICM_LIMIT);
    icm_buf_reset(&text);
}

/* Each level holds the one before twice: 48 levels would be walked 2^48 times over. */
static void references_are_charged_by_what_they_stand_for(void **state)
{
    struct icm_buf text = {0};
    struct psrp_value *value = NULL;

    icm_buf_add_text(&text, "<Obj><LST><Obj RefId=\"0\"><MS><S N=\"lol\">lol</S></MS></Obj>");
    for (unsigned i = 1; i < 48; i++)
        icm_buf_add_format(&text, "<Obj RefId=\"%u\"><LST><Ref RefId=\"%u\"/><Ref RefId=\"%u\"/></LST></Obj>", i, i - 1, i - 1);
    icm_buf_add_text(&text, "</LST></Obj>");
    assert_int_equal(read_into(icm_buf_text(&text), &value), ICM_LIMIT);
    assert_non_null(strstr(error.text, "references that stand for more than"));
    icm_buf_reset(&text);
}

static enum icm_code read_repeated(const char *before, const char *each, unsigned count, const char *behind)
{
    struct icm_buf text = {0};
    struct psrp_value *value = NULL;

    icm_buf_add_text(&text, before);
    for (unsigned i = 0; i < count; i++)
        icm_buf_add_text(&text, each);
    icm_buf_add_text(&text, behind);
    enum icm_code code = read_into(icm_buf_text(&text), &value);
    icm_buf_reset(&text);
    return code;
}

/* A list of references to a value, to a list of type names, and to a value that is open, which are all long. */
static void many_references_to_much_are_refused(void **state)
{
    struct icm_buf much = {0};
    static const struct {
        const char *before, *behind, *each;
        enum icm_code code;
    } lists[] = {
        {"<Obj><LST><Obj RefId=\"0\"><S>", "</S></Obj>", "<Ref RefId=\"0\"/>", ICM_LIMIT},
        {"<Obj><TN RefId=\"0\"><T>", "</T></TN><LST>", "<Obj><TNRef RefId=\"0\"/></Obj>", ICM_LIMIT},
        {"<Obj RefId=\"0\"><LST><S>", "</S>", "<Ref RefId=\"0\"/>", ICM_OK},
    };
    struct icm_buf before = {0};

    for (unsigned i = 0; i < 30 * 1000; i++)
        icm_buf_add_u8(&much, 'x');
    for (size_t i = 0; i < ICM_COUNT(lists); i++) {
        icm_buf_clear(&before);
        icm_buf_add_text(&before, lists[i].before);
        icm_buf_add(&before, icm_buf_slice(&much));
        icm_buf_add_text(&before, lists[i].behind);
        assert_int_equal(read_repeated(icm_buf_text(&before), lists[i].each, 2000, "</LST></Obj>"), ICM_OK);
        assert_int_equal(read_repeated(icm_buf_text(&before), lists[i].each, 20 * 1000, "</LST></Obj>"), lists[i].code);
    }
    icm_buf_reset(&before);
    icm_buf_reset(&much);
}

/* Elements of a few bytes would make values of twenty times the size. */
static void the_memory_of_values_is_bounded(void **state)
{
    assert_int_equal(read_repeated("<Obj><LST>", "<S/>", 20000, "</LST></Obj>"), ICM_OK);
    assert_int_equal(read_repeated("<Obj><LST>", "<Obj/>", 500, "</LST></Obj>"), ICM_OK);
    assert_int_equal(read_repeated("<Obj><LST>", "<Obj/>", 20000, "</LST></Obj>"), ICM_LIMIT);
    assert_int_equal(read_repeated("<Obj><LST>", "<PR/>", 20000, "</LST></Obj>"), ICM_LIMIT);
    assert_non_null(strstr(error.text, "bytes in a document of"));
}

/* ids that count from 0, ids that do not, and one that the count comes to later */
static void ids_of_all_kinds(void **state)
{
    const struct psrp_value *value =
        must_read("<Obj RefId=\"0\"><LST><Obj RefId=\"2\"><S>early</S></Obj><Ref RefId=\"2\"/><Obj RefId=\"1\"><S>b</S></Obj>"
                  "<Obj RefId=\"2\"><S>late</S></Obj><Ref RefId=\"2\"/><Obj RefId=\"7\"><S>c</S></Obj><Ref RefId=\"7\"/>"
                  "<Obj RefId=\"1\"><S>d</S></Obj><Ref RefId=\"1\"/></LST></Obj>");
    static const char *const texts[] = {"early", "early", "b", "late", "late", "c", "c", "d", "d"};
    const struct psrp_item *item = value->as.list->first;
    struct psrp_value *untouched = NULL;

    for (size_t i = 0; i < ICM_COUNT(texts); i++, item = item->next)
        assert_text(item->value, texts[i]);
    assert_int_equal(read_into("<Obj RefId=\"0\"><LST><Obj RefId=\"7\"/><Ref RefId=\"3\"/></LST></Obj>", &untouched), ICM_SYNTAX);
}

/* ---- the table ---- */

static void each_row_is_found_by_its_name(void **state)
{
    for (size_t i = 0; i < PSRP_ELEMENT_COUNT; i++) {
        assert_ptr_equal(psrp_clixml_type_find(icm_slice_text(psrp_clixml_types[i].name)), &psrp_clixml_types[i]);
        assert_true(i >= PSRP_KIND_COUNT || psrp_clixml_types[i].kind == (enum psrp_kind)i);
        assert_true((psrp_clixml_types[i].form == PSRP_FORM_LEXICAL) == (psrp_clixml_types[i].check != NULL));
    }
}

static void other_names_are_not_found(void **state)
{
    static const char *const names[] = {"", "s", "SX", "I31", "Versio", "OBJ", "Object", "\xc3\xa4"};

    for (size_t i = 0; i < ICM_COUNT(names); i++)
        assert_null(psrp_clixml_type_find(icm_slice_text(names[i])));
}

static const struct CMUnitTest singles[] = {
    cmocka_unit_test_teardown(an_object_in_any_order, forget),
    cmocka_unit_test_teardown(names_keep_case_and_lose_escapes, forget),
    cmocka_unit_test_teardown(the_last_of_equal_names_counts, forget),
    cmocka_unit_test_teardown(type_names_are_shared, forget),
    cmocka_unit_test_teardown(a_reference_is_the_same_value, forget),
    cmocka_unit_test_teardown(the_last_of_equal_ids_counts, forget),
    cmocka_unit_test_teardown(a_value_may_hold_itself, forget),
    cmocka_unit_test_teardown(ids_do_not_outlive_their_document, forget),
    cmocka_unit_test_teardown(many_ids_in_any_order, forget),
    cmocka_unit_test_teardown(an_object_around_an_object, forget),
    cmocka_unit_test_teardown(members_of_both, forget),
        cmocka_unit_test_teardown(members_of_both, forget),
    cmocka_unit_test_teardown(a_nested_member_set, forget),
    cmocka_unit_test_teardown(dictionaries, forget),
    cmocka_unit_test_teardown(a_progress_record, forget),
    cmocka_unit_test_teardown(all_of_a_document, forget),
    cmocka_unit_test_teardown(large_texts, forget),
    cmocka_unit_test_teardown(what_is_skipped_has_a_depth_too, forget),
    cmocka_unit_test_teardown(long_names_are_refused, forget),
    cmocka_unit_test_teardown(a_referenced_value_is_shared, forget),
    cmocka_unit_test_teardown(a_member_set_is_marked, forget),
    cmocka_unit_test_teardown(an_object_says_its_stream, forget),
    cmocka_unit_test_teardown(unknown_elements_are_kept, forget),
    cmocka_unit_test_teardown(unknown_elements_stand_behind_known_ones, forget),
    cmocka_unit_test_teardown(what_has_no_place_is_left_out_with_a_warning, forget),
    cmocka_unit_test_teardown(borrowed_texts_are_the_documents, forget),
    cmocka_unit_test_teardown(read_texts_are_copies, forget),
    cmocka_unit_test_teardown(references_are_charged_by_what_they_stand_for, forget),
    cmocka_unit_test_teardown(many_references_to_much_are_refused, forget),
    cmocka_unit_test_teardown(the_memory_of_values_is_bounded, forget),
    cmocka_unit_test_teardown(ids_of_all_kinds, forget),
    cmocka_unit_test(each_row_is_found_by_its_name),
    cmocka_unit_test(other_names_are_not_found),
};

enum { TESTS = ICM_COUNT(good) + ICM_COUNT(bad) + ICM_COUNT(nests) + ICM_COUNT(singles) };
static struct CMUnitTest tests[TESTS];
static size_t rows[TESTS];

static size_t add(size_t at, size_t row, const char *name, CMUnitTestFunction function)
{
    rows[at] = row;
    tests[at] = (struct CMUnitTest){name, function, NULL, forget, &rows[at]};
    return at + 1;
}

int main(void)
{
    size_t count = 0;

    for (size_t i = 0; i < ICM_COUNT(good); i++)
        count = add(count, i, good[i].document[0] ? good[i].document : "nothing", takes);
    for (size_t i = 0; i < ICM_COUNT(bad); i++)
        count = add(count, i, bad[i].document, refuses);
    for (size_t i = 0; i < ICM_COUNT(nests); i++)
        count = add(count, i, nests[i].name, is_as_deep_as_the_engine_reads);
    memcpy(tests + count, singles, sizeof singles);
    return cmocka_run_group_tests_name("psrp_clixml_read, MS-PSRP 2.2.5", tests, set_up, tear_down);
}
