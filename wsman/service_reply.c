/* What the service answers, in the form of Windows. MS-WSMV 3.1.4; faults: 2.2.4.43 and DSP0226 14. */
#include "base/xml.h"
#include "wsman/envelope.h"
#include "wsman/fault.h"
#include "wsman/names.h"
#include "wsman/service_state.h"

#define DETAIL "http://schemas.dmtf.org/wbem/wsman/1/wsman/faultDetail/"

enum { NO_RELATION = 1, BY_PROVIDER = 2 };

static const struct form {
    uint32_t code;
    const char *soap_code, *subcode, *action, *detail, *reason;
    int flags; /* quota faults name no request; what a shell's plug-in says is nested */
} forms[] = {
    [WSMAN_FAULT_INVALID_XML] = {WSMAN_CODE_INVALID_XML, "s:Sender", "w:SchemaValidationError", WSMAN_ACTION_FAULT,
                                 NULL, "The request is not well-formed XML.", 0},
    [WSMAN_FAULT_NOT_SOAP] = {WSMAN_CODE_INVALID_XML, "s:VersionMismatch", NULL, WSMAN_ACTION_FAULT, NULL,
                              "The request is not an envelope of SOAP 1.2.", 0},
    [WSMAN_FAULT_TOO_LARGE] = {WSMAN_CODE_ENVELOPE_TOO_LARGE, "s:Sender", "w:EncodingLimit", WSMAN_ACTION_FAULT,
                               DETAIL "MaxEnvelopeSize", "The request is larger than the service takes.", 0},
    [WSMAN_FAULT_BAD_BODY] = {WSMAN_CODE_INVALID_BODY, "s:Sender", "w:SchemaValidationError", WSMAN_ACTION_FAULT, NULL,
                              "The body of the request is not what its action wants.", 0},
    [WSMAN_FAULT_ACCESS_DENIED] = {WSMAN_CODE_ACCESS_DENIED, "s:Sender", "w:AccessDenied", WSMAN_ACTION_FAULT, NULL,
                                   "Access is denied.", 0},
    [WSMAN_FAULT_MISSING_HEADER] = {WSMAN_CODE_BAD_HEADER, "s:Sender", "a:MessageInformationHeaderRequired",
                                    WSMAN_ACTION_ADDRESSING_FAULT, NULL, "The request lacks a SOAP header.", 0},
    [WSMAN_FAULT_BAD_HEADER] = {WSMAN_CODE_BAD_HEADER, "s:Sender", "a:InvalidMessageInformationHeader",
                                WSMAN_ACTION_ADDRESSING_FAULT, NULL, "The request has an invalid SOAP header.", 0},
    [WSMAN_FAULT_BAD_OPTION] = {WSMAN_CODE_INVALID_OPTIONS, "s:Sender", "w:InvalidOptions", WSMAN_ACTION_FAULT,
                                DETAIL "InvalidValue", "The request has an option that cannot be complied with.", 0},
    [WSMAN_FAULT_BAD_PARAMETER] = {WSMAN_CODE_INVALID_PARAMETER, "s:Sender", "w:InvalidParameter", WSMAN_ACTION_FAULT,
                                   DETAIL "InvalidValue", "The parameter is incorrect.", BY_PROVIDER},
    [WSMAN_FAULT_NO_SUCH_ACTION] = {WSMAN_CODE_ACTION_NOT_SUPPORTED, "s:Sender", "a:ActionNotSupported",
                                    WSMAN_ACTION_ADDRESSING_FAULT, NULL, "The service does not offer this action.", 0},
    [WSMAN_FAULT_NO_SUCH_RESOURCE] = {WSMAN_CODE_INVALID_RESOURCE_URI, "s:Sender", "a:DestinationUnreachable",
                                      WSMAN_ACTION_ADDRESSING_FAULT, DETAIL "InvalidResourceURI",
                                      "The service has no resource of this URI.", 0},
    [WSMAN_FAULT_MISSING_SELECTOR] = {WSMAN_CODE_MISSING_SELECTOR, "s:Sender", "w:InvalidSelectors", WSMAN_ACTION_FAULT,
                                      DETAIL "InsufficientSelectors", "The request lacks the selector ShellId.", 0},
    [WSMAN_FAULT_NO_SUCH_SHELL] = {WSMAN_CODE_NO_SUCH_SHELL, "s:Sender", "w:InvalidSelectors", WSMAN_ACTION_FAULT,
                                   DETAIL "UnexpectedSelectors",
                                   "The shell of the request does not exist: it has ended, or its id is wrong.",
                                   BY_PROVIDER},
    [WSMAN_FAULT_NO_SUCH_COMMAND] = {WSMAN_CODE_NO_SUCH_SHELL, "s:Sender", "w:InvalidSelectors", WSMAN_ACTION_FAULT,
                                     DETAIL "UnexpectedSelectors",
                                     "The command of the request does not exist: it has ended, or its id is wrong.", 0},
    [WSMAN_FAULT_RECEIVE_IN_PROGRESS] = {WSMAN_CODE_RECEIVE_IN_PROGRESS, "s:Receiver", "w:InternalError",
                                         WSMAN_ACTION_FAULT, NULL, "Another Receive waits for the same output.", 0},
    [WSMAN_FAULT_TIMED_OUT] = {WSMAN_CODE_TIMED_OUT, "s:Receiver", "w:TimedOut", WSMAN_ACTION_FAULT, NULL,
                               "The operation was not complete within the OperationTimeout of the request.", 0},
    [WSMAN_FAULT_SHELL_DISCONNECTED] = {WSMAN_CODE_SHELL_DISCONNECTED, "s:Receiver", "w:InternalError",
                                        WSMAN_ACTION_FAULT, NULL, "The shell is disconnected from its client.", 0},
    [WSMAN_FAULT_OTHER_CLIENT] = {WSMAN_CODE_OTHER_CLIENT, "s:Receiver", "w:InternalError", WSMAN_ACTION_FAULT, NULL,
                                  "Another client has left the shell: it can be connected to, not reconnected.", 0},
    [WSMAN_FAULT_CONNECTED_ELSEWHERE] = {WSMAN_CODE_CONNECTED_ELSEWHERE, "s:Receiver", "w:InternalError",
                                         WSMAN_ACTION_FAULT, NULL, "The shell is connected to another client.", 0},
    [WSMAN_FAULT_DISCONNECT_NOT_SUPPORTED] = {WSMAN_CODE_DISCONNECT_NOT_SUPPORTED, "s:Receiver", "w:InternalError",
                                              WSMAN_ACTION_FAULT, NULL, "A shell of this kind cannot be left.", 0},
    [WSMAN_FAULT_DISCONNECT_NOT_VALID] = {WSMAN_CODE_DISCONNECT_NOT_VALID, "s:Receiver", "w:InternalError",
                                          WSMAN_ACTION_FAULT, NULL, "The shell is disconnected already.", 0},
    [WSMAN_FAULT_RECONNECT_NOT_VALID] = {WSMAN_CODE_RECONNECT_NOT_VALID, "s:Receiver", "w:InternalError",
                                         WSMAN_ACTION_FAULT, NULL, "The shell cannot be connected to like that.", 0},
    [WSMAN_FAULT_IDLE_TIMEOUT] = {WSMAN_CODE_IDLE_TIMEOUT, "s:Sender", "w:InvalidParameter", WSMAN_ACTION_FAULT,
                                  DETAIL "InvalidValue", "The IdleTimeOut is out of bounds.", 0},
    [WSMAN_FAULT_NO_SUCH_ENUMERATION] = {WSMAN_CODE_NO_SUCH_ENUMERATION, "s:Receiver", "n:InvalidEnumerationContext",
                                         WSMAN_ACTION_ENUMERATION_FAULT, NULL,
                                         "The enumeration context is not one of the service's.", 0},
    [WSMAN_FAULT_BAD_FILTER] = {WSMAN_CODE_BAD_FILTER, "s:Sender", "n:CannotProcessFilter",
                                WSMAN_ACTION_ENUMERATION_FAULT, NULL,
                                "The filter cannot be processed: a SelectorFilter with a ShellId can.", 0},
    [WSMAN_FAULT_QUOTA_SHELLS] = {WSMAN_CODE_QUOTA_SHELLS, "s:Receiver", "w:InternalError", WSMAN_ACTION_FAULT, NULL,
                                  "There are as many shells as are allowed. Close one, or raise the quota.",
                                  NO_RELATION},
    [WSMAN_FAULT_QUOTA_COMMANDS] = {2150859241u, "s:Receiver", "w:InternalError", WSMAN_ACTION_FAULT, NULL,
                                    "The shell has as many commands as are allowed. Wait until one has ended.",
                                    NO_RELATION},
    [WSMAN_FAULT_PLUGIN_FAILED] = {WSMAN_CODE_PLUGIN_FAILED, "s:Receiver", "w:InternalError", WSMAN_ACTION_FAULT, NULL,
                                   "The shell's engine has failed.", BY_PROVIDER},
    [WSMAN_FAULT_INTERNAL] = {WSMAN_CODE_INTERNAL, "s:Receiver", "w:InternalError", WSMAN_ACTION_FAULT, NULL,
                              "The service failed at this request.", 0},
};

/* the host that the client wrote in To: Windows calls itself so */
static struct icm_slice machine(struct icm_slice to)
{
    struct icm_slice host = to;
    size_t size = 0;

    for (size_t i = 0; i + 3 <= to.size; i++)
        if (memcmp(to.data + i, "://", 3) == 0) {
            host = icm_slice_from(to, i + 3);
            break;
        }
    bool is_bracketed = host.size > 0 && host.data[0] == '[';
    while (size < host.size && host.data[size] != '/' && host.data[size] != '?' &&
           (is_bracketed || host.data[size] != ':')) {
        is_bracketed = is_bracketed && host.data[size] != ']';
        size++;
    }
    return size > 0 ? icm_slice_of(host.data, size) : icm_slice_text("localhost");
}

static void add_wsman_fault(struct icm_buf *out, uint32_t code, struct icm_slice to, const char *text, bool by_provider)
{
    icm_buf_add_format(out, "<f:WSManFault xmlns:f=\"" WSMAN_NS_FAULT "\" Code=\"%u\" Machine=\"", code);
    icm_xml_add_value(out, machine(to));
    icm_buf_add_text(out, "\"><f:Message>");
    if (by_provider) {
        icm_buf_add_text(out, "<f:ProviderFault provider=\"Shell plug-in\" path=\"\">");
        add_wsman_fault(out, code, to, text, false);
        icm_buf_add_text(out, "</f:ProviderFault>");
    } else {
        icm_xml_add_text(out, icm_slice_text(text));
    }
    icm_buf_add_text(out, "</f:Message></f:WSManFault>");
}

static void add_fault(struct icm_buf *out, const struct form *form, uint32_t code, struct icm_slice to,
                      const char *text)
{
    icm_buf_add_format(out, "<s:Fault><s:Code><s:Value>%s</s:Value>", form->soap_code);
    if (form->subcode)
        icm_buf_add_format(out, "<s:Subcode><s:Value%s>%s</s:Value></s:Subcode>",
                           form->subcode[0] == 'n' ? " xmlns:n=\"" WSMAN_NS_ENUMERATION "\"" : "", form->subcode);
    icm_buf_add_format(out, "</s:Code><s:Reason><s:Text xml:lang=\"en-US\">%s </s:Text></s:Reason><s:Detail>",
                       form->reason);
    if (form->detail)
        icm_buf_add_format(out, "<w:FaultDetail>%s</w:FaultDetail>", form->detail);
    add_wsman_fault(out, code, to, text ? text : form->reason, (form->flags & BY_PROVIDER) != 0);
    icm_buf_add_text(out, "</s:Detail></s:Fault>");
}

static void answer_fault(struct wsman_service *s, struct wsman_pending *p, const struct form *form, uint32_t code,
                         const char *text)
{
    struct icm_slice relates_to = form->flags & NO_RELATION ? icm_slice_of(NULL, 0) : p->relates_to;

    icm_buf_clear(&p->body);
    if (wsman_response_begin(&p->body, form->action, relates_to, NULL) != ICM_OK)
        p->body.failed = true;
    add_fault(&p->body, form, code, p->to, text);
    wsman_envelope_end(&p->body);
    wsman_service_answer(s, p, 500);
}

void wsman_reply_fault(struct wsman_service *s, struct wsman_pending *p, enum wsman_fault_form form, const char *text)
{
    answer_fault(s, p, &forms[form], forms[form].code, text);
}

void wsman_reply_refused(struct wsman_service *s, struct wsman_pending *p, uint32_t code, const char *text)
{
    for (size_t i = 0; i < ICM_COUNT(forms); i++)
        if (forms[i].code == code) {
            answer_fault(s, p, &forms[i], code, text);
            return;
        }
    answer_fault(s, p, &forms[WSMAN_FAULT_INTERNAL], code, text);
}

/* the one fault without a detail: a header says what was not understood. SOAP 1.2 part 1, 5.4.8 */
void wsman_reply_not_understood(struct wsman_service *s, struct wsman_pending *p, const struct wsman_message *m)
{
    if (wsman_not_understood_begin(&p->body, p->relates_to, m->not_understood, m->not_understood_uri, NULL) != ICM_OK)
        p->body.failed = true;
    icm_buf_add_text(&p->body, "<s:Fault><s:Code><s:Value>s:MustUnderstand</s:Value></s:Code><s:Reason>"
                               "<s:Text xml:lang=\"en-US\">A SOAP header that must be understood is not known to "
                               "the service. </s:Text></s:Reason></s:Fault>");
    wsman_envelope_end(&p->body);
    wsman_service_answer(s, p, 500);
}

void wsman_reply_element(struct icm_buf *out, const char *name, const char *text)
{
    icm_buf_add_format(out, "<%s>", name);
    icm_xml_add_text(out, icm_slice_text(text));
    icm_buf_add_format(out, "</%s>", name);
}

/* who is not known learns no version. DSP0226 11 */
void wsman_reply_identify(struct wsman_service *s, struct wsman_pending *p, bool is_anonymous)
{
    icm_buf_add_text(&p->body, "<s:Envelope xml:lang=\"en-US\" xmlns:s=\"" WSMAN_NS_SOAP
                               "\"><s:Header/><s:Body><wsmid:IdentifyResponse xmlns:wsmid=\"" WSMAN_NS_IDENTITY "\">");
    wsman_reply_element(&p->body, "wsmid:ProtocolVersion", WSMAN_NS_WSMAN);
    wsman_reply_element(&p->body, "wsmid:ProductVendor", s->product_vendor);
    wsman_reply_element(&p->body, "wsmid:ProductVersion",
                        is_anonymous ? "OS: 0.0.0 SP: 0.0 Stack: 3.0" : s->product_version);
    icm_buf_add_text(&p->body, "</wsmid:IdentifyResponse>");
    wsman_envelope_end(&p->body);
    wsman_service_answer(s, p, 200);
}

static void add_duration(struct icm_buf *out, const char *name, int64_t ms)
{
    icm_buf_add_format(out, "<%s>PT%lld.%03dS</%s>", name, (long long)(ms / 1000), (int)(ms % 1000), name);
}

static void add_reference(struct icm_buf *out, const struct wsman_pending *p)
{
    icm_buf_add_text(out, "<x:ResourceCreated><a:Address>");
    icm_xml_add_text(out, p->to);
    icm_buf_add_format(out,
                       "</a:Address><a:ReferenceParameters><w:ResourceURI>%s</w:ResourceURI><w:SelectorSet>"
                       "<w:Selector Name=\"ShellId\">",
                       p->kind->resource_uri);
    icm_xml_add_text(out, icm_slice_text(p->shell->shell_id));
    icm_buf_add_text(out, "</w:Selector></w:SelectorSet></a:ReferenceParameters></x:ResourceCreated>");
}

static void add_environment(struct icm_buf *out, const struct wsman_pair *variable)
{
    if (!variable)
        return;
    icm_buf_add_text(out, "<rsp:Environment>");
    for (; variable; variable = variable->next) {
        icm_buf_add_text(out, "<rsp:Variable Name=\"");
        icm_xml_add_value(out, variable->name);
        icm_buf_add_text(out, "\">");
        icm_xml_add_text(out, variable->value);
        icm_buf_add_text(out, "</rsp:Variable>");
    }
    icm_buf_add_text(out, "</rsp:Environment>");
}

/* what only a shell of PowerShell says of itself */
static void add_pool(struct icm_buf *out, const struct wsman_served_shell *shell)
{
    add_duration(out, "rsp:MaxIdleTimeOut", shell->service->options.max_idle_timeout_ms);
    wsman_reply_element(out, "rsp:Locale", shell->locale);
    wsman_reply_element(out, "rsp:DataLocale", shell->data_locale);
    icm_buf_add_text(out, "<rsp:CompressionMode>NoCompression</rsp:CompressionMode>"
                          "<rsp:ProfileLoaded>Yes</rsp:ProfileLoaded><rsp:Encoding>UTF8</rsp:Encoding>");
    wsman_reply_element(out, "rsp:BufferMode", shell->drops_output ? "Drop" : "Block");
    wsman_reply_element(out, "rsp:State", shell->is_left ? "Disconnected" : "Connected");
}

/* Windows writes these two with all their units */
static void add_long_duration(struct icm_buf *out, const char *name, int64_t ms)
{
    int64_t seconds = ms > 0 ? ms / 1000 : 0;

    icm_buf_add_format(out, "<%s>P%lldDT%dH%dM%dS</%s>", name, (long long)(seconds / 86400),
                       (int)(seconds / 3600 % 24), (int)(seconds / 60 % 60), (int)(seconds % 60), name);
}

/* in the order of Windows: shared/captures/pypsrp_winrs_extra_opts, pypsrp_winrs_environment, pypsrp_psrp_open_runspace
 */
void wsman_reply_shell(struct icm_buf *out, const struct wsman_served_shell *shell,
                       const struct wsman_pending *creation)
{
    int64_t now_ms = shell->service->now_ms;

    icm_buf_add_text(out, "<rsp:Shell>");
    wsman_reply_element(out, "rsp:ShellId", shell->shell_id);
    if (shell->name)
        wsman_reply_element(out, "rsp:Name", shell->name);
    wsman_reply_element(out, "rsp:ResourceUri", shell->kind->resource_uri);
    wsman_reply_element(out, "rsp:Owner", shell->user);
    if (*shell->address)
        wsman_reply_element(out, "rsp:ClientIP", shell->address);
    if (creation && creation->working_directory.size > 0)
        wsman_reply_element(out, "rsp:WorkingDirectory", (const char *)creation->working_directory.data);
    add_environment(out, creation ? creation->environment : NULL);
    add_duration(out, "rsp:IdleTimeOut", shell->idle_timeout_ms);
    wsman_reply_element(out, "rsp:InputStreams", shell->kind->input_streams);
    wsman_reply_element(out, "rsp:OutputStreams", shell->kind->output_streams);
    if (shell->kind->has_pool)
        add_pool(out, shell);
    add_long_duration(out, "rsp:ShellRunTime", now_ms - shell->created_ms);
    add_long_duration(out, "rsp:ShellInactivity", shell->pendings ? 0 : now_ms - shell->active_ms);
    icm_buf_add_text(out, "</rsp:Shell>");
}

static void add_created(struct wsman_pending *p)
{
    add_reference(&p->body, p);
    wsman_reply_shell(&p->body, p->shell, p);
}

static void add_command_response(struct icm_buf *out, const struct wsman_pending *p)
{
    icm_buf_add_text(out, "<rsp:CommandResponse>");
    wsman_reply_element(out, "rsp:CommandId", p->command_id);
    icm_buf_add_text(out, "</rsp:CommandResponse>");
}

void wsman_reply_close(struct wsman_service *s, struct wsman_pending *p)
{
    wsman_envelope_end(&p->body);
    wsman_service_answer(s, p, 200);
}

void wsman_reply_open(struct wsman_pending *p)
{
    struct icm_buf action = {0};

    icm_buf_add_format(&action, "%sResponse", p->action->uri);
    if (wsman_response_begin(&p->body, icm_buf_text(&action), p->relates_to, NULL) != ICM_OK || action.failed)
        p->body.failed = true;
    icm_buf_reset(&action);
}

void wsman_reply_accepted(struct wsman_service *s, struct wsman_pending *p)
{
    wsman_reply_open(p);
    switch (p->action->body) {
    case WSMAN_BODY_SHELL:
        add_created(p);
        break;
    case WSMAN_BODY_COMMAND_LINE:
        add_command_response(&p->body, p);
        break;
    case WSMAN_BODY_SEND:
        icm_buf_add_text(&p->body, "<rsp:SendResponse/>");
        break;
    case WSMAN_BODY_SIGNAL:
        icm_buf_add_text(&p->body, "<rsp:SignalResponse/>");
        break;
    default: /* the answers to Delete, Disconnect, Reconnect and Release are empty */
        break;
    }
    wsman_reply_close(s, p);
}

void wsman_reply_receive_begin(struct wsman_pending *p)
{
    wsman_reply_open(p);
    icm_buf_add_text(&p->body, "<rsp:ReceiveResponse>");
}

static const char stream_begin[] = "<rsp:Stream Name=\"";
static const char stream_end[] = "</rsp:Stream>";

static void add_command_id(struct icm_buf *out, const char *command_id)
{
    if (!*command_id)
        return;
    icm_buf_add_text(out, " CommandId=\"");
    icm_xml_add_value(out, icm_slice_text(command_id));
    icm_buf_add_text(out, "\"");
}

static void begin_stream(struct icm_buf *out, const struct wsman_outlet *o, int stream)
{
    icm_buf_add_text(out, stream_begin);
    icm_buf_add(out, wsman_stream_name(o->shell->kind->output_streams, stream));
    icm_buf_add_text(out, "\"");
    add_command_id(out, o->command_id);
}

void wsman_reply_stream(struct icm_buf *out, const struct wsman_outlet *o, int stream, struct icm_slice bytes)
{
    begin_stream(out, o, stream);
    icm_buf_add_text(out, ">");
    icm_base64_write(out, bytes);
    icm_buf_add_text(out, stream_end);
}

/* the names of all output streams have six letters */
size_t wsman_reply_stream_overhead(const struct wsman_outlet *o)
{
    const char *command_id = o->command_id;
    size_t size = sizeof stream_begin - 1 + sizeof "stdout\">" - 1 + sizeof stream_end - 1;

    if (!*command_id)
        return size;
    size += sizeof " CommandId=\"\"" - 1;
    for (; *command_id; command_id++)
        size += strchr("&<>\"", *command_id) ? sizeof "&quot;" - 1 : 1;
    return size;
}

/* In a command shell the last answer closes each stream, and the others say that the command runs:
 * shared/protocol/windows-quirks.md */
static void add_stream_ends(struct icm_buf *out, const struct wsman_outlet *o)
{
    const char *streams = o->shell->kind->output_streams;

    for (int i = 0; wsman_stream_name(streams, i).size > 0; i++) {
        begin_stream(out, o, i);
        icm_buf_add_text(out, " End=\"true\"></rsp:Stream>");
    }
}

static void add_state(struct icm_buf *out, const struct wsman_outlet *o, const char *state)
{
    icm_buf_add_text(out, "<rsp:CommandState");
    add_command_id(out, o->command_id);
    icm_buf_add_format(out, " State=\"%s\">", state);
}

void wsman_reply_receive_end(struct icm_buf *out, const struct wsman_outlet *o, bool is_done)
{
    bool ends_streams = o->shell->kind->ends_streams;

    if (is_done && ends_streams)
        add_stream_ends(out, o);
    if (is_done || ends_streams)
        add_state(out, o, is_done ? WSMAN_COMMAND_STATE_DONE : WSMAN_COMMAND_STATE_RUNNING);
    if (is_done)
        icm_buf_add_format(out, "<rsp:ExitCode>%u</rsp:ExitCode>", o->exit_code);
    if (is_done || ends_streams)
        icm_buf_add_text(out, "</rsp:CommandState>");
    icm_buf_add_text(out, "</rsp:ReceiveResponse>");
    wsman_envelope_end(out);
}
