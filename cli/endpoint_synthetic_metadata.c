/* The built-in engine's commands, for GET_COMMAND_METADATA: its words, each a cmdlet without parameters.
 * MS-PSRP 2.2.2.14, 2.2.3.22. */
#include "cli/endpoint_script_words.h"
#include "cli/endpoint_synthetic.h"
#include "psrp/message.h"

enum { COMMAND_TYPE_CMDLET = 8 };

/* PowerShell's * and ?; case does not count. After the last * a mismatch goes back to one byte later. */
static bool matches(struct icm_slice pattern, struct icm_slice text)
{
    size_t p = 0, t = 0, star = SIZE_MAX, resume = 0;

    while (t < text.size) {
        bool is_star = p < pattern.size && pattern.data[p] == '*';
        bool is_same = !is_star && p < pattern.size &&
                       (pattern.data[p] == '?' ||
                        icm_slice_equal_nocase(icm_slice_of(pattern.data + p, 1), icm_slice_of(text.data + t, 1)));

        if (is_star) {
            star = p++;
            resume = t;
        }
        if (is_star)
            continue;
        if (is_same) {
            p++;
            t++;
            continue;
        }
        if (star == SIZE_MAX)
            return false;
        p = star + 1;
        t = ++resume;
    }
    while (p < pattern.size && pattern.data[p] == '*')
        p++;
    return p == pattern.size;
}

static bool is_asked(const struct psrp_metadata_query *query, const char *name)
{
    bool is_cmdlet = query->command_types == 0 || (query->command_types & COMMAND_TYPE_CMDLET);

    for (size_t i = 0; is_cmdlet && i < query->name_count; i++)
        if (matches(query->names[i], icm_slice_text(name)))
            return true;
    return is_cmdlet && query->name_count == 0;
}

static struct psrp_value *count_value(struct icm_arena *a, int32_t count)
{
    static const char *const types[] = {"Selected.Microsoft.PowerShell.Commands.GenericMeasureInfo",
                                        "System.Management.Automation.PSCustomObject", "System.Object", NULL};
    struct psrp_value *v = psrp_value_object(a, types);

    return v && psrp_value_add_note(a, v, "Count", psrp_value_i32(a, count)) ? v : NULL;
}

static struct psrp_value *command_value(struct icm_arena *a, const char *name)
{
    static const char *const types[] = {"Selected.System.Management.Automation.CmdletInfo",
                                        "System.Management.Automation.PSCustomObject", "System.Object", NULL};
    struct psrp_value *v = psrp_value_object(a, types);
    struct psrp_value *type =
        psrp_value_enum(a, "System.Management.Automation.CommandTypes", COMMAND_TYPE_CMDLET, "Cmdlet");

    bool whole = v && psrp_value_add_note(a, v, "Name", psrp_value_string(a, name)) &&
                 psrp_value_add_note(a, v, "Namespace", psrp_value_string(a, "synthetic")) &&
                 psrp_value_add_note(a, v, "HelpUri", psrp_value_string(a, "")) &&
                 psrp_value_add_note(a, v, "CommandType", type) &&
                 psrp_value_add_note(a, v, "ResolvedCommandName", psrp_value_nil(a)) &&
                 psrp_value_add_note(a, v, "OutputType", psrp_value_array(a)) &&
                 psrp_value_add_note(a, v, "Parameters", psrp_value_hashtable(a));
    return whole ? v : NULL;
}

enum icm_code synthetic_describe(struct psrp_server *server, const struct psrp_server_event *event,
                                 struct icm_error *err)
{
    ICM_OWN(icm_arena_reset) struct icm_arena a = {0};
    const char *name;
    int32_t count = 0;

    for (size_t i = 0; (name = endpoint_word_name(i)); i++)
        count += is_asked(&event->query, name);
    enum icm_code code =
        psrp_server_send(server, &event->pipeline_id, PSRP_PIPELINE_OUTPUT, count_value(&a, count), err);
    for (size_t i = 0; code == ICM_OK && (name = endpoint_word_name(i)); i++)
        if (is_asked(&event->query, name))
            code = psrp_server_send(server, &event->pipeline_id, PSRP_PIPELINE_OUTPUT, command_value(&a, name), err);
    if (code != ICM_OK)
        return code;
    return psrp_server_pipeline_state(server, &event->pipeline_id, PSRP_PIPELINE_COMPLETED, NULL, err);
}
