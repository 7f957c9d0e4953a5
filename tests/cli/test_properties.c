/* Properties by name: each once, in the order in which they came, with the value that counts. */
#include "cli/properties.h"
#include "tests/cli/value_of.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const struct {
    const char *name, *clixml, *expected; /* names and values in order */
} cases[] = {
    {"none", "<S>x</S>", ""},
    {"extended before adapted",
     "<Obj RefId=\"0\"><Props><S N=\"p\">1</S></Props><MS><S N=\"z\">2</S><S N=\"a\">3</S></MS></Obj>", "z=2 a=3 p=1 "},
    {"the last of equal names counts, and the first spells it",
     "<Obj RefId=\"0\"><MS><S N=\"a\">1</S><S N=\"b\">2</S><S N=\"A\">3</S></MS></Obj>", "a=3 b=2 "},
    {"an extended one counts before any adapted one",
     "<Obj RefId=\"0\"><Props><S N=\"a\">1</S><S N=\"A\">2</S></Props><MS><S N=\"A\">3</S></MS></Obj>", "A=3 "},
    {"the first of equal keys counts, whatever their kind",
     "<Obj RefId=\"0\"><DCT><En><S N=\"Key\">1</S><S N=\"Value\">s</S></En><En><I32 N=\"Key\">1</I32><S "
     "N=\"Value\">i</S></En></DCT></Obj>",
     "1=s "},
    {"not by the case of other letters than ASCII's",
     "<Obj RefId=\"0\"><MS><S N=\"\xC3\xA9\">1</S><S N=\"\xC3\x89\">2</S></MS></Obj>", "\xC3\xA9=1 \xC3\x89=2 "},
};

static void add(struct icm_buf *out, const struct cli_property *p)
{
    icm_buf_add(out, p->name);
    icm_buf_add_u8(out, '=');
    psrp_value_write_text(p->value, out);
    icm_buf_add_u8(out, ' ');
}

static void each_once_and_in_order(void **state)
{
    for (size_t i = 0; i < ICM_COUNT(cases); i++) {
        struct icm_arena arena = {0};
        struct cli_properties p = {0};
        struct icm_buf out = {0};

        cli_properties_of(&p, value_of(&arena, cases[i].clixml));
        for (size_t row = 0; row < p.count; row++)
            assert_ptr_equal(cli_properties_find(&p, p.rows[row].name), p.rows[row].value);
        assert_null(cli_properties_find(&p, icm_slice_text("nobody's")));
        cli_properties_in_order(&p);
        for (size_t row = 0; row < p.count; row++)
            add(&out, &p.rows[row]);
        if (strcmp(icm_buf_text(&out), cases[i].expected) != 0)
            fail_msg("%s: %s", cases[i].name, icm_buf_text(&out));
        icm_buf_reset(&out);
        cli_properties_reset(&p);
        icm_arena_reset(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_once_and_in_order)};

    return cmocka_run_group_tests_name("properties by name", tests, NULL, NULL);
}
