#include "cli/session_option.h"

#include "cli/host_about.h"
#include "cli/literal.h"
#include "cli/near.h"

#include <ctype.h>

enum kind { SWITCH, MILLISECONDS, BYTES, COUNT, CULTURE, TEXT, TABLE, CHOICE };

/* One option; @offset is that of its field, @alias the name of New-PSSessionOption's parameter where it differs. A CHOICE's field
 * gets the index among @choices. */
struct option {
    const char *name, *alias;
    enum kind kind;
    size_t offset;
    int64_t min, max;
    const char *const *choices;
};

static const char *const buffering[] = {"None", "Drop", "Block", NULL};
static const char *const proxy_access[] = {
    [CLI_PROXY_NONE] = "None",      [CLI_PROXY_IE] = "IEConfig",       [CLI_PROXY_WINHTTP] = "WinHttpConfig",
    [CLI_PROXY_AUTO] = "AutoDetect", [CLI_PROXY_NO_SERVER] = "NoProxyServer", NULL};
/* WSManConnectionInfo.ProxyAuthentication takes no other */
static const char *const proxy_authentication[] = {"Negotiate", "Basic", "Digest", NULL};

#define AT(field) offsetof(struct cli_session_options, field)
#define NOWHERE AT(unused) /* it says nothing to a session that is neither redirected nor left, and whose data is never compressed */
static const struct option options[] = {
    {"SkipCACheck", NULL, SWITCH, AT(skip_ca_check), 0, 0, NULL},
    {"SkipCNCheck", NULL, SWITCH, AT(skip_cn_check), 0, 0, NULL},
    {"SkipRevocationCheck", NULL, SWITCH, AT(skip_revocation_check), 0, 0, NULL},
    {"IncludePortInSPN", NULL, SWITCH, AT(include_port_in_spn), 0, 0, NULL},
    {"NoMachineProfile", NULL, SWITCH, AT(no_machine_profile), 0, 0, NULL},
    {"Culture", NULL, CULTURE, AT(culture), 0, 0, NULL},
    {"UICulture", NULL, CULTURE, AT(ui_culture), 0, 0, NULL},
    {"OpenTimeout", "OpenTimeoutMSec", MILLISECONDS, AT(open_timeout_ms), 0, INT32_MAX, NULL},
    {"OperationTimeout", "OperationTimeoutMSec", MILLISECONDS, AT(operation_timeout_ms), 1, INT32_MAX, NULL},
    {"CancelTimeout", "CancelTimeoutMSec", MILLISECONDS, AT(cancel_timeout_ms), 1, INT32_MAX, NULL},
    {"IdleTimeout", "IdleTimeoutMSec", MILLISECONDS, AT(idle_timeout_ms), 60000, INT32_MAX, NULL},
    {"MaxConnectionRetryCount", NULL, COUNT, AT(connect_retries), 0, INT32_MAX, NULL},
    {"MaximumReceivedObjectSize", NULL, BYTES, AT(object_max), 1, INT32_MAX, NULL},
    {"MaximumReceivedDataSizePerCommand", NULL, BYTES, AT(data_max), 1, INT32_MAX, NULL},
    {"ApplicationArguments", NULL, TABLE, AT(application_arguments), 0, 0, NULL},
    {"ProxyAccessType", NULL, CHOICE, AT(proxy_access), 0, 0, proxy_access},
    {"ProxyAuthentication", NULL, CHOICE, AT(proxy_authentication), 0, 0, proxy_authentication},
    {"ProxyCredential", NULL, TEXT, AT(proxy_user), 0, 0, NULL},
    {"ProxyPasswordFile", NULL, TEXT, AT(proxy_password_file), 0, 0, NULL},
    {"NoEncryption", NULL, SWITCH, AT(no_encryption), 0, 0, NULL},
    {"UseUTF16", NULL, SWITCH, AT(use_utf16), 0, 0, NULL},
    {"NoCompression", NULL, SWITCH, NOWHERE, 0, 0, NULL},
    {"MaximumRedirection", "MaximumConnectionRedirectionCount", COUNT, NOWHERE, 0, INT32_MAX, NULL},
    {"OutputBufferingMode", NULL, CHOICE, NOWHERE, 0, 0, buffering},
};
#undef NOWHERE
#undef AT

void cli_session_options_init(struct cli_session_options *s)
{
    *s = (struct cli_session_options){
        .open_timeout_ms = CLI_OPEN_TIMEOUT_MS, .cancel_timeout_ms = CLI_CANCEL_TIMEOUT_MS, .idle_timeout_ms = -1};
}

const char *cli_session_option_name(size_t index)
{
    return index < ICM_COUNT(options) ? options[index].name : NULL;
}

static enum icm_code unknown(struct icm_slice name, struct icm_error *err)
{
    struct cli_near near = {.wanted = name};
    char text[160];

    for (size_t i = 0; i < ICM_COUNT(options); i++)
        cli_near_offer(&near, options[i].name);
    return icm_fail(err, ICM_USAGE, NULL, "-SessionOption has no '%.*s'%s", (int)(name.size < 60 ? name.size : 60),
                    (const char *)name.data, cli_near_text(&near, "", text, sizeof text));
}

static const struct option *find(struct icm_slice name)
{
    for (size_t i = 0; i < ICM_COUNT(options); i++)
        if (icm_slice_equal_nocase(name, icm_slice_text(options[i].name)) ||
            (options[i].alias && icm_slice_equal_nocase(name, icm_slice_text(options[i].alias))))
            return &options[i];
    return NULL;
}

static bool to_switch(const struct psrp_value *value, bool *out)
{
    int64_t number;

    if (value->kind == PSRP_BOOL)
        *out = value->as.boolean;
    else if (psrp_value_integer(value, &number))
        *out = number != 0;
    else if (icm_slice_equal_nocase(psrp_value_text_of(value), icm_slice_text("true")))
        *out = true;
    else if (icm_slice_equal_nocase(psrp_value_text_of(value), icm_slice_text("false")))
        *out = false;
    else
        return false;
    return true;
}

/* PSPrimitiveDictionary is what INIT_RUNSPACEPOOL carries, so the hashtable becomes one; MS-PSRP 2.2.3.18. */
static const struct psrp_value *to_primitive_dictionary(struct icm_arena *a, const struct psrp_value *table)
{
    struct psrp_value *out = psrp_value_primitive_dictionary(a);

    if (table->kind != PSRP_DICTIONARY)
        return NULL;
    for (const struct psrp_entry *e = table->as.dictionary->first; e; e = e->next)
        if (!psrp_value_add_entry(a, out, e->key, e->value))
            return NULL;
    return out;
}

static enum icm_code set_number(const struct option *o, const struct psrp_value *value, int64_t *out,
                                struct icm_error *err)
{
    int64_t number;

    if (!psrp_value_integer(value, &number) || number < o->min || number > o->max)
        return icm_fail(err, ICM_USAGE, NULL, "-SessionOption %s takes a number%s from %lld to %lld", o->name,
                        o->kind == BYTES ? " of bytes" : o->kind == COUNT ? "" : " of milliseconds", (long long)o->min, (long long)o->max);
    *out = number;
    return ICM_OK;
}

static enum icm_code set_switch(const struct option *o, const struct psrp_value *value, bool *out,
                                struct icm_error *err)
{
    return to_switch(value, out) ? ICM_OK
                                 : icm_fail(err, ICM_USAGE, NULL, "-SessionOption %s takes $true or $false", o->name);
}

/* it becomes a language tag on the wire; RFC 5646 2.1 */
static bool is_culture(struct icm_slice text)
{
    for (size_t i = 0; i < text.size; i++)
        if (!isalnum(text.data[i]) && (text.data[i] != '-' || i < 2))
            return false;
    return text.size >= 2 && text.size < CLI_CULTURE_MAX;
}

static enum icm_code set_culture(const struct option *o, const struct psrp_value *value, const char **out,
                                 struct icm_error *err)
{
    if (value->kind != PSRP_STRING || !is_culture(value->as.text))
        return icm_fail(err, ICM_USAGE, NULL, "-SessionOption %s takes a name as 'en-US'", o->name);
    *out = (const char *)value->as.text.data;
    return ICM_OK;
}

static enum icm_code set_text(const struct option *o, const struct psrp_value *value, const char **out,
                              struct icm_error *err)
{
    if (value->kind != PSRP_STRING || value->as.text.size == 0)
        return icm_fail(err, ICM_USAGE, NULL, "-SessionOption %s takes a text, 'x'", o->name);
    *out = (const char *)value->as.text.data;
    return ICM_OK;
}

static enum icm_code set_table(struct icm_arena *a, const struct option *o, const struct psrp_value *value,
                               const struct psrp_value **out, struct icm_error *err)
{
    const struct psrp_value *table = to_primitive_dictionary(a, value);

    if (!table)
        return icm_fail(err, ICM_USAGE, NULL, "-SessionOption %s takes a hashtable as @{Name='x'}", o->name);
    *out = table;
    return ICM_OK;
}

/* an enum's name, in any case */
static enum icm_code set_choice(const struct option *o, const struct psrp_value *value, int *out, struct icm_error *err)
{
    ICM_OWN(icm_buf_reset) struct icm_buf names = {0};

    for (int i = 0; o->choices[i]; i++) {
        if (icm_slice_equal_nocase(psrp_value_text_of(value), icm_slice_text(o->choices[i]))) {
            *out = i;
            return ICM_OK;
        }
        icm_buf_add_format(&names, "%s%s", names.size > 0 ? ", " : "", o->choices[i]);
    }
    return icm_fail(err, ICM_USAGE, NULL, "-SessionOption %s takes %s", o->name, icm_buf_text(&names));
}

static enum icm_code set_field(struct icm_arena *a, const struct option *o, const struct psrp_value *value, void *field,
                               struct icm_error *err)
{
    switch (o->kind) {
    case SWITCH:
        return set_switch(o, value, field, err);
    case MILLISECONDS:
    case BYTES:
    case COUNT:
        return set_number(o, value, field, err);
    case CULTURE:
        return set_culture(o, value, field, err);
    case TEXT:
        return set_text(o, value, field, err);
    case TABLE:
        return set_table(a, o, value, field, err);
    case CHOICE:
        break;
    }
    return set_choice(o, value, field, err);
}

/* What a null is: the properties of a PSSessionOption that nobody has set are. false: none of these. */
static bool set_null(const struct option *o, void *field)
{
    switch (o->kind) {
    case BYTES:
        *(int64_t *)field = 0;
        return true;
    case CULTURE:
    case TEXT:
        *(const char **)field = NULL;
        return true;
    case TABLE:
        *(const struct psrp_value **)field = NULL;
        return true;
    default:
        return false;
    }
}

static enum icm_code set(struct icm_arena *a, struct cli_session_options *s, struct icm_slice name,
                         const struct psrp_value *value, struct icm_error *err)
{
    const struct option *o = find(name);

    if (!o)
        return unknown(name, err);
    void *field = (char *)s + o->offset;
    return value->kind == PSRP_NIL && set_null(o, field) ? ICM_OK : set_field(a, o, value, field, err);
}

static enum icm_code set_all(struct icm_arena *a, const struct psrp_value *table, struct cli_session_options *s,
                             struct icm_error *err)
{
    enum icm_code code = ICM_OK;

    for (const struct psrp_entry *e = table->as.dictionary->first; e && code == ICM_OK; e = e->next)
        code = set(a, s, psrp_value_text_of(e->key), e->value, err);
    return code;
}

/* one word: Name, or Name=value */
static enum icm_code set_word(struct icm_arena *a, struct icm_slice word, struct cli_session_options *s,
                              struct icm_error *err)
{
    const uint8_t *equals = word.size > 0 ? memchr(word.data, '=', word.size) : NULL;
    size_t name_size = equals ? (size_t)(equals - word.data) : word.size;
    struct icm_slice name = icm_slice_trim(icm_slice_of(word.data, name_size));
    struct psrp_value *value = psrp_value_bool(a, true);

    if (!value)
        return icm_nomem(err);
    if (equals) {
        enum icm_code code = cli_literal_read(a, icm_slice_from(word, name_size + 1), &value, err);
        if (code != ICM_OK)
            return code;
    }
    return set(a, s, name, value, err);
}

enum icm_code cli_session_options_read(struct icm_arena *a, struct icm_slice text, struct cli_session_options *s,
                                       struct icm_error *err)
{
    struct cli_session_options changed = *s;
    struct psrp_value *value;
    bool is_table = icm_slice_trim(text).size > 1 && memcmp(icm_slice_trim(text).data, "@{", 2) == 0;
    enum icm_code code = is_table ? cli_literal_read(a, text, &value, err) : cli_literal_read_texts(a, text, &value, err);

    if (code != ICM_OK)
        return code;
    if (value->kind == PSRP_DICTIONARY)
        code = set_all(a, value, &changed, err);
    else if (is_table)
        code = icm_fail(err, ICM_USAGE, NULL, "-SessionOption takes one hashtable, or names and Name=value pairs");
    for (const struct psrp_item *i = is_table ? NULL : value->as.list->first; i && code == ICM_OK; i = i->next)
        code = set_word(a, psrp_value_text_of(i->value), &changed, err);
    if (code == ICM_OK)
        *s = changed;
    return code;
}
