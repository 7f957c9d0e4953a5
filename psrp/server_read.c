/* The messages of a client that say much, taken apart: INIT_RUNSPACEPOOL, CREATE_PIPELINE, GET_COMMAND_METADATA.
 * Members that an older client leaves out have their defaults; a member of the wrong kind is refused.
 * MS-PSRP 2.2.2.2, 2.2.2.10, 2.2.2.14. */
#include "psrp/server_private.h"

#include "psrp/payload.h"

static enum icm_code bad(struct icm_error *err, const char *section, const char *name, const char *wanted)
{
    return icm_fail(err, ICM_SYNTAX, section, "a member %s that is no %s", name, wanted);
}

/* ---- members ---- */

/* Nil is as good as absent */
static const struct psrp_value *member(const struct psrp_value *value, const char *name)
{
    const struct psrp_value *m = psrp_value_member(value, name);

    return m && m->kind != PSRP_NIL ? m : NULL;
}

static enum icm_code read_bool(const struct psrp_value *value, const char *name, bool *out, struct icm_error *err)
{
    const struct psrp_value *m = member(value, name);

    if (m && m->kind != PSRP_BOOL)
        return bad(err, "MS-PSRP 2.2.2.10", name, "boolean");
    *out = m ? m->as.boolean : *out;
    return ICM_OK;
}

static enum icm_code read_number(const struct psrp_value *value, const char *name, int32_t max, int32_t *out,
                                 struct icm_error *err)
{
    const struct psrp_value *m = member(value, name);
    int64_t number = *out;

    if (m && (!psrp_value_integer(m, &number) || number < 0 || number > max))
        return icm_fail(err, ICM_SYNTAX, "MS-PSRP 2.2.2.10", "a member %s that is no number from 0 to %d", name, max);
    *out = (int32_t)number;
    return ICM_OK;
}

/* NULL: none, or an empty one */
static enum icm_code read_list(const struct psrp_value *value, const char *name, const struct psrp_list **out,
                               struct icm_error *err)
{
    const struct psrp_value *m = member(value, name);

    if (m && m->kind != PSRP_LIST && m->kind != PSRP_ENUMERABLE)
        return bad(err, "MS-PSRP 2.2.2.10", name, "list");
    *out = m && m->as.list->first ? m->as.list : NULL;
    return ICM_OK;
}

static enum icm_code read_text(const struct psrp_value *value, const char *name, struct icm_slice *out,
                               struct icm_error *err)
{
    const struct psrp_value *m = member(value, name);

    if (m && m->kind != PSRP_STRING)
        return bad(err, "MS-PSRP 2.2.2.10", name, "string");
    *out = m ? m->as.text : (struct icm_slice){0};
    return ICM_OK;
}

/* ---- INIT_RUNSPACEPOOL ---- */

static enum icm_code read_host(const struct psrp_value *value, struct psrp_host_info *out, struct icm_error *err)
{
    const struct psrp_value *host = member(value, "HostInfo");

    *out = (struct psrp_host_info){.use_runspace_host = true};
    return host ? psrp_host_info_read(host, out, err) : ICM_OK;
}

enum icm_code psrp_server_read_opening(const struct psrp_value *value, struct psrp_opening *out, struct icm_error *err)
{
    struct psrp_opening o = {.apartment_state = 2};
    const struct psrp_value *arguments = member(value, "ApplicationArguments");

    if (arguments && arguments->kind != PSRP_DICTIONARY)
        return bad(err, "MS-PSRP 2.2.2.2", "ApplicationArguments", "dictionary");
    o.application_arguments = arguments;
    enum icm_code code = read_number(value, "MinRunspaces", INT32_MAX, &o.min_runspaces, err);
    if (code == ICM_OK)
        code = read_number(value, "MaxRunspaces", INT32_MAX, &o.max_runspaces, err);
    if (code == ICM_OK && (o.min_runspaces < 1 || o.max_runspaces < o.min_runspaces))
        return icm_fail(err, ICM_SYNTAX, "MS-PSRP 2.2.2.2", "a runspace pool of %d to %d runspaces", o.min_runspaces,
                        o.max_runspaces);
    if (code == ICM_OK)
        code = read_number(value, "PSThreadOptions", 3, &o.thread_options, err);
    if (code == ICM_OK)
        code = read_number(value, "ApartmentState", 2, &o.apartment_state, err);
    if (code == ICM_OK)
        code = read_host(value, &o.host, err);
    if (code == ICM_OK)
        *out = o;
    return code;
}

/* ---- a command ---- */

static enum icm_code read_parameter(const struct psrp_value *value, struct psrp_parameter *out, struct icm_error *err)
{
    out->value = psrp_value_member(value, "V");
    return read_text(value, "N", &out->name, err);
}

static enum icm_code read_parameters(const struct psrp_value *value, struct icm_arena *a, struct psrp_command *out,
                                     struct icm_error *err)
{
    const struct psrp_list *list;
    enum icm_code code = read_list(value, "Args", &list, err);

    if (code != ICM_OK || !list)
        return code;
    struct psrp_parameter *parameters = icm_arena_take(a, list->count * sizeof *parameters);
    if (!parameters)
        return icm_nomem(err);
    out->parameters = parameters;
    for (const struct psrp_item *i = list->first; i && code == ICM_OK; i = i->next)
        code = read_parameter(i->value, &parameters[out->parameter_count++], err);
    return code;
}

static enum icm_code read_merges(const struct psrp_value *value, struct psrp_command *out, struct icm_error *err)
{
    enum icm_code code = ICM_OK;

    for (int i = 0; i < PSRP_MERGE_COUNT && code == ICM_OK; i++) {
        int32_t where = PSRP_RESULT_NONE;

        code = read_number(value, psrp_merge_members[i].name, PSRP_RESULT_NULL, &where, err);
        out->merges[i] = (enum psrp_result_type)where;
    }
    return code;
}

static enum icm_code read_command(const struct psrp_value *value, struct icm_arena *a, struct psrp_command *out,
                                  struct icm_error *err)
{
    const struct psrp_value *text = psrp_value_member(value, "Cmd"), *scope = member(value, "UseLocalScope");
    bool is_local = false;

    if (!text || text->kind != PSRP_STRING)
        return bad(err, "MS-PSRP 2.2.3.12", "Cmd", "string");
    out->text = text->as.text;
    enum icm_code code = read_bool(value, "IsScript", &out->is_script, err);
    if (code == ICM_OK)
        code = read_bool(value, "UseLocalScope", &is_local, err);
    out->use_local_scope = !scope ? PSRP_UNSAID : is_local ? PSRP_YES : PSRP_NO;
    if (code == ICM_OK)
        code = read_merges(value, out, err);
    return code == ICM_OK ? read_parameters(value, a, out, err) : code;
}

/* ---- CREATE_PIPELINE ---- */

/* Commands are counted first, so that they lie in one array. */
struct commands {
    struct psrp_command *all; /* NULL: they are being counted */
    size_t count;
};

static enum icm_code add_statement(const struct psrp_value *value, struct icm_arena *a, struct commands *out,
                                   struct icm_error *err)
{
    const struct psrp_list *list;
    enum icm_code code = read_list(value, "Cmds", &list, err);

    if (code == ICM_OK && !list)
        return icm_fail(err, ICM_SYNTAX, "MS-PSRP 2.2.3.11", "a pipeline without a command");
    for (const struct psrp_item *i = list ? list->first : NULL; i && code == ICM_OK; i = i->next, out->count++)
        if (out->all)
            code = read_command(i->value, a, &out->all[out->count], err);
    if (out->all && code == ICM_OK)
        out->all[out->count - 1].ends_statement = true;
    return code;
}

/* With several statements all of them are in ExtraCmds, and the first in Cmds once more. */
static enum icm_code add_statements(const struct psrp_value *powershell, struct icm_arena *a, struct commands *out,
                                    struct icm_error *err)
{
    const struct psrp_list *extra;
    enum icm_code code = read_list(powershell, "ExtraCmds", &extra, err);

    if (code != ICM_OK || !extra)
        return code == ICM_OK ? add_statement(powershell, a, out, err) : code;
    for (const struct psrp_item *i = extra->first; i && code == ICM_OK; i = i->next)
        code = add_statement(i->value, a, out, err);
    return code;
}

static enum icm_code read_commands(const struct psrp_value *powershell, struct icm_arena *a, struct psrp_creation *out,
                                   struct icm_error *err)
{
    struct commands counted = {0}, read = {0};

    enum icm_code code = add_statements(powershell, a, &counted, err);
    if (code != ICM_OK)
        return code;
    read.all = icm_arena_take(a, counted.count * sizeof *read.all);
    if (!read.all)
        return icm_nomem(err);
    code = add_statements(powershell, a, &read, err);
    read.all[counted.count - 1].ends_statement = false; /* no other begins behind it */
    out->commands = read.all;
    out->command_count = counted.count;
    return code;
}

static enum icm_code read_creation_host(const struct psrp_value *value, struct icm_arena *a, struct psrp_creation *out,
                                        struct icm_error *err)
{
    if (!member(value, "HostInfo"))
        return ICM_OK;
    struct psrp_host_info *host = icm_arena_take(a, sizeof *host);
    out->host = host;
    return host ? read_host(value, host, err) : icm_nomem(err);
}

static enum icm_code read_flags(const struct psrp_value *value, struct psrp_creation *out, struct icm_error *err)
{
    bool no_input = false;
    enum icm_code code = read_bool(value, "NoInput", &no_input, err);

    out->has_input = !no_input;
    if (code == ICM_OK)
        code = read_bool(value, "IsNested", &out->is_nested, err);
    if (code == ICM_OK)
        code = read_bool(value, "AddToHistory", &out->add_to_history, err);
    if (code == ICM_OK)
        code = read_number(value, "RemoteStreamOptions", INT32_MAX, &out->stream_options, err);
    return code == ICM_OK ? read_number(value, "ApartmentState", 2, &out->apartment_state, err) : code;
}

enum icm_code psrp_server_read_creation(const struct psrp_value *value, struct icm_arena *a, struct psrp_creation *out,
                                        struct icm_error *err)
{
    const struct psrp_value *powershell = psrp_value_member(value, "PowerShell");

    *out = (struct psrp_creation){.apartment_state = 2};
    enum icm_code code = read_commands(powershell, a, out, err);
    if (code == ICM_OK)
        code = read_text(powershell, "History", &out->history, err);
    if (code == ICM_OK)
        code = read_bool(powershell, "RedirectShellErrorOutputPipe", &out->redirect_error_output, err);
    if (code == ICM_OK)
        code = read_flags(value, out, err);
    return code == ICM_OK ? read_creation_host(value, a, out, err) : code;
}

/* ---- GET_COMMAND_METADATA ---- */

static enum icm_code read_texts(const struct psrp_value *value, const char *name, struct icm_arena *a,
                                const struct icm_slice **out, size_t *count, struct icm_error *err)
{
    const struct psrp_list *list;
    enum icm_code code = read_list(value, name, &list, err);

    if (code != ICM_OK || !list)
        return code;
    struct icm_slice *texts = icm_arena_take(a, list->count * sizeof *texts);
    if (!texts)
        return icm_nomem(err);
    *out = texts;
    for (const struct psrp_item *i = list->first; i; i = i->next) {
        if (i->value->kind != PSRP_STRING)
            return bad(err, "MS-PSRP 2.2.2.14", name, "list of strings");
        texts[(*count)++] = i->value->as.text;
    }
    return ICM_OK;
}

static enum icm_code read_arguments(const struct psrp_value *value, struct icm_arena *a,
                                    struct psrp_metadata_query *out, struct icm_error *err)
{
    const struct psrp_list *list;
    enum icm_code code = read_list(value, "ArgumentList", &list, err);

    if (code != ICM_OK || !list)
        return code;
    const struct psrp_value **arguments = icm_arena_take(a, list->count * sizeof *arguments);
    if (!arguments)
        return icm_nomem(err);
    out->arguments = arguments;
    for (const struct psrp_item *i = list->first; i; i = i->next)
        arguments[out->argument_count++] = i->value;
    return ICM_OK;
}

enum icm_code psrp_server_read_query(const struct psrp_value *value, struct icm_arena *a,
                                     struct psrp_metadata_query *out, struct icm_error *err)
{
    *out = (struct psrp_metadata_query){0};
    enum icm_code code = read_texts(value, "Name", a, &out->names, &out->name_count, err);
    if (code == ICM_OK)
        code = read_number(value, "CommandType", INT32_MAX, &out->command_types, err);
    if (code == ICM_OK)
        code = read_texts(value, "Namespace", a, &out->namespaces, &out->namespace_count, err);
    return code == ICM_OK ? read_arguments(value, a, out, err) : code;
}
