/* Laws: expressions lie in the script one behind the other, each begins with its variable and is told with its members; the command for any
 * version can be made; one for version 2 has none of them left. */
#include "cli/using.h"

#include <stdlib.h>
#include <string.h>

static void must(bool law)
{
    if (!law)
        abort();
}

static void check_order(struct icm_slice script, const struct cli_usings *usings)
{
    const uint8_t *at = script.data;
    size_t count = 0;

    for (const struct cli_using *u = usings->first; u; u = u->next, count++) {
        must(u->text.data >= at && u->variable.data == u->text.data);
        must(u->variable.size + u->members.size == u->text.size);
        must(u->name.size > 0 && u->name.data > u->variable.data &&
             u->name.data + u->name.size <= u->variable.data + u->variable.size);
        at = u->text.data + u->text.size;
        must(at <= script.data + script.size);
    }
    must(count == usings->count);
}

/* every variable has a value with all the members that there are: its own */
static void check_commands(struct icm_arena *a, struct icm_slice script, const struct cli_usings *usings)
{
    static const int64_t majors[] = {0, 2, 3, 5};
    struct cli_using_values values = {.values = icm_arena_take(a, (usings->count + 1) * sizeof *values.values)};

    for (const struct cli_using *u = usings->first; u; u = u->next) {
        const struct psrp_value *one = psrp_value_i32(a, 1);
        values.values[values.count++] = (struct cli_using_value){.expression = u, .value = one, .variable = one};
        values.has_blocks = values.has_blocks || u->is_nested;
    }
    for (size_t i = 0; i < ICM_COUNT(majors); i++) {
        struct psrp_command command;

        must(cli_using_command(a, script, NULL, &values, majors[i], &command, NULL) == ICM_OK);
        must(majors[i] == 2 || values.has_blocks || icm_slice_equal(command.text, script));
        must(command.parameter_count <= values.count + 1);
    }
}

static void check_values(struct icm_arena *a, struct icm_slice script)
{
    struct cli_using_values values;
    struct cli_variable table = {.name = icm_slice_text("a")};
    struct icm_error err = {0};
    struct psrp_value *value = psrp_value_hashtable(a), *list = psrp_value_array(a);

    psrp_value_add_item(a, list, psrp_value_string(a, "x"));
    psrp_value_add_entry(a, value, psrp_value_string(a, "b"), list);
    table.value = value;
    enum icm_code code = cli_using_bind(a, script, &table, &values, &err);
    must(code == ICM_OK || (code == ICM_USAGE && err.text[0] != '\0'));
    icm_error_reset(&err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct icm_slice script = icm_slice_of(data, icm_utf8_valid_size(icm_slice_of(data, size)));
    struct icm_arena arena = {0};
    struct cli_usings usings;

    must(cli_using_scan(&arena, script, &usings, NULL) == ICM_OK);
    must(cli_using_param_block(script) <= script.size);
    check_order(script, &usings);
    if (usings.count < 64)
        check_commands(&arena, script, &usings);
    check_values(&arena, script);
    icm_arena_reset(&arena);
    return 0;
}
