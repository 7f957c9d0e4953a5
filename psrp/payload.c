#include "psrp/payload.h"

/* the enums of which a client sends one value */
#define THREAD_OPTIONS "System.Management.Automation.Runspaces.PSThreadOptions"
#define APARTMENT_STATE "System.Threading.ApartmentState"
#define RESULT_TYPES "System.Management.Automation.Runspaces.PipelineResultTypes"
#define STREAM_OPTIONS "System.Management.Automation.RemoteStreamOptions"

/* A const value as a part of a tree that is only written: the top is copied, what hangs on it is shared. */
static struct psrp_value *borrow(struct icm_arena *a, const struct psrp_value *value)
{
    struct psrp_value *copy = value ? icm_arena_take(a, sizeof *copy) : NULL;

    if (copy)
        *copy = *value;
    return copy;
}

static struct psrp_value *version(struct icm_arena *a, struct icm_slice text)
{
    return psrp_value_text(a, PSRP_VERSION, text);
}

struct psrp_value *psrp_payload_capability(struct icm_arena *a, struct icm_slice protocol_version)
{
    struct psrp_value *v = psrp_value_object(a, NULL);
    struct icm_slice ps = icm_slice_text(PSRP_PS_VERSION), serialization = icm_slice_text(PSRP_SERIALIZATION_VERSION);

    bool whole = v && psrp_value_add_note(a, v, "protocolversion", version(a, protocol_version)) &&
                 psrp_value_add_note(a, v, "PSVersion", version(a, ps)) &&
                 psrp_value_add_note(a, v, "SerializationVersion", version(a, serialization));
    return whole ? v : NULL;
}

/* no host: the server answers what a host would be asked */
static struct psrp_value *host_info(struct icm_arena *a)
{
    struct psrp_value *v = psrp_value_object(a, NULL);

    bool whole = v && psrp_value_add_note(a, v, "_isHostUINull", psrp_value_bool(a, true)) &&
                 psrp_value_add_note(a, v, "_isHostRawUINull", psrp_value_bool(a, true)) &&
                 psrp_value_add_note(a, v, "_isHostNull", psrp_value_bool(a, true)) &&
                 psrp_value_add_note(a, v, "_useRunspaceHost", psrp_value_bool(a, true));
    return whole ? v : NULL;
}

static struct psrp_value *apartment_state(struct icm_arena *a)
{
    return psrp_value_enum(a, APARTMENT_STATE, 2, "Unknown");
}

/* whatever kind of dictionary the caller has: the server takes a PSPrimitiveDictionary only */
static struct psrp_value *application_arguments(struct icm_arena *a, const struct psrp_value *arguments)
{
    struct psrp_value *v = psrp_value_primitive_dictionary(a);
    bool is_dictionary = arguments && arguments->kind == PSRP_DICTIONARY;

    for (const struct psrp_entry *e = is_dictionary ? arguments->as.dictionary->first : NULL; v && e; e = e->next)
        if (!psrp_value_add_entry(a, v, borrow(a, e->key), borrow(a, e->value)))
            return NULL;
    return v;
}

struct psrp_value *psrp_payload_init(struct icm_arena *a, int32_t min_runspaces, int32_t max_runspaces,
                                     const struct psrp_value *arguments)
{
    struct psrp_value *v = psrp_value_object(a, NULL);
    struct psrp_value *threads = psrp_value_enum(a, THREAD_OPTIONS, 0, "Default");

    bool whole = v && psrp_value_add_note(a, v, "MinRunspaces", psrp_value_i32(a, min_runspaces)) &&
                 psrp_value_add_note(a, v, "MaxRunspaces", psrp_value_i32(a, max_runspaces)) &&
                 psrp_value_add_note(a, v, "PSThreadOptions", threads) &&
                 psrp_value_add_note(a, v, "ApartmentState", apartment_state(a)) &&
                 psrp_value_add_note(a, v, "ApplicationArguments", application_arguments(a, arguments)) &&
                 psrp_value_add_note(a, v, "HostInfo", host_info(a));
    return whole ? v : NULL;
}

/* how the engine names its List<PSObject>; a server reads any list */
static struct psrp_value *object_list(struct icm_arena *a)
{
    static const char *const types[] = {
        "System.Collections.Generic.List`1[[System.Management.Automation.PSObject, System.Management.Automation, "
        "Version=7.6.0.500, Culture=neutral, PublicKeyToken=31bf3856ad364e35]]",
        "System.Object", NULL};

    return psrp_value_typed(a, PSRP_LIST, types);
}

/* what becomes of a command's streams, and the first protocol that knows the member; MS-PSRP 2.2.3.12 */
static const struct {
    const char *name;
    int since_minor;
} merges[] = {
    {"MergeMyResult", 0}, {"MergeToResult", 0}, {"MergePreviousResults", 0}, {"MergeError", 2},
    {"MergeWarning", 2},  {"MergeVerbose", 2},  {"MergeDebug", 2},           {"MergeInformation", 3},
};

static bool add_merges(struct icm_arena *a, struct psrp_value *command, int minor)
{
    for (size_t i = 0; i < ICM_COUNT(merges); i++)
        if (minor >= merges[i].since_minor &&
            !psrp_value_add_note(a, command, merges[i].name, psrp_value_enum(a, RESULT_TYPES, 0, "None")))
            return false;
    return true;
}

/* a positional argument has a name that is Nil; leaving the name out is something else */
static struct psrp_value *argument(struct icm_arena *a, const struct psrp_value *value)
{
    struct psrp_value *v = psrp_value_object(a, NULL);

    bool whole = v && psrp_value_add_note(a, v, "N", psrp_value_nil(a)) &&
                 psrp_value_add_note(a, v, "V", borrow(a, value));
    return whole ? v : NULL;
}

static struct psrp_value *arguments_of(struct icm_arena *a, const struct psrp_script *script)
{
    struct psrp_value *list = object_list(a);

    for (size_t i = 0; list && i < script->argument_count; i++)
        if (!psrp_value_add_item(a, list, argument(a, script->arguments[i])))
            return NULL;
    return list;
}

static struct psrp_value *command(struct icm_arena *a, const struct psrp_script *script, int minor)
{
    struct psrp_value *v = psrp_value_object(a, NULL);

    bool whole = v && psrp_value_add_note(a, v, "Cmd", psrp_value_text(a, PSRP_STRING, script->text)) &&
                 psrp_value_add_note(a, v, "IsScript", psrp_value_bool(a, true)) &&
                 psrp_value_add_note(a, v, "UseLocalScope", psrp_value_nil(a)) && add_merges(a, v, minor) &&
                 psrp_value_add_note(a, v, "Args", arguments_of(a, script));
    return whole ? v : NULL;
}

static struct psrp_value *powershell(struct icm_arena *a, const struct psrp_script *script, int minor)
{
    struct psrp_value *v = psrp_value_object(a, NULL), *commands = object_list(a);

    bool whole = v && commands && psrp_value_add_item(a, commands, command(a, script, minor)) &&
                 psrp_value_add_note(a, v, "Cmds", commands) &&
                 psrp_value_add_note(a, v, "IsNested", psrp_value_bool(a, false)) &&
                 psrp_value_add_note(a, v, "History", psrp_value_nil(a)) &&
                 psrp_value_add_note(a, v, "RedirectShellErrorOutputPipe", psrp_value_bool(a, true));
    return whole ? v : NULL;
}

struct psrp_value *psrp_payload_create_pipeline(struct icm_arena *a, const struct psrp_script *script, int minor)
{
    struct psrp_value *v = psrp_value_object(a, NULL);
    /* 0 asks for no InvocationInfo, as Invoke-Command does not; .NET has no name for it and writes the digit */
    struct psrp_value *options = psrp_value_enum(a, STREAM_OPTIONS, 0, "0");

    bool whole = v && psrp_value_add_note(a, v, "PowerShell", powershell(a, script, minor)) &&
                 psrp_value_add_note(a, v, "NoInput", psrp_value_bool(a, !script->has_input)) &&
                 psrp_value_add_note(a, v, "ApartmentState", apartment_state(a)) &&
                 psrp_value_add_note(a, v, "RemoteStreamOptions", options) &&
                 psrp_value_add_note(a, v, "AddToHistory", psrp_value_bool(a, true)) &&
                 psrp_value_add_note(a, v, "HostInfo", host_info(a)) &&
                 psrp_value_add_note(a, v, "IsNested", psrp_value_bool(a, false));
    return whole ? v : NULL;
}

struct psrp_value *psrp_payload_state(struct icm_arena *a, const char *name, int32_t state,
                                      const struct psrp_value *reason)
{
    struct psrp_value *v = psrp_value_object(a, NULL);

    bool whole = v && psrp_value_add_note(a, v, name, psrp_value_i32(a, state)) &&
                 (!reason || psrp_value_add_note(a, v, "ExceptionAsErrorRecord", borrow(a, reason)));
    return whole ? v : NULL;
}

bool psrp_payload_read_version(const struct psrp_value *value, int64_t *major, int64_t *minor)
{
    struct icm_slice text = psrp_value_text_of(value);
    const uint8_t *dot = text.size > 0 ? memchr(text.data, '.', text.size) : NULL;
    if (!dot)
        return false;

    struct icm_slice first = icm_slice_of(text.data, (size_t)(dot - text.data));
    struct icm_slice second = icm_slice_from(text, first.size + 1);
    const uint8_t *next = second.size > 0 ? memchr(second.data, '.', second.size) : NULL;
    if (next)
        second.size = (size_t)(next - second.data);
    return icm_parse_i64(first, 0, INT32_MAX, major) && icm_parse_i64(second, 0, INT16_MAX, minor);
}
