#include "psrp/host.h"

#include "psrp/payload.h"
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

static struct psrp_value *answer_no(struct icm_arena *a, const struct icm_guid *pool_id)
{
    return psrp_value_bool(a, false);
}

/* what can be told without a user */
static const struct {
    enum psrp_host_method method;
    host_answer *answer;
} answers[] = {
    {PSRP_HOST_GET_NAME, answer_name},
    {PSRP_HOST_GET_VERSION, answer_version},
    {PSRP_HOST_GET_INSTANCE_ID, answer_instance_id},
    {PSRP_HOST_GET_CURRENT_CULTURE, answer_culture},
    {PSRP_HOST_GET_CURRENT_UI_CULTURE, answer_culture},
    {PSRP_HOST_GET_IS_RUNSPACE_PUSHED, answer_no},
};

static host_answer *answer_of(int64_t method)
{
    for (size_t i = 0; i < ICM_COUNT(answers); i++)
        if ((int64_t)answers[i].method == method)
            return answers[i].answer;
    return NULL;
}

static struct psrp_value *method_id(struct icm_arena *a, int64_t method)
{
    const char *name = psrp_host_method_name(method);
    char digits[24];

    snprintf(digits, sizeof digits, "%lld", (long long)method); /* what .NET writes for an enum's unnamed number */
    return psrp_value_enum(a, "System.Management.Automation.Remoting.RemoteHostMethodId", (int32_t)method,
                           name ? name : digits);
}

/* @name: mr or me; NULL: neither, for the method gives nothing */
static struct psrp_value *response(struct icm_arena *a, const struct psrp_host_call *call, const char *name,
                                   struct psrp_value *value)
{
    struct psrp_value *v = psrp_value_object(a, NULL);

    bool whole = v && (!name || psrp_value_add_note(a, v, name, value)) &&
                 psrp_value_add_note(a, v, "ci", psrp_value_i64(a, call->call_id)) &&
                 psrp_value_add_note(a, v, "mi", method_id(a, call->method));
    return whole ? v : NULL;
}

struct psrp_value *psrp_host_result(struct icm_arena *a, const struct psrp_host_call *call,
                                    const struct psrp_value *result)
{
    if (!result || result->kind == PSRP_NIL) /* mr is left out for null */
        return response(a, call, NULL, NULL);
    return response(a, call, "mr", psrp_payload_borrow(a, result));
}

struct psrp_value *psrp_host_refusal(struct icm_arena *a, const struct psrp_host_call *call, const char *message)
{
    static const char *const host_exception[] = {"System.Management.Automation.Host.HostException",
                                                 "System.Management.Automation.RuntimeException",
                                                 "System.SystemException",
                                                 "System.Exception",
                                                 "System.Object",
                                                 NULL};
    static const char no_user[] = "A command that prompts the user failed because the host program or the command type "
                                  "does not support user interaction.";
    struct psrp_error_words words = {
        .exception = host_exception,
        .message = icm_slice_text(message ? message : no_user),
        .id = "HostFunctionNotImplemented",
        .category = PSRP_CATEGORY_NOT_IMPLEMENTED,
    };

    return response(a, call, "me", psrp_record_error_members(a, &words));
}

struct psrp_value *psrp_host_answer(struct icm_arena *a, const struct psrp_host_call *call,
                                    const struct icm_guid *pool_id)
{
    host_answer *answer = answer_of(call->method);

    return answer ? response(a, call, "mr", answer(a, pool_id)) : psrp_host_refusal(a, call, NULL);
}

static struct psrp_value *parameters_value(struct icm_arena *a, const struct psrp_value *parameters)
{
    static const char *const types[] = {"System.Collections.ArrayList", "System.Object", NULL};
    struct psrp_value *v = psrp_value_typed(a, PSRP_LIST, types);

    for (const struct psrp_item *i = parameters ? parameters->as.list->first : NULL; v && i; i = i->next)
        if (!psrp_value_add_item(a, v, psrp_payload_borrow(a, i->value)))
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
