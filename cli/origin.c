#include "cli/origin.h"

static const char runspace_note[] = "RunspaceId";

bool cli_origin_has(struct icm_slice name)
{
    static const char *const notes[] = {CLI_COMPUTER_NOTE, runspace_note, CLI_SHOW_NOTE, "PSSourceJobInstanceId"};

    for (size_t i = 0; i < ICM_COUNT(notes); i++)
        if (icm_slice_equal_nocase(name, icm_slice_text(notes[i])))
            return true;
    return false;
}

static bool append(struct icm_arena *a, struct psrp_object *object, struct icm_slice name, struct psrp_value *value)
{
    struct psrp_member *m = value ? icm_arena_take(a, sizeof *m) : NULL;

    if (!m)
        return false;
    *m = (struct psrp_member){.name = name, .value = value};
    *object->extended_end = m;
    object->extended_end = &m->next;
    return true;
}

static bool copy_others(struct icm_arena *a, struct psrp_object *object, const struct psrp_member *from)
{
    for (; from; from = from->next)
        if (!cli_origin_has(from->name) && !append(a, object, from->name, from->value))
            return false;
    return true;
}

static struct psrp_value *guid(struct icm_arena *a, const struct icm_guid *id)
{
    char text[ICM_GUID_TEXT + 1];

    icm_guid_format_lower(id, text);
    return psrp_value_text(a, PSRP_GUID, icm_slice_text(text));
}

/* in PowerShell's order */
static bool add_notes(struct icm_arena *a, struct psrp_object *object, const struct cli_origin *from)
{
    bool has_runspace = !icm_guid_is_zero(&from->runspace_id);

    return append(a, object, icm_slice_text(CLI_COMPUTER_NOTE), psrp_value_string(a, from->computer)) &&
           (!has_runspace || append(a, object, icm_slice_text(runspace_note), guid(a, &from->runspace_id))) &&
           append(a, object, icm_slice_text(CLI_SHOW_NOTE), psrp_value_bool(a, !from->is_hidden));
}

const struct psrp_value *cli_origin_note(struct icm_arena *a, const struct psrp_value *value, const struct cli_origin *from)
{
    if (!from->computer)
        return value;

    struct psrp_value *copy = icm_arena_take(a, sizeof *copy);
    struct psrp_object *object = icm_arena_take(a, sizeof *object);
    if (!copy || !object)
        return NULL;
    if (value->object)
        *object = *value->object;
    object->extended = NULL;
    object->extended_end = &object->extended;
    *copy = *value;
    copy->object = object;
    bool is_whole = copy_others(a, object, value->object ? value->object->extended : NULL) && add_notes(a, object, from);
    return is_whole ? copy : NULL;
}
