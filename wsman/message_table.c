#include "wsman/message_table.h"

#include "base/text.h"
#include "wsman/limits.h"
#include "wsman/names.h"
#include "wsman/shell_kind.h"

#include <stddef.h>

#define WMI_ERROR_NS "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/MSFT_WmiError"
#define OMI_ERROR_NS "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/OMI_Error"

static struct icm_slice *field_at(struct wsman_message *m, size_t field)
{
    return (struct icm_slice *)(void *)((char *)m + field);
}

enum icm_code wsman_message_keep(struct wsman_message *m, size_t field, struct icm_slice text, struct icm_error *err)
{
    struct icm_slice *to = field_at(m, field);

    if (to->size > 0)
        return ICM_OK;
    return icm_arena_copy(&m->arena, text, to) ? ICM_OK : icm_nomem(err);
}

struct icm_slice wsman_attribute_value(struct wsman_attributes attributes, const char *name)
{
    for (size_t i = 0; i < attributes.count; i++)
        if (strcmp(attributes.first[i].name, name) == 0)
            return icm_slice_trim(attributes.first[i].value);
    return icm_slice_of(NULL, 0);
}

bool wsman_attribute_is_true(struct wsman_attributes attributes, const char *name)
{
    struct icm_slice value = wsman_attribute_value(attributes, name);

    return icm_slice_is(value, "1") || icm_slice_equal_nocase(value, icm_slice_text("true"));
}

static enum icm_code on_max_envelope_size(struct wsman_message *m, struct icm_slice text, struct icm_error *err)
{
    (void)err;
    if (!icm_parse_u64(text, UINT64_MAX, &m->max_envelope_size) || m->max_envelope_size == 0)
        m->max_envelope_size = 1; /* said, and too small for anybody */
    return ICM_OK;
}

static enum icm_code on_operation_timeout(struct wsman_message *m, struct icm_slice text, struct icm_error *err)
{
    (void)err;
    if (!wsman_duration_read(text, &m->operation_timeout_ms))
        m->operation_timeout_ms = -2;
    return ICM_OK;
}

static enum icm_code on_idle_timeout(struct wsman_message *m, struct icm_slice text, struct icm_error *err)
{
    (void)err;
    if (!wsman_duration_read(text, &m->idle_timeout_ms))
        m->idle_timeout_ms = -1;
    return ICM_OK;
}

static enum icm_code on_exit_code(struct wsman_message *m, struct icm_slice text, struct icm_error *err)
{
    (void)err;
    m->has_exit_code = icm_parse_i64(text, INT32_MIN, UINT32_MAX, &m->exit_code);
    return ICM_OK;
}

/* decimal, unsigned or as a negative 32-bit number; the outermost counts */
static void keep_code(struct wsman_message *m, struct icm_slice text)
{
    int64_t code;

    if (m->has_wsman_code || !icm_parse_i64(text, INT32_MIN, UINT32_MAX, &code))
        return;
    m->has_wsman_code = true;
    m->wsman_code = (uint32_t)code;
}

static enum icm_code on_wsman_fault(struct wsman_message *m, struct wsman_attributes attributes, struct icm_error *err)
{
    (void)err;
    keep_code(m, wsman_attribute_value(attributes, "Code"));
    return ICM_OK;
}

static enum icm_code on_wmi_code(struct wsman_message *m, struct icm_slice text, struct icm_error *err)
{
    (void)err;
    keep_code(m, text);
    return ICM_OK;
}

static enum icm_code keep_local_name(struct wsman_message *m, size_t field, struct icm_slice qname, struct icm_error *err)
{
    const uint8_t *colon = qname.size ? memchr(qname.data, ':', qname.size) : NULL;

    if (colon)
        qname = icm_slice_from(qname, (size_t)(colon - qname.data) + 1);
    return wsman_message_keep(m, field, qname, err);
}

static enum icm_code on_fault_code(struct wsman_message *m, struct icm_slice text, struct icm_error *err)
{
    return keep_local_name(m, offsetof(struct wsman_message, fault_code), text, err);
}

static enum icm_code on_fault_subcode(struct wsman_message *m, struct icm_slice text, struct icm_error *err)
{
    return keep_local_name(m, offsetof(struct wsman_message, fault_subcode), text, err);
}

static enum icm_code add_pair(struct wsman_message *m, struct wsman_pair **list, size_t max,
                              struct wsman_attributes attributes, struct icm_error *err)
{
    size_t count = 0;

    while (*list) {
        list = &(*list)->next;
        count++;
    }
    if (count >= max)
        return icm_fail(err, ICM_LIMIT, "DSP0226 5.4.2", "more than %zu selectors, options, arguments or variables", max);
    struct wsman_pair *pair = icm_arena_take(&m->arena, sizeof *pair);
    if (!pair || !icm_arena_copy(&m->arena, wsman_attribute_value(attributes, "Name"), &pair->name))
        return icm_nomem(err);
    pair->must_comply = wsman_attribute_is_true(attributes, "MustComply");
    *list = pair;
    return ICM_OK;
}

static enum icm_code end_pair(struct wsman_message *m, struct wsman_pair *list, struct icm_slice text,
                              struct icm_error *err)
{
    while (list->next)
        list = list->next;
    return icm_arena_copy(&m->arena, text, &list->value) ? ICM_OK : icm_nomem(err);
}

static enum icm_code on_selector(struct wsman_message *m, struct wsman_attributes attributes, struct icm_error *err)
{
    return add_pair(m, &m->selectors, WSMAN_SELECTORS_MAX, attributes, err);
}

static enum icm_code on_selector_end(struct wsman_message *m, struct icm_slice text, struct icm_error *err)
{
    return end_pair(m, m->selectors, text, err);
}

static enum icm_code on_option(struct wsman_message *m, struct wsman_attributes attributes, struct icm_error *err)
{
    return add_pair(m, &m->options, WSMAN_SELECTORS_MAX, attributes, err);
}

static enum icm_code on_option_end(struct wsman_message *m, struct icm_slice text, struct icm_error *err)
{
    return end_pair(m, m->options, text, err);
}

static enum icm_code on_variable(struct wsman_message *m, struct wsman_attributes attributes, struct icm_error *err)
{
    return add_pair(m, &m->environment, WSMAN_VARIABLES_MAX, attributes, err);
}

static enum icm_code on_variable_end(struct wsman_message *m, struct icm_slice text, struct icm_error *err)
{
    return end_pair(m, m->environment, text, err);
}

/* in a shell of PowerShell they are the payload */
static bool has_words(const struct wsman_message *m)
{
    const struct wsman_shell_kind *kind = wsman_shell_kind_of(m->resource_uri);

    return !kind || !kind->has_pool;
}

static enum icm_code on_argument(struct wsman_message *m, struct wsman_attributes attributes, struct icm_error *err)
{
    return has_words(m) ? add_pair(m, &m->arguments, WSMAN_ARGUMENTS_MAX, attributes, err) : ICM_OK;
}

static enum icm_code on_argument_end(struct wsman_message *m, struct icm_slice text, struct icm_error *err)
{
    return has_words(m) ? end_pair(m, m->arguments, text, err) : ICM_OK;
}

static enum icm_code on_stream(struct wsman_message *m, struct wsman_attributes attributes, struct icm_error *err)
{
    if (m->stream_count >= WSMAN_STREAMS_MAX)
        return icm_fail(err, ICM_LIMIT, "MS-WSMV 2.2.4.36", "more than %d Stream elements", WSMAN_STREAMS_MAX);
    struct wsman_stream *stream = icm_arena_take(&m->arena, sizeof *stream);
    if (!stream || !icm_arena_copy(&m->arena, wsman_attribute_value(attributes, "Name"), &stream->name) ||
        !icm_arena_copy(&m->arena, wsman_attribute_value(attributes, "CommandId"), &stream->command_id))
        return icm_nomem(err);
    stream->is_end = wsman_attribute_is_true(attributes, "End");
    stream->offset = m->payload.size;
    *m->streams_end = stream;
    m->streams_end = &stream->next;
    m->stream_count++;
    return ICM_OK;
}

static enum icm_code on_stream_end(struct wsman_message *m, struct icm_slice text, struct icm_error *err)
{
    struct wsman_stream *last = (void *)((char *)m->streams_end - offsetof(struct wsman_stream, next));

    (void)text, (void)err;
    last->size = m->payload.size - last->offset;
    return ICM_OK;
}

#define SOAP WSMAN_NS_SOAP
#define ADDRESSING WSMAN_NS_ADDRESSING
#define WSMAN WSMAN_NS_WSMAN
#define WSMV WSMAN_NS_WSMV
#define SHELL WSMAN_NS_SHELL
#define IDENTITY WSMAN_NS_IDENTITY

/* rows of the usual kinds */
#define HOLDER(parent, ns, name, place) {parent, ns, name, place, WSMAN_TEXT_SKIP, 0, WSMAN_BODY_EMPTY, NULL, NULL}
#define KNOWN(parent, ns, name) HOLDER(parent, ns, name, WSMAN_LEAF)
#define FIELD(parent, ns, name, field) \
    {parent, ns, name, WSMAN_LEAF, WSMAN_TEXT_KEEP, offsetof(struct wsman_message, field), WSMAN_BODY_EMPTY, NULL, NULL}
#define VALUE(parent, ns, name, end) \
    {parent, ns, name, WSMAN_LEAF, WSMAN_TEXT_KEEP, 0, WSMAN_BODY_EMPTY, NULL, end}
#define PAIR(parent, ns, name, begin, end) \
    {parent, ns, name, WSMAN_LEAF, WSMAN_TEXT_KEEP, 0, WSMAN_BODY_EMPTY, begin, end}
#define BYTES(parent, ns, name, begin, end) \
    {parent, ns, name, WSMAN_LEAF, WSMAN_TEXT_BASE64, 0, WSMAN_BODY_EMPTY, begin, end}
#define BODY(ns, name, place, body) {WSMAN_IN_BODY, ns, name, place, WSMAN_TEXT_SKIP, 0, body, NULL, NULL}

static const struct wsman_element elements[] = {
    HOLDER(WSMAN_IN_NOTHING, SOAP, "Envelope", WSMAN_IN_ENVELOPE),
    HOLDER(WSMAN_IN_ENVELOPE, SOAP, "Header", WSMAN_IN_HEADER),
    HOLDER(WSMAN_IN_ENVELOPE, SOAP, "Body", WSMAN_IN_BODY),

    /* MS-WSMV 3.1.4.1; one that is not here and must be understood is not */
    FIELD(WSMAN_IN_HEADER, ADDRESSING, "Action", action),
    FIELD(WSMAN_IN_HEADER, ADDRESSING, "To", to),
    FIELD(WSMAN_IN_HEADER, ADDRESSING, "MessageID", message_id),
    FIELD(WSMAN_IN_HEADER, ADDRESSING, "RelatesTo", relates_to),
    KNOWN(WSMAN_IN_HEADER, ADDRESSING, "ReplyTo"),
    KNOWN(WSMAN_IN_HEADER, ADDRESSING, "FaultTo"),
    KNOWN(WSMAN_IN_HEADER, ADDRESSING, "From"),
    FIELD(WSMAN_IN_HEADER, WSMAN, "ResourceURI", resource_uri),
    VALUE(WSMAN_IN_HEADER, WSMAN, "MaxEnvelopeSize", on_max_envelope_size),
    VALUE(WSMAN_IN_HEADER, WSMAN, "OperationTimeout", on_operation_timeout),
    KNOWN(WSMAN_IN_HEADER, WSMAN, "Locale"),
    KNOWN(WSMAN_IN_HEADER, WSMV, "DataLocale"),
    FIELD(WSMAN_IN_HEADER, WSMV, "SessionId", session_id),
    FIELD(WSMAN_IN_HEADER, WSMV, "OperationID", operation_id),
    KNOWN(WSMAN_IN_HEADER, WSMV, "SequenceId"),
    KNOWN(WSMAN_IN_HEADER, WSMV, "ActivityId"),
    HOLDER(WSMAN_IN_HEADER, WSMAN, "SelectorSet", WSMAN_IN_SELECTORS),
    PAIR(WSMAN_IN_SELECTORS, WSMAN, "Selector", on_selector, on_selector_end),
    HOLDER(WSMAN_IN_HEADER, WSMAN, "OptionSet", WSMAN_IN_OPTIONS),
    PAIR(WSMAN_IN_OPTIONS, WSMAN, "Option", on_option, on_option_end),

    /* DSP0226 14; MS-WSMV 2.2.4.43; the fault's text may lie deep in a provider's fault */
    BODY(SOAP, "Fault", WSMAN_IN_FAULT, WSMAN_BODY_FAULT),
    HOLDER(WSMAN_IN_FAULT, SOAP, "Code", WSMAN_IN_CODE),
    VALUE(WSMAN_IN_CODE, SOAP, "Value", on_fault_code),
    HOLDER(WSMAN_IN_CODE, SOAP, "Subcode", WSMAN_IN_SUBCODE),
    VALUE(WSMAN_IN_SUBCODE, SOAP, "Value", on_fault_subcode),
    HOLDER(WSMAN_IN_FAULT, SOAP, "Reason", WSMAN_IN_REASON),
    FIELD(WSMAN_IN_REASON, SOAP, "Text", fault_reason),
    HOLDER(WSMAN_IN_FAULT, SOAP, "Detail", WSMAN_IN_DETAIL),
    {WSMAN_IN_DETAIL, WSMAN_NS_FAULT, "WSManFault", WSMAN_IN_WSMAN_FAULT, WSMAN_TEXT_SKIP, 0, WSMAN_BODY_EMPTY,
     on_wsman_fault, NULL},
    {WSMAN_IN_WSMAN_FAULT, WSMAN_NS_FAULT, "Message", WSMAN_IN_FAULT_MESSAGE, WSMAN_TEXT_DEEP,
     offsetof(struct wsman_message, fault_detail), WSMAN_BODY_EMPTY, NULL, NULL},
    KNOWN(WSMAN_IN_FAULT_MESSAGE, WSMAN_NS_FAULT, "ExtendedError"), /* WMI's own record: no words for people */
    HOLDER(WSMAN_IN_DETAIL, WMI_ERROR_NS, "MSFT_WmiError", WSMAN_IN_WMI_ERROR),
    FIELD(WSMAN_IN_WMI_ERROR, WMI_ERROR_NS, "Message", fault_detail),
    VALUE(WSMAN_IN_WMI_ERROR, WMI_ERROR_NS, "error_Code", on_wmi_code),
    HOLDER(WSMAN_IN_DETAIL, OMI_ERROR_NS, "OMI_Error", WSMAN_IN_WMI_ERROR),
    FIELD(WSMAN_IN_WMI_ERROR, OMI_ERROR_NS, "Message", fault_detail),

    /* DSP0226 11; OMI answers in SOAP's namespace */
    BODY(IDENTITY, "Identify", WSMAN_LEAF, WSMAN_BODY_IDENTIFY),
    BODY(IDENTITY, "IdentifyResponse", WSMAN_IN_IDENTIFY_RESPONSE, WSMAN_BODY_IDENTIFY_RESPONSE),
    BODY(SOAP, "IdentifyResponse", WSMAN_IN_IDENTIFY_RESPONSE, WSMAN_BODY_IDENTIFY_RESPONSE),
    FIELD(WSMAN_IN_IDENTIFY_RESPONSE, IDENTITY, "ProtocolVersion", protocol_version),
    FIELD(WSMAN_IN_IDENTIFY_RESPONSE, IDENTITY, "ProductVendor", product_vendor),
    FIELD(WSMAN_IN_IDENTIFY_RESPONSE, IDENTITY, "ProductVersion", product_version),

    /* MS-WSMV 3.1.4.5: Create and its answer */
    BODY(WSMAN_NS_TRANSFER, "ResourceCreated", WSMAN_IN_RESOURCE_CREATED, WSMAN_BODY_RESOURCE_CREATED),
    HOLDER(WSMAN_IN_RESOURCE_CREATED, ADDRESSING, "ReferenceParameters", WSMAN_IN_REFERENCE),
    HOLDER(WSMAN_IN_REFERENCE, WSMAN, "SelectorSet", WSMAN_IN_REFERENCE_SELECTORS),
    FIELD(WSMAN_IN_REFERENCE_SELECTORS, WSMAN, "Selector", shell_id), /* the shell's only one is ShellId */
    BODY(SHELL, "Shell", WSMAN_IN_SHELL, WSMAN_BODY_SHELL),
    FIELD(WSMAN_IN_SHELL, SHELL, "ShellId", shell_id),
    FIELD(WSMAN_IN_SHELL, SHELL, "Name", shell_name),
    FIELD(WSMAN_IN_SHELL, SHELL, "InputStreams", input_streams),
    FIELD(WSMAN_IN_SHELL, SHELL, "OutputStreams", output_streams),
    FIELD(WSMAN_IN_SHELL, SHELL, "Owner", owner),
    FIELD(WSMAN_IN_SHELL, SHELL, "ProcessId", process_id),
    VALUE(WSMAN_IN_SHELL, SHELL, "IdleTimeOut", on_idle_timeout),
    BYTES(WSMAN_IN_SHELL, WSMAN_NS_POWERSHELL, "creationXml", NULL, NULL),
    FIELD(WSMAN_IN_SHELL, SHELL, "WorkingDirectory", working_directory),
    HOLDER(WSMAN_IN_SHELL, SHELL, "Environment", WSMAN_IN_ENVIRONMENT),
    {WSMAN_IN_ENVIRONMENT, SHELL, "Variable", WSMAN_LEAF, WSMAN_TEXT_VERBATIM, 0, WSMAN_BODY_EMPTY, on_variable,
     on_variable_end},

    /* MS-WSMV 3.1.4.11 to 3.1.4.14 */
    BODY(SHELL, "CommandLine", WSMAN_IN_COMMAND_LINE, WSMAN_BODY_COMMAND_LINE),
    FIELD(WSMAN_IN_COMMAND_LINE, SHELL, "Command", command),
    {WSMAN_IN_COMMAND_LINE, SHELL, "Arguments", WSMAN_LEAF, WSMAN_TEXT_ARGUMENTS, 0, WSMAN_BODY_EMPTY, on_argument,
     on_argument_end},
    BODY(SHELL, "CommandResponse", WSMAN_IN_COMMAND_RESPONSE, WSMAN_BODY_COMMAND_RESPONSE),
    FIELD(WSMAN_IN_COMMAND_RESPONSE, SHELL, "CommandId", command_id),
    BODY(SHELL, "Send", WSMAN_IN_STREAMS, WSMAN_BODY_SEND),
    BODY(SHELL, "SendResponse", WSMAN_LEAF, WSMAN_BODY_SEND_RESPONSE),
    BODY(SHELL, "Receive", WSMAN_IN_RECEIVE, WSMAN_BODY_RECEIVE),
    FIELD(WSMAN_IN_RECEIVE, SHELL, "DesiredStream", desired_streams),
    BODY(SHELL, "ReceiveResponse", WSMAN_IN_STREAMS, WSMAN_BODY_RECEIVE_RESPONSE),
    BYTES(WSMAN_IN_STREAMS, SHELL, "Stream", on_stream, on_stream_end),
    HOLDER(WSMAN_IN_STREAMS, SHELL, "CommandState", WSMAN_IN_COMMAND_STATE),
    VALUE(WSMAN_IN_COMMAND_STATE, SHELL, "ExitCode", on_exit_code),
    BODY(SHELL, "Signal", WSMAN_IN_SIGNAL, WSMAN_BODY_SIGNAL),
    FIELD(WSMAN_IN_SIGNAL, SHELL, "Code", signal_code),
    BODY(SHELL, "SignalResponse", WSMAN_LEAF, WSMAN_BODY_SIGNAL_RESPONSE),
};

static const struct {
    enum wsman_place parent;
    const char *element, *name;
    size_t field;
} attributes_kept[] = {
    {WSMAN_IN_BODY, "Shell", "ShellId", offsetof(struct wsman_message, shell_id)},
    {WSMAN_IN_BODY, "Shell", "Name", offsetof(struct wsman_message, shell_name)},
    {WSMAN_IN_BODY, "CommandLine", "CommandId", offsetof(struct wsman_message, command_id)},
    {WSMAN_IN_BODY, "Signal", "CommandId", offsetof(struct wsman_message, command_id)},
    {WSMAN_IN_RECEIVE, "DesiredStream", "CommandId", offsetof(struct wsman_message, command_id)},
    {WSMAN_IN_STREAMS, "CommandState", "CommandId", offsetof(struct wsman_message, command_id)},
    {WSMAN_IN_STREAMS, "CommandState", "State", offsetof(struct wsman_message, command_state)},
};

const struct wsman_element *wsman_element_find(enum wsman_place parent, const char *namespace_uri, const char *name)
{
    for (size_t i = 0; i < ICM_COUNT(elements); i++) {
        const struct wsman_element *e = &elements[i];

        if (e->parent == parent && strcmp(e->name, name) == 0 && strcmp(e->namespace_uri, namespace_uri) == 0)
            return e;
    }
    return NULL;
}

enum icm_code wsman_element_attributes(const struct wsman_element *element, struct wsman_message *m,
                                       struct wsman_attributes attributes, struct icm_error *err)
{
    enum icm_code code = ICM_OK;

    for (size_t i = 0; i < ICM_COUNT(attributes_kept) && code == ICM_OK; i++) {
        if (attributes_kept[i].parent != element->parent || strcmp(attributes_kept[i].element, element->name) != 0)
            continue;
        code = wsman_message_keep(m, attributes_kept[i].field,
                                  wsman_attribute_value(attributes, attributes_kept[i].name), err);
    }
    return code;
}
