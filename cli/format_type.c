#include "cli/format_type.h"

#define NAMES(...) {(const char *const[]){__VA_ARGS__, NULL}}
#define VALUE_TYPE(name) NAMES(name, "System.ValueType", "System.Object")
#define CLASS(name) NAMES(name, "System.Object")

enum { NAMES_MAX = 3 };

static const struct {
    const char *const *names;
} kinds[PSRP_KIND_COUNT] = {
    [PSRP_STRING] = CLASS("System.String"),
    [PSRP_CHAR] = VALUE_TYPE("System.Char"),
    [PSRP_BOOL] = VALUE_TYPE("System.Boolean"),
    [PSRP_DATETIME] = VALUE_TYPE("System.DateTime"),
    [PSRP_TIMESPAN] = VALUE_TYPE("System.TimeSpan"),
    [PSRP_U8] = VALUE_TYPE("System.Byte"),
    [PSRP_I8] = VALUE_TYPE("System.SByte"),
    [PSRP_U16] = VALUE_TYPE("System.UInt16"),
    [PSRP_I16] = VALUE_TYPE("System.Int16"),
    [PSRP_U32] = VALUE_TYPE("System.UInt32"),
    [PSRP_I32] = VALUE_TYPE("System.Int32"),
    [PSRP_U64] = VALUE_TYPE("System.UInt64"),
    [PSRP_I64] = VALUE_TYPE("System.Int64"),
    [PSRP_FLOAT] = VALUE_TYPE("System.Single"),
    [PSRP_DOUBLE] = VALUE_TYPE("System.Double"),
    [PSRP_DECIMAL] = VALUE_TYPE("System.Decimal"),
    [PSRP_BYTES] = NAMES("System.Byte[]", "System.Array", "System.Object"),
    [PSRP_GUID] = VALUE_TYPE("System.Guid"),
    [PSRP_URI] = CLASS("System.Uri"),
    [PSRP_VERSION] = CLASS("System.Version"),
    [PSRP_XML] = NAMES("System.Xml.XmlDocument", "System.Xml.XmlNode", "System.Object"),
    [PSRP_SCRIPTBLOCK] = CLASS("System.String"), /* as a client reads it */
    [PSRP_SECURESTRING] = CLASS("System.Security.SecureString"),
    [PSRP_LIST] = CLASS("System.Collections.ArrayList"),
    [PSRP_ENUMERABLE] = CLASS("System.Collections.ArrayList"),
    [PSRP_QUEUE] = CLASS("System.Collections.Queue"),
    [PSRP_STACK] = CLASS("System.Collections.Stack"),
    [PSRP_DICTIONARY] = CLASS("System.Collections.Hashtable"),
    [PSRP_OBJECT] = CLASS("System.Management.Automation.PSCustomObject"),
};

static const char *const scalars[] = {
    "System.String", "System.SByte",  "System.Byte",   "System.Int16",  "System.UInt16",  "System.Int32",
    "System.UInt32", "System.Int64",  "System.UInt64", "System.Char",   "System.Single",  "System.Double",
    "System.Boolean", "System.Decimal", "System.IntPtr", "System.Security.SecureString", "System.Numerics.BigInteger",
};

/* the same ones for every value of a kind, made once */
static struct psrp_type_names types_of_kind(enum psrp_kind kind)
{
    static struct icm_slice slices[PSRP_KIND_COUNT][NAMES_MAX];
    struct psrp_type_names types = {.names = slices[kind]};

    for (const char *const *name = kinds[kind].names; name && *name && types.count < NAMES_MAX; name++)
        slices[kind][types.count++] = icm_slice_text(*name);
    return types;
}

struct psrp_type_names cli_types_of(const struct psrp_value *value)
{
    if (value->object && value->object->types && value->object->types->count > 0)
        return *value->object->types;
    return types_of_kind(value->kind);
}

struct icm_slice cli_type_bare(struct icm_slice name)
{
    const struct icm_slice prefix = icm_slice_text("Deserialized.");

    if (name.size > prefix.size && icm_slice_equal_nocase(icm_slice_of(name.data, prefix.size), prefix))
        return icm_slice_from(name, prefix.size);
    return name;
}

bool cli_type_is_scalar(const struct psrp_type_names *types)
{
    struct icm_slice name = types->count > 0 ? cli_type_bare(types->names[0]) : icm_slice_text("");

    if (types->count > 1 && icm_slice_is(types->names[1], "System.Enum"))
        return true;
    for (size_t i = 0; i < ICM_COUNT(scalars); i++)
        if (icm_slice_equal_nocase(name, icm_slice_text(scalars[i])))
            return true;
    return false;
}

bool cli_type_is_ordered(const struct psrp_value *value)
{
    return icm_slice_is(cli_type_bare(cli_types_of(value).names[0]), CLI_TYPE_ORDERED);
}
