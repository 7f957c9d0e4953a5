#include "cli/using.h"

#include <ctype.h>
#include <stdlib.h>

enum form { AS_TABLE, AS_ARRAY, AS_PARAMETERS };

/* ---- values ---- */

static enum icm_code bind(struct icm_arena *a, const struct cli_using *u, const struct cli_variable *variables,
                          struct cli_using_value *out, struct icm_error *err)
{
    struct icm_error short_of_memory = {0};
    const struct psrp_value *variable = cli_variable_find(a, variables, u->name, &short_of_memory);
    const struct psrp_value *value = variable;
    bool is_env = u->name.size > 4 && icm_slice_equal_nocase(icm_slice_of(u->name.data, 4), icm_slice_text("env:"));
    enum icm_code code = ICM_OK;

    if (!variable && short_of_memory.code != ICM_OK)
        code = icm_nomem(err);
    else if (!variable && is_env)
        code = icm_fail(err, ICM_USAGE, NULL, "%.*s is not in the environment (or is no UTF-8); nothing was sent",
                        (int)(u->variable.size < 80 ? u->variable.size : 80), (const char *)u->variable.data);
    else if (!variable)
        code = icm_fail(err, ICM_USAGE, NULL, "%.*s has no value: give -Variable %.*s=VALUE; nothing was sent",
                        (int)(u->variable.size < 80 ? u->variable.size : 80), (const char *)u->variable.data,
                        (int)(u->name.size < 80 ? u->name.size : 80), (const char *)u->name.data);
    else if (u->members.size > 0)
        code = cli_variable_members(a, variable, u->members, u->text, &value, err);
    icm_error_reset(&short_of_memory);
    bool is_bare = code == ICM_USAGE && variable && u->may_be_bare;
    if (is_bare) {
        icm_error_reset(err);
        code = ICM_OK;
    }
    *out = (struct cli_using_value){.expression = u, .value = value, .variable = variable, .is_bare = is_bare};
    return code;
}

enum icm_code cli_using_bind(struct icm_arena *a, struct icm_slice script, const struct cli_variable *variables,
                             struct cli_using_values *out, struct icm_error *err)
{
    struct cli_usings usings;
    enum icm_code code = cli_using_scan(a, script, &usings, err);

    *out = (struct cli_using_values){0};
    if (code != ICM_OK || usings.count == 0)
        return code;
    out->values = icm_arena_take(a, usings.count * sizeof *out->values);
    if (!out->values)
        return icm_nomem(err);
    for (const struct cli_using *u = usings.first; u && code == ICM_OK; u = u->next) {
        code = bind(a, u, variables, &out->values[out->count++], err);
        out->has_blocks = out->has_blocks || u->is_nested;
    }
    return code;
}

/* ---- keys ---- */

/* Ranges of letters and how far their small ones are away; ToLowerInvariant for the scripts that names are likely to be in. */
static const struct {
    uint32_t from, to, distance, step;
} capitals[] = {
    {'A', 'Z', 32, 1},          {0xC0, 0xD6, 32, 1},      {0xD8, 0xDE, 32, 1},      {0x100, 0x136, 1, 2},
    {0x139, 0x147, 1, 2},       {0x14A, 0x176, 1, 2},     {0x179, 0x17D, 1, 2},     {0x391, 0x3A1, 32, 1},
    {0x3A3, 0x3AB, 32, 1},      {0x400, 0x40F, 80, 1},    {0x410, 0x42F, 32, 1},    {0x460, 0x480, 1, 2},
    {0x531, 0x556, 48, 1},
};

static uint32_t to_lower(uint32_t c)
{
    for (size_t i = 0; i < ICM_COUNT(capitals); i++)
        if (c >= capitals[i].from && c <= capitals[i].to && (c - capitals[i].from) % capitals[i].step == 0)
            return c + capitals[i].distance;
    return c;
}

static void add_lower(struct icm_buf *out, struct icm_slice text)
{
    int32_t c;

    while (text.size > 0 && (c = icm_utf8_next(&text)) >= 0)
        icm_utf8_add(out, to_lower((uint32_t)c));
}

/* PsUtils.GetUsingExpressionKey: a variable alone in small letters, with members as it is written */
static struct psrp_value *key_of(struct icm_arena *a, struct icm_slice expression, bool is_variable)
{
    struct icm_buf text = {0}, units = {0}, key = {0};
    struct psrp_value *value = NULL;

    if (is_variable)
        add_lower(&text, expression);
    else
        icm_buf_add(&text, expression);
    if (!text.failed && icm_utf16_from_utf8(&units, icm_buf_slice(&text), NULL) == ICM_OK) {
        icm_base64_write(&key, icm_buf_slice(&units));
        value = key.failed ? NULL : psrp_value_text(a, PSRP_STRING, icm_buf_slice(&key));
    }
    icm_buf_reset(&text);
    icm_buf_reset(&units);
    icm_buf_reset(&key);
    return value;
}

/* ---- forms ---- */

/* a value in a second place, without touching the one that many computers share */
static struct psrp_value *borrow(struct icm_arena *a, const struct psrp_value *value)
{
    struct psrp_value *copy = icm_arena_take(a, sizeof *copy);

    if (copy) {
        *copy = *value;
        copy->is_held = copy->is_shared = false;
    }
    return copy;
}

static bool add_key(struct icm_arena *a, struct psrp_value *table, struct icm_slice expression, bool is_variable,
                    const struct psrp_value *value)
{
    struct psrp_value *key = key_of(a, expression, is_variable);

    if (!key || !table)
        return false;
    if (psrp_value_entry(table, (const char *)key->as.text.data))
        return true;
    return psrp_value_add_entry(a, table, key, borrow(a, value));
}

/* An expression that is glued to a word is there twice: the server knows which of the two it is. */
static struct psrp_value *as_table(struct icm_arena *a, const struct cli_using_values *values)
{
    struct psrp_value *table = psrp_value_hashtable(a);

    for (size_t i = 0; table && i < values->count; i++) {
        const struct cli_using_value *v = &values->values[i];
        const struct cli_using *u = v->expression;

        if ((!v->is_bare && !add_key(a, table, u->text, u->members.size == 0, v->value)) ||
            (u->may_be_bare && !add_key(a, table, u->variable, true, v->variable)))
            return NULL;
    }
    return table;
}

static struct psrp_value *as_array(struct icm_arena *a, const struct cli_using_values *values)
{
    struct psrp_value *list = psrp_value_array(a);

    for (size_t i = 0; list && i < values->count; i++)
        if (!psrp_value_add_item(a, list, borrow(a, values->values[i].value)))
            return NULL;
    return list;
}

static void add_new_name(struct icm_buf *out, const struct cli_using *u)
{
    icm_buf_add_text(out, "__using_");
    for (size_t i = 0; i < u->name.size; i++) /* drive:name */
        icm_buf_add_u8(out, u->name.data[i] == ':' ? '_' : u->name.data[i]);
}

static bool is_first_of_name(const struct cli_using_values *values, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (icm_slice_equal_nocase(values->values[i].expression->name, values->values[at].expression->name))
            return false;
    return true;
}

/* "${__using_a}, ${__using_b}" */
static void add_param_list(struct icm_buf *out, const struct cli_using_values *values)
{
    for (size_t i = 0; i < values->count; i++) {
        if (!is_first_of_name(values, i))
            continue;
        icm_buf_add_text(out, i > 0 ? ", ${" : "${");
        add_new_name(out, values->values[i].expression);
        icm_buf_add_u8(out, '}');
    }
}

/* Whether the param block has parameters of its own behind @at. */
static bool has_more_params(struct icm_slice script, size_t at)
{
    while (at < script.size && script.data[at] <= ' ')
        at++;
    return at < script.size && script.data[at] != ')';
}

static void add_params(struct icm_buf *out, struct icm_slice script, size_t block, const struct cli_using_values *values)
{
    icm_buf_add_text(out, block == 0 ? "param(" : "");
    add_param_list(out, values);
    icm_buf_add_text(out, block == 0 ? ") " : has_more_params(script, block) ? ", " : "");
}

/* What stands from *@at up to @to, and the parameters where their block is in it; *@at moves there. */
static void add_up_to(struct icm_buf *out, struct icm_slice script, size_t *at, size_t to, size_t block,
                      const struct cli_using_values *values)
{
    if (*at <= block && block <= to && block > 0) {
        icm_buf_add(out, icm_slice_of(script.data + *at, block - *at));
        add_params(out, script, block, values);
        *at = block;
    }
    icm_buf_add(out, icm_slice_of(script.data + *at, to - *at));
    *at = to;
}

/* The script for version 2: what is new stands in the line that is there, so that lines keep their numbers. */
static void rewrite(struct icm_buf *out, struct icm_slice script, const struct cli_using_values *values)
{
    size_t block = cli_using_param_block(script), at = 0;

    if (block == 0)
        add_params(out, script, block, values);
    for (size_t i = 0; i < values->count; i++) {
        const struct cli_using *u = values->values[i].expression;

        add_up_to(out, script, &at, (size_t)(u->variable.data - script.data), at <= block ? block : 0, values);
        icm_buf_add_text(out, u->is_splat ? "@" : "${");
        add_new_name(out, u);
        icm_buf_add_text(out, u->is_splat ? "" : "}");
        block = at >= block ? 0 : block; /* it is written */
        at += u->variable.size;
    }
    add_up_to(out, script, &at, script.size, block, values);
}

static enum form form_for(const struct cli_using_values *values, int64_t major)
{
    if (major >= 5 || (major == 0 && values->has_blocks))
        return AS_TABLE;
    return major == 2 || values->has_blocks ? AS_PARAMETERS : AS_ARRAY;
}

/* ---- the command ---- */

struct making {
    struct icm_arena *arena;
    struct psrp_parameter *parameters;
    size_t count;
};

static void add_arguments(struct making *m, const struct psrp_value *arguments)
{
    for (const struct psrp_item *i = arguments ? arguments->as.list->first : NULL; i; i = i->next)
        m->parameters[m->count++].value = i->value;
}

static bool add_renamed(struct making *m, struct icm_slice script, const struct cli_using_values *values,
                        struct icm_slice *out)
{
    struct icm_buf text = {0};

    for (size_t i = 0; i < values->count; i++) {
        struct icm_buf name = {0};
        struct icm_slice kept;

        if (!is_first_of_name(values, i))
            continue;
        icm_buf_add_u8(&name, '-');
        add_new_name(&name, values->values[i].expression);
        bool is_kept = !name.failed && icm_arena_copy(m->arena, icm_buf_slice(&name), &kept);
        icm_buf_reset(&name);
        if (!is_kept)
            return false;
        m->parameters[m->count++] = (struct psrp_parameter){.name = kept, .value = values->values[i].variable};
    }
    rewrite(&text, script, values);
    bool is_whole = !text.failed && icm_arena_copy(m->arena, icm_buf_slice(&text), out);
    icm_buf_reset(&text);
    return is_whole;
}

static bool add_values(struct making *m, struct icm_slice script, const struct cli_using_values *values, int64_t major,
                       struct icm_slice *out)
{
    enum form form = form_for(values, major);

    *out = script;
    if (values->count == 0)
        return true;
    if (form == AS_PARAMETERS)
        return add_renamed(m, script, values, out);
    const struct psrp_value *all = form == AS_TABLE ? as_table(m->arena, values) : as_array(m->arena, values);
    m->parameters[m->count++] = (struct psrp_parameter){.name = icm_slice_text("--%"), .value = all};
    return all != NULL;
}

enum icm_code cli_using_command(struct icm_arena *a, struct icm_slice script, const struct psrp_value *arguments,
                                const struct cli_using_values *values, int64_t major, struct psrp_command *out,
                                struct icm_error *err)
{
    size_t most = (arguments ? arguments->as.list->count : 0) + values->count + 1;
    struct making m = {.arena = a, .parameters = icm_arena_take(a, most * sizeof *m.parameters)};
    struct icm_slice text;

    if (!m.parameters)
        return icm_nomem(err);
    add_arguments(&m, arguments);
    if (!add_values(&m, script, values, major, &text))
        return icm_nomem(err);
    *out = (struct psrp_command){
        .text = text, .is_script = true, .parameters = m.parameters, .parameter_count = m.count};
    return ICM_OK;
}

int64_t cli_using_server_version(const struct psrp_value *private_data)
{
    const struct psrp_value *table =
        private_data && private_data->kind == PSRP_DICTIONARY ? psrp_value_entry(private_data, "PSVersionTable") : NULL;
    const struct psrp_value *version = table && table->kind == PSRP_DICTIONARY ? psrp_value_entry(table, "PSVersion") : NULL;
    struct icm_slice text = psrp_value_text_of(version);
    size_t digits = 0;
    int64_t major = 0;

    if (version && text.size == 0 && version->object && version->object->has_to_string)
        text = version->object->to_string; /* a SemanticVersion is an object: 7.6.0 */
    while (digits < text.size && isdigit(text.data[digits]))
        digits++;
    return icm_parse_i64(icm_slice_of(text.data, digits), 0, 1000, &major) ? major : 0;
}
