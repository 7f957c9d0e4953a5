#include "cli/error_view.h"

#include "cli/value_inline.h"
#include "psrp/record.h"
#include "wsman/fault.h"

#include <stdio.h>

/* our own failures: in ErrorCategory's words, and by an id like those of PowerShell's transport (a script may look for
 * it) */
static const struct kind {
    const char *category, *id;
} kinds[] = {
    [ICM_OK] = {"NotSpecified", "NotSpecified"},
    [ICM_AGAIN] = {"NotSpecified", "NotSpecified"},
    [ICM_NOMEM] = {"ResourceUnavailable", "OutOfMemory"},
    [ICM_SYNTAX] = {"ProtocolError", "ProtocolError"},
    [ICM_STATE] = {"ProtocolError", "ProtocolError"},
    [ICM_LIMIT] = {"LimitsExceeded", "LimitExceeded"},
    [ICM_DENIED] = {"AuthenticationError", "AccessDenied"},
    [ICM_FAULT] = {"OpenError", "WSManFault"},
    [ICM_IO] = {"ConnectionError", "ConnectionFailed"},
    [ICM_TLS] = {"SecurityError", "TlsFailed"},
    [ICM_TIMEOUT] = {"OperationTimeout", "OperationTimedOut"},
    [ICM_CANCELLED] = {"OperationStopped", "OperationStopped"},
    [ICM_UNSUPPORTED] = {"NotImplemented", "NotSupported"},
    [ICM_USAGE] = {"InvalidArgument", "InvalidArgument"},
};

static const struct kind *kind_of(enum icm_code code)
{
    return &kinds[(size_t)code < ICM_COUNT(kinds) ? code : ICM_OK];
}

static bool add_member(struct icm_buf *out, const struct psrp_value *of, const char *name)
{
    const struct psrp_value *value = psrp_value_member(of, name);

    if (value && value->kind != PSRP_NIL)
        cli_value_write_inline(value, out);
    return out->size > 0;
}

/* the engine sends it ready made; other servers may not: CATEGORY: (TARGET:TYPE) [ACTIVITY], REASON */
static void add_category_info(struct cli_error_view *v, const struct psrp_value *record)
{
    static const struct {
        const char *before, *name;
    } parts[] = {{": (", "ErrorCategory_TargetName"},
                 {":", "ErrorCategory_TargetType"},
                 {") [", "ErrorCategory_Activity"},
                 {"], ", "ErrorCategory_Reason"}};

    if (add_member(&v->category_info, record, "ErrorCategory_Message"))
        return;
    icm_buf_add_text(&v->category_info, v->category);
    for (size_t i = 0; i < ICM_COUNT(parts); i++) {
        icm_buf_add_text(&v->category_info, parts[i].before);
        add_member(&v->category_info, record, parts[i].name);
    }
}

static void view_text(struct cli_error_view *v, struct icm_slice text)
{
    while (text.size > 0 && strchr("\r\n", text.data[text.size - 1]))
        text.size--;
    v->is_text = true;
    v->category = psrp_record_category_name(PSRP_CATEGORY_NOT_SPECIFIED);
    icm_buf_add(&v->message, text);
}

void cli_error_view_of_record(struct cli_error_view *v, const struct psrp_value *record)
{
    int64_t category = 0;

    *v = (struct cli_error_view){0};
    if (record && record->kind == PSRP_STRING) {
        view_text(v, record->as.text);
        return;
    }
    add_member(&v->id, record, "FullyQualifiedErrorId");
    if (!add_member(&v->message, record, "ErrorDetails_Message") &&
        !add_member(&v->message, psrp_value_member(record, "Exception"), "Message"))
        cli_value_write_inline(record, &v->message);
    psrp_value_integer(psrp_value_member(record, "ErrorCategory_Category"), &category);
    v->category = psrp_record_category_name(category);
    add_category_info(v, record);
    add_member(&v->remedy, record, "ErrorDetails_RecommendedAction");
}

void cli_error_view_of_error(struct cli_error_view *v, const struct icm_error *why)
{
    const struct icm_fault *fault = why->fault;
    const struct kind *kind = kind_of(why->code);
    char qualified[96];

    *v = (struct cli_error_view){0};
    v->category = kind->category;
    icm_buf_add_text(&v->message, why->text);
    if (why->spec)
        icm_buf_add_format(&v->message, " (%s)", why->spec);
    if (fault && fault->wsman_code != 0)
        wsman_fault_qualified_id(fault, qualified);
    else
        snprintf(qualified, sizeof qualified, "%s,PSSessionStateBroken", kind->id);
    icm_buf_add_text(&v->id, qualified);
    if (!fault)
        return;
    icm_buf_add_text(&v->remedy, fault->remedy ? fault->remedy : "");
    v->wsman_code = fault->wsman_code;
    v->http_status = fault->http_status;
}

void cli_error_view_reset(struct cli_error_view *v)
{
    icm_buf_reset(&v->id);
    icm_buf_reset(&v->message);
    icm_buf_reset(&v->category_info);
    icm_buf_reset(&v->remedy);
}

void cli_error_view_write_json(const struct cli_error_view *v, const char *computer, struct icm_json *json)
{
    icm_json_open(json, '{');
    icm_json_key_text(json, "id");
    icm_json_string(json, icm_buf_slice(&v->id));
    icm_json_member_text(json, "category", v->category);
    icm_json_key_text(json, "message");
    icm_json_string(json, icm_buf_slice(&v->message));
    if (computer)
        icm_json_member_text(json, "computer", computer);
    icm_json_key_text(json, "remedy");
    if (v->remedy.size > 0)
        icm_json_string(json, icm_buf_slice(&v->remedy));
    else
        icm_json_null(json);
    if (v->wsman_code != 0) {
        icm_json_key_text(json, "wsman_code");
        icm_json_u64(json, v->wsman_code);
    }
    if (v->http_status != 0) {
        icm_json_key_text(json, "http_status");
        icm_json_u64(json, v->http_status);
    }
    icm_json_close(json, '}');
}
