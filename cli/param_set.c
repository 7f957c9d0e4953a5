#include "cli/param_set.h"

#include "cli/computers.h"
#include "cli/format.h"
#include "cli/literal.h"
#include "cli/script.h"
#include "cli/uri.h"
#include "cli/variable.h"

#include <ctype.h>
#include <stdio.h>

static void *field_of(struct cli_options *o, const struct cli_param *p)
{
    return (char *)o + p->offset;
}

static const struct {
    const char *text;
    bool value;
} truths[] = {{"", true},       {"$true", true},   {"true", true},   {"1", true},  {"yes", true},  {"on", true},
              {"$false", false}, {"false", false}, {"0", false}, {"no", false}, {"off", false}};

enum icm_code cli_truth_read(const struct cli_param *p, struct icm_slice value, bool *out, struct icm_error *err)
{
    for (size_t i = 0; i < ICM_COUNT(truths); i++)
        if (icm_slice_equal_nocase(value, icm_slice_text(truths[i].text))) {
            *out = truths[i].value;
            return ICM_OK;
        }
    return icm_fail(err, ICM_USAGE, NULL, "-%s is a switch: -%s, or -%s:$false", p->name, p->name, p->name);
}

enum icm_code cli_set_flag(struct cli_options *o, const struct cli_param *p, struct icm_slice value,
                           struct icm_error *err)
{
    return cli_truth_read(p, value, field_of(o, p), err);
}

enum icm_code cli_set_shown(struct cli_options *o, const struct cli_param *p, struct icm_slice value,
                            struct icm_error *err)
{
    bool is_shown = true;
    enum icm_code code = cli_truth_read(p, value, &is_shown, err);

    if (code == ICM_OK)
        *(int *)field_of(o, p) = is_shown ? CLI_ACTION_CONTINUE : CLI_ACTION_SILENT;
    return code;
}

enum icm_code cli_set_text(struct cli_options *o, const struct cli_param *p, struct icm_slice value,
                           struct icm_error *err)
{
    const char *copy = cli_options_keep(o, value);

    if (value.size == 0)
        return icm_fail(err, ICM_USAGE, NULL, "-%s has an empty value; it takes %s", p->name, p->value_name);
    if (!copy)
        return icm_nomem(err);
    *(const char **)field_of(o, p) = copy;
    return ICM_OK;
}

enum icm_code cli_set_name(struct cli_options *o, const struct cli_param *p, struct icm_slice value,
                           struct icm_error *err)
{
    if (value.size == 0)
        return icm_fail(err, ICM_USAGE, NULL, "-%s has an empty value; it takes %s", p->name, p->value_name);
    return cli_names_add(o->arena, field_of(o, p), value) ? ICM_OK : icm_nomem(err);
}

static enum icm_code wrong_choice(const struct cli_param *p, struct icm_slice value, struct icm_error *err)
{
    struct icm_buf names = {0};

    for (const struct cli_choice *c = p->choices; c->name; c++)
        if (c->value >= 0)
            icm_buf_add_format(&names, "%s%s", names.size > 0 ? ", " : "", c->name);
    enum icm_code code = icm_fail(err, ICM_USAGE, NULL, "-%s has no '%.*s'; it takes %s", p->name,
                                  (int)(value.size < 60 ? value.size : 60), (const char *)value.data,
                                  icm_buf_text(&names));
    icm_buf_reset(&names);
    return code;
}

enum icm_code cli_set_choice(struct cli_options *o, const struct cli_param *p, struct icm_slice value,
                             struct icm_error *err)
{
    for (const struct cli_choice *c = p->choices; c->name; c++) {
        if (!icm_slice_equal_nocase(value, icm_slice_text(c->name)))
            continue;
        if (c->value < 0)
            return icm_fail(err, ICM_USAGE, NULL, "-%s %s is not in this version of icm", p->name, c->name);
        *(int *)field_of(o, p) = c->value;
        return ICM_OK;
    }
    return wrong_choice(p, value, err);
}

static enum icm_code set_number(struct cli_options *o, const struct cli_param *p, struct icm_slice value,
                                uint32_t min, uint32_t max, struct icm_error *err)
{
    int64_t number;

    if (!icm_parse_i64(icm_slice_trim(value), min, max, &number))
        return icm_fail(err, ICM_USAGE, NULL, "-%s takes a number from %u to %u, not '%.*s'", p->name, min, max,
                        (int)(value.size < 60 ? value.size : 60), (const char *)value.data);
    *(uint32_t *)field_of(o, p) = (uint32_t)number;
    return ICM_OK;
}

enum icm_code cli_set_seconds(struct cli_options *o, const struct cli_param *p, struct icm_slice value,
                              struct icm_error *err)
{
    return set_number(o, p, value, 1, INT32_MAX, err);
}

enum icm_code cli_set_port(struct cli_options *o, const struct cli_param *p, struct icm_slice value,
                           struct icm_error *err)
{
    return set_number(o, p, value, 1, 65535, err);
}

/* 0 means the default, as in PowerShell; shared/protocol/invoke-command.md 1 */
enum icm_code cli_set_throttle(struct cli_options *o, const struct cli_param *p, struct icm_slice value,
                               struct icm_error *err)
{
    enum icm_code code = set_number(o, p, value, 0, INT32_MAX, err);

    if (code == ICM_OK && o->throttle_limit == 0)
        o->throttle_limit = CLI_THROTTLE_DEFAULT;
    return code;
}

enum icm_code cli_set_width(struct cli_options *o, const struct cli_param *p, struct icm_slice value,
                            struct icm_error *err)
{
    return set_number(o, p, value, 1, CLI_FORMAT_WIDTH_MAX, err);
}

/* as $FormatEnumerationLimit: below 0 there is none */
enum icm_code cli_set_limit(struct cli_options *o, const struct cli_param *p, struct icm_slice value,
                            struct icm_error *err)
{
    int64_t number;

    if (!icm_parse_i64(icm_slice_trim(value), -1, INT32_MAX, &number))
        return icm_fail(err, ICM_USAGE, NULL, "-%s takes a number from -1, which is all, to %d, not '%.*s'", p->name,
                        INT32_MAX, (int)(value.size < 60 ? value.size : 60), (const char *)value.data);
    *(int32_t *)field_of(o, p) = (int32_t)number;
    return ICM_OK;
}

/* Default says nothing */
enum icm_code cli_set_authentication(struct cli_options *o, const struct cli_param *p, struct icm_slice value,
                                     struct icm_error *err)
{
    for (const struct cli_choice *c = p->choices; c->name; c++)
        if (icm_slice_equal_nocase(value, icm_slice_text(c->name))) {
            o->authentication = c == p->choices ? NULL : c->name;
            return ICM_OK;
        }
    return wrong_choice(p, value, err);
}

/* It becomes a part of the URL: only what needs no escape there, so that nothing can be smuggled in. RFC 3986 2.3. */
enum icm_code cli_set_application(struct cli_options *o, const struct cli_param *p, struct icm_slice value,
                                  struct icm_error *err)
{
    while (value.size > 0 && value.data[0] == '/')
        value = icm_slice_from(value, 1);
    for (size_t i = 0; i < value.size; i++)
        if (!isalnum(value.data[i]) && (value.data[i] == '\0' || !strchr("-._~/", value.data[i])))
            return icm_fail(err, ICM_USAGE, NULL, "-%s takes letters, digits and - . _ ~ /", p->name);
    return cli_set_text(o, p, value, err);
}

enum icm_code cli_set_session_option(struct cli_options *o, const struct cli_param *p, struct icm_slice value,
                                     struct icm_error *err)
{
    return cli_session_options_read(o->arena, value, &o->session, err);
}

enum icm_code cli_set_computers(struct cli_options *o, const struct cli_param *p, struct icm_slice value,
                                struct icm_error *err)
{
    return cli_computers_read(o, value, err);
}

enum icm_code cli_set_uris(struct cli_options *o, const struct cli_param *p, struct icm_slice value,
                           struct icm_error *err)
{
    return cli_uris_read(o, p->name, value, err);
}

enum icm_code cli_set_script(struct cli_options *o, const struct cli_param *p, struct icm_slice value,
                             struct icm_error *err)
{
    struct icm_slice copy;
    size_t valid = icm_utf8_valid_size(value);

    if (valid < value.size)
        return icm_fail(err, ICM_USAGE, NULL, "-%s is not UTF-8, at byte %zu", p->name, valid + 1);
    if (!icm_arena_copy(o->arena, cli_script_inside(value), &copy))
        return icm_nomem(err);
    o->script = copy;
    return ICM_OK;
}

enum icm_code cli_set_file(struct cli_options *o, const struct cli_param *p, struct icm_slice value,
                           struct icm_error *err)
{
    enum icm_code code = cli_set_text(o, p, value, err);

    return code == ICM_OK ? cli_script_read(o->arena, o->file_path, &o->script, err) : code;
}

static enum icm_code check_text(const struct cli_param *p, struct icm_slice value, struct icm_error *err)
{
    size_t valid = icm_utf8_valid_size(value);

    return valid == value.size ? ICM_OK
                               : icm_fail(err, ICM_USAGE, NULL, "-%s is not UTF-8, at byte %zu", p->name, valid + 1);
}

enum icm_code cli_set_arguments(struct cli_options *o, const struct cli_param *p, struct icm_slice value,
                                struct icm_error *err)
{
    struct psrp_value *list;
    enum icm_code code = check_text(p, value, err);

    if (code == ICM_OK && (code = cli_literal_read_list(o->arena, value, &list, err)) == ICM_OK)
        o->arguments = list;
    return code;
}

/* As in PowerShell a list is one object; several come from standard input. design.md, Words. */
enum icm_code cli_set_input(struct cli_options *o, const struct cli_param *p, struct icm_slice value,
                            struct icm_error *err)
{
    struct psrp_value *object;

    if (icm_slice_is(value, "-")) {
        o->input_from_stdin = true;
        return ICM_OK;
    }
    enum icm_code code = check_text(p, value, err);
    if (code == ICM_OK && (code = cli_literal_read(o->arena, value, &object, err)) == ICM_OK)
        o->input = object;
    return code;
}

enum icm_code cli_set_using(struct cli_options *o, const struct cli_param *p, struct icm_slice value,
                               struct icm_error *err)
{
    enum icm_code code = check_text(p, value, err);

    return code == ICM_OK ? cli_variable_read(o, value, err) : code;
}
