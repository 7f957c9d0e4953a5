#include "psrp/record.h"

static const char *const categories[] = {
    "NotSpecified",     "OpenError",        "CloseError",        "DeviceError",     "DeadlockDetected",
    "InvalidArgument",  "InvalidData",      "InvalidOperation",  "InvalidResult",   "InvalidType",
    "MetadataError",    "NotImplemented",   "NotInstalled",      "ObjectNotFound",  "OperationStopped",
    "OperationTimeout", "SyntaxError",      "ParserError",       "PermissionDenied", "ResourceBusy",
    "ResourceExists",   "ResourceUnavailable", "ReadError",      "WriteError",      "FromStdErr",
    "SecurityError",    "ProtocolError",    "ConnectionError",   "AuthenticationError", "LimitsExceeded",
    "QuotaExceeded",    "NotEnabled",
};

static const char *const runtime_exception[] = {"System.Management.Automation.RuntimeException",
                                                "System.SystemException", "System.Exception", "System.Object", NULL};

enum { COR_E_SYSTEM = -2146233087 }; /* the HResult of every RuntimeException */

const char *psrp_record_category_name(int64_t category)
{
    return categories[category >= 0 && category < (int64_t)ICM_COUNT(categories) ? category : 0];
}

static const char *short_name(const char *type)
{
    const char *dot = strrchr(type, '.');

    return dot ? dot + 1 : type;
}

static struct psrp_value *text_value(struct icm_arena *a, struct icm_buf *text)
{
    struct psrp_value *value = text->failed ? NULL : psrp_value_text(a, PSRP_STRING, icm_buf_slice(text));

    icm_buf_reset(text);
    return value;
}

static struct psrp_value *no_data(struct icm_arena *a)
{
    static const char *const types[] = {"System.Collections.ListDictionaryInternal", "System.Object", NULL};

    return psrp_value_typed(a, PSRP_DICTIONARY, types);
}

static bool set_to_string(struct icm_arena *a, struct psrp_value *value, struct icm_slice text)
{
    if (!value || !icm_arena_copy(a, text, &value->object->to_string))
        return false;
    value->object->has_to_string = true;
    return true;
}

static struct psrp_value *exception(struct icm_arena *a, const struct psrp_error_words *w, const char *const *types)
{
    struct psrp_value *e = psrp_value_object(a, types);
    struct icm_buf text = {0};

    icm_buf_add_text(&text, types[0]);
    icm_buf_add_text(&text, ": ");
    icm_buf_add(&text, w->message);
    bool whole = !text.failed && set_to_string(a, e, icm_buf_slice(&text));
    icm_buf_reset(&text);

    whole = whole && psrp_value_add_property(a, e, "TargetSite", psrp_value_nil(a)) &&
            psrp_value_add_property(a, e, "Message", psrp_value_text(a, PSRP_STRING, w->message)) &&
            psrp_value_add_property(a, e, "Data", no_data(a)) &&
            psrp_value_add_property(a, e, "InnerException", psrp_value_nil(a)) &&
            psrp_value_add_property(a, e, "HelpLink", psrp_value_nil(a)) &&
            psrp_value_add_property(a, e, "Source", psrp_value_nil(a)) &&
            psrp_value_add_property(a, e, "HResult", psrp_value_i32(a, COR_E_SYSTEM)) &&
            psrp_value_add_property(a, e, "StackTrace", psrp_value_nil(a));
    return whole ? e : NULL;
}

/* "NotImplemented: (:) [], HostException": CategoryInfo's text, where neither activity nor target is known */
static struct psrp_value *category_message(struct icm_arena *a, int32_t category, const char *reason)
{
    struct icm_buf text = {0};

    icm_buf_add_format(&text, "%s: (:) [], %s", psrp_record_category_name(category), reason);
    return text_value(a, &text);
}

static struct psrp_value *add_members(struct icm_arena *a, struct psrp_value *r, const struct psrp_error_words *w)
{
    const char *const *types = w->exception ? w->exception : runtime_exception;
    const char *reason = short_name(types[0]);

    bool whole = r && psrp_value_add_note(a, r, "Exception", exception(a, w, types)) &&
                 psrp_value_add_note(a, r, "TargetObject", psrp_value_nil(a)) &&
                 psrp_value_add_note(a, r, "FullyQualifiedErrorId", psrp_value_string(a, w->id)) &&
                 psrp_value_add_note(a, r, "InvocationInfo", psrp_value_nil(a)) &&
                 psrp_value_add_note(a, r, "ErrorCategory_Category", psrp_value_i32(a, w->category)) &&
                 psrp_value_add_note(a, r, "ErrorCategory_Activity", psrp_value_string(a, "")) &&
                 psrp_value_add_note(a, r, "ErrorCategory_Reason", psrp_value_string(a, reason)) &&
                 psrp_value_add_note(a, r, "ErrorCategory_TargetName", psrp_value_string(a, "")) &&
                 psrp_value_add_note(a, r, "ErrorCategory_TargetType", psrp_value_string(a, "")) &&
                 psrp_value_add_note(a, r, "ErrorCategory_Message", category_message(a, w->category, reason)) &&
                 psrp_value_add_note(a, r, "SerializeExtendedInfo", psrp_value_bool(a, false));
    return whole ? r : NULL;
}

struct psrp_value *psrp_record_error_members(struct icm_arena *a, const struct psrp_error_words *words)
{
    return add_members(a, psrp_value_object(a, NULL), words);
}

struct psrp_value *psrp_record_error(struct icm_arena *a, const struct psrp_error_words *words)
{
    static const char *const types[] = {"System.Management.Automation.ErrorRecord", "System.Object", NULL};
    struct psrp_value *record = psrp_value_object(a, types);

    return set_to_string(a, record, words->message) ? add_members(a, record, words) : NULL;
}
