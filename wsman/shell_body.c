/* The bodies of the envelopes that a shell's client sends. MS-WSMV 3.1.4.5, 3.1.4.11 to 3.1.4.17; DSP0226 7, 8. */
#include "base/xml.h"
#include "wsman/names.h"
#include "wsman/shell_state.h"

static void add_attribute(struct icm_buf *out, const char *name, const char *value)
{
    if (!value || !*value)
        return;
    icm_buf_add_format(out, " %s=\"", name);
    icm_xml_add_value(out, icm_slice_text(value));
    icm_buf_add_text(out, "\"");
}

/* <rsp:NAME, with the prefix bound where it is used */
static void open_body(struct icm_buf *out, const char *name)
{
    icm_buf_add_format(out, "<rsp:%s xmlns:rsp=\"" WSMAN_NS_SHELL "\"", name);
}

/* in seconds: days and hours may be refused. MS-WSMV 2.2.4.37 */
static void add_idle_timeout(struct icm_buf *out, int64_t ms)
{
    if (ms > 0)
        icm_buf_add_format(out, "<rsp:IdleTimeOut>PT%lld.%03dS</rsp:IdleTimeOut>", (long long)(ms / 1000),
                           (int)(ms % 1000));
}

static void add_text(struct icm_buf *out, const char *name, const char *text)
{
    icm_buf_add_format(out, "<rsp:%s>", name);
    icm_xml_add_text(out, icm_slice_text(text));
    icm_buf_add_format(out, "</rsp:%s>", name);
}

static void add_environment(struct icm_buf *out, const struct wsman_shell *s)
{
    if (s->environment_count == 0)
        return;
    icm_buf_add_text(out, "<rsp:Environment>");
    for (size_t i = 0; i < s->environment_count; i++) {
        icm_buf_add_text(out, "<rsp:Variable");
        add_attribute(out, "Name", s->environment[i].name);
        icm_buf_add_text(out, ">");
        icm_xml_add_text(out, icm_slice_text(s->environment[i].value));
        icm_buf_add_text(out, "</rsp:Variable>");
    }
    icm_buf_add_text(out, "</rsp:Environment>");
}

static void add_creation(struct icm_buf *out, struct icm_slice payload)
{
    icm_buf_add_text(out, "<creationXml xmlns=\"" WSMAN_NS_POWERSHELL "\">");
    icm_base64_write(out, payload);
    icm_buf_add_text(out, "</creationXml>");
}

/* in the order of MS-WSMV 2.2.4.39 */
static void add_shell(struct icm_buf *out, const struct wsman_shell *s, const struct wsman_content *c)
{
    open_body(out, "Shell");
    add_attribute(out, "ShellId", s->asked_id);
    add_attribute(out, "Name", s->name);
    icm_buf_add_text(out, ">");
    add_idle_timeout(out, s->idle_timeout_ms);
    if (s->working_directory)
        add_text(out, "WorkingDirectory", s->working_directory);
    add_environment(out, s);
    add_text(out, "InputStreams", s->kind->input_streams);
    add_text(out, "OutputStreams", s->kind->output_streams);
    if (s->kind->has_pool)
        add_creation(out, c->payload);
    icm_buf_add_text(out, "</rsp:Shell>");
}

static void add_arguments(struct icm_buf *out, const struct wsman_content *c)
{
    for (size_t i = 0; c->line && i < c->line->argument_count; i++)
        add_text(out, "Arguments", c->line->arguments[i]);
    if (c->line)
        return;
    icm_buf_add_text(out, "<rsp:Arguments>");
    icm_base64_write(out, c->payload);
    icm_buf_add_text(out, "</rsp:Arguments>");
}

static void add_command_line(struct icm_buf *out, const struct wsman_shell *s, const struct wsman_content *c)
{
    (void)s;
    open_body(out, "CommandLine");
    add_attribute(out, "CommandId", c->command_id);
    icm_buf_add_text(out, "><rsp:Command>");
    icm_xml_add_text(out, c->command_text);
    icm_buf_add_text(out, "</rsp:Command>");
    add_arguments(out, c);
    icm_buf_add_text(out, "</rsp:CommandLine>");
}

static void add_send(struct icm_buf *out, const struct wsman_shell *s, const struct wsman_content *c)
{
    (void)s;
    open_body(out, "Send");
    icm_buf_add_text(out, "><rsp:Stream");
    add_attribute(out, "Name", c->stream);
    add_attribute(out, "CommandId", c->command_id);
    add_attribute(out, "End", c->is_last ? "true" : NULL);
    icm_buf_add_text(out, ">");
    icm_base64_write(out, c->payload);
    icm_buf_add_text(out, "</rsp:Stream></rsp:Send>");
}

static void add_receive(struct icm_buf *out, const struct wsman_shell *s, const struct wsman_content *c)
{
    open_body(out, "Receive");
    icm_buf_add_text(out, "><rsp:DesiredStream");
    add_attribute(out, "CommandId", c->command_id);
    icm_buf_add_format(out, ">%s</rsp:DesiredStream></rsp:Receive>", s->kind->output_streams);
}

static void add_signal(struct icm_buf *out, const struct wsman_shell *s, const struct wsman_content *c)
{
    (void)s;
    open_body(out, "Signal");
    add_attribute(out, "CommandId", c->command_id);
    icm_buf_add_text(out, "><rsp:Code>");
    icm_xml_add_text(out, icm_slice_text(c->signal));
    icm_buf_add_text(out, "</rsp:Code></rsp:Signal>");
}

static void add_identify(struct icm_buf *out, const struct wsman_shell *s, const struct wsman_content *c)
{
    (void)s, (void)c;
    icm_buf_add_text(out, "<wsmid:Identify xmlns:wsmid=\"" WSMAN_NS_IDENTITY "\"/>");
}

static void add_disconnect(struct icm_buf *out, const struct wsman_shell *s, const struct wsman_content *c)
{
    static const char *const modes[] = {NULL, "Block", "Drop"};

    (void)s;
    open_body(out, "Disconnect");
    icm_buf_add_text(out, ">");
    add_idle_timeout(out, c->leaving->idle_timeout_ms);
    if (modes[c->leaving->buffer_mode])
        icm_buf_add_format(out, "<rsp:BufferMode>%s</rsp:BufferMode>", modes[c->leaving->buffer_mode]);
    icm_buf_add_text(out, "</rsp:Disconnect>");
}

/* a shell's has an empty body */
static void add_reconnect(struct icm_buf *out, const struct wsman_shell *s, const struct wsman_content *c)
{
    (void)s;
    if (!c->command_id)
        return;
    open_body(out, "Reconnect");
    add_attribute(out, "CommandId", c->command_id);
    icm_buf_add_text(out, "/>");
}

static void add_connect(struct icm_buf *out, const struct wsman_shell *s, const struct wsman_content *c)
{
    (void)s;
    open_body(out, "Connect");
    add_attribute(out, "CommandId", c->command_id);
    icm_buf_add_text(out, ">");
    if (!c->command_id) {
        icm_buf_add_text(out, "<connectXml xmlns=\"" WSMAN_NS_POWERSHELL "\">");
        icm_base64_write(out, c->payload);
        icm_buf_add_text(out, "</connectXml>");
    }
    icm_buf_add_text(out, "</rsp:Connect>");
}

/* <n:NAME, with the prefix bound where it is used; the answer's context stands in it where there is one */
static void open_listing(struct icm_buf *out, const char *name, const struct wsman_content *c)
{
    icm_buf_add_format(out, "<n:%s xmlns:n=\"" WSMAN_NS_ENUMERATION "\">", name);
    if (c->context.size == 0)
        return;
    icm_buf_add_text(out, "<n:EnumerationContext>");
    icm_xml_add_text(out, c->context);
    icm_buf_add_text(out, "</n:EnumerationContext>");
}

static uint32_t max_elements(const struct wsman_content *c)
{
    enum { MAX_BATCH_ITEMS = 32000 }; /* the service's own limit, which clients say */

    return c->listing->max_elements > 0 ? c->listing->max_elements : MAX_BATCH_ITEMS;
}

static void add_enumerate(struct icm_buf *out, const struct wsman_shell *s, const struct wsman_content *c)
{
    (void)s;
    open_listing(out, "Enumerate", c);
    if (!c->listing->is_plain)
        icm_buf_add_format(out, "<w:OptimizeEnumeration/><w:MaxElements>%u</w:MaxElements>", max_elements(c));
    if (c->listing->shell_id) {
        icm_buf_add_text(out, "<w:Filter Dialect=\"" WSMAN_DIALECT_SELECTORS "\"><w:SelectorSet>"
                              "<w:Selector Name=\"ShellId\">");
        icm_xml_add_text(out, icm_slice_text(c->listing->shell_id));
        icm_buf_add_text(out, "</w:Selector></w:SelectorSet></w:Filter>");
    }
    icm_buf_add_text(out, "</n:Enumerate>");
}

static void add_pull(struct icm_buf *out, const struct wsman_shell *s, const struct wsman_content *c)
{
    (void)s;
    open_listing(out, "Pull", c);
    icm_buf_add_format(out, "<n:MaxElements>%u</n:MaxElements></n:Pull>", max_elements(c));
}

static void add_release(struct icm_buf *out, const struct wsman_shell *s, const struct wsman_content *c)
{
    (void)s;
    open_listing(out, "Release", c);
    icm_buf_add_text(out, "</n:Release>");
}

static void add_nothing(struct icm_buf *out, const struct wsman_shell *s, const struct wsman_content *c)
{
    (void)out, (void)s, (void)c;
}

void wsman_shell_add_body(struct icm_buf *out, const struct wsman_shell *s, enum wsman_operation operation,
                          const struct wsman_content *c)
{
    static void (*const bodies[WSMAN_OPERATION_COUNT])(struct icm_buf *, const struct wsman_shell *,
                                                       const struct wsman_content *) = {
        [WSMAN_IDENTIFY] = add_identify,    [WSMAN_CREATE] = add_shell,
        [WSMAN_COMMAND] = add_command_line, [WSMAN_SEND] = add_send,
        [WSMAN_RECEIVE] = add_receive,      [WSMAN_SIGNAL] = add_signal,
        [WSMAN_DELETE] = add_nothing,       [WSMAN_DISCONNECT] = add_disconnect,
        [WSMAN_RECONNECT] = add_reconnect,  [WSMAN_CONNECT] = add_connect,
        [WSMAN_GET_CONFIG] = add_nothing,   [WSMAN_GET_SHELL] = add_nothing,
        [WSMAN_ENUMERATE] = add_enumerate,  [WSMAN_PULL] = add_pull,
        [WSMAN_RELEASE] = add_release,
    };

    bodies[operation](out, s, c);
}
