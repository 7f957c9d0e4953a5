/* What begins a pipeline: CREATE_PIPELINE and GET_COMMAND_METADATA. MS-PSRP 2.2.2.10, 2.2.2.14, 2.2.3.11 to 2.2.3.13.
 */
#include "psrp/payload.h"

#define RESULT_TYPES "System.Management.Automation.Runspaces.PipelineResultTypes"
#define STREAM_OPTIONS "System.Management.Automation.RemoteStreamOptions"
#define COMMAND_TYPES "System.Management.Automation.CommandTypes"

enum { STATEMENTS_MINOR = 2 }; /* the first protocol that knows ExtraCmds */

const struct psrp_merge_member psrp_merge_members[PSRP_MERGE_COUNT] = {
    [PSRP_MERGE_MY_RESULT] = {"MergeMyResult", 0},
    [PSRP_MERGE_TO_RESULT] = {"MergeToResult", 0},
    [PSRP_MERGE_PREVIOUS_RESULTS] = {"MergePreviousResults", 0},
    [PSRP_MERGE_ERROR] = {"MergeError", 2},
    [PSRP_MERGE_WARNING] = {"MergeWarning", 2},
    [PSRP_MERGE_VERBOSE] = {"MergeVerbose", 2},
    [PSRP_MERGE_DEBUG] = {"MergeDebug", 2},
    [PSRP_MERGE_INFORMATION] = {"MergeInformation", 3},
};

/* ---- flags, as .NET writes them: one name for all of them, else those that are set, else digits ---- */

struct flag {
    int32_t bit;
    const char *name;
};

static struct psrp_value *flags_value(struct icm_arena *a, const char *type, int32_t number, const struct flag *flags,
                                      size_t count)
{
    ICM_OWN(icm_buf_reset) struct icm_buf text = {0};
    int32_t rest = number;

    for (size_t i = 0; i < count; i++)
        if (flags[i].bit == number)
            return psrp_payload_enum(a, type, number, flags[i].name);
    for (size_t i = 0; i < count; i++)
        if (rest & flags[i].bit && (rest & flags[i].bit) == flags[i].bit) {
            icm_buf_add_format(&text, "%s%s", text.size > 0 ? ", " : "", flags[i].name);
            rest &= ~flags[i].bit;
        }
    if (text.failed)
        return NULL;
    return psrp_payload_enum(a, type, number, rest == 0 && number != 0 ? icm_buf_text(&text) : NULL);
}

/* 0 asks for no InvocationInfo, as Invoke-Command does not; .NET has no name for it and writes the digit */
static struct psrp_value *stream_options(struct icm_arena *a, int32_t options)
{
    static const struct flag flags[] = {
        {PSRP_INVOCATION_INFO_ERROR, "AddInvocationInfoToErrorRecord"},
        {PSRP_INVOCATION_INFO_WARNING, "AddInvocationInfoToWarningRecord"},
        {PSRP_INVOCATION_INFO_DEBUG, "AddInvocationInfoToDebugRecord"},
        {PSRP_INVOCATION_INFO_VERBOSE, "AddInvocationInfoToVerboseRecord"},
        {15, "AddInvocationInfo"},
    };

    return flags_value(a, STREAM_OPTIONS, options, flags, ICM_COUNT(flags));
}

static struct psrp_value *command_types(struct icm_arena *a, int32_t types)
{
    static const struct flag flags[] = {
        {1, "Alias"},   {2, "Function"},        {4, "Filter"},
        {8, "Cmdlet"},  {16, "ExternalScript"}, {32, "Application"},
        {64, "Script"}, {256, "Configuration"}, {PSRP_COMMAND_TYPES_ALL, "All"},
    };

    return flags_value(a, COMMAND_TYPES, types ? types : PSRP_COMMAND_TYPES_ALL, flags, ICM_COUNT(flags));
}

/* ---- a command ---- */

/* how the engine names its List<PSObject>; a server reads any list */
static struct psrp_value *object_list(struct icm_arena *a)
{
    static const char *const types[] = {
        "System.Collections.Generic.List`1[[System.Management.Automation.PSObject, System.Management.Automation, "
        "Version=7.6.0.500, Culture=neutral, PublicKeyToken=31bf3856ad364e35]]",
        "System.Object", NULL};

    return psrp_value_typed(a, PSRP_LIST, types);
}

static const char *const result_type_names[] = {
    [PSRP_RESULT_NONE] = "None",
    [PSRP_RESULT_OUTPUT] = "Output",
    [PSRP_RESULT_ERROR] = "Error",
    [PSRP_RESULT_WARNING] = "Warning",
    [PSRP_RESULT_VERBOSE] = "Verbose",
    [PSRP_RESULT_DEBUG] = "Debug",
    [PSRP_RESULT_INFORMATION] = "Information",
    [PSRP_RESULT_ALL] = "All",
    [PSRP_RESULT_NULL] = "Null",
};

static bool add_merges(struct icm_arena *a, struct psrp_value *v, const struct psrp_command *command, int minor)
{
    for (size_t i = 0; i < PSRP_MERGE_COUNT; i++) {
        enum psrp_result_type where = command->merges[i];
        struct psrp_value *type = psrp_payload_enum(a, RESULT_TYPES, (int32_t)where, result_type_names[where]);

        if (minor >= psrp_merge_members[i].since_minor && !psrp_value_add_note(a, v, psrp_merge_members[i].name, type))
            return false;
    }
    return true;
}

static struct psrp_value *text_or_nil(struct icm_arena *a, struct icm_slice text)
{
    return text.data ? psrp_value_text(a, PSRP_STRING, text) : psrp_value_nil(a);
}

/* a positional argument has a name that is Nil; leaving the name out is something else */
static struct psrp_value *parameter(struct icm_arena *a, const struct psrp_parameter *p)
{
    struct psrp_value *v = psrp_value_object(a, NULL);

    bool whole = v && psrp_value_add_note(a, v, "N", text_or_nil(a, p->name)) &&
                 psrp_value_add_note(a, v, "V", psrp_payload_borrow(a, p->value));
    return whole ? v : NULL;
}

static struct psrp_value *parameters(struct icm_arena *a, const struct psrp_command *command)
{
    struct psrp_value *list = object_list(a);

    for (size_t i = 0; list && i < command->parameter_count; i++)
        if (!psrp_value_add_item(a, list, parameter(a, &command->parameters[i])))
            return NULL;
    return list;
}

static struct psrp_value *local_scope(struct icm_arena *a, enum psrp_tristate scope)
{
    return scope == PSRP_UNSAID ? psrp_value_nil(a) : psrp_value_bool(a, scope == PSRP_YES);
}

static struct psrp_value *command_value(struct icm_arena *a, const struct psrp_command *command, int minor)
{
    struct psrp_value *v = psrp_value_object(a, NULL);

    bool whole = v && psrp_value_add_note(a, v, "Cmd", psrp_value_text(a, PSRP_STRING, command->text)) &&
                 psrp_value_add_note(a, v, "IsScript", psrp_value_bool(a, command->is_script)) &&
                 psrp_value_add_note(a, v, "UseLocalScope", local_scope(a, command->use_local_scope)) &&
                 add_merges(a, v, command, minor) && psrp_value_add_note(a, v, "Args", parameters(a, command));
    return whole ? v : NULL;
}

/* ---- statements ---- */

/* the statement that begins at *@at, which moves behind it */
static struct psrp_value *statement(struct icm_arena *a, const struct psrp_creation *c, int minor, size_t *at)
{
    struct psrp_value *commands = object_list(a);
    bool has_ended = false;

    while (commands && *at < c->command_count && !has_ended) {
        const struct psrp_command *command = &c->commands[(*at)++];

        has_ended = command->ends_statement;
        if (!psrp_value_add_item(a, commands, command_value(a, command, minor)))
            return NULL;
    }
    return commands;
}

/* All of them, each an object with its commands. */
static struct psrp_value *statements(struct icm_arena *a, const struct psrp_creation *c, int minor)
{
    struct psrp_value *list = object_list(a);

    for (size_t at = 0; list && at < c->command_count;) {
        struct psrp_value *v = psrp_value_object(a, NULL);

        if (!v || !psrp_value_add_note(a, v, "Cmds", statement(a, c, minor, &at)) || !psrp_value_add_item(a, list, v))
            return NULL;
    }
    return list;
}

static bool has_several_statements(const struct psrp_creation *c)
{
    for (size_t i = 0; i + 1 < c->command_count; i++)
        if (c->commands[i].ends_statement)
            return true;
    return false;
}

/* With several statements all of them are in ExtraCmds, and the first in Cmds once more, for a server that does not
 * look there. */
static struct psrp_value *powershell(struct icm_arena *a, const struct psrp_creation *c, int minor)
{
    struct psrp_value *v = psrp_value_object(a, NULL);
    size_t at = 0;

    bool whole =
        v && (!has_several_statements(c) || psrp_value_add_note(a, v, "ExtraCmds", statements(a, c, minor))) &&
        psrp_value_add_note(a, v, "Cmds", statement(a, c, minor, &at)) &&
        psrp_value_add_note(a, v, "IsNested", psrp_value_bool(a, c->is_nested)) &&
        psrp_value_add_note(a, v, "History", text_or_nil(a, c->history)) &&
        psrp_value_add_note(a, v, "RedirectShellErrorOutputPipe", psrp_value_bool(a, c->redirect_error_output));
    return whole ? v : NULL;
}

/* ---- CREATE_PIPELINE ---- */

static enum icm_code check_merges(const struct psrp_command *command, int minor, struct icm_error *err)
{
    for (size_t i = 0; i < PSRP_MERGE_COUNT; i++) {
        enum psrp_result_type where = command->merges[i];

        if ((unsigned)where >= ICM_COUNT(result_type_names))
            return icm_fail(err, ICM_USAGE, "MS-PSRP 2.2.3.31", "a stream merged into %d, at most %d", (int)where,
                            PSRP_RESULT_NULL);
        if (where != PSRP_RESULT_NONE && minor < psrp_merge_members[i].since_minor)
            return icm_fail(err, ICM_UNSUPPORTED, "MS-PSRP 2.2.3.12",
                            "%s needs a server of protocol 2.%d, and this one speaks 2.%d", psrp_merge_members[i].name,
                            psrp_merge_members[i].since_minor, minor);
    }
    return ICM_OK;
}

static enum icm_code check(const struct psrp_creation *c, int minor, struct icm_error *err)
{
    enum icm_code code = ICM_OK;

    if (c->command_count == 0)
        return icm_fail(err, ICM_USAGE, "MS-PSRP 2.2.3.11", "a pipeline without a command");
    if (has_several_statements(c) && minor < STATEMENTS_MINOR)
        return icm_fail(err, ICM_UNSUPPORTED, "MS-PSRP 2.2.3.11",
                        "several statements need a server of protocol 2.%d, and this one speaks 2.%d", STATEMENTS_MINOR,
                        minor);
    for (size_t i = 0; i < c->command_count && code == ICM_OK; i++)
        code = check_merges(&c->commands[i], minor, err);
    return code;
}

static struct psrp_value *creation_value(struct icm_arena *a, const struct psrp_creation *c, int minor)
{
    static const struct psrp_host_info pools_host = {.use_runspace_host = true};
    struct psrp_value *v = psrp_value_object(a, NULL);

    bool whole = v && psrp_value_add_note(a, v, "PowerShell", powershell(a, c, minor)) &&
                 psrp_value_add_note(a, v, "NoInput", psrp_value_bool(a, !c->has_input)) &&
                 psrp_value_add_note(a, v, "ApartmentState", psrp_payload_apartment_state(a, c->apartment_state)) &&
                 psrp_value_add_note(a, v, "RemoteStreamOptions", stream_options(a, c->stream_options)) &&
                 psrp_value_add_note(a, v, "AddToHistory", psrp_value_bool(a, c->add_to_history)) &&
                 psrp_value_add_note(a, v, "HostInfo", psrp_host_info_value(a, c->host ? c->host : &pools_host)) &&
                 psrp_value_add_note(a, v, "IsNested", psrp_value_bool(a, c->is_nested));
    return whole ? v : NULL;
}

enum icm_code psrp_payload_create_pipeline(struct icm_arena *a, const struct psrp_creation *creation, int minor,
                                           struct psrp_value **out, struct icm_error *err)
{
    enum icm_code code = check(creation, minor, err);

    if (code != ICM_OK)
        return code;
    struct psrp_value *v = creation_value(a, creation, minor);
    if (!v)
        return icm_nomem(err);
    *out = v;
    return ICM_OK;
}

/* ---- GET_COMMAND_METADATA ---- */

static struct psrp_value *texts(struct icm_arena *a, const struct icm_slice *all, size_t count)
{
    static const char *const types[] = {"System.String[]", "System.Array", "System.Object", NULL};
    struct psrp_value *list = count > 0 ? psrp_value_typed(a, PSRP_LIST, types) : psrp_value_nil(a);

    for (size_t i = 0; list && i < count; i++)
        if (!psrp_value_add_item(a, list, psrp_value_text(a, PSRP_STRING, all[i])))
            return NULL;
    return list;
}

static struct psrp_value *argument_list(struct icm_arena *a, const struct psrp_metadata_query *q)
{
    struct psrp_value *list = q->argument_count > 0 ? psrp_value_array(a) : psrp_value_nil(a);

    for (size_t i = 0; list && i < q->argument_count; i++)
        if (!psrp_value_add_item(a, list, psrp_payload_borrow(a, q->arguments[i])))
            return NULL;
    return list;
}

struct psrp_value *psrp_payload_get_metadata(struct icm_arena *a, const struct psrp_metadata_query *q)
{
    struct psrp_value *v = psrp_value_object(a, NULL);

    bool whole = v && psrp_value_add_note(a, v, "Name", texts(a, q->names, q->name_count)) &&
                 psrp_value_add_note(a, v, "CommandType", command_types(a, q->command_types)) &&
                 psrp_value_add_note(a, v, "Namespace", texts(a, q->namespaces, q->namespace_count)) &&
                 psrp_value_add_note(a, v, "FullyQualifiedModule", psrp_value_nil(a)) &&
                 psrp_value_add_note(a, v, "ArgumentList", argument_list(a, q));
    return whole ? v : NULL;
}
