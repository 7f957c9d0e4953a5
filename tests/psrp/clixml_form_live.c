/* What the engine rehydrates: types of which its own table of types says that the reader makes a real object. */
#include "tests/psrp/clixml_form_private.h"

#include <arpa/inet.h>
#include <openssl/evp.h>

#define MANAGEMENT "System.Management.Automation."
#define CERTIFICATES "System.Security.Cryptography.X509Certificates."

/* clang-format off */
static const char *const classes[PSRP_KIND_COUNT][5] = {
    [PSRP_NIL]          = {"System.Management.Automation.PSCustomObject", "System.Object"},
    [PSRP_STRING]       = {"System.String", "System.Object"},
    [PSRP_CHAR]         = {"System.Char", "System.ValueType", "System.Object"},
    [PSRP_BOOL]         = {"System.Boolean", "System.ValueType", "System.Object"},
    [PSRP_DATETIME]     = {"System.DateTime", "System.ValueType", "System.Object"},
    [PSRP_TIMESPAN]     = {"System.TimeSpan", "System.ValueType", "System.Object"},
    [PSRP_U8]           = {"System.Byte", "System.ValueType", "System.Object"},
    [PSRP_I8]           = {"System.SByte", "System.ValueType", "System.Object"},
    [PSRP_U16]          = {"System.UInt16", "System.ValueType", "System.Object"},
    [PSRP_I16]          = {"System.Int16", "System.ValueType", "System.Object"},
    [PSRP_U32]          = {"System.UInt32", "System.ValueType", "System.Object"},
    [PSRP_I32]          = {"System.Int32", "System.ValueType", "System.Object"},
    [PSRP_U64]          = {"System.UInt64", "System.ValueType", "System.Object"},
    [PSRP_I64]          = {"System.Int64", "System.ValueType", "System.Object"},
    [PSRP_FLOAT]        = {"System.Single", "System.ValueType", "System.Object"},
    [PSRP_DOUBLE]       = {"System.Double", "System.ValueType", "System.Object"},
    [PSRP_DECIMAL]      = {"System.Decimal", "System.ValueType", "System.Object"},
    [PSRP_BYTES]        = {"System.Byte[]", "System.Array", "System.Object"},
    [PSRP_GUID]         = {"System.Guid", "System.ValueType", "System.Object"},
    [PSRP_URI]          = {"System.Uri", "System.Object"},
    [PSRP_VERSION]      = {"System.Version", "System.Object"},
    [PSRP_XML]          = {"System.Xml.XmlDocument", "System.Xml.XmlNode", "System.Object"},
    [PSRP_SCRIPTBLOCK]  = {"System.String", "System.Object"},
    [PSRP_SECURESTRING] = {"System.Security.SecureString", "System.Object"},
    [PSRP_LIST]         = {"System.Collections.ArrayList", "System.Object"},
    [PSRP_ENUMERABLE]   = {"System.Collections.ArrayList", "System.Object"},
    [PSRP_QUEUE]        = {"System.Collections.Queue", "System.Object"},
    [PSRP_STACK]        = {"System.Collections.Stack", "System.Object"},
    [PSRP_DICTIONARY]   = {"System.Collections.Hashtable", "System.Object"},
    [PSRP_OBJECT]       = {"System.Management.Automation.PSCustomObject", "System.Object"},
};
/* clang-format on */

const char *const *clixml_form_classes(enum psrp_kind kind)
{
    return classes[kind];
}

/* ---- the text of each live object; ICM_AGAIN where the engine could not make one and keeps what it has ---- */

typedef enum icm_code (*live_text)(const struct psrp_value *value, const struct clixml_form_source *source,
                                   struct icm_buf *out, struct icm_error *err);

static bool is_kind(const struct psrp_value *value, enum psrp_kind kind)
{
    return value && value->kind == kind;
}

static enum icm_code credential(const struct psrp_value *value, const struct clixml_form_source *source,
                                struct icm_buf *out, struct icm_error *err)
{
    const struct psrp_value *user = psrp_value_member(value, "UserName");
    const struct psrp_value *password = psrp_value_member(value, "Password");
    bool is_named = is_kind(user, PSRP_STRING) && user->as.text.size > 0;

    if (!password || (is_named && !is_kind(password, PSRP_SECURESTRING)))
        return ICM_AGAIN;
    if (is_named)
        icm_buf_add(out, user->as.text);
    icm_buf_add_text(out, " / "); /* alone: PSCredential.Empty */
    return is_named ? clixml_form_clear(password, source, out, err) : ICM_OK;
}

static enum icm_code switch_parameter(const struct psrp_value *value, const struct clixml_form_source *source,
                                      struct icm_buf *out, struct icm_error *err)
{
    const struct psrp_value *is_present = psrp_value_member(value, "IsPresent");

    if (!is_kind(is_present, PSRP_BOOL))
        return ICM_AGAIN;
    icm_buf_add_text(out, is_present->as.boolean ? "True" : "False");
    return ICM_OK;
}

static enum icm_code culture(const struct psrp_value *value, const struct clixml_form_source *source,
                             struct icm_buf *out, struct icm_error *err)
{
    const struct psrp_value *name = psrp_value_member(value, "Name");

    if (!is_kind(name, PSRP_STRING))
        return ICM_AGAIN;
    icm_buf_add(out, name->as.text);
    return ICM_OK;
}

/* an address in its usual form; the zone behind % stays */
static enum icm_code ip_address(const struct psrp_value *value, const struct clixml_form_source *source,
                                struct icm_buf *out, struct icm_error *err)
{
    struct icm_slice text = value->object->to_string;
    const uint8_t *zone = text.size ? memchr(text.data, '%', text.size) : NULL;
    size_t size = zone ? (size_t)(zone - text.data) : text.size;
    char given[INET6_ADDRSTRLEN] = "", usual[INET6_ADDRSTRLEN];
    uint8_t bytes[16];

    if (size >= sizeof given)
        return ICM_AGAIN;
    if (size > 0)
        memcpy(given, text.data, size);
    int family = strchr(given, ':') ? AF_INET6 : AF_INET;
    if (inet_pton(family, given, bytes) != 1)
        return ICM_AGAIN;
    inet_ntop(family, bytes, usual, sizeof usual);
    icm_buf_add_text(out, usual);
    icm_buf_add(out, icm_slice_from(text, size));
    return ICM_OK;
}

static enum icm_code mail_address(const struct psrp_value *value, const struct clixml_form_source *source,
                                  struct icm_buf *out, struct icm_error *err)
{
    struct icm_slice text = value->object->to_string;

    if (text.size == 0 || !memchr(text.data, '@', text.size))
        return ICM_AGAIN;
    icm_buf_add(out, text);
    return ICM_OK;
}

static enum icm_code certificate(const struct psrp_value *value, const struct clixml_form_source *source,
                                 struct icm_buf *out, struct icm_error *err)
{
    const struct psrp_value *raw = psrp_value_member(value, "RawData");
    uint8_t print[EVP_MAX_MD_SIZE];
    unsigned size = 0;

    if (!is_kind(raw, PSRP_BYTES) || !EVP_Digest(raw->as.text.data, raw->as.text.size, print, &size, EVP_sha1(), NULL))
        return ICM_AGAIN;
    icm_buf_add_text(out, "sha1=");
    for (unsigned i = 0; i < size; i++)
        icm_buf_add_format(out, "%02X", print[i]);
    return ICM_OK;
}

static enum icm_code distinguished_name(const struct psrp_value *value, const struct clixml_form_source *source,
                                        struct icm_buf *out, struct icm_error *err)
{
    if (!is_kind(psrp_value_member(value, "RawData"), PSRP_BYTES))
        return ICM_AGAIN;
    icm_buf_add_text(out, CERTIFICATES "X500DistinguishedName");
    return ICM_OK;
}

static void add_member(struct icm_buf *out, const struct psrp_value *value, const char *before, const char *name)
{
    icm_buf_add_text(out, before);
    psrp_value_write_text(psrp_value_member(value, name), out);
}

/* The element PR gives members that are all extended; those of an Obj with the same type are adapted. */
static enum icm_code progress(const struct psrp_value *value, const struct clixml_form_source *source,
                              struct icm_buf *out, struct icm_error *err)
{
    if (value->object->adapted || value->object->has_to_string)
        return ICM_AGAIN;
    add_member(out, value, "parent = ", "ParentActivityId");
    add_member(out, value, " id = ", "ActivityId");
    add_member(out, value, " act = ", "Activity");
    add_member(out, value, " stat = ", "StatusDescription");
    add_member(out, value, " cur = ", "CurrentOperation");
    add_member(out, value, " pct = ", "PercentComplete");
    add_member(out, value, " sec = ", "SecondsRemaining");
    add_member(out, value, " type = ", "Type");
    return ICM_OK;
}

/* one of a generic type becomes the one that it derives from */
static enum icm_code list_modifier(const struct psrp_value *value, const struct clixml_form_source *source,
                                   struct icm_buf *out, struct icm_error *err)
{
    icm_buf_add_text(out, MANAGEMENT "PSListModifier");
    return ICM_OK;
}

/* what the object before serialization said, or a type's name, which is nothing else */
static enum icm_code same_text(const struct psrp_value *value, const struct clixml_form_source *source,
                               struct icm_buf *out, struct icm_error *err)
{
    psrp_value_write_text(value, out);
    return ICM_OK;
}

/* clang-format off */
static const struct live_row {
    const char *type;
    live_text text;
    const char *needs; /* a member without which there is no such object */
} live_rows[] = {
    {MANAGEMENT "PSCredential",             credential,         "UserName"},
    {MANAGEMENT "SwitchParameter",          switch_parameter,   "IsPresent"},
    {MANAGEMENT "ProgressRecord",           progress,           "Activity"},
    {MANAGEMENT "CompletionResult",         same_text,          "CompletionText"},
    {MANAGEMENT "CommandCompletion",        same_text,          "CompletionMatches"},
    {MANAGEMENT "DebuggerCommandResults",   same_text,          "EvaluatedByDebugger"},
    {MANAGEMENT "DisplayEntry",             same_text,          "Value"},
    {MANAGEMENT "JobStateEventArgs",        same_text,          "JobStateInfo"},
    {MANAGEMENT "JobStateInfo",             same_text,          "State"},
    {MANAGEMENT "LineBreakpoint",           same_text,          "Line"},
    {MANAGEMENT "PSListModifier",           list_modifier,      "Add"},
    {MANAGEMENT "ParameterSetMetadata",     same_text,          "Flags"},
    {MANAGEMENT "Remoting.PSSessionOption", same_text,          "NoCompression"},
    {MANAGEMENT "TableControlColumnHeader", same_text,          "Label"},
    {"System.Globalization.CultureInfo",    culture,            "Name"},
    {"System.Net.IPAddress",                ip_address,         NULL},
    {"System.Net.Mail.MailAddress",         mail_address,       NULL},
    {CERTIFICATES "X509Certificate2",       certificate,        "RawData"},
    {CERTIFICATES "X500DistinguishedName",  distinguished_name, "RawData"},
};
/* clang-format on */

static bool is_of(const struct psrp_value *value, const struct live_row *row)
{
    return value->kind == PSRP_OBJECT && value->object && psrp_value_is_type(value, row->type) &&
           (!row->needs || psrp_value_member(value, row->needs));
}

enum icm_code clixml_form_live(struct icm_buf *out, const struct psrp_value *value,
                               const struct clixml_form_source *source, struct icm_error *err)
{
    const struct live_row *row = live_rows, *end = live_rows + ICM_COUNT(live_rows);
    struct icm_buf text = {0};

    while (row < end && !is_of(value, row))
        row++;
    enum icm_code code = row < end ? row->text(value, source, &text, err) : ICM_AGAIN;
    if (code == ICM_OK) {
        icm_buf_add_text(out, "{\"k\":\"live\"");
        clixml_form_text(out, "type", icm_slice_text(row->type));
        clixml_form_text(out, "v", icm_buf_slice(&text));
        icm_buf_add_u8(out, '}');
    }
    icm_buf_reset(&text);
    return code;
}

/* Its keys are strings, or it is none. */
bool clixml_form_is_live_dictionary(const struct psrp_value *value)
{
    if (value->kind != PSRP_DICTIONARY || !psrp_value_is_type(value, MANAGEMENT "PSPrimitiveDictionary"))
        return false;
    for (const struct psrp_entry *entry = value->as.dictionary->first; entry; entry = entry->next)
        if (entry->key->kind != PSRP_STRING)
            return false;
    return true;
}
