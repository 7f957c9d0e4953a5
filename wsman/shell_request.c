/* The envelopes that a shell's client sends. MS-WSMV 3.1.4.5, 3.1.4.11 to 3.1.4.17; MS-PSRP 3.1.5.3;
 * DSP0226 7, 8. */
#include "base/xml.h"
#include "wsman/limits.h"
#include "wsman/names.h"
#include "wsman/shell_state.h"

/* PowerShell's client cuts the history text so; in UTF-16 units. MS-PSRP 3.1.5.3.3 */
enum { COMMAND_TEXT_MAX = 255 };
/* the most that one of them takes as escaped UTF-8: "&amp;" */
enum { ESCAPED_MAX = 5 };

/* What a request carries beside its payload. */
struct content {
    const char *command_id, *stream, *signal;
    struct icm_slice command_text;
    struct icm_slice payload;
    const struct wsman_command_line *line; /* of a command shell */
    bool is_last;                          /* of its stream */
    const struct wsman_leaving *leaving;
    const struct wsman_listing *listing;
    struct icm_slice context;
};

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
static void add_shell(struct icm_buf *out, const struct wsman_shell *s, const struct content *c)
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

static void add_arguments(struct icm_buf *out, const struct content *c)
{
    for (size_t i = 0; c->line && i < c->line->argument_count; i++)
        add_text(out, "Arguments", c->line->arguments[i]);
    if (c->line)
        return;
    icm_buf_add_text(out, "<rsp:Arguments>");
    icm_base64_write(out, c->payload);
    icm_buf_add_text(out, "</rsp:Arguments>");
}

static void add_command_line(struct icm_buf *out, const struct wsman_shell *s, const struct content *c)
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

static void add_send(struct icm_buf *out, const struct wsman_shell *s, const struct content *c)
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

static void add_receive(struct icm_buf *out, const struct wsman_shell *s, const struct content *c)
{
    open_body(out, "Receive");
    icm_buf_add_text(out, "><rsp:DesiredStream");
    add_attribute(out, "CommandId", c->command_id);
    icm_buf_add_format(out, ">%s</rsp:DesiredStream></rsp:Receive>", s->kind->output_streams);
}

static void add_signal(struct icm_buf *out, const struct wsman_shell *s, const struct content *c)
{
    (void)s;
    open_body(out, "Signal");
    add_attribute(out, "CommandId", c->command_id);
    icm_buf_add_text(out, "><rsp:Code>");
    icm_xml_add_text(out, icm_slice_text(c->signal));
    icm_buf_add_text(out, "</rsp:Code></rsp:Signal>");
}

static void add_identify(struct icm_buf *out, const struct wsman_shell *s, const struct content *c)
{
    (void)s, (void)c;
    icm_buf_add_text(out, "<wsmid:Identify xmlns:wsmid=\"" WSMAN_NS_IDENTITY "\"/>");
}

static void add_disconnect(struct icm_buf *out, const struct wsman_shell *s, const struct content *c)
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
static void add_reconnect(struct icm_buf *out, const struct wsman_shell *s, const struct content *c)
{
    (void)s;
    if (!c->command_id)
        return;
    open_body(out, "Reconnect");
    add_attribute(out, "CommandId", c->command_id);
    icm_buf_add_text(out, "/>");
}

static void add_connect(struct icm_buf *out, const struct wsman_shell *s, const struct content *c)
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
static void open_listing(struct icm_buf *out, const char *name, const struct content *c)
{
    icm_buf_add_format(out, "<n:%s xmlns:n=\"" WSMAN_NS_ENUMERATION "\">", name);
    if (c->context.size == 0)
        return;
    icm_buf_add_text(out, "<n:EnumerationContext>");
    icm_xml_add_text(out, c->context);
    icm_buf_add_text(out, "</n:EnumerationContext>");
}

static uint32_t max_elements(const struct content *c)
{
    enum { MAX_BATCH_ITEMS = 32000 }; /* the service's own limit, which clients say */

    return c->listing->max_elements > 0 ? c->listing->max_elements : MAX_BATCH_ITEMS;
}

static void add_enumerate(struct icm_buf *out, const struct wsman_shell *s, const struct content *c)
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

static void add_pull(struct icm_buf *out, const struct wsman_shell *s, const struct content *c)
{
    (void)s;
    open_listing(out, "Pull", c);
    icm_buf_add_format(out, "<n:MaxElements>%u</n:MaxElements></n:Pull>", max_elements(c));
}

static void add_release(struct icm_buf *out, const struct wsman_shell *s, const struct content *c)
{
    (void)s;
    open_listing(out, "Release", c);
    icm_buf_add_text(out, "</n:Release>");
}

static void add_nothing(struct icm_buf *out, const struct wsman_shell *s, const struct content *c)
{
    (void)out, (void)s, (void)c;
}

static uint32_t timeout_ms(const struct wsman_shell *s, enum wsman_operation operation)
{
    uint32_t own = operation == WSMAN_RECEIVE ? s->receive_timeout_ms : s->operation_timeout_ms;

    return wsman_operations[operation].timeout_ms ? wsman_operations[operation].timeout_ms : own;
}

static const char *truth(bool is_true)
{
    return is_true ? "TRUE" : "FALSE";
}

static const char *protocol_version(const struct wsman_shell *s, const struct content *c)
{
    (void)s, (void)c;
    return "2.3";
}

static const char *no_profile(const struct wsman_shell *s, const struct content *c)
{
    (void)c;
    return s->no_machine_profile ? s->kind->no_profile : NULL;
}

static const char *code_page(const struct wsman_shell *s, const struct content *c)
{
    (void)c;
    return *s->code_page ? s->code_page : NULL;
}

static const char *console_stdin(const struct wsman_shell *s, const struct content *c)
{
    (void)s;
    return c->line ? truth(c->line->console_stdin) : NULL;
}

static const char *skip_cmd_shell(const struct wsman_shell *s, const struct content *c)
{
    (void)s;
    return c->line ? truth(c->line->skips_cmd_shell) : NULL;
}

static const char *keepalive(const struct wsman_shell *s, const struct content *c)
{
    (void)s, (void)c;
    return "True";
}

/* MS-WSMV 3.1.4.5, 3.1.4.11; MS-PSRP 3.1.5.3.1. PowerShell's must be complied with; KEEPALIVE lets the server hold a Receive. */
static const struct {
    enum wsman_operation operation;
    int kind; /* -1: both */
    const char *name;
    const char *(*value)(const struct wsman_shell *s, const struct content *c); /* NULL: it is left out */
} options_sent[] = {
    {WSMAN_CREATE, WSMAN_SHELL_POWERSHELL, "protocolversion", protocol_version},
    {WSMAN_CONNECT, WSMAN_SHELL_POWERSHELL, "protocolversion", protocol_version},
    {WSMAN_CREATE, -1, "WINRS_NOPROFILE", no_profile},
    {WSMAN_CREATE, WSMAN_SHELL_CMD, "WINRS_CODEPAGE", code_page},
    {WSMAN_COMMAND, WSMAN_SHELL_CMD, "WINRS_CONSOLEMODE_STDIN", console_stdin},
    {WSMAN_COMMAND, WSMAN_SHELL_CMD, "WINRS_SKIP_CMD_SHELL", skip_cmd_shell},
    {WSMAN_RECEIVE, -1, "WSMAN_CMDSHELL_OPTION_KEEPALIVE", keepalive},
};

static size_t fill_options(const struct wsman_shell *s, enum wsman_operation operation, const struct content *c,
                           struct wsman_option options[ICM_COUNT(options_sent)])
{
    int kind = (int)(s->kind - wsman_shell_kinds);
    size_t count = 0;

    for (size_t i = 0; i < ICM_COUNT(options_sent); i++) {
        bool is_sent = options_sent[i].operation == operation &&
                       (options_sent[i].kind < 0 || options_sent[i].kind == kind);
        const char *value = is_sent ? options_sent[i].value(s, c) : NULL;
        bool must_comply = operation != WSMAN_RECEIVE && kind == WSMAN_SHELL_POWERSHELL;

        if (value)
            options[count++] = (struct wsman_option){options_sent[i].name, value, must_comply};
    }
    return count;
}

static const char *resource_of(const struct wsman_shell *s, enum wsman_operation operation, const struct content *c)
{
    if (c->listing)
        return c->listing->shell_id ? WSMAN_RESOURCE_COMMANDS : WSMAN_RESOURCE_SHELLS;
    return wsman_operations[operation].resource_uri ? wsman_operations[operation].resource_uri : s->resource_uri;
}

static const char *selector_of(const struct wsman_shell *s, enum wsman_operation operation)
{
    if (operation == WSMAN_CONNECT && !s->is_open)
        return s->asked_id;
    return wsman_operations[operation].needs_shell || operation == WSMAN_CONNECT ? s->shell_id : NULL;
}

static void fill_header(const struct wsman_shell *s, enum wsman_operation operation, const struct content *c,
                        struct wsman_request_header *header)
{
    header->to = s->url;
    header->action = wsman_operations[operation].action;
    header->resource_uri = resource_of(s, operation, c);
    header->locale = s->locale;
    header->data_locale = s->locale;
    header->session_id = s->session_id;
    header->max_envelope_size = s->envelope_max;
    header->operation_timeout_ms = timeout_ms(s, operation);
    header->shell_id = selector_of(s, operation);
}

static void write_envelope(struct icm_buf *out, const struct wsman_shell *s, enum wsman_operation operation,
                           const char *message_id, const struct content *c)
{
    static void (*const bodies[WSMAN_OPERATION_COUNT])(struct icm_buf *, const struct wsman_shell *,
                                                       const struct content *) = {
        [WSMAN_IDENTIFY] = add_identify,     [WSMAN_CREATE] = add_shell,        [WSMAN_COMMAND] = add_command_line,
        [WSMAN_SEND] = add_send,             [WSMAN_RECEIVE] = add_receive,     [WSMAN_SIGNAL] = add_signal,
        [WSMAN_DELETE] = add_nothing,        [WSMAN_DISCONNECT] = add_disconnect, [WSMAN_RECONNECT] = add_reconnect,
        [WSMAN_CONNECT] = add_connect,       [WSMAN_GET_CONFIG] = add_nothing,  [WSMAN_GET_SHELL] = add_nothing,
        [WSMAN_ENUMERATE] = add_enumerate,   [WSMAN_PULL] = add_pull,           [WSMAN_RELEASE] = add_release,
    };
    struct wsman_option options[ICM_COUNT(options_sent)];
    struct wsman_request_header header = {.options = options};

    if (operation != WSMAN_IDENTIFY) {
        fill_header(s, operation, c, &header);
        header.option_count = fill_options(s, operation, c, options);
        memcpy(header.message_id, message_id, sizeof header.message_id);
    }
    wsman_request_begin(out, &header);
    bodies[operation](out, s, c);
    wsman_envelope_end(out);
}

size_t wsman_shell_payload_max(const struct wsman_shell *s, enum wsman_operation operation)
{
    static const char longest_id[] = "00000000-0000-0000-0000-000000000000";
    static const struct wsman_leaving leaving;
    static const struct wsman_listing listing;
    struct content c = {
        .command_id = operation == WSMAN_CONNECT ? NULL : longest_id,
        .stream = "stdin",
        .signal = WSMAN_SIGNAL_TERMINATE,
        .is_last = !s->kind->has_pool,
        .leaving = &leaving,
        .listing = operation >= WSMAN_ENUMERATE ? &listing : NULL,
    };
    size_t text = operation == WSMAN_COMMAND ? COMMAND_TEXT_MAX * ESCAPED_MAX : 0;
    struct icm_buf skeleton = {0};

    write_envelope(&skeleton, s, operation, s->session_id, &c); /* a message id is as long as the session's */
    size_t used = skeleton.size + text;
    bool failed = skeleton.failed;
    icm_buf_reset(&skeleton);
    return failed || used >= s->envelope_max ? 0 : (s->envelope_max - used) / 4 * 3;
}

static enum icm_code make_request(struct wsman_shell *s, enum wsman_operation operation, const struct content *c,
                                  struct wsman_request *out, struct icm_error *err)
{
    struct wsman_request request = {.operation = operation};

    if (wsman_operations[operation].needs_shell && !s->is_open)
        return icm_fail(err, ICM_STATE, "MS-WSMV 3.1.4.5", "%s without a shell", wsman_operations[operation].name);
    if (c->payload.size > 0 && c->payload.size > wsman_shell_payload_max(s, operation))
        return icm_fail(err, ICM_LIMIT, "MS-WSMV 3.1.4.1.6", "%zu bytes do not fit a %s of %u bytes", c->payload.size,
                        wsman_operations[operation].name, s->envelope_max);
    enum icm_code code = wsman_message_id_new(request.message_id, err);
    if (code != ICM_OK)
        return code;
    write_envelope(&request.envelope, s, operation, request.message_id, c);
    code = icm_buf_check(&request.envelope, err);
    if (code == ICM_OK && request.envelope.size > s->envelope_max)
        code = icm_fail(err, ICM_LIMIT, "MS-WSMV 3.1.4.1.6", "a %s of %zu bytes, at most %u",
                        wsman_operations[operation].name, request.envelope.size, s->envelope_max);
    if (code != ICM_OK) {
        icm_buf_reset(&request.envelope);
        return code;
    }
    request.timeout_ms = timeout_ms(s, operation);
    request.reply_max = s->envelope_max + WSMAN_REPLY_SLACK;
    *out = request;
    return ICM_OK;
}

enum icm_code wsman_shell_identify(struct wsman_shell *s, struct wsman_request *out, struct icm_error *err)
{
    return make_request(s, WSMAN_IDENTIFY, &(struct content){0}, out, err);
}

enum icm_code wsman_shell_create(struct wsman_shell *s, struct icm_slice creation_payload, struct wsman_request *out,
                                 struct icm_error *err)
{
    return make_request(s, WSMAN_CREATE, &(struct content){.payload = creation_payload}, out, err);
}

/* the beginning of @command, up to 256 UTF-16 units or cut to 255 of them; a blank for nothing */
static struct icm_slice history_text(struct icm_slice command)
{
    struct icm_slice rest = command;
    size_t units = 0, end = 0;

    while (rest.size > 0) {
        int32_t c = icm_utf8_next(&rest);
        if (c < 0)
            rest = icm_slice_from(rest, 1);
        units += c >= 0x10000 ? 2 : 1;
        if (units <= COMMAND_TEXT_MAX)
            end = command.size - rest.size;
        else
            break;
    }
    return command.size == 0 ? icm_slice_text(" ") : icm_slice_of(command.data, end);
}

enum icm_code wsman_shell_command(struct wsman_shell *s, const struct icm_guid *command_id, struct icm_slice command,
                                  struct icm_slice arguments, struct wsman_request *out, struct icm_error *err)
{
    char id[ICM_GUID_TEXT + 1];
    struct wsman_request request;

    icm_guid_format_upper(command_id, id);
    struct content c = {.command_id = id, .command_text = history_text(command), .payload = arguments};
    enum icm_code code = make_request(s, WSMAN_COMMAND, &c, &request, err);
    if (code != ICM_OK)
        return code;
    code = wsman_alias_ask(s, id, request.message_id, err);
    if (code != ICM_OK) {
        wsman_request_reset(&request);
        return code;
    }
    *out = request;
    return ICM_OK;
}

enum icm_code wsman_shell_command_line(struct wsman_shell *s, const struct wsman_command_line *line,
                                       struct wsman_request *out, struct icm_error *err)
{
    struct content c = {.command_text = icm_slice_text(line->command), .line = line};

    return make_request(s, WSMAN_COMMAND, &c, out, err);
}

enum icm_code wsman_shell_send(struct wsman_shell *s, const char *command_id, const char *stream,
                               struct icm_slice bytes, struct wsman_request *out, struct icm_error *err)
{
    struct content c = {.command_id = wsman_alias_resolve(s, command_id), .stream = stream, .payload = bytes};

    return make_request(s, WSMAN_SEND, &c, out, err);
}

enum icm_code wsman_shell_send_last(struct wsman_shell *s, const char *command_id, const char *stream,
                                    struct icm_slice bytes, struct wsman_request *out, struct icm_error *err)
{
    struct content c = {
        .command_id = wsman_alias_resolve(s, command_id), .stream = stream, .payload = bytes, .is_last = true};

    return make_request(s, WSMAN_SEND, &c, out, err);
}

enum icm_code wsman_shell_receive(struct wsman_shell *s, const char *command_id, struct wsman_request *out,
                                  struct icm_error *err)
{
    struct content c = {.command_id = wsman_alias_resolve(s, command_id)};

    return make_request(s, WSMAN_RECEIVE, &c, out, err);
}

enum icm_code wsman_shell_signal(struct wsman_shell *s, const char *command_id, const char *code,
                                 struct wsman_request *out, struct icm_error *err)
{
    struct content c = {.command_id = wsman_alias_resolve(s, command_id), .signal = code};
    enum icm_code made = make_request(s, WSMAN_SIGNAL, &c, out, err);

    if (made == ICM_OK && command_id && strcmp(code, WSMAN_SIGNAL_TERMINATE) == 0)
        wsman_alias_forget(s, command_id); /* the last word to that command */
    return made;
}

enum icm_code wsman_shell_delete(struct wsman_shell *s, struct wsman_request *out, struct icm_error *err)
{
    return make_request(s, WSMAN_DELETE, &(struct content){0}, out, err);
}

enum icm_code wsman_shell_disconnect(struct wsman_shell *s, const struct wsman_leaving *how, struct wsman_request *out,
                                     struct icm_error *err)
{
    return make_request(s, WSMAN_DISCONNECT, &(struct content){.leaving = how}, out, err);
}

enum icm_code wsman_shell_reconnect(struct wsman_shell *s, const char *command_id, struct wsman_request *out,
                                    struct icm_error *err)
{
    struct content c = {.command_id = wsman_alias_resolve(s, command_id)};

    return make_request(s, WSMAN_RECONNECT, &c, out, err);
}

enum icm_code wsman_shell_connect(struct wsman_shell *s, struct icm_slice payload, struct wsman_request *out,
                                  struct icm_error *err)
{
    if (s->is_open || !*s->asked_id)
        return icm_fail(err, ICM_STATE, "MS-WSMV 3.1.4.17", "%s",
                        s->is_open ? "a shell is open already" : "Connect to a shell whose id is not known");
    return make_request(s, WSMAN_CONNECT, &(struct content){.payload = payload}, out, err);
}

enum icm_code wsman_shell_connect_command(struct wsman_shell *s, const char *command_id, struct wsman_request *out,
                                          struct icm_error *err)
{
    if (!s->is_open)
        return icm_fail(err, ICM_STATE, "MS-WSMV 3.1.4.17", "Connect to a command without a shell");
    return make_request(s, WSMAN_CONNECT, &(struct content){.command_id = command_id}, out, err);
}

enum icm_code wsman_shell_get_config(struct wsman_shell *s, struct wsman_request *out, struct icm_error *err)
{
    return make_request(s, WSMAN_GET_CONFIG, &(struct content){0}, out, err);
}

enum icm_code wsman_shell_get(struct wsman_shell *s, struct wsman_request *out, struct icm_error *err)
{
    return make_request(s, WSMAN_GET_SHELL, &(struct content){0}, out, err);
}

enum icm_code wsman_shell_enumerate(struct wsman_shell *s, const struct wsman_listing *listing,
                                    struct wsman_request *out, struct icm_error *err)
{
    return make_request(s, WSMAN_ENUMERATE, &(struct content){.listing = listing}, out, err);
}

enum icm_code wsman_shell_pull(struct wsman_shell *s, const struct wsman_listing *listing, struct icm_slice context,
                               struct wsman_request *out, struct icm_error *err)
{
    return make_request(s, WSMAN_PULL, &(struct content){.listing = listing, .context = context}, out, err);
}

enum icm_code wsman_shell_release(struct wsman_shell *s, const struct wsman_listing *listing, struct icm_slice context,
                                  struct wsman_request *out, struct icm_error *err)
{
    return make_request(s, WSMAN_RELEASE, &(struct content){.listing = listing, .context = context}, out, err);
}
