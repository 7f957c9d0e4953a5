#include "wsman/envelope.h"

#include "base/xml.h"
#include "wsman/names.h"

#define UNDERSTAND " s:mustUnderstand=\"true\""
#define OPTIONAL " s:mustUnderstand=\"false\""
#define NAMESPACES                                                                                    \
    " xmlns:s=\"" WSMAN_NS_SOAP "\" xmlns:a=\"" WSMAN_NS_ADDRESSING "\" xmlns:w=\"" WSMAN_NS_WSMAN "\"" \
    " xmlns:p=\"" WSMAN_NS_WSMV "\""

enum icm_code wsman_message_id_new(char *out, struct icm_error *err)
{
    struct icm_guid guid;
    enum icm_code code = icm_guid_random(&guid, err);

    if (code != ICM_OK)
        return code;
    memcpy(out, "uuid:", 5);
    icm_guid_format_upper(&guid, out + 5);
    return ICM_OK;
}

/* <NAME ATTRIBUTES>TEXT</NAME>, or nothing where there is no text */
static void add_header(struct icm_buf *out, const char *name, const char *attributes, const char *text)
{
    if (!text || !*text)
        return;
    icm_buf_add_format(out, "<%s%s>", name, attributes);
    icm_xml_add_text(out, icm_slice_text(text));
    icm_buf_add_format(out, "</%s>", name);
}

static void add_language(struct icm_buf *out, const char *name, const char *language)
{
    if (!language)
        return;
    icm_buf_add_format(out, "<%s xml:lang=\"", name);
    icm_xml_add_value(out, icm_slice_text(language));
    icm_buf_add_text(out, "\"" OPTIONAL "/>");
}

static void add_reply_to(struct icm_buf *out)
{
    icm_buf_add_text(out, "<a:ReplyTo><a:Address" UNDERSTAND ">" WSMAN_ANONYMOUS "</a:Address></a:ReplyTo>");
}

static void add_options(struct icm_buf *out, const struct wsman_option *options, size_t count)
{
    if (count == 0)
        return;
    icm_buf_add_text(out, "<w:OptionSet" UNDERSTAND ">");
    for (size_t i = 0; i < count; i++) {
        icm_buf_add_text(out, "<w:Option Name=\"");
        icm_xml_add_value(out, icm_slice_text(options[i].name));
        icm_buf_add_text(out, options[i].must_comply ? "\" MustComply=\"true\">" : "\">");
        icm_xml_add_text(out, icm_slice_text(options[i].value));
        icm_buf_add_text(out, "</w:Option>");
    }
    icm_buf_add_text(out, "</w:OptionSet>");
}

static void add_selector(struct icm_buf *out, const char *shell_id)
{
    if (!shell_id)
        return;
    icm_buf_add_text(out, "<w:SelectorSet><w:Selector Name=\"ShellId\">");
    icm_xml_add_text(out, icm_slice_text(shell_id));
    icm_buf_add_text(out, "</w:Selector></w:SelectorSet>");
}

void wsman_request_begin(struct icm_buf *out, const struct wsman_request_header *header)
{
    icm_buf_add_text(out, "<s:Envelope" NAMESPACES "><s:Header>");
    add_header(out, "a:To", "", header->to);
    add_header(out, "w:ResourceURI", UNDERSTAND, header->resource_uri);
    if (header->action)
        add_reply_to(out);
    add_header(out, "a:Action", UNDERSTAND, header->action);
    if (header->max_envelope_size > 0)
        icm_buf_add_format(out, "<w:MaxEnvelopeSize" UNDERSTAND ">%u</w:MaxEnvelopeSize>", header->max_envelope_size);
    add_header(out, "a:MessageID", "", header->message_id);
    add_language(out, "w:Locale", header->locale);
    add_language(out, "p:DataLocale", header->data_locale);
    add_header(out, "p:SessionId", OPTIONAL, header->session_id);
    if (header->operation_timeout_ms > 0)
        icm_buf_add_format(out, "<w:OperationTimeout>PT%u.%03uS</w:OperationTimeout>",
                           header->operation_timeout_ms / 1000, header->operation_timeout_ms % 1000);
    add_options(out, header->options, header->option_count);
    add_selector(out, header->shell_id);
    icm_buf_add_text(out, "</s:Header><s:Body>");
}

static enum icm_code begin_response(struct icm_buf *out, const char *action, struct icm_slice relates_to,
                                    struct icm_error *err)
{
    char message_id[WSMAN_MESSAGE_ID + 1];
    enum icm_code code = wsman_message_id_new(message_id, err);

    if (code != ICM_OK)
        return code;
    icm_buf_add_text(out, "<s:Envelope xml:lang=\"en-US\"" NAMESPACES " xmlns:x=\"" WSMAN_NS_TRANSFER
                          "\" xmlns:rsp=\"" WSMAN_NS_SHELL "\"><s:Header>");
    add_header(out, "a:Action", "", action);
    add_header(out, "a:MessageID", "", message_id);
    icm_buf_add_text(out, "<a:To>" WSMAN_ANONYMOUS "</a:To>");
    if (relates_to.size > 0) {
        icm_buf_add_text(out, "<a:RelatesTo>");
        icm_xml_add_text(out, relates_to);
        icm_buf_add_text(out, "</a:RelatesTo>");
    }
    return ICM_OK;
}

static const char body[] = "</s:Header><s:Body>";

enum icm_code wsman_response_begin(struct icm_buf *out, const char *action, struct icm_slice relates_to,
                                   struct icm_error *err)
{
    enum icm_code code = begin_response(out, action, relates_to, err);

    if (code == ICM_OK)
        icm_buf_add_text(out, body);
    return code;
}

enum icm_code wsman_not_understood_begin(struct icm_buf *out, struct icm_slice relates_to, struct icm_slice name,
                                         struct icm_slice namespace_uri, struct icm_error *err)
{
    enum icm_code code = begin_response(out, WSMAN_ACTION_ADDRESSING_FAULT, relates_to, err);

    if (code != ICM_OK)
        return code;
    icm_buf_add_text(out, "<s:NotUnderstood qname=\"h:");
    icm_xml_add_value(out, name);
    icm_buf_add_text(out, "\" xmlns:h=\"");
    icm_xml_add_value(out, namespace_uri);
    icm_buf_add_text(out, "\"/>");
    icm_buf_add_text(out, body);
    return ICM_OK;
}

void wsman_envelope_end(struct icm_buf *out)
{
    icm_buf_add_text(out, "</s:Body></s:Envelope>");
}
