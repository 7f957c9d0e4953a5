/* The envelopes that a shell's client sends. MS-WSMV 3.1.4.5, 3.1.4.11 to 3.1.4.17; MS-PSRP 3.1.5.3;
 * DSP0226 7, 8. */
#include "wsman/encoding.h"
#include "wsman/limits.h"
#include "wsman/names.h"
#include "wsman/shell_state.h"

/* PowerShell's client cuts the history text so; in UTF-16 units. MS-PSRP 3.1.5.3.3 */
enum { COMMAND_TEXT_MAX = 255 };
/* the most that one of them takes as escaped UTF-8: "&amp;" */
enum { ESCAPED_MAX = 5 };

static uint32_t timeout_ms(const struct wsman_shell *s, enum wsman_operation operation)
{
    uint32_t own = operation == WSMAN_RECEIVE ? s->receive_timeout_ms : s->operation_timeout_ms;

    return wsman_operations[operation].timeout_ms ? wsman_operations[operation].timeout_ms : own;
}

static const char *truth(bool is_true)
{
    return is_true ? "TRUE" : "FALSE";
}

static const char *protocol_version(const struct wsman_shell *s, const struct wsman_content *c)
{
    (void)s, (void)c;
    return "2.3";
}

static const char *no_profile(const struct wsman_shell *s, const struct wsman_content *c)
{
    (void)c;
    return s->no_machine_profile ? s->kind->no_profile : NULL;
}

static const char *code_page(const struct wsman_shell *s, const struct wsman_content *c)
{
    (void)c;
    return *s->code_page ? s->code_page : NULL;
}

static const char *console_stdin(const struct wsman_shell *s, const struct wsman_content *c)
{
    (void)s;
    return c->line ? truth(c->line->console_stdin) : NULL;
}

static const char *skip_cmd_shell(const struct wsman_shell *s, const struct wsman_content *c)
{
    (void)s;
    return c->line ? truth(c->line->skips_cmd_shell) : NULL;
}

static const char *keepalive(const struct wsman_shell *s, const struct wsman_content *c)
{
    (void)s, (void)c;
    return "True";
}

/* MS-WSMV 3.1.4.5, 3.1.4.11; MS-PSRP 3.1.5.3.1. PowerShell's must be complied with; KEEPALIVE lets the server hold a
 * Receive. */
static const struct {
    enum wsman_operation operation;
    int kind; /* -1: both */
    const char *name;
    const char *(*value)(const struct wsman_shell *s, const struct wsman_content *c); /* NULL: it is left out */
} options_sent[] = {
    {WSMAN_CREATE, WSMAN_SHELL_POWERSHELL, "protocolversion", protocol_version},
    {WSMAN_CONNECT, WSMAN_SHELL_POWERSHELL, "protocolversion", protocol_version},
    {WSMAN_CREATE, -1, "WINRS_NOPROFILE", no_profile},
    {WSMAN_CREATE, WSMAN_SHELL_CMD, "WINRS_CODEPAGE", code_page},
    {WSMAN_COMMAND, WSMAN_SHELL_CMD, "WINRS_CONSOLEMODE_STDIN", console_stdin},
    {WSMAN_COMMAND, WSMAN_SHELL_CMD, "WINRS_SKIP_CMD_SHELL", skip_cmd_shell},
    {WSMAN_RECEIVE, -1, "WSMAN_CMDSHELL_OPTION_KEEPALIVE", keepalive},
};

static size_t fill_options(const struct wsman_shell *s, enum wsman_operation operation, const struct wsman_content *c,
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

static const char *resource_of(const struct wsman_shell *s, enum wsman_operation operation,
                               const struct wsman_content *c)
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

static void fill_header(const struct wsman_shell *s, enum wsman_operation operation, const struct wsman_content *c,
                        struct wsman_request_header *header)
{
    header->to = s->url;
    header->action = wsman_operations[operation].action;
    header->resource_uri = resource_of(s, operation, c);
    header->locale = s->locale;
    header->data_locale = s->data_locale;
    header->session_id = s->session_id;
    header->max_envelope_size = s->envelope_max;
    header->operation_timeout_ms = timeout_ms(s, operation);
    header->shell_id = selector_of(s, operation);
}

static void write_envelope(struct icm_buf *out, const struct wsman_shell *s, enum wsman_operation operation,
                           const char *message_id, const struct wsman_content *c)
{
    struct wsman_option options[ICM_COUNT(options_sent)];
    struct wsman_request_header header = {.options = options};

    if (operation != WSMAN_IDENTIFY) {
        fill_header(s, operation, c, &header);
        header.option_count = fill_options(s, operation, c, options);
        memcpy(header.message_id, message_id, sizeof header.message_id);
    }
    wsman_request_begin(out, &header);
    wsman_shell_add_body(out, s, operation, c);
    wsman_envelope_end(out);
}

size_t wsman_shell_payload_max(const struct wsman_shell *s, enum wsman_operation operation)
{
    static const char longest_id[] = "00000000-0000-0000-0000-000000000000";
    static const struct wsman_leaving leaving;
    static const struct wsman_listing listing;
    struct wsman_content c = {
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
    size_t room = s->use_utf16 ? (s->envelope_max - WSMAN_UTF16_MARK) / 2 : s->envelope_max;
    return failed || used >= room ? 0 : (room - used) / 4 * 3;
}

static enum icm_code make_request(struct wsman_shell *s, enum wsman_operation operation, const struct wsman_content *c,
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
    if (code == ICM_OK && s->use_utf16)
        code = wsman_encode_utf16(&request.envelope, err);
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
    return make_request(s, WSMAN_IDENTIFY, &(struct wsman_content){0}, out, err);
}

enum icm_code wsman_shell_create(struct wsman_shell *s, struct icm_slice creation_payload, struct wsman_request *out,
                                 struct icm_error *err)
{
    return make_request(s, WSMAN_CREATE, &(struct wsman_content){.payload = creation_payload}, out, err);
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
    struct wsman_content c = {.command_id = id, .command_text = history_text(command), .payload = arguments};
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
    struct wsman_content c = {.command_text = icm_slice_text(line->command), .line = line};

    return make_request(s, WSMAN_COMMAND, &c, out, err);
}

enum icm_code wsman_shell_send(struct wsman_shell *s, const char *command_id, const char *stream,
                               struct icm_slice bytes, struct wsman_request *out, struct icm_error *err)
{
    struct wsman_content c = {.command_id = wsman_alias_resolve(s, command_id), .stream = stream, .payload = bytes};

    return make_request(s, WSMAN_SEND, &c, out, err);
}

enum icm_code wsman_shell_send_last(struct wsman_shell *s, const char *command_id, const char *stream,
                                    struct icm_slice bytes, struct wsman_request *out, struct icm_error *err)
{
    struct wsman_content c = {
        .command_id = wsman_alias_resolve(s, command_id), .stream = stream, .payload = bytes, .is_last = true};

    return make_request(s, WSMAN_SEND, &c, out, err);
}

enum icm_code wsman_shell_receive(struct wsman_shell *s, const char *command_id, struct wsman_request *out,
                                  struct icm_error *err)
{
    struct wsman_content c = {.command_id = wsman_alias_resolve(s, command_id)};

    return make_request(s, WSMAN_RECEIVE, &c, out, err);
}

enum icm_code wsman_shell_signal(struct wsman_shell *s, const char *command_id, const char *code,
                                 struct wsman_request *out, struct icm_error *err)
{
    struct wsman_content c = {.command_id = wsman_alias_resolve(s, command_id), .signal = code};
    enum icm_code made = make_request(s, WSMAN_SIGNAL, &c, out, err);

    if (made == ICM_OK && command_id && strcmp(code, WSMAN_SIGNAL_TERMINATE) == 0)
        wsman_alias_forget(s, command_id); /* the last word to that command */
    return made;
}

enum icm_code wsman_shell_delete(struct wsman_shell *s, struct wsman_request *out, struct icm_error *err)
{
    return make_request(s, WSMAN_DELETE, &(struct wsman_content){0}, out, err);
}

enum icm_code wsman_shell_disconnect(struct wsman_shell *s, const struct wsman_leaving *how, struct wsman_request *out,
                                     struct icm_error *err)
{
    return make_request(s, WSMAN_DISCONNECT, &(struct wsman_content){.leaving = how}, out, err);
}

enum icm_code wsman_shell_reconnect(struct wsman_shell *s, const char *command_id, struct wsman_request *out,
                                    struct icm_error *err)
{
    struct wsman_content c = {.command_id = wsman_alias_resolve(s, command_id)};

    return make_request(s, WSMAN_RECONNECT, &c, out, err);
}

enum icm_code wsman_shell_connect(struct wsman_shell *s, struct icm_slice payload, struct wsman_request *out,
                                  struct icm_error *err)
{
    if (s->is_open || !*s->asked_id)
        return icm_fail(err, ICM_STATE, "MS-WSMV 3.1.4.17", "%s",
                        s->is_open ? "a shell is open already" : "Connect to a shell whose id is not known");
    return make_request(s, WSMAN_CONNECT, &(struct wsman_content){.payload = payload}, out, err);
}

enum icm_code wsman_shell_connect_command(struct wsman_shell *s, const char *command_id, struct wsman_request *out,
                                          struct icm_error *err)
{
    if (!s->is_open)
        return icm_fail(err, ICM_STATE, "MS-WSMV 3.1.4.17", "Connect to a command without a shell");
    return make_request(s, WSMAN_CONNECT, &(struct wsman_content){.command_id = command_id}, out, err);
}

enum icm_code wsman_shell_get_config(struct wsman_shell *s, struct wsman_request *out, struct icm_error *err)
{
    return make_request(s, WSMAN_GET_CONFIG, &(struct wsman_content){0}, out, err);
}

enum icm_code wsman_shell_get(struct wsman_shell *s, struct wsman_request *out, struct icm_error *err)
{
    return make_request(s, WSMAN_GET_SHELL, &(struct wsman_content){0}, out, err);
}

enum icm_code wsman_shell_enumerate(struct wsman_shell *s, const struct wsman_listing *listing,
                                    struct wsman_request *out, struct icm_error *err)
{
    return make_request(s, WSMAN_ENUMERATE, &(struct wsman_content){.listing = listing}, out, err);
}

enum icm_code wsman_shell_pull(struct wsman_shell *s, const struct wsman_listing *listing, struct icm_slice context,
                               struct wsman_request *out, struct icm_error *err)
{
    return make_request(s, WSMAN_PULL, &(struct wsman_content){.listing = listing, .context = context}, out, err);
}

enum icm_code wsman_shell_release(struct wsman_shell *s, const struct wsman_listing *listing, struct icm_slice context,
                                  struct wsman_request *out, struct icm_error *err)
{
    return make_request(s, WSMAN_RELEASE, &(struct wsman_content){.listing = listing, .context = context}, out, err);
}
