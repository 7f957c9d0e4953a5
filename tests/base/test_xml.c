#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/xml.h"

static const struct icm_xml_limits limits = {.bytes_max = 4096, .depth_max = 4, .elements_max = 8, .attributes_max = 4};

/* What was told, as one text: `<{uri}name {uri}attribute=value>`, text as it is, `/` for an end. The text `!` is refused. */
static enum icm_code on_start(void *context, const char *uri, const char *name,
                              const struct icm_xml_attribute *attributes, size_t count, struct icm_error *err)
{
    struct icm_buf *told = context;

    icm_buf_add_format(told, "<{%s}%s", uri, name);
    for (size_t i = 0; i < count; i++) {
        icm_buf_add_format(told, " {%s}%s=", attributes[i].namespace_uri, attributes[i].name);
        icm_buf_add(told, attributes[i].value);
    }
    icm_buf_add_text(told, ">");
    return ICM_OK;
}

static enum icm_code on_end(void *context, struct icm_error *err)
{
    icm_buf_add_text(context, "/");
    return ICM_OK;
}

static enum icm_code on_text(void *context, struct icm_slice text, struct icm_error *err)
{
    if (icm_slice_is(text, "!"))
        return icm_fail(err, ICM_DENIED, NULL, "not that");
    icm_buf_add(context, text);
    return ICM_OK;
}

static const struct icm_xml_handler handler = {on_start, on_end, on_text};

struct row {
    const char *name, *document;
    enum icm_code code;
    const char *told; /* where it is read; of a refused document the front part was told too */
};

static const struct row rows[] = {
    {"an element", "<a/>", ICM_OK, "<{}a>/"},
    {"text and elements", "<a>x<b>y</b>z</a>", ICM_OK, "<{}a>x<{}b>y/z/"},
    {"a declaration", "<?xml version=\"1.0\" encoding=\"utf-8\"?><a/>", ICM_OK, "<{}a>/"},
    {"a byte order mark", "\xEF\xBB\xBF<a/>", ICM_OK, "<{}a>/"},
    {"another encoding is not believed", "<?xml version='1.0' encoding='ISO-8859-1'?><a>\xc3\xa9</a>", ICM_OK, "<{}a>\xc3\xa9/"},
    {"namespaces", "<p:a xmlns:p='u:1' xmlns='u:2' p:x='1' y='2'><b/></p:a>", ICM_OK, "<{u:1}a {u:1}x=1 {}y=2><{u:2}b>//"},
    {"the xml prefix", "<a xml:lang='en'/>", ICM_OK, "<{}a {http://www.w3.org/XML/1998/namespace}lang=en>/"},
    {"the five entities", "<a b='&lt;&quot;&amp;x;'>&amp;&lt;&gt;&quot;&apos;</a>", ICM_OK, "<{}a {}b=<\"&x;>&<>\"'/"},
    {"character references", "<a>&#65;&#x1F600;</a>", ICM_OK, "<{}a>A\xf0\x9f\x98\x80/"},
    {"CDATA", "<a><![CDATA[<&]]></a>", ICM_OK, "<{}a><&/"},
    {"white space is kept", "<a> <b/>\n</a>", ICM_OK, "<{}a> <{}b>/\n/"},
    {"comments and instructions are passed over", "<!-- c --><?p i?><a><!-- c --><?p i?></a>\n", ICM_OK, "<{}a>/"},
    {"as deep as allowed", "<a><b><c><d/></c></b></a>", ICM_OK, "<{}a><{}b><{}c><{}d>////"},
    {"as many attributes as allowed", "<a b='1' c='2' d='3' e='4'/>", ICM_OK, "<{}a {}b=1 {}c=2 {}d=3 {}e=4>/"},
    {"as many elements as allowed", "<a><b/><b/><b/><b/><b/><b/><b/></a>", ICM_OK, "<{}a><{}b>/<{}b>/<{}b>/<{}b>/<{}b>/<{}b>/<{}b>//"},

    {"too deep", "<a><b><c><d><e/></d></c></b></a>", ICM_LIMIT, NULL},
    {"too many elements", "<a><b/><b/><b/><b/><b/><b/><b/><b/></a>", ICM_LIMIT, NULL},
    {"too many attributes", "<a b='1' c='2' d='3' e='4' f='5'/>", ICM_LIMIT, NULL},
    {"namespaces count too", "<a xmlns:b='1' xmlns:c='2' xmlns:d='3' e='4' f='5'/>", ICM_LIMIT, NULL},
    {"a document type", "<!DOCTYPE a><a/>", ICM_SYNTAX, NULL},
    {"a billion laughs", "<!DOCTYPE a [<!ENTITY b 'bb'><!ENTITY c '&b;&b;'>]><a>&c;</a>", ICM_SYNTAX, NULL},
    {"an outside file", "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/hostname'>]><a>&b;</a>", ICM_SYNTAX, NULL},
    {"an entity that nobody declared", "<a>&b;</a>", ICM_SYNTAX, NULL},
    {"nothing", "", ICM_SYNTAX, NULL},
    {"only white space", " \n", ICM_SYNTAX, NULL},
    {"a mark alone", "\xEF\xBB\xBF", ICM_SYNTAX, NULL},
    {"half a mark", "\xEF\xBB<a/>", ICM_SYNTAX, NULL},
    {"cut short", "<a><b></b>", ICM_SYNTAX, NULL},
    {"a second root", "<a/><b/>", ICM_SYNTAX, NULL},
    {"text behind the root", "<a/>x", ICM_SYNTAX, NULL},
    {"another end", "<a></b>", ICM_SYNTAX, NULL},
    {"an attribute twice", "<a b='1' b='2'/>", ICM_SYNTAX, NULL},
    {"a prefix that nobody declared", "<p:a/>", ICM_SYNTAX, NULL},
    {"no UTF-8", "<a>\xff</a>", ICM_SYNTAX, NULL},
    {"a surrogate", "<a>\xed\xa0\x80</a>", ICM_SYNTAX, NULL},
    {"a surrogate's number", "<a>&#xD800;</a>", ICM_SYNTAX, NULL},
    {"a control character's number", "<a>&#1;</a>", ICM_SYNTAX, NULL},
    {"the handler says no", "<a>!</a>", ICM_DENIED, NULL},
};

static enum icm_code read_in_pieces(struct icm_xml *x, struct icm_slice document, size_t piece)
{
    enum icm_code code = ICM_OK;

    icm_xml_restart(x);
    while (code == ICM_OK && document.size > 0) {
        size_t size = document.size < piece ? document.size : piece;
        code = icm_xml_feed(x, icm_slice_of(document.data, size), NULL);
        document = icm_slice_from(document, size);
    }
    return code == ICM_OK ? icm_xml_finish(x, NULL) : code;
}

static void reads_the_same_in_any_pieces(void **state)
{
    const struct row *row = *state;
    struct icm_slice document = icm_slice_text(row->document);
    ICM_OWN(icm_xml_freep) struct icm_xml *x = NULL;
    struct icm_buf told = {0};

    assert_int_equal(icm_xml_new(&x, &handler, &told, &limits, NULL), ICM_OK);
    for (size_t piece = 1; piece <= document.size + 1; piece++) {
        icm_buf_clear(&told);
        assert_int_equal(read_in_pieces(x, document, piece), row->code);
        if (row->told)
            assert_string_equal(icm_buf_text(&told), row->told);
    }
    icm_buf_reset(&told);
}

/* bytes with zeroes in them, which a C text does not hold */
static const struct {
    const char *name;
    struct icm_slice document;
} encodings[] = {
    {"UTF-16LE with a mark", {(const uint8_t *)"\xff\xfe<\0a\0/\0>\0", 10}},
    {"UTF-16BE with a mark", {(const uint8_t *)"\xfe\xff\0<\0a\0/\0>", 10}},
    {"UTF-16LE", {(const uint8_t *)"<\0?\0x\0m\0l\0 \0v\0e\0r\0s\0i\0o\0n\0=\0'\0" "1\0.\0" "0\0'\0?\0>\0<\0a\0/\0>\0", 50}},
    {"UCS-4", {(const uint8_t *)"\0\0\0<\0\0\0a\0\0\0/\0\0\0>", 16}},
    {"EBCDIC", {(const uint8_t *)"\x4c\xa7\x94\x93\x40\x6f\x6e", 7}},
    {"a zero byte", {(const uint8_t *)"<a>\0</a>", 8}},
    {"a zero byte behind the root", {(const uint8_t *)"<a/>\0", 5}},
};

static void only_utf8_is_read(void **state)
{
    ICM_OWN(icm_xml_freep) struct icm_xml *x = NULL;
    struct icm_buf told = {0};

    assert_int_equal(icm_xml_new(&x, &handler, &told, &limits, NULL), ICM_OK);
    for (size_t i = 0; i < ICM_COUNT(encodings); i++)
        for (size_t piece = 1; piece <= encodings[i].document.size; piece++)
            if (read_in_pieces(x, encodings[i].document, piece) != ICM_SYNTAX)
                fail_msg("%s in pieces of %zu", encodings[i].name, piece);
    icm_buf_reset(&told);
}

static void the_bytes_of_a_document_are_bounded(void **state)
{
    ICM_OWN(icm_xml_freep) struct icm_xml *x = NULL;
    struct icm_buf told = {0};
    struct icm_error err = {0};
    char text[4096 - 3];

    memset(text, 'x', sizeof text);
    assert_int_equal(icm_xml_new(&x, &handler, &told, &limits, NULL), ICM_OK);
    assert_int_equal(icm_xml_feed(x, icm_slice_text("<a>"), &err), ICM_OK);
    assert_int_equal(icm_xml_feed(x, icm_slice_of(text, sizeof text), &err), ICM_OK);
    assert_int_equal(icm_xml_feed(x, icm_slice_text("<"), &err), ICM_LIMIT);
    assert_string_equal(err.text, "a document of more than 4096 bytes");
    assert_int_equal(icm_xml_read(x, icm_slice_text("<a/>"), &err), ICM_OK);
    icm_buf_reset(&told);
}

static const struct {
    const char *name, *before;
    char fill;
    const char *behind;
    enum icm_code code;
} lengths[] = {
    {"a text of 400 KB", "<a>", 'x', "</a>", ICM_OK},
    {"CDATA of 400 KB", "<a><![CDATA[", 'x', "]]></a>", ICM_LIMIT},
    {"an attribute of 400 KB", "<a b='", 'x', "'/>", ICM_LIMIT},
    {"an attribute of things that look like ends", "<a b='", '>', "'/>", ICM_LIMIT},
    {"a tag of 400 KB", "<a", ' ', "/>", ICM_LIMIT},
    {"a comment of 400 KB", "<a><!--", 'x', "--><b/></a>", ICM_LIMIT},
    {"an instruction of 400 KB", "<a><?p ", 'x', "?><b/></a>", ICM_LIMIT},
    {"a comment in front of an end", "<a><!--", 'x', "--></a>", ICM_LIMIT},
    {"white space in an end tag", "<a></a", ' ', ">", ICM_LIMIT},
    {"white space in front of the root", "", ' ', "<a/>", ICM_LIMIT},
    {"white space behind the root", "<a/>", ' ', "", ICM_LIMIT},
    {"white space as text", "<a>", ' ', "</a>", ICM_OK},
    {"a reference that does not end", "<a>&", 'x', ";</a>", ICM_LIMIT},
};

static void the_length_of_markup_is_bounded(void **state)
{
    static const struct icm_xml_limits wide = {1 << 20, 4, 8, 3};
    static const size_t pieces[] = {997, 20000, 300000, 1 << 20};
    ICM_OWN(icm_xml_freep) struct icm_xml *x = NULL;
    struct icm_buf told = {0}, document = {0};

    assert_int_equal(icm_xml_new(&x, &handler, &told, &wide, NULL), ICM_OK);
    for (size_t i = 0; i < ICM_COUNT(lengths) * ICM_COUNT(pieces); i++) {
        icm_buf_clear(&told);
        icm_buf_clear(&document);
        icm_buf_add_text(&document, lengths[i / ICM_COUNT(pieces)].before);
        for (size_t k = 0; k < 400000; k++)
            icm_buf_add_u8(&document, (uint8_t)lengths[i / ICM_COUNT(pieces)].fill);
        icm_buf_add_text(&document, lengths[i / ICM_COUNT(pieces)].behind);
        enum icm_code code = read_in_pieces(x, icm_buf_slice(&document), pieces[i % ICM_COUNT(pieces)]);
        bool refused = code == ICM_LIMIT || code == ICM_SYNTAX; /* libxml2 has a bound for names of its own */
        if (refused != (lengths[i / ICM_COUNT(pieces)].code == ICM_LIMIT))
            fail_msg("%s in pieces of %zu: %s", lengths[i / ICM_COUNT(pieces)].name, pieces[i % ICM_COUNT(pieces)],
                     icm_code_name(code));
    }
    icm_buf_reset(&told);
    icm_buf_reset(&document);
}

static void a_failure_is_not_the_next_documents(void **state)
{
    ICM_OWN(icm_xml_freep) struct icm_xml *x = NULL;
    struct icm_buf told = {0};

    assert_int_equal(icm_xml_new(&x, &handler, &told, &limits, NULL), ICM_OK);
    for (size_t i = 0; i < ICM_COUNT(rows); i++) {
        assert_int_equal(icm_xml_read(x, icm_slice_text(rows[i].document), NULL), rows[i].code);
        icm_buf_clear(&told);
        assert_int_equal(icm_xml_read(x, icm_slice_text("<p:a xmlns:p='u'>t</p:a>"), NULL), ICM_OK);
        assert_string_equal(icm_buf_text(&told), "<{u}a>t/");
    }
    icm_buf_reset(&told);
}

static void what_was_begun_is_forgotten(void **state)
{
    ICM_OWN(icm_xml_freep) struct icm_xml *x = NULL;
    struct icm_buf told = {0};

    assert_int_equal(icm_xml_new(&x, &handler, &told, &limits, NULL), ICM_OK);
    assert_int_equal(icm_xml_feed(x, icm_slice_text("<p:a xmlns:p='u' xmlns='v'><p:b>half a"), NULL), ICM_OK);
    icm_buf_clear(&told);
    assert_int_equal(icm_xml_read(x, icm_slice_text("<a/>"), NULL), ICM_OK);
    assert_string_equal(icm_buf_text(&told), "<{}a>/");
    assert_int_equal(icm_xml_read(x, icm_slice_text("<p:a/>"), NULL), ICM_SYNTAX);
    icm_buf_reset(&told);
}

static void an_error_is_one_line(void **state)
{
    ICM_OWN(icm_xml_freep) struct icm_xml *x = NULL;
    struct icm_buf told = {0};
    struct icm_error err = {0};

    assert_int_equal(icm_xml_new(&x, &handler, &told, &limits, NULL), ICM_OK);
    assert_int_equal(icm_xml_read(x, icm_slice_text("<a>\n<b>\xff\xff\xff</b></a>"), &err), ICM_SYNTAX);
    assert_null(strchr(err.text, '\n'));
    assert_non_null(strstr(err.text, "line 2"));
    icm_buf_reset(&told);
}

/* a hostile peer's names do not pile up from one document to the next, and the reader goes on to work */
static void many_names_are_let_go(void **state)
{
    ICM_OWN(icm_xml_freep) struct icm_xml *x = NULL;
    struct icm_buf told = {0}, document = {0};

    assert_int_equal(icm_xml_new(&x, &handler, &told, &limits, NULL), ICM_OK);
    for (unsigned i = 0; i < 6000; i++) {
        icm_buf_clear(&told);
        icm_buf_clear(&document);
        icm_buf_add_format(&document, "<name%u/>", i);
        assert_int_equal(icm_xml_read(x, icm_buf_slice(&document), NULL), ICM_OK);
    }
    assert_string_equal(icm_buf_text(&told), "<{}name5999>/");
    icm_buf_reset(&told);
    icm_buf_reset(&document);
}

static const struct {
    const char *text, *as_text, *as_value;
} escapes[] = {
    {"", "", ""},
    {"plain", "plain", "plain"},
    {"a<b>&c", "a&lt;b&gt;&amp;c", "a&lt;b&gt;&amp;c"},
    {"\"'", "\"'", "&quot;'"},
    {"\t\n\r", "\t\n&#xD;", "&#x9;&#xA;&#xD;"},
    {"\x01" "a\x1f", "\xEF\xBF\xBD" "a\xEF\xBF\xBD", "\xEF\xBF\xBD" "a\xEF\xBF\xBD"},
    {"\xc3\xa9\xf0\x9f\x98\x80", "\xc3\xa9\xf0\x9f\x98\x80", "\xc3\xa9\xf0\x9f\x98\x80"},
    {"\xed\xa0\x80|\xff|\xef\xbf\xbe", "\xEF\xBF\xBD|\xEF\xBF\xBD|\xEF\xBF\xBD", "\xEF\xBF\xBD|\xEF\xBF\xBD|\xEF\xBF\xBD"},
};

static void escapes_text(void **state)
{
    for (size_t i = 0; i < ICM_COUNT(escapes); i++) {
        struct icm_buf text = {0}, value = {0};

        icm_xml_add_text(&text, icm_slice_text(escapes[i].text));
        icm_xml_add_value(&value, icm_slice_text(escapes[i].text));
        assert_string_equal(icm_buf_text(&text), escapes[i].as_text);
        assert_string_equal(icm_buf_text(&value), escapes[i].as_value);
        icm_buf_reset(&text);
        icm_buf_reset(&value);
    }
}

static const struct CMUnitTest others[] = {
    cmocka_unit_test(only_utf8_is_read),
    cmocka_unit_test(the_bytes_of_a_document_are_bounded),
    cmocka_unit_test(the_length_of_markup_is_bounded),
    cmocka_unit_test(a_failure_is_not_the_next_documents),
    cmocka_unit_test(what_was_begun_is_forgotten),
    cmocka_unit_test(an_error_is_one_line),
    cmocka_unit_test(many_names_are_let_go),
    cmocka_unit_test(escapes_text),
};

int main(void)
{
    struct CMUnitTest tests[ICM_COUNT(rows)];

    for (size_t i = 0; i < ICM_COUNT(rows); i++)
        tests[i] = (struct CMUnitTest){.name = rows[i].name,
                                       .test_func = reads_the_same_in_any_pieces,
                                       .initial_state = (void *)(uintptr_t)&rows[i]};
    int failed = cmocka_run_group_tests_name("icm_xml_feed, XML 1.0", tests, NULL, NULL);
    return failed + cmocka_run_group_tests_name("icm_xml", others, NULL, NULL);
}
