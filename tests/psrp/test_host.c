/* Host calls: what each method takes and gives, the values, and answers. MS-PSRP 2.2.2.27, 2.2.2.28, 2.2.3.17, 2.2.6.
 */
#include "tests/psrp/peers.h"

#include "psrp/clixml.h"
#include "psrp/host.h"

static struct psrp_value *call_value(struct icm_arena *a, int method, const char *parameters)
{
    ICM_OWN(icm_buf_reset) struct icm_buf xml = {0};

    icm_buf_add_format(
        &xml, "<Obj RefId=\"0\"><MS><I64 N=\"ci\">1</I64><Obj N=\"mi\" RefId=\"1\"><I32>%d</I32></Obj>%s</MS></Obj>",
        method, parameters);
    return peers_value(a, icm_buf_text(&xml));
}

static const char *xml_of(struct icm_buf *out, const struct psrp_value *value)
{
    icm_buf_clear(out);
    assert_int_equal(psrp_clixml_write(out, value, NULL), ICM_OK);
    return icm_buf_text(out);
}

/* ---- parameters ---- */

#define LIST(items) "<Obj N=\"mp\" RefId=\"2\"><LST>" items "</LST></Obj>"
#define NUMBERS(id, members) "<Obj RefId=\"" id "\"><MS>" members "</MS></Obj>"
#define NUMBER(name) "<I32 N=\"" name "\">1</I32>"
#define XY NUMBERS("3", NUMBER("x") NUMBER("y"))
#define SIZE NUMBERS("4", NUMBER("width") NUMBER("height"))
#define RECTANGLE NUMBERS("5", NUMBER("left") NUMBER("top") NUMBER("right") NUMBER("bottom"))
#define CELL                                                                                                           \
    NUMBERS("6",                                                                                                       \
            "<C N=\"character\">120</C>" NUMBER("foregroundColor") NUMBER("backgroundColor") NUMBER("bufferCellType"))
#define ITEMS(id, items) "<Obj RefId=\"" id "\"><LST>" items "</LST></Obj>"
#define FIELD NUMBERS("8", "<S N=\"name\">x</S>")
#define CHOICE NUMBERS("8", "<S N=\"label\">&amp;x</S>")
#define RECORD NUMBERS("9", "<S N=\"Activity\">x</S>" NUMBER("ActivityId"))

static const struct {
    const char *name;
    int method;
    const char *parameters;
    enum icm_code code;
} calls[] = {
    {"no list where nothing is taken", 11, "", ICM_OK},
    {"a null list", 11, "<Nil N=\"mp\" />", ICM_OK},
    {"an empty list", 11, LIST(""), ICM_OK},
    {"a text for a list", 11, "<S N=\"mp\">x</S>", ICM_SYNTAX},
    {"one too many", 11, LIST("<S>x</S>"), ICM_SYNTAX},
    {"a text", 16, LIST("<S>x</S>"), ICM_OK},
    {"a null text", 16, LIST("<Nil />"), ICM_OK},
    {"a number for a text", 16, LIST("<I32>1</I32>"), ICM_SYNTAX},
    {"no text", 16, LIST(""), ICM_SYNTAX},
    {"colours and a text", 17, LIST("<I32>1</I32><I32>2</I32><S>x</S>"), ICM_OK},
    {"a colour missing", 17, LIST("<I32>1</I32><S>x</S>"), ICM_SYNTAX},
    {"a colour that is null", 17, LIST("<I32>1</I32><Nil /><S>x</S>"), ICM_SYNTAX},
    {"a progress record", 20, LIST("<I64>1</I64>" RECORD), ICM_OK},
    {"a progress record of a text", 20, LIST("<I64>1</I64><S>x</S>"), ICM_SYNTAX},
    {"fields", 23, LIST("<S>c</S><S>m</S>" ITEMS("7", FIELD)), ICM_OK},
    {"no fields", 23, LIST("<S>c</S><S>m</S>" ITEMS("7", "")), ICM_OK},
    {"a field without a name", 23, LIST("<S>c</S><S>m</S>" ITEMS("7", CHOICE)), ICM_SYNTAX},
    {"fields that are null", 23, LIST("<S>c</S><S>m</S><Nil />"), ICM_SYNTAX},
    {"a credential", 24, LIST("<S>c</S><S>m</S><S>u</S><S>t</S>"), ICM_OK},
    {"a credential's types and options", 25, LIST("<S>c</S><S>m</S><Nil /><S>t</S><I32>3</I32><I32>1</I32>"), ICM_OK},
    {"a credential without them", 25, LIST("<S>c</S><S>m</S><S>u</S><S>t</S>"), ICM_SYNTAX},
    {"choices", 26, LIST("<S>c</S><S>m</S>" ITEMS("7", CHOICE) "<I32>-1</I32>"), ICM_OK},
    {"a choice without a label", 26, LIST("<S>c</S><S>m</S>" ITEMS("7", FIELD) "<I32>0</I32>"), ICM_SYNTAX},
    {"coordinates", 32, LIST(XY), ICM_OK},
    {"a size for coordinates", 32, LIST(SIZE), ICM_SYNTAX},
    {"a size", 40, LIST(SIZE), ICM_OK},
    {"a rectangle and a cell", 48, LIST(RECTANGLE CELL), ICM_OK},
    {"a cell for a rectangle", 48, LIST(CELL CELL), ICM_SYNTAX},
    {"cells that are null", 49, LIST(XY "<Nil />"), ICM_OK},
    {"cells and their lengths", 49, LIST(XY NUMBERS("7", "<Nil N=\"mae\" /><Nil N=\"mal\" />")), ICM_OK},
    {"a scroll", 51,
     LIST(RECTANGLE XY NUMBERS("10", NUMBER("left") NUMBER("top") NUMBER("right") NUMBER("bottom")) CELL), ICM_OK},
    {"several choices, no default", 56, LIST("<S>c</S><S>m</S>" ITEMS("7", CHOICE) "<Nil />"), ICM_OK},
    {"several choices, defaults", 56, LIST("<S>c</S><S>m</S>" ITEMS("7", CHOICE) ITEMS("9", "<I32>0</I32>")), ICM_OK},
    {"several choices, defaults in an array", 56,
     LIST("<S>c</S><S>m</S>" ITEMS(
         "7", CHOICE) "<Obj RefId=\"9\"><MS><Obj N=\"mae\" RefId=\"10\"><LST><I32>0</I32></LST></Obj>"
                      "<Nil N=\"mal\" /></MS></Obj>"),
     ICM_OK},
    {"several choices, a text for the defaults", 56, LIST("<S>c</S><S>m</S>" ITEMS("7", CHOICE) "<S>0</S>"),
     ICM_SYNTAX},
    {"a wrapped number", 28, LIST(NUMBERS("3", "<S N=\"T\">System.ConsoleColor</S><I32 N=\"V\">3</I32>")), ICM_OK},
    {"a method that nobody knows", 999, LIST("<S>x</S>"), ICM_OK},
    {"a method that nobody knows, and no list", 999, "<S N=\"mp\">x</S>", ICM_SYNTAX},
};

static void a_call_is_checked_by_its_row(void **state)
{
    struct icm_arena a = {0};

    for (size_t i = 0; i < ICM_COUNT(calls); i++) {
        struct psrp_host_call call = {.call_id = -7};
        struct icm_error err = {0};
        enum icm_code code = psrp_host_call_read(call_value(&a, calls[i].method, calls[i].parameters), &call, &err);

        if (code != calls[i].code)
            fail_msg("%s: %d %s", calls[i].name, (int)code, err.text);
        assert_int_equal(call.call_id, code == ICM_OK ? 1 : -7);
        icm_error_reset(&err);
    }
    icm_arena_reset(&a);
}

static void an_error_says_which_parameter(void **state)
{
    struct psrp_host_call call;
    struct icm_error err = {0};
    struct icm_arena a = {0};

    psrp_host_call_read(call_value(&a, 14, LIST("<I32>1</I32><S>red</S><S>x</S>")), &call, &err);
    assert_string_equal(err.text, "a call of the host's Write2 whose parameter 2 is no number");
    psrp_host_call_read(call_value(&a, 14, LIST("<I32>1</I32>")), &call, &err);
    assert_string_equal(err.text, "a call of the host's Write2 with too few parameters");
    icm_error_reset(&err);
    icm_arena_reset(&a);
}

static void parameters_are_found_and_unwrapped(void **state)
{
    struct psrp_host_call call;
    struct icm_arena a = {0};
    int64_t number = 0;

    assert_int_equal(
        psrp_host_call_read(
            call_value(
                &a, 14,
                LIST(NUMBERS("3", "<S N=\"T\">System.ConsoleColor</S><I32 N=\"V\">3</I32>") "<I32>4</I32><S>x</S>")),
            &call, NULL),
        ICM_OK);
    assert_true(psrp_value_integer(psrp_host_parameter(&call, 0), &number));
    assert_int_equal(number, 3);
    assert_true(icm_slice_is(psrp_value_text_of(psrp_host_parameter(&call, 2)), "x"));
    assert_null(psrp_host_parameter(&call, 3));
    call.parameters = NULL;
    assert_null(psrp_host_parameter(&call, 0));
    icm_arena_reset(&a);
}

/* ---- the table ---- */

static void every_method_has_a_name_of_its_own(void **state)
{
    assert_null(psrp_host_method_name(0));
    assert_null(psrp_host_method_name(PSRP_HOST_METHOD_END));
    assert_null(psrp_host_method_name(-1));
    for (int64_t m = 1; m < PSRP_HOST_METHOD_END; m++) {
        assert_non_null(psrp_host_method_name(m));
        for (int64_t other = 1; other < m; other++)
            assert_string_not_equal(psrp_host_method_name(m), psrp_host_method_name(other));
    }
    assert_string_equal(psrp_host_method_name(PSRP_HOST_PROMPT_FOR_CHOICE_MULTIPLE_SELECTION),
                        "PromptForChoiceMultipleSelection");
    assert_string_equal(psrp_host_method_name(PSRP_HOST_GET_RUNSPACE), "GetRunspace");
}

/* Of what a method gives; nothing is given by all that write and set. */
static void what_a_method_gives(void **state)
{
    static const struct {
        enum psrp_host_method method;
        const char *xml; /* NULL: nothing */
        bool may;
    } cases[] = {
        {PSRP_HOST_READ_LINE, "<S>x</S>", true},
        {PSRP_HOST_READ_LINE, NULL, true},
        {PSRP_HOST_READ_LINE, "<I32>1</I32>", false},
        {PSRP_HOST_WRITE1, NULL, true},
        {PSRP_HOST_WRITE1, "<S>x</S>", false},
        {PSRP_HOST_GET_KEY_AVAILABLE, "<B>true</B>", true},
        {PSRP_HOST_GET_KEY_AVAILABLE, NULL, false},
        {PSRP_HOST_GET_VERSION, "<Version>1.0</Version>", true},
        {PSRP_HOST_GET_VERSION, "<S>1.0</S>", false},
        {PSRP_HOST_GET_WINDOW_SIZE, SIZE, true},
        {PSRP_HOST_GET_WINDOW_SIZE, XY, false},
        {PSRP_HOST_PROMPT_FOR_CREDENTIAL1, NULL, true},
        {PSRP_HOST_PROMPT, "<Obj RefId=\"0\"><DCT /></Obj>", true},
        {PSRP_HOST_PROMPT, NULL, false},
    };
    struct icm_arena a = {0};

    for (size_t i = 0; i < ICM_COUNT(cases); i++)
        if (psrp_host_may_give(cases[i].method, cases[i].xml ? peers_value(&a, cases[i].xml) : NULL) != cases[i].may)
            fail_msg("row %zu", i);
    assert_false(psrp_host_may_give(999, NULL));
    assert_true(psrp_host_method_is_void(PSRP_HOST_SET_SHOULD_EXIT));
    assert_false(psrp_host_method_is_void(PSRP_HOST_READ_LINE));
    assert_false(psrp_host_method_is_void(999));
    icm_arena_reset(&a);
}

/* ---- values ---- */

static void values_are_as_the_engine_writes_them(void **state)
{
    static const int32_t chosen[] = {0, 2};
    struct icm_buf text = {0};
    struct icm_arena a = {0};

    assert_string_equal(xml_of(&text, psrp_host_key(&a, 65, 97, 144, true)),
                        "<Obj RefId=\"0\"><MS><I32 N=\"virtualKeyCode\">65</I32><C N=\"character\">97</C>"
                        "<I32 N=\"controlKeyState\">144</I32><B N=\"keyDown\">true</B></MS></Obj>");
    assert_string_equal(
        xml_of(&text, psrp_host_answers(&a)),
        "<Obj RefId=\"0\"><TN RefId=\"0\"><T>System.Collections.Hashtable</T><T>System.Object</T></TN><DCT /></Obj>");
    assert_string_equal(xml_of(&text, psrp_host_numbers(&a, chosen, 2)),
                        "<Obj RefId=\"0\"><TN RefId=\"0\"><T>System.Collections.ArrayList</T><T>System.Object</T></TN>"
                        "<LST><I32>0</I32><I32>2</I32></LST></Obj>");
    icm_buf_reset(&text);
    icm_arena_reset(&a);
}

static void fields_are_read(void **state)
{
    static const char whole[] =
        "<Obj RefId=\"0\"><MS><S N=\"name\">age</S><S N=\"label\">&amp;age</S><S "
        "N=\"parameterTypeFullName\">System.Int32</S>"
        "<S N=\"helpMessage\">help</S><B N=\"isMandatory\">true</B><I32 N=\"defaultValue\">7</I32></MS></Obj>";
    struct psrp_host_field field;
    struct icm_arena a = {0};

    assert_true(psrp_host_read_field(peers_value(&a, whole), &field));
    assert_true(icm_slice_is(field.name, "age"));
    assert_true(icm_slice_is(field.label, "&age"));
    assert_true(icm_slice_is(field.type_name, "System.Int32"));
    assert_true(icm_slice_is(field.help, "help"));
    assert_true(field.is_mandatory);
    assert_int_equal(field.default_value->as.i64, 7);
    assert_true(psrp_host_read_field(
        peers_value(&a,
                 "<Obj RefId=\"0\"><MS><S N=\"name\">x</S><Nil N=\"label\" /><Nil N=\"defaultValue\" /></MS></Obj>"),
        &field));
    assert_int_equal(field.label.size, 0);
    assert_false(field.is_mandatory);
    assert_null(field.default_value);
    assert_false(psrp_host_read_field(peers_value(&a, "<Obj RefId=\"0\"><MS><Nil N=\"name\" /></MS></Obj>"), &field));
    assert_false(psrp_host_read_field(
        peers_value(&a, "<Obj RefId=\"0\"><MS><S N=\"name\">x</S><S N=\"isMandatory\">yes</S></MS></Obj>"), &field));
    assert_false(psrp_host_read_field(peers_value(&a, "<S>x</S>"), &field));
    icm_arena_reset(&a);
}

static void choices_are_read(void **state)
{
    struct psrp_host_choice choice;
    struct icm_arena a = {0};

    assert_true(psrp_host_read_choice(
        peers_value(&a, "<Obj RefId=\"0\"><MS><S N=\"label\">&amp;Yes</S><S N=\"helpMessage\">say yes</S></MS></Obj>"),
        &choice));
    assert_true(icm_slice_is(choice.label, "&Yes"));
    assert_true(icm_slice_is(choice.help, "say yes"));
    assert_false(psrp_host_read_choice(
        peers_value(&a, "<Obj RefId=\"0\"><MS><S N=\"label\">x</S><I32 N=\"helpMessage\">1</I32></MS></Obj>"), &choice));
    assert_false(psrp_host_read_choice(peers_value(&a, "<Nil />"), &choice));
    icm_arena_reset(&a);
}

/* ---- answers ---- */

static void an_answer_has_a_result_or_says_why_not(void **state)
{
    const struct psrp_host_call call = {.call_id = 3, .method = PSRP_HOST_READ_LINE};
    struct psrp_host_response r;
    struct icm_arena a = {0};

    assert_int_equal(psrp_host_response_read(psrp_host_result(&a, &call, psrp_value_string(&a, "typed")), &r, NULL),
                     ICM_OK);
    assert_true(icm_slice_is(psrp_value_text_of(r.result), "typed") && !r.error && r.call_id == 3 && r.method == 11);
    assert_int_equal(psrp_host_response_read(psrp_host_result(&a, &call, NULL), &r, NULL), ICM_OK);
    assert_true(!r.result && !r.error);
    assert_int_equal(psrp_host_response_read(psrp_host_result(&a, &call, psrp_value_nil(&a)), &r, NULL), ICM_OK);
    assert_true(!r.result && !r.error);
    assert_int_equal(psrp_host_response_read(psrp_host_refusal(&a, &call, "not here"), &r, NULL), ICM_OK);
    assert_null(r.result);
    assert_true(icm_slice_is(psrp_value_text_of(psrp_value_member(psrp_value_member(r.error, "Exception"), "Message")),
                             "not here"));
    assert_true(icm_slice_is(psrp_value_text_of(psrp_value_member(r.error, "ErrorCategory_Message")),
                             "NotImplemented: (:) [], HostException"));
    icm_arena_reset(&a);
}

/* A host without a user tells what it is, and of every other method that it cannot; what it gives is the method's. */
static void without_a_user_nothing_is_asked(void **state)
{
    static const struct icm_guid pool_id = {{1}};
    struct icm_arena a = {0};
    size_t told = 0;

    for (int64_t m = 0; m <= PSRP_HOST_METHOD_END; m++) {
        const struct psrp_host_call call = {.call_id = 9, .method = m};
        struct psrp_host_response r;

        assert_int_equal(psrp_host_response_read(psrp_host_answer(&a, &call, &pool_id), &r, NULL), ICM_OK);
        assert_true(r.call_id == 9 && r.method == m && !r.result != !r.error);
        told += r.result != NULL;
        if (r.result)
            assert_true(psrp_host_may_give(m, r.result));
    }
    assert_int_equal(told, 6);
    icm_arena_reset(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_is_checked_by_its_row),
        cmocka_unit_test(an_error_says_which_parameter),
        cmocka_unit_test(parameters_are_found_and_unwrapped),
        cmocka_unit_test(every_method_has_a_name_of_its_own),
        cmocka_unit_test(what_a_method_gives),
        cmocka_unit_test(values_are_as_the_engine_writes_them),
        cmocka_unit_test(fields_are_read),
        cmocka_unit_test(choices_are_read),
        cmocka_unit_test(an_answer_has_a_result_or_says_why_not),
        cmocka_unit_test(without_a_user_nothing_is_asked),
    };

    return cmocka_run_group_tests_name("host calls, MS-PSRP 2.2.2.27", tests, NULL, NULL);
}
