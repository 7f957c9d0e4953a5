#include "cli/param_check.h"

#include "cli/literal.h"
#include "cli/near.h"

#include <stdio.h>

enum icm_code cli_check_flag(struct cli_options *o, const struct cli_param *p, struct icm_slice value,
                             struct icm_error *err)
{
    bool is_on = true;
    enum icm_code code = cli_truth_read(p, value, &is_on, err);

    if (code == ICM_OK)
        o->off[cli_param_index(p)] = !is_on;
    return code;
}

/* the items of @value as texts, each tried by @is_good; @what says what each has to be */
static enum icm_code check_items(struct cli_options *o, const struct cli_param *p, struct icm_slice value,
                                 bool (*is_good)(struct icm_slice text), const char *what, struct icm_error *err)
{
    struct psrp_value *list;
    enum icm_code code = cli_literal_read_texts(o->arena, value, &list, err);

    if (code != ICM_OK)
        return code;
    if (list->as.list->count == 0)
        return icm_fail(err, ICM_USAGE, NULL, "-%s is an empty list", p->name);
    for (const struct psrp_item *i = list->as.list->first; i; i = i->next) {
        struct icm_slice text = psrp_value_text_of(i->value);

        if (!is_good(text))
            return icm_fail(err, ICM_USAGE, NULL, "-%s takes %s, not '%.*s'", p->name, what,
                            (int)(text.size < 60 ? text.size : 60), (const char *)text.data);
    }
    return ICM_OK;
}

static bool is_there(struct icm_slice text)
{
    return text.size > 0 && icm_utf8_valid_size(text) == text.size;
}

enum icm_code cli_check_texts(struct cli_options *o, const struct cli_param *p, struct icm_slice value,
                              struct icm_error *err)
{
    if (p->kind == CLI_LIST)
        return check_items(o, p, value, is_there, "names in UTF-8", err);
    return is_there(value) ? ICM_OK
                           : icm_fail(err, ICM_USAGE, NULL, "-%s has an empty value; it takes %s", p->name, p->value_name);
}

/* .NET's Guid.Parse takes braces or parentheses around it, too */
static bool is_guid(struct icm_slice text)
{
    struct icm_guid guid;
    bool has_ends = text.size > 2 && (text.data[0] == '{' || text.data[0] == '(');

    return icm_guid_parse(has_ends ? icm_slice_of(text.data + 1, text.size - 2) : text, &guid);
}

enum icm_code cli_check_guids(struct cli_options *o, const struct cli_param *p, struct icm_slice value,
                              struct icm_error *err)
{
    return check_items(o, p, value, is_guid, "GUIDs", err);
}

static enum icm_code check_number(const struct cli_param *p, struct icm_slice value, int64_t min, struct icm_error *err)
{
    int64_t number;

    return icm_parse_i64(icm_slice_trim(value), min, INT32_MAX, &number)
               ? ICM_OK
               : icm_fail(err, ICM_USAGE, NULL, "-%s takes a number from %d to %d, not '%.*s'", p->name, (int)min,
                          INT32_MAX, (int)(value.size < 60 ? value.size : 60), (const char *)value.data);
}

enum icm_code cli_check_timeout(struct cli_options *o, const struct cli_param *p, struct icm_slice value,
                                struct icm_error *err)
{
    return check_number(p, value, -1, err);
}

enum icm_code cli_check_count(struct cli_options *o, const struct cli_param *p, struct icm_slice value,
                              struct icm_error *err)
{
    return check_number(p, value, 0, err);
}

enum icm_code cli_check_table(struct cli_options *o, const struct cli_param *p, struct icm_slice value,
                              struct icm_error *err)
{
    struct psrp_value *table;
    enum icm_code code = cli_literal_read(o->arena, value, &table, err);

    if (code != ICM_OK)
        return code;
    return table->kind == PSRP_DICTIONARY ? ICM_OK
                                          : icm_fail(err, ICM_USAGE, NULL, "-%s takes a hashtable, @{Name='value'}", p->name);
}

/* ---- -SSHConnection ---- */

/* Its keys; PSRemotingCmdlet.ParseSSHConnectionHashTable. */
static const struct connection_key {
    const char *name;
    bool is_host, is_number, is_table;
} connection_keys[] = {
    {"ComputerName", true, false, false}, {"HostName", true, false, false},         {"UserName", false, false, false},
    {"Port", false, true, false},         {"KeyFilePath", false, false, false},     {"IdentityFilePath", false, false, false},
    {"Subsystem", false, false, false},   {"ConnectingTimeout", false, true, false}, {"Options", false, false, true},
};

static const struct connection_key *find_key(struct icm_slice name)
{
    for (size_t i = 0; i < ICM_COUNT(connection_keys); i++)
        if (icm_slice_equal_nocase(name, icm_slice_text(connection_keys[i].name)))
            return &connection_keys[i];
    return NULL;
}

static enum icm_code unknown_key(const struct cli_param *p, struct icm_slice name, struct icm_error *err)
{
    struct cli_near near = {.wanted = name};
    char text[160];

    for (size_t i = 0; i < ICM_COUNT(connection_keys); i++)
        cli_near_offer(&near, connection_keys[i].name);
    return icm_fail(err, ICM_USAGE, NULL, "-%s has no key '%.*s'%s", p->name, (int)(name.size < 60 ? name.size : 60),
                    (const char *)name.data, cli_near_text(&near, "", text, sizeof text));
}

static bool is_of_kind(const struct connection_key *key, const struct psrp_value *value)
{
    int64_t number;

    if (key->is_table)
        return value->kind == PSRP_DICTIONARY;
    if (key->is_number)
        return psrp_value_integer(value, &number) && number >= -1 && number <= INT32_MAX;
    return value->kind == PSRP_STRING && value->as.text.size > 0;
}

static enum icm_code check_connection(const struct cli_param *p, const struct psrp_value *table, struct icm_error *err)
{
    bool has_host = false;

    if (table->kind != PSRP_DICTIONARY)
        return icm_fail(err, ICM_USAGE, NULL, "-%s takes hashtables, @{HostName='x'; UserName='y'}", p->name);
    for (const struct psrp_entry *e = table->as.dictionary->first; e; e = e->next) {
        const struct connection_key *key = find_key(psrp_value_text_of(e->key));

        if (!key)
            return unknown_key(p, psrp_value_text_of(e->key), err);
        if (!is_of_kind(key, e->value))
            return icm_fail(err, ICM_USAGE, NULL, "-%s: %s takes %s", p->name, key->name,
                            key->is_table ? "a hashtable" : key->is_number ? "a number" : "a text");
        has_host = has_host || key->is_host;
    }
    return has_host ? ICM_OK : icm_fail(err, ICM_USAGE, NULL, "-%s needs HostName in each hashtable", p->name);
}

enum icm_code cli_check_connections(struct cli_options *o, const struct cli_param *p, struct icm_slice value,
                                    struct icm_error *err)
{
    struct psrp_value *list;
    enum icm_code code = cli_literal_read_list(o->arena, value, &list, err);

    if (code == ICM_OK && list->as.list->count == 0)
        return icm_fail(err, ICM_USAGE, NULL, "-%s is an empty list", p->name);
    for (const struct psrp_item *i = code == ICM_OK ? list->as.list->first : NULL; i && code == ICM_OK; i = i->next)
        code = check_connection(p, i->value, err);
    return code;
}
