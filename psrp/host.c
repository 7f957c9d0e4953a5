#include "psrp/host.h"

#include "psrp/record.h"

#include <stdio.h>

typedef struct psrp_value *host_answer(struct icm_arena *a, const struct icm_guid *pool_id);

static struct psrp_value *answer_name(struct icm_arena *a, const struct icm_guid *pool_id)
{
    return psrp_value_string(a, "icm");
}

static struct psrp_value *answer_version(struct icm_arena *a, const struct icm_guid *pool_id)
{
    return psrp_value_text(a, PSRP_VERSION, icm_slice_text("1.0"));
}

static struct psrp_value *answer_instance_id(struct icm_arena *a, const struct icm_guid *pool_id)
{
    char text[ICM_GUID_TEXT + 1];

    icm_guid_format_lower(pool_id, text);
    return psrp_value_text(a, PSRP_GUID, icm_slice_text(text));
}

static struct psrp_value *answer_culture(struct icm_arena *a, const struct icm_guid *pool_id)
{
    return psrp_value_string(a, "en-US");
}

/* by number; a method without an answer is refused */
static const struct host_method {
    const char *name;
    host_answer *answer;
} methods[] = {
    [1] = {"GetName", answer_name},
    [2] = {"GetVersion", answer_version},
    [3] = {"GetInstanceId", answer_instance_id},
    [4] = {"GetCurrentCulture", answer_culture},
    [5] = {"GetCurrentUICulture", answer_culture},
    [6] = {"SetShouldExit", NULL},
    [7] = {"EnterNestedPrompt", NULL},
    [8] = {"ExitNestedPrompt", NULL},
    [9] = {"NotifyBeginApplication", NULL},
    [10] = {"NotifyEndApplication", NULL},
    [11] = {"ReadLine", NULL},
    [12] = {"ReadLineAsSecureString", NULL},
    [13] = {"Write1", NULL},
    [14] = {"Write2", NULL},
    [15] = {"WriteLine1", NULL},
    [16] = {"WriteLine2", NULL},
    [17] = {"WriteLine3", NULL},
    [18] = {"WriteErrorLine", NULL},
    [19] = {"WriteDebugLine", NULL},
    [20] = {"WriteProgress", NULL},
    [21] = {"WriteVerboseLine", NULL},
    [22] = {"WriteWarningLine", NULL},
    [23] = {"Prompt", NULL},
    [24] = {"PromptForCredential1", NULL},
    [25] = {"PromptForCredential2", NULL},
    [26] = {"PromptForChoice", NULL},
    [27] = {"GetForegroundColor", NULL},
    [28] = {"SetForegroundColor", NULL},
    [29] = {"GetBackgroundColor", NULL},
    [30] = {"SetBackgroundColor", NULL},
    [31] = {"GetCursorPosition", NULL},
    [32] = {"SetCursorPosition", NULL},
    [33] = {"GetWindowPosition", NULL},
    [34] = {"SetWindowPosition", NULL},
    [35] = {"GetCursorSize", NULL},
    [36] = {"SetCursorSize", NULL},
    [37] = {"GetBufferSize", NULL},
    [38] = {"SetBufferSize", NULL},
    [39] = {"GetWindowSize", NULL},
    [40] = {"SetWindowSize", NULL},
    [41] = {"GetWindowTitle", NULL},
    [42] = {"SetWindowTitle", NULL},
    [43] = {"GetMaxWindowSize", NULL},
    [44] = {"GetMaxPhysicalWindowSize", NULL},
    [45] = {"GetKeyAvailable", NULL},
    [46] = {"ReadKey", NULL},
    [47] = {"FlushInputBuffer", NULL},
    [48] = {"SetBufferContents1", NULL},
    [49] = {"SetBufferContents2", NULL},
    [50] = {"GetBufferContents", NULL},
    [51] = {"ScrollBufferContents", NULL},
    [52] = {"PushRunspace", NULL},
    [53] = {"PopRunspace", NULL},
    [54] = {"GetIsRunspacePushed", NULL},
    [55] = {"GetRunspace", NULL},
    [56] = {"PromptForChoiceMultipleSelection", NULL},
};

static const struct host_method *method_of(int64_t method)
{
    bool is_known = method > 0 && method < (int64_t)ICM_COUNT(methods);

    return is_known ? &methods[method] : NULL;
}

const char *psrp_host_method_name(int64_t method)
{
    const struct host_method *row = method_of(method);

    return row ? row->name : NULL;
}

enum icm_code psrp_host_call_read(const struct psrp_value *value, struct psrp_host_call *out, struct icm_error *err)
{
    struct psrp_host_call call;

    if (!psrp_value_integer(psrp_value_member(value, "ci"), &call.call_id))
        return icm_fail(err, ICM_SYNTAX, "MS-PSRP 2.2.2.27", "a host call without its number (ci)");
    if (!psrp_value_integer(psrp_value_member(value, "mi"), &call.method))
        return icm_fail(err, ICM_SYNTAX, "MS-PSRP 2.2.2.27", "a host call without its method (mi)");
    call.parameters = psrp_value_member(value, "mp");
    *out = call;
    return ICM_OK;
}

static struct psrp_value *refusal(struct icm_arena *a)
{
    static const char *const host_exception[] = {
        "System.Management.Automation.Host.HostException", "System.Management.Automation.RuntimeException",
        "System.SystemException", "System.Exception", "System.Object", NULL};
    static const char message[] = "A command that prompts the user failed because the host program or the command type "
                                  "does not support user interaction.";
    struct psrp_error_words words = {
        .exception = host_exception,
        .message = icm_slice_text(message),
        .id = "HostFunctionNotImplemented",
        .category = PSRP_CATEGORY_NOT_IMPLEMENTED,
    };

    return psrp_record_error_members(a, &words);
}

static struct psrp_value *method_id(struct icm_arena *a, int64_t method)
{
    const char *name = psrp_host_method_name(method);
    char digits[24];

    snprintf(digits, sizeof digits, "%lld", (long long)method); /* what .NET writes for an enum's unnamed number */
    return psrp_value_enum(a, "System.Management.Automation.Remoting.RemoteHostMethodId", (int32_t)method,
                           name ? name : digits);
}

struct psrp_value *psrp_host_answer(struct icm_arena *a, const struct psrp_host_call *call,
                                    const struct icm_guid *pool_id)
{
    const struct host_method *method = method_of(call->method);
    host_answer *answer = method ? method->answer : NULL;
    struct psrp_value *v = psrp_value_object(a, NULL);

    bool whole = v &&
                 (answer ? psrp_value_add_note(a, v, "mr", answer(a, pool_id))
                         : psrp_value_add_note(a, v, "me", refusal(a))) &&
                 psrp_value_add_note(a, v, "ci", psrp_value_i64(a, call->call_id)) &&
                 psrp_value_add_note(a, v, "mi", method_id(a, call->method));
    return whole ? v : NULL;
}

/* A const value as a part of a tree that is only written: the top is copied, what hangs on it is shared. */
static struct psrp_value *borrow(struct icm_arena *a, const struct psrp_value *value)
{
    struct psrp_value *copy = icm_arena_take(a, sizeof *copy);

    if (copy)
        *copy = *value;
    return copy;
}

static struct psrp_value *parameters_value(struct icm_arena *a, const struct psrp_value *parameters)
{
    static const char *const types[] = {"System.Collections.ArrayList", "System.Object", NULL};
    struct psrp_value *v = psrp_value_typed(a, PSRP_LIST, types);

    for (const struct psrp_item *i = parameters ? parameters->as.list->first : NULL; v && i; i = i->next)
        if (!psrp_value_add_item(a, v, borrow(a, i->value)))
            return NULL;
    return v;
}

struct psrp_value *psrp_host_call_value(struct icm_arena *a, const struct psrp_host_call *call)
{
    struct psrp_value *v = psrp_value_object(a, NULL);

    bool whole = v && psrp_value_add_note(a, v, "ci", psrp_value_i64(a, call->call_id)) &&
                 psrp_value_add_note(a, v, "mi", method_id(a, call->method)) &&
                 psrp_value_add_note(a, v, "mp", parameters_value(a, call->parameters));
    return whole ? v : NULL;
}

enum icm_code psrp_host_response_read(const struct psrp_value *value, struct psrp_host_response *out,
                                      struct icm_error *err)
{
    struct psrp_host_response response = {0};

    if (!psrp_value_integer(psrp_value_member(value, "ci"), &response.call_id))
        return icm_fail(err, ICM_SYNTAX, "MS-PSRP 2.2.2.28", "a host response without its number (ci)");
    if (!psrp_value_integer(psrp_value_member(value, "mi"), &response.method))
        return icm_fail(err, ICM_SYNTAX, "MS-PSRP 2.2.2.28", "a host response without its method (mi)");
    response.result = psrp_value_member(value, "mr");
    response.error = psrp_value_member(value, "me");
    *out = response;
    return ICM_OK;
}
