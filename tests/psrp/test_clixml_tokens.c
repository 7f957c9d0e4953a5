#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/psrp/clixml_told.h"

#define NS "xmlns=\"http://schemas.microsoft.com/powershell/2004/04\""

static struct clixml_told told;
static struct icm_error error;

static int set_up(void **state)
{
    return clixml_told_init(&told) ? 0 : -1;
}

static int tear_down(void **state)
{
    clixml_told_reset(&told);
    icm_error_reset(&error);
    return 0;
}

struct row {
    const char *document;
    enum icm_code code;
    const char *told; /* or somewhere in the error's text; libxml2's words are its own */
};

static const struct row rows[] = {
    {"<S/>", ICM_OK, "<S></>"},
    {"<S />", ICM_OK, "<S></>"},
    {"<S></S>", ICM_OK, "<S></>"},
    {"<S\t\r\n></S \r\n>", ICM_OK, "<S></>"},
    {"<S>a</S>", ICM_OK, "<S>a</>"},
    {"\xef\xbb\xbf<S>a</S>\r\n \t", ICM_OK, "<S>a</>"},
    {"\n<S>a</S>", ICM_OK, "<S>a</>"},
    {"<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n<S>a</S>", ICM_OK, "<S>a</>"},
    {"<Obj a=\"1\" b='2'><S N = \"x\">y</S> z</Obj>", ICM_OK, "<Obj a=1 b=2><S N=x>y</> z</>"},
    {"<S " NS ">a</S>", ICM_OK, "<S>a</>"},
    {"<Objs Version=\"1.1\" " NS "><S " NS "/></Objs>", ICM_OK, "<Objs Version=1.1><S></></>"},
    {"<a.b-c_d1>x</a.b-c_d1>", ICM_OK, "<a.b-c_d1>x</>"},
    {"<S a='\"' b=\"'\" c='>'/>", ICM_OK, "<S a=\" b=' c=>></>"},
    {"<S a='&lt;&amp;x' b=\"&quot;&#65;&#x1F600;&apos;&gt;\"/>", ICM_OK, "<S a=<&x b=\"A\xf0\x9f\x98\x80'>></>"},
    {"<S>&lt;&gt;&amp;&quot;&apos;&#65;&#x41;&#x1F600;&#0000000065;</S>", ICM_OK, "<S><>&\"'AA\xf0\x9f\x98\x80" "A</>"},
    {"<S>a\r\nb\rc\n\td\r\r\ne\r</S>", ICM_OK, "<S>a\nb\nc\n\td\n\ne\n</>"},
    {"<S>&#13;&#10;&#9;</S>", ICM_OK, "<S>\r\n\t</>"},
    {"<S a='&#13;&#10;&#9;'/>", ICM_OK, "<S a=\r\n\t></>"},
    {"<S>]] ]&gt; > ]>]]&gt;</S>", ICM_OK, "<S>]] ]> > ]>]]></>"},
    {"<S a=']]>'/>", ICM_OK, "<S a=]]>></>"},
    {"<S>\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbd\xf0\x90\x80\x80\xf4\x8f\xbf\xbf</S>", ICM_OK,
     "<S>\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbd\xf0\x90\x80\x80\xf4\x8f\xbf\xbf</>"},
    {"<S a='\xc3\xa4>\xc3\xa4'>\xc3\xa4>\xc3\xa4</S>", ICM_OK, "<S a=\xc3\xa4>\xc3\xa4>\xc3\xa4>\xc3\xa4</>"},

    {"<S>a", ICM_SYNTAX, "does not end with a tag"},
    {"text", ICM_SYNTAX, "does not end with a tag"},
    {" \n", ICM_SYNTAX, ""},
    {"\xef\xbb\xbf", ICM_SYNTAX, ""},
    {">", ICM_SYNTAX, "in front of the root"},
    {"x<S/>", ICM_SYNTAX, "in front of the root"},
    {"\xef\xbb<S/>", ICM_SYNTAX, ""},
    {"<S>a>", ICM_SYNTAX, "too early in S"},
    {"<S a='>", ICM_SYNTAX, "too early"},
    {"<S N=\"123456789012345>", ICM_SYNTAX, "too early"}, /* the value runs to the end in whole steps of a scan */
    {"<Obj><S>a</S>", ICM_SYNTAX, "too early in Obj"},
    {"<S/>x<S/>", ICM_SYNTAX, "behind the root"},
    {"<S/><S/>", ICM_SYNTAX, "behind the root"},
    {"<S/>&lt;>", ICM_SYNTAX, "behind the root"},
    {"<>", ICM_SYNTAX, "without a name"},
    {"< S/>", ICM_SYNTAX, "without a name"},
    {"<1/>", ICM_SYNTAX, "without a name"},
    {"<-a/>", ICM_SYNTAX, "without a name"},
    {"</S>", ICM_SYNTAX, ""},
    {"<S", ICM_SYNTAX, ""},
    {"<S/ >", ICM_SYNTAX, "start tag"},
    {"<S<S/>", ICM_SYNTAX, "start tag"},
    {"<S></T>", ICM_SYNTAX, "another element's end in S"},
    {"<S></SS>", ICM_SYNTAX, "another element's"},
    {"<SS></S>", ICM_SYNTAX, "another element's"},
    {"<S></S a='1'>", ICM_SYNTAX, "end tag"},
    {"<Obj><S></Obj></S>", ICM_SYNTAX, "another element's end in S"},
    {"<S a/>", ICM_SYNTAX, "without a value"},
    {"<S a=1/>", ICM_SYNTAX, "without quotes"},
    {"<S a='1'b='2'/>", ICM_SYNTAX, "start tag"},
    {"<S a='1' a='2'/>", ICM_SYNTAX, "an attribute twice"},
    {"<S " NS " " NS "/>", ICM_SYNTAX, "xmlns twice"},
    {"<S a='<'/>", ICM_SYNTAX, "< in an attribute"},
    {"<S a='\x01'/>", ICM_SYNTAX, "no character of XML, in an attribute"},
    {"<S>]]></S>", ICM_SYNTAX, "]]> in text"},
    {"<S>a\x01</S>", ICM_SYNTAX, "no character of XML in S"},
    {"<S>\x1b[31m</S>", ICM_SYNTAX, "no character of XML"},
    {"<S>&nbsp;</S>", ICM_SYNTAX, "none of XML's own"},
    {"<S>&</S>", ICM_SYNTAX, "none of XML's own"},
    {"<S>&lt</S>", ICM_SYNTAX, ""},
    {"<S>& lt;</S>", ICM_SYNTAX, ""},
    {"<S>&#;</S>", ICM_SYNTAX, "without a number"},
    {"<S>&#x;</S>", ICM_SYNTAX, "without a number"},
    {"<S>&#X41;</S>", ICM_SYNTAX, ""},
    {"<S>&#65</S>", ICM_SYNTAX, "without its ;"},
    {"<S>&#6a;</S>", ICM_SYNTAX, ""},
    {"<S>&#0;</S>", ICM_SYNTAX, "no character"},
    {"<S>&#1;</S>", ICM_SYNTAX, "no character"},
    {"<S>&#xD800;</S>", ICM_SYNTAX, "no character"},
    {"<S>&#x110000;</S>", ICM_SYNTAX, "no character"},
    {"<S>&#x100000041;</S>", ICM_SYNTAX, "no character"},
    {"<S>&#99999999999999999999;</S>", ICM_SYNTAX, "no character"},
    {"<S>\xff</S>", ICM_SYNTAX, "no character"},
    {"<S>\x80</S>", ICM_SYNTAX, "no character"},
    {"<S>\xc1\xbf</S>", ICM_SYNTAX, "no character"},
    {"<S>\xc3</S>", ICM_SYNTAX, "no character"},
    {"<S>\xe2\x82</S>", ICM_SYNTAX, "no character"},
    {"<S>\xe0\x9f\xbf</S>", ICM_SYNTAX, "no character"},
    {"<S>\xed\xa0\x80</S>", ICM_SYNTAX, "no character"},
    {"<S>\xef\xbf\xbe</S>", ICM_SYNTAX, "no character"},
    {"<S>\xef\xbf\xbf</S>", ICM_SYNTAX, "no character"},
    {"<S>\xf0\x8f\xbf\xbf</S>", ICM_SYNTAX, "no character"},
    {"<S>\xf4\x90\x80\x80</S>", ICM_SYNTAX, "no character"},
    {"<S>\xf5\x80\x80\x80</S>", ICM_SYNTAX, "no character"},
    {"<S>\xf0\x9f\x98</S>", ICM_SYNTAX, "no character"},
    {"<!DOCTYPE S><S>a</S>", ICM_SYNTAX, "DOCTYPE"},
    {"<?xml version=\"1.0\" encoding=\"utf-8\"?><!DOCTYPE S [<!ENTITY a 'b'>]><S>&a;</S>", ICM_SYNTAX, "DOCTYPE"},
    {"<S a='1' b='1' c='1' d='1' e='1' f='1' g='1' h='1' i='1' j='1' k='1' l='1' m='1' n='1' o='1' p='1' q='1'/>", ICM_LIMIT,
     "more than 16 attributes"},
};

/* The two tell the same, or refuse the same. */
static void as_libxml2_tells(void **state)
{
    const struct row *row = *state;
    struct icm_slice document = icm_slice_text(row->document);

    assert_int_equal(clixml_told_xml(&told, document, &error), row->code);
    assert_int_equal(clixml_told_tokens(&told, document, &error), row->code);
    if (row->code != ICM_OK) {
        if (!strstr(error.text, row->told))
            fail_msg("\"%s\" says nothing of %s", error.text, row->told);
        assert_null(strchr(error.text, '\n'));
        return;
    }
    assert_string_equal(icm_buf_text(&told.by_tokens), row->told);
    assert_string_equal(icm_buf_text(&told.by_xml), row->told);
}

/* ---- what is libxml2's ---- */

static const char *const handed_over[] = {
    "<S>a<!-- c --></S>",
    "<!-- c --><S/>",
    "<S/><!-- c -->",
    "<S><![CDATA[<]]></S>",
    "<S><?p i?></S>",
    "<?p i?><S/>",
    "<S/><?p i?>",
    "<?xml version=\"1.1\"?><S/>",
    "<?xml version=\"1.0\" encoding=\"utf-16\"?><S/>",
    "<p:S xmlns:p='u'/>",
    "<S p:a='1' xmlns:p='u'/>",
    "<S xmlns='u'/>",
    "<\xc3\xa4/>",
    "<S \xc3\xa4='1'/>",
    "<S a='1\n2'/>",
    "<S>&#00000000000000000000000000000000000000000000000000000000000000000000000065;</S>",
};

static void others_are_handed_over(void **state)
{
    for (size_t i = 0; i < ICM_COUNT(handed_over); i++) {
        enum icm_code code = clixml_told_tokens(&told, icm_slice_text(handed_over[i]), &error);

        if (code != ICM_UNSUPPORTED)
            fail_msg("%s: %s", handed_over[i], icm_code_name(code));
    }
}

static enum icm_code read_long(const char *before, char fill, size_t count, const char *behind)
{
    struct icm_buf document = {0};

    icm_buf_add_text(&document, before);
    for (size_t i = 0; i < count; i++)
        icm_buf_add_u8(&document, (uint8_t)fill);
    icm_buf_add_text(&document, behind);
    enum icm_code code = clixml_told_tokens(&told, icm_buf_slice(&document), &error);
    icm_buf_reset(&document);
    return code;
}

static void long_markup_is_handed_over(void **state)
{
    static const struct {
        const char *before;
        char fill;
        const char *behind;
        enum icm_code code;
    } lengths[] = {
        {"<S>", 'x', "</S>", ICM_OK},
        {"<S>", ' ', "</S>", ICM_OK},
        {"<S a='", 'x', "'/>", ICM_UNSUPPORTED},
        {"<S a='&lt;", 'x', "&lt;'/>", ICM_UNSUPPORTED},
        {"<S a='&lt;", 'x', "'/>", ICM_UNSUPPORTED},
        {"<S", ' ', "/>", ICM_UNSUPPORTED},
        {"<S></S", ' ', ">", ICM_UNSUPPORTED},
        {"", ' ', "<S/>", ICM_UNSUPPORTED},
        {"<S/>", ' ', "", ICM_UNSUPPORTED},
        {"<S>&#", '0', "65;</S>", ICM_UNSUPPORTED},
    };

    for (size_t i = 0; i < ICM_COUNT(lengths); i++) {
        enum icm_code code = read_long(lengths[i].before, lengths[i].fill, 70000, lengths[i].behind);

        if (code != lengths[i].code)
            fail_msg("%s...%s: %s", lengths[i].before, lengths[i].behind, icm_code_name(code));
    }
}

/* ---- what libxml2 refuses ---- */

static void the_engines_references_are_read(void **state)
{
    struct icm_slice document = icm_slice_text("<S N='&#xFFFE;'>&#xFFFE;&#xFFFF;&#65534;</S>");

    assert_int_equal(clixml_told_tokens(&told, document, &error), ICM_OK);
    assert_string_equal(icm_buf_text(&told.by_tokens), "<S N=\xef\xbf\xbe>\xef\xbf\xbe\xef\xbf\xbf\xef\xbf\xbe</>");
    assert_int_equal(clixml_told_xml(&told, document, &error), ICM_SYNTAX);
}

/* ---- all of a reader's life ---- */

static void nothing_is_left_of_the_last_document(void **state)
{
    for (size_t i = 0; i < ICM_COUNT(rows); i++) {
        clixml_told_tokens(&told, icm_slice_text(rows[i].document), &error);
        assert_int_equal(clixml_told_tokens(&told, icm_slice_text("<S a='&lt;'>x</S>"), &error), ICM_OK);
        assert_string_equal(icm_buf_text(&told.by_tokens), "<S a=<>x</>");
    }
}

/* A document in memory of just its size: nothing behind its end is looked at, which the sanitizers see. */
static void every_front_of_a_document_is_refused(void **state)
{
    static const char document[] = "\xef\xbb\xbf<?xml version=\"1.0\"?>\n<Obj RefId=\"0\" a='&#x41;>'><S N=\"\xc3\xa4\">a\r\n"
                                   "&amp;\xf0\x9f\x98\x80 > &#65;</S ><Nil N='b' /></Obj\n>";
    const size_t size = sizeof document - 1;

    assert_int_equal(clixml_told_tokens(&told, icm_slice_of(document, size), &error), ICM_OK);
    for (size_t length = 1; length < size; length++) {
        uint8_t *front = malloc(length);

        assert_non_null(front);
        memcpy(front, document, length);
        enum icm_code code = clixml_told_tokens(&told, icm_slice_of(front, length), &error);
        assert_true(code == ICM_SYNTAX || code == ICM_UNSUPPORTED); /* a declaration alone */
        free(front);
    }
}

static void names_and_texts_are_slices_of_the_document(void **state)
{
    static const char document[] = "<S N=\"name\">text</S>";

    assert_int_equal(clixml_told_tokens(&told, icm_slice_text(document), &error), ICM_OK);
    assert_ptr_equal(told.tokens.attributes[0].value.data, document + strlen("<S N=\""));
    assert_int_equal(psrp_clixml_tokens_at(&told.tokens), strlen(document));
    assert_int_equal(clixml_told_tokens(&told, icm_slice_text("<S>ab\x01</S>"), &error), ICM_SYNTAX);
    assert_int_equal(psrp_clixml_tokens_at(&told.tokens), strlen("<S>ab"));
}

/* ---- every golden file ---- */

static void load(const char *path, struct icm_buf *out)
{
    FILE *file = fopen(path, "rb");

    if (!file)
        fail_msg("%s cannot be opened", path);
    for (size_t got = 1; got > 0; out->size += got) {
        uint8_t *room = icm_buf_room(out, 65536);
        assert_non_null(room);
        got = fread(room, 1, 65536, file);
    }
    fclose(file);
}

static void compare(const char *path)
{
    struct icm_buf document = {0};

    load(path, &document);
    bool is_beyond_xml = memmem(document.data, document.size, "&#xFFFE;", 8);
    enum icm_code code = clixml_told_tokens(&told, icm_buf_slice(&document), &error);
    if (code != ICM_OK)
        fail_msg("%s: %s", path, error.text);
    code = clixml_told_xml(&told, icm_buf_slice(&document), &error);
    assert_int_equal(code, is_beyond_xml ? ICM_SYNTAX : ICM_OK);
    assert_true(is_beyond_xml || icm_slice_equal(icm_buf_slice(&told.by_tokens), icm_buf_slice(&told.by_xml)));
    icm_buf_reset(&document);
}

static void the_engines_files_are_read_as_by_libxml2(void **state)
{
    DIR *folder = opendir(ICM_FIXTURES "/clixml");
    size_t count = 0;

    assert_non_null(folder);
    for (const struct dirent *entry; (entry = readdir(folder));) {
        char path[4096];
        const char *dot = strrchr(entry->d_name, '.');

        if (!dot || strcmp(dot, ".xml") != 0)
            continue;
        snprintf(path, sizeof path, "%s/clixml/%s", ICM_FIXTURES, entry->d_name);
        compare(path);
        count++;
    }
    closedir(folder);
    assert_true(count > 0);
}

static const struct CMUnitTest singles[] = {
    cmocka_unit_test(others_are_handed_over),
    cmocka_unit_test(long_markup_is_handed_over),
    cmocka_unit_test(the_engines_references_are_read),
    cmocka_unit_test(nothing_is_left_of_the_last_document),
    cmocka_unit_test(every_front_of_a_document_is_refused),
    cmocka_unit_test(names_and_texts_are_slices_of_the_document),
    cmocka_unit_test(the_engines_files_are_read_as_by_libxml2),
};

int main(void)
{
    static struct CMUnitTest tests[ICM_COUNT(rows) + ICM_COUNT(singles)];

    for (size_t i = 0; i < ICM_COUNT(rows); i++)
        tests[i] = (struct CMUnitTest){.name = rows[i].document,
                                       .test_func = as_libxml2_tells,
                                       .initial_state = (void *)(uintptr_t)&rows[i]};
    memcpy(tests + ICM_COUNT(rows), singles, sizeof singles);
    return cmocka_run_group_tests_name("psrp_clixml_tokens_read, XML 1.0", tests, set_up, tear_down);
}
