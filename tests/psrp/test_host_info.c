/* HostInfo both ways, and the values of a host call and of its response on the server's side.
 * MS-PSRP 2.2.3.14, 2.2.2.27. */
#include "tests/psrp/peers.h"

#include "psrp/clixml.h"
#include "psrp/host.h"

static void what_is_written_is_read(void **state)
{
    const struct psrp_host_info info = {
        .has_host = true,
        .has_ui = true,
        .has_raw_ui = true,
        .has_default_data = true,
        .foreground = 7,
        .background = 1,
        .cursor = {3, 4},
        .window_position = {5, 6},
        .cursor_size = 25,
        .buffer_size = {120, 3000},
        .window_size = {120, 30},
        .max_window_size = {120, 60},
        .max_physical_window_size = {240, 80},
        .window_title = icm_slice_text("title"),
    };
    struct psrp_host_info read = {0};
    struct icm_arena a = {0};

    assert_int_equal(psrp_host_info_read(psrp_host_info_value(&a, &info), &read, NULL), ICM_OK);
    assert_true(read.has_host && read.has_ui && read.has_raw_ui && read.has_default_data && !read.use_runspace_host);
    assert_int_equal(read.foreground, 7);
    assert_int_equal(read.background, 1);
    assert_int_equal(read.cursor.y, 4);
    assert_int_equal(read.window_position.x, 5);
    assert_int_equal(read.cursor_size, 25);
    assert_int_equal(read.buffer_size.height, 3000);
    assert_int_equal(read.window_size.height, 30);
    assert_int_equal(read.max_window_size.height, 60);
    assert_int_equal(read.max_physical_window_size.width, 240);
    assert_true(icm_slice_is(read.window_title, "title"));
    icm_arena_reset(&a);
}

static void no_host_is_told_as_the_engine_tells_it(void **state)
{
    const struct psrp_host_info info = {0};
    struct icm_buf text = {0};
    struct icm_arena a = {0};

    assert_int_equal(psrp_clixml_write(&text, psrp_host_info_value(&a, &info), NULL), ICM_OK);
    assert_string_equal(icm_buf_text(&text),
                        "<Obj RefId=\"0\"><MS><B N=\"_isHostUINull\">true</B><B N=\"_isHostRawUINull\">true</B>"
                        "<B N=\"_isHostNull\">true</B><B N=\"_useRunspaceHost\">false</B></MS></Obj>");
    icm_buf_reset(&text);
    icm_arena_reset(&a);
}

#define FLAGS(more)                                                                                                    \
    "<Obj RefId=\"0\"><MS><B N=\"_isHostNull\">false</B><B N=\"_isHostUINull\">false</B>"                              \
    "<B N=\"_isHostRawUINull\">false</B><B N=\"_useRunspaceHost\">false</B>" more "</MS></Obj>"
#define DATA(entries)                                                                                                  \
    FLAGS("<Obj N=\"_hostDefaultData\" RefId=\"1\"><MS><Obj N=\"data\" RefId=\"2\"><DCT>" entries                      \
          "</DCT></Obj></MS></Obj>")
#define DATUM(key, value)                                                                                              \
    "<En><I32 N=\"Key\">" key "</I32><Obj N=\"Value\" RefId=\"3\"><MS><S N=\"T\">x</S>" value "</MS></Obj></En>"

static void what_is_no_host_info_is_refused(void **state)
{
    static const struct {
        const char *name, *xml;
        enum icm_code code;
    } cases[] = {
        {"flags alone", FLAGS(""), ICM_OK},
        {"nil data", FLAGS("<Nil N=\"_hostDefaultData\" />"), ICM_OK},
        {"no data in the table", DATA(""), ICM_OK},
        {"a size",
         DATA(DATUM("6", "<Obj N=\"V\" RefId=\"4\"><MS><I32 N=\"width\">1</I32><I32 N=\"height\">2</I32></MS></Obj>")),
         ICM_OK},
        {"half a size", DATA(DATUM("6", "<Obj N=\"V\" RefId=\"4\"><MS><I32 N=\"width\">1</I32></MS></Obj>")),
         ICM_SYNTAX},
        {"a text for a number", DATA(DATUM("4", "<S N=\"V\">25</S>")), ICM_SYNTAX},
        {"a number too long", DATA(DATUM("4", "<I64 N=\"V\">4294967296</I64>")), ICM_SYNTAX},
        {"a number for a text", DATA(DATUM("9", "<I32 N=\"V\">1</I32>")), ICM_SYNTAX},
        {"no value", DATA("<En><I32 N=\"Key\">9</I32><Nil N=\"Value\" /></En>"), ICM_SYNTAX},
        {"an unknown datum", DATA(DATUM("10", "<I32 N=\"V\">1</I32>")), ICM_SYNTAX},
        {"a negative one", DATA(DATUM("-1", "<I32 N=\"V\">1</I32>")), ICM_SYNTAX},
        {"no table", FLAGS("<S N=\"_hostDefaultData\">x</S>"), ICM_SYNTAX},
        {"a flag missing", "<Obj RefId=\"0\"><MS><B N=\"_isHostNull\">true</B></MS></Obj>", ICM_SYNTAX},
        {"nothing", "<Nil />", ICM_SYNTAX},
    };
    struct icm_arena a = {0};

    for (size_t i = 0; i < ICM_COUNT(cases); i++) {
        struct psrp_host_info info = {.cursor_size = 99};
        if (psrp_host_info_read(peers_value(&a, cases[i].xml), &info, NULL) != cases[i].code)
            fail_msg("%s", cases[i].name);
        assert_int_equal(info.cursor_size, cases[i].code == ICM_OK ? 0 : 99);
    }
    icm_arena_reset(&a);
}

static void a_call_is_what_a_client_reads(void **state)
{
    struct icm_arena a = {0};
    struct psrp_value *list = psrp_value_array(&a);
    struct psrp_host_call read, call = {.call_id = 7, .method = PSRP_HOST_WRITE_LINE2, .parameters = list};

    assert_true(psrp_value_add_item(&a, list, psrp_value_string(&a, "text")));
    assert_int_equal(psrp_host_call_read(psrp_host_call_value(&a, &call), &read, NULL), ICM_OK);
    assert_int_equal(read.call_id, 7);
    assert_int_equal(read.method, PSRP_HOST_WRITE_LINE2);
    assert_true(psrp_value_is_type(read.parameters, "System.Collections.ArrayList"));
    assert_true(icm_slice_is(psrp_value_text_of(read.parameters->as.list->first->value), "text"));
    icm_arena_reset(&a);
}

static void a_response_says_to_what(void **state)
{
    struct psrp_host_response r;
    struct icm_arena a = {0};

    assert_int_equal(psrp_host_response_read(peers_value(&a, "<Obj RefId=\"0\"><MS><S N=\"mr\">x</S><I64 N=\"ci\">3</I64>"
                                                          "<Obj N=\"mi\" RefId=\"1\"><I32>11</I32></Obj></MS></Obj>"),
                                             &r, NULL),
                     ICM_OK);
    assert_int_equal(r.call_id, 3);
    assert_int_equal(r.method, PSRP_HOST_READ_LINE);
    assert_true(icm_slice_is(psrp_value_text_of(r.result), "x"));
    assert_null(r.error);
    assert_int_equal(
        psrp_host_response_read(peers_value(&a, "<Obj RefId=\"0\"><MS><I64 N=\"ci\">3</I64></MS></Obj>"), &r, NULL),
        ICM_SYNTAX);
    assert_int_equal(psrp_host_response_read(peers_value(&a, "<S>x</S>"), &r, NULL), ICM_SYNTAX);
    icm_arena_reset(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),         cmocka_unit_test(no_host_is_told_as_the_engine_tells_it),
        cmocka_unit_test(what_is_no_host_info_is_refused), cmocka_unit_test(a_call_is_what_a_client_reads),
        cmocka_unit_test(a_response_says_to_what),
    };

    return cmocka_run_group_tests_name("what is said of hosts, MS-PSRP 2.2.3.14", tests, NULL, NULL);
}
