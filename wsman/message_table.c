#include "wsman/message_table.h"

#include "base/text.h"
#include "wsman/limits.h"
#include "wsman/names.h"
#include "wsman/shell_kind.h"

#include <stddef.h>

#define WMI_ERROR_NS "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/MSFT_WmiError"
#define OMI_SHELL_NS "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/Shell"
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

static enum icm_code on_locale(struct wsman_message *m, struct wsman_attributes attributes, struct icm_error *err)
{
    struct icm_slice language = wsman_attribute_value(attributes, "lang");

    return wsman_message_keep(m, offsetof(struct wsman_message, locale), language, err);
}

static enum icm_code on_data_locale(struct wsman_message *m, struct wsman_attributes attributes, struct icm_error *err)
{
    struct icm_slice language = wsman_attribute_value(attributes, "lang");

    return wsman_message_keep(m, offsetof(struct wsman_message, data_locale), language, err);
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

static enum icm_code keep_local_name(struct wsman_message *m, size_t field, struct icm_slice qname,
                                     struct icm_error *err)
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
        return icm_fail(err, ICM_LIMIT, "DSP0226 5.4.2", "more than %zu selectors, options, arguments or variables",
                        max);
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

static enum icm_code on_filter_selector(struct wsman_message *m, struct wsman_attributes attributes,
                                        struct icm_error *err)
{
    return add_pair(m, &m->filter, WSMAN_SELECTORS_MAX, attributes, err);
}

static enum icm_code on_filter_selector_end(struct wsman_message *m, struct icm_slice text, struct icm_error *err)
{
    return end_pair(m, m->filter, text, err);
}

static enum icm_code on_optimize(struct wsman_message *m, struct wsman_attributes attributes, struct icm_error *err)
{
    (void)attributes, (void)err;
    m->is_optimized = true;
    return ICM_OK;
}

static enum icm_code on_end_of_sequence(struct wsman_message *m, struct wsman_attributes attributes,
                                        struct icm_error *err)
{
    (void)attributes, (void)err;
    m->is_end_of_sequence = true;
    return ICM_OK;
}

static enum icm_code on_max_elements(struct wsman_message *m, struct icm_slice text, struct icm_error *err)
{
    (void)err;
    if (!icm_parse_u64(text, UINT64_MAX, &m->max_elements))
        m->max_elements = 0;
    return ICM_OK;
}

/* ---- shells and commands: read into the message's own, which then becomes an item ---- */

static void read_times(struct wsman_shell_info *shell)
{
    int64_t *const times[] = {&shell->idle_timeout_ms, &shell->max_idle_timeout_ms, &shell->run_time_ms,
                              &shell->inactivity_ms};

    for (size_t i = 0; i < ICM_COUNT(times); i++)
        if (!wsman_duration_read(shell->times[i], times[i]))
            *times[i] = -1;
}

/* what Create's and Get's answer say of the shell, beside what every message has fields for */
static enum icm_code on_shell_end(struct wsman_message *m, struct icm_slice text, struct icm_error *err)
{
    (void)text, (void)err;
    m->shell.shell_id = m->shell_id;
    m->shell.name = m->shell_name;
    m->shell.input_streams = m->input_streams;
    m->shell.output_streams = m->output_streams;
    read_times(&m->shell);
    m->idle_timeout_ms = m->shell.idle_timeout_ms;
    return ICM_OK;
}

static enum icm_code check_items(struct wsman_message *m, struct icm_error *err)
{
    if (m->item_count++ < WSMAN_ITEMS_MAX)
        return ICM_OK;
    return icm_fail(err, ICM_LIMIT, "DSP0226 8.3", "more than %d items in one answer", WSMAN_ITEMS_MAX);
}

static enum icm_code on_item_shell(struct wsman_message *m, struct wsman_attributes attributes, struct icm_error *err)
{
    (void)attributes;
    m->shell = (struct wsman_shell_info){0};
    return check_items(m, err);
}

static enum icm_code on_item_shell_end(struct wsman_message *m, struct icm_slice text, struct icm_error *err)
{
    struct wsman_shell_info *item = icm_arena_take(&m->arena, sizeof *item);

    (void)text;
    if (!item)
        return icm_nomem(err);
    *item = m->shell;
    read_times(item);
    *m->shells_end = item;
    m->shells_end = &item->next;
    return ICM_OK;
}

static enum icm_code on_item_command(struct wsman_message *m, struct wsman_attributes attributes, struct icm_error *err)
{
    (void)attributes;
    m->command_info = (struct wsman_command_info){0};
    return check_items(m, err);
}

static enum icm_code on_item_command_end(struct wsman_message *m, struct icm_slice text, struct icm_error *err)
{
    struct wsman_command_info *item = icm_arena_take(&m->arena, sizeof *item);

    (void)text;
    if (!item)
        return icm_nomem(err);
    *item = m->command_info;
    *m->commands_end = item;
    m->commands_end = &item->next;
    return ICM_OK;
}

/* ---- the service's configuration: a number that is none is one that was not said ---- */

static enum icm_code on_max_envelope_size_kb(struct wsman_message *m, struct icm_slice text, struct icm_error *err)
{
    (void)err;
    if (!icm_parse_u64(text, UINT32_MAX, &m->config.max_envelope_size_kb))
        m->config.max_envelope_size_kb = 0;
    return ICM_OK;
}

static enum icm_code on_max_timeout_ms(struct wsman_message *m, struct icm_slice text, struct icm_error *err)
{
    (void)err;
    if (!icm_parse_u64(text, UINT32_MAX, &m->config.max_timeout_ms))
        m->config.max_timeout_ms = 0;
    return ICM_OK;
}

static enum icm_code on_max_batch_items(struct wsman_message *m, struct icm_slice text, struct icm_error *err)
{
    (void)err;
    if (!icm_parse_u64(text, UINT32_MAX, &m->config.max_batch_items))
        m->config.max_batch_items = 0;
    return ICM_OK;
}

#define SOAP WSMAN_NS_SOAP
#define ADDRESSING WSMAN_NS_ADDRESSING
#define WSMAN WSMAN_NS_WSMAN
#define WSMV WSMAN_NS_WSMV
#define SHELL WSMAN_NS_SHELL
#define IDENTITY WSMAN_NS_IDENTITY
#define ENUMERATION WSMAN_NS_ENUMERATION
#define CONFIG WSMAN_NS_CONFIG

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

#define ITEM(parent, ns, name, place, begin, end)                                                                      \
    {parent, ns, name, place, WSMAN_TEXT_SKIP, 0, WSMAN_BODY_EMPTY, begin, end}

/* what a shell's resource holds, but for what Create's request has too; OMI has a namespace of its own and another
 * capital letter. MS-WSMV 2.2.4.37 */
#define SHELL_FIELDS(parent, ns, timeout)                              \
    FIELD(parent, ns, "ResourceUri", shell.resource_uri),              \
    FIELD(parent, ns, "Owner", shell.owner),                           \
    FIELD(parent, ns, "ClientIP", shell.client_ip),                    \
    FIELD(parent, ns, "ProcessId", shell.process_id),                  \
    FIELD(parent, ns, "Idle" timeout, shell.times[0]),                 \
    FIELD(parent, ns, "MaxIdle" timeout, shell.times[1]),              \
    FIELD(parent, ns, "ShellRunTime", shell.times[2]),                 \
    FIELD(parent, ns, "ShellInactivity", shell.times[3]),              \
    FIELD(parent, ns, "Locale", shell.locale),                         \
    FIELD(parent, ns, "DataLocale", shell.data_locale),                \
    FIELD(parent, ns, "CompressionMode", shell.compression_mode),      \
    FIELD(parent, ns, "ProfileLoaded", shell.profile_loaded),          \
    FIELD(parent, ns, "Encoding", shell.encoding),                     \
    FIELD(parent, ns, "BufferMode", shell.buffer_mode),                \
    FIELD(parent, ns, "State", shell.state),                           \
    FIELD(parent, ns, "MemoryUsed", shell.memory_used),                \
    FIELD(parent, ns, "ChildProcesses", shell.child_processes)
#define ITEM_FIELDS(ns, timeout)                                       \
    FIELD(WSMAN_IN_ITEM_SHELL, ns, "ShellId", shell.shell_id),         \
    FIELD(WSMAN_IN_ITEM_SHELL, ns, "Name", shell.name),                \
    FIELD(WSMAN_IN_ITEM_SHELL, ns, "InputStreams", shell.input_streams),   \
    FIELD(WSMAN_IN_ITEM_SHELL, ns, "OutputStreams", shell.output_streams), \
    SHELL_FIELDS(WSMAN_IN_ITEM_SHELL, ns, timeout)

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
    ITEM(WSMAN_IN_HEADER, WSMAN, "Locale", WSMAN_LEAF, on_locale, NULL),
    ITEM(WSMAN_IN_HEADER, WSMV, "DataLocale", WSMAN_LEAF, on_data_locale, NULL),
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
    {WSMAN_IN_BODY, SHELL, "Shell", WSMAN_IN_SHELL, WSMAN_TEXT_SKIP, 0, WSMAN_BODY_SHELL, NULL, on_shell_end},
    FIELD(WSMAN_IN_SHELL, SHELL, "ShellId", shell_id),
    FIELD(WSMAN_IN_SHELL, SHELL, "Name", shell_name),
    FIELD(WSMAN_IN_SHELL, SHELL, "InputStreams", input_streams),
    FIELD(WSMAN_IN_SHELL, SHELL, "OutputStreams", output_streams),
    SHELL_FIELDS(WSMAN_IN_SHELL, SHELL, "TimeOut"),
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

    /* MS-WSMV 3.1.4.15 to 3.1.4.17 */
    BODY(SHELL, "Disconnect", WSMAN_IN_DISCONNECT, WSMAN_BODY_DISCONNECT),
    VALUE(WSMAN_IN_DISCONNECT, SHELL, "IdleTimeOut", on_idle_timeout),
    FIELD(WSMAN_IN_DISCONNECT, SHELL, "BufferMode", buffer_mode),
    BODY(SHELL, "DisconnectResponse", WSMAN_LEAF, WSMAN_BODY_DISCONNECT_RESPONSE),
    BODY(SHELL, "Reconnect", WSMAN_LEAF, WSMAN_BODY_RECONNECT),
    BODY(SHELL, "ReconnectResponse", WSMAN_LEAF, WSMAN_BODY_RECONNECT_RESPONSE),
    BODY(SHELL, "Connect", WSMAN_IN_CONNECT, WSMAN_BODY_CONNECT),
    BYTES(WSMAN_IN_CONNECT, WSMAN_NS_POWERSHELL, "connectXml", NULL, NULL),
    BODY(SHELL, "ConnectResponse", WSMAN_IN_CONNECT, WSMAN_BODY_CONNECT_RESPONSE),
    FIELD(WSMAN_IN_CONNECT, SHELL, "InputStreams", input_streams),
    FIELD(WSMAN_IN_CONNECT, SHELL, "OutputStreams", output_streams),
    BYTES(WSMAN_IN_CONNECT, WSMAN_NS_POWERSHELL, "connectResponseXml", NULL, NULL),

    /* MS-WSMV 2.2.4.10 */
    BODY(CONFIG, "Config", WSMAN_IN_CONFIG, WSMAN_BODY_CONFIG),
    VALUE(WSMAN_IN_CONFIG, CONFIG, "MaxEnvelopeSizekb", on_max_envelope_size_kb),
    VALUE(WSMAN_IN_CONFIG, CONFIG, "MaxTimeoutms", on_max_timeout_ms),
    VALUE(WSMAN_IN_CONFIG, CONFIG, "MaxBatchItems", on_max_batch_items),

    /* DSP0226 8: some of it is in the namespace of WS-Enumeration, some in that of WS-Management */
    BODY(ENUMERATION, "Enumerate", WSMAN_IN_ENUMERATE, WSMAN_BODY_ENUMERATE),
    PAIR(WSMAN_IN_ENUMERATE, WSMAN, "OptimizeEnumeration", on_optimize, NULL),
    VALUE(WSMAN_IN_ENUMERATE, WSMAN, "MaxElements", on_max_elements),
    VALUE(WSMAN_IN_ENUMERATE, ENUMERATION, "MaxElements", on_max_elements),
    HOLDER(WSMAN_IN_ENUMERATE, WSMAN, "Filter", WSMAN_IN_FILTER),
    HOLDER(WSMAN_IN_FILTER, WSMAN, "SelectorSet", WSMAN_IN_FILTER_SELECTORS),
    PAIR(WSMAN_IN_FILTER_SELECTORS, WSMAN, "Selector", on_filter_selector, on_filter_selector_end),
    FIELD(WSMAN_IN_ENUMERATE, ENUMERATION, "EnumerationContext", enumeration_context),
    BODY(ENUMERATION, "Pull", WSMAN_IN_ENUMERATE, WSMAN_BODY_PULL),
    BODY(ENUMERATION, "Release", WSMAN_IN_ENUMERATE, WSMAN_BODY_RELEASE),
    BODY(ENUMERATION, "EnumerateResponse", WSMAN_IN_ENUMERATED, WSMAN_BODY_ENUMERATE_RESPONSE),
    BODY(ENUMERATION, "PullResponse", WSMAN_IN_ENUMERATED, WSMAN_BODY_PULL_RESPONSE),
    FIELD(WSMAN_IN_ENUMERATED, ENUMERATION, "EnumerationContext", enumeration_context),
    PAIR(WSMAN_IN_ENUMERATED, WSMAN, "EndOfSequence", on_end_of_sequence, NULL),
    PAIR(WSMAN_IN_ENUMERATED, ENUMERATION, "EndOfSequence", on_end_of_sequence, NULL),
    HOLDER(WSMAN_IN_ENUMERATED, WSMAN, "Items", WSMAN_IN_ITEMS),
    HOLDER(WSMAN_IN_ENUMERATED, ENUMERATION, "Items", WSMAN_IN_ITEMS),
    ITEM(WSMAN_IN_ITEMS, SHELL, "Shell", WSMAN_IN_ITEM_SHELL, on_item_shell, on_item_shell_end),
    ITEM(WSMAN_IN_ITEMS, OMI_SHELL_NS, "Shell", WSMAN_IN_ITEM_SHELL, on_item_shell, on_item_shell_end),
    ITEM_FIELDS(SHELL, "TimeOut"),
    ITEM_FIELDS(OMI_SHELL_NS, "Timeout"),
    ITEM(WSMAN_IN_ITEMS, SHELL, "Command", WSMAN_IN_ITEM_COMMAND, on_item_command, on_item_command_end),
    FIELD(WSMAN_IN_ITEM_COMMAND, SHELL, "CommandId", command_info.command_id),
    FIELD(WSMAN_IN_ITEM_COMMAND, SHELL, "CommandLine", command_info.command_line),
    FIELD(WSMAN_IN_ITEM_COMMAND, SHELL, "CommandState", command_info.state),
    FIELD(WSMAN_IN_ITEM_COMMAND, SHELL, "State", command_info.state),
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
    {WSMAN_IN_BODY, "Connect", "CommandId", offsetof(struct wsman_message, command_id)},
    {WSMAN_IN_BODY, "Reconnect", "CommandId", offsetof(struct wsman_message, command_id)},
    {WSMAN_IN_ENUMERATE, "Filter", "Dialect", offsetof(struct wsman_message, filter_dialect)},
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
