/* SOAP envelopes, and the streams in them. */
#include "cli/show_private.h"
#include "wsman/limits.h"
#include "wsman/message.h"

enum { ENVELOPE_MAX = 16 * 1024 * 1024 }; /* far over any server's, and bounded */

static int width(struct icm_slice text)
{
    return (int)(text.size < 200 ? text.size : 200);
}

static void add_part(struct icm_buf *line, const char *label, struct icm_slice text)
{
    if (text.size > 0)
        icm_buf_add_format(line, ", %s %.*s", label, width(text), (const char *)text.data);
}

/* the last part of an action's URI */
static struct icm_slice short_action(struct icm_slice action)
{
    const uint8_t *slash = action.size > 0 ? memrchr(action.data, '/', action.size) : NULL;

    return slash ? icm_slice_from(action, (size_t)(slash - action.data) + 1) : action;
}

static void add_fault(struct icm_buf *line, const struct wsman_message *m)
{
    if (m->body != WSMAN_BODY_FAULT)
        return;
    add_part(line, "fault", m->fault_subcode.size > 0 ? m->fault_subcode : m->fault_code);
    if (m->has_wsman_code)
        icm_buf_add_format(line, " 0x%08X", m->wsman_code);
    add_part(line, "reason", m->fault_detail.size > 0 ? m->fault_detail : m->fault_reason);
}

static void show_summary(struct cli_show *s, char direction, struct icm_slice status, const struct wsman_message *m)
{
    struct icm_slice action = short_action(m->action), shell = m->shell_id;
    struct icm_buf line = {0};

    icm_buf_add_format(&line, "envelope %.*s", width(action), (const char *)action.data);
    add_part(&line, "HTTP status", status);
    add_part(&line, "resource", m->resource_uri);
    add_part(&line, "shell", shell.size > 0 ? shell : wsman_pair_value(m->selectors, "ShellId"));
    add_part(&line, "command", m->command_id);
    add_part(&line, "runs", m->command);
    add_part(&line, "signal", short_action(m->signal_code));
    add_part(&line, "state", short_action(m->command_state));
    add_fault(&line, m);
    cli_show_line(s, direction, "%s", icm_buf_text(&line));
    icm_buf_reset(&line);
}

static void show_bytes(struct cli_show *s, char direction, struct icm_slice target, const char *name,
                       struct icm_slice bytes)
{
    if (bytes.size == 0)
        return;
    if (cli_show_are_fragments(s, direction, target, name, bytes)) {
        cli_show_fragments(s, direction, target, name, bytes);
        return;
    }
    icm_buf_add_format(&s->out, "    %s, %zu bytes: ", name, bytes.size);
    cli_show_text(&s->out, bytes);
    icm_buf_add_u8(&s->out, '\n');
}

/* a literal for the names that the shells have, so that streams may keep it */
static const char *stream_name(struct icm_slice name)
{
    static const char *const names[] = {"stdin", "stdout", "stderr", "pr"};

    for (size_t i = 0; i < ICM_COUNT(names); i++)
        if (icm_slice_is(name, names[i]))
            return names[i];
    return "a stream";
}

static struct icm_slice target_of(struct icm_slice command_id)
{
    return command_id.size > 0 ? command_id : icm_slice_text("the pool");
}

static void show_streams(struct cli_show *s, char direction, const struct wsman_message *m)
{
    struct icm_slice payload = icm_buf_slice(&m->payload);

    for (const struct wsman_stream *stream = m->streams; stream; stream = stream->next)
        show_bytes(s, direction, target_of(stream->command_id), stream_name(stream->name),
                   icm_slice_of(payload.data + stream->offset, stream->size));
    bool is_answer = m->body == WSMAN_BODY_CONNECT_RESPONSE;
    if (!m->streams) /* creationXml, connectXml, Arguments: the front of what Send goes on with; connectResponseXml */
        show_bytes(s, direction, target_of(m->command_id), is_answer ? "stdout" : "stdin", payload);
}

static void add_item(struct cli_show *s, const char *what, struct icm_slice id, struct icm_slice state)
{
    ICM_OWN(icm_buf_reset) struct icm_buf line = {0};

    add_part(&line, what, id);
    add_part(&line, "state", state);
    if (line.size > 0)
        icm_buf_add_format(&s->out, "   %s\n", icm_buf_text(&line) + 1); /* without the comma in front */
}

/* what an enumeration has brought */
static void show_items(struct cli_show *s, const struct wsman_message *m)
{
    for (const struct wsman_shell_info *shell = m->shells; shell; shell = shell->next)
        add_item(s, "shell", shell->shell_id, shell->state);
    for (const struct wsman_command_info *c = m->commands; c; c = c->next)
        add_item(s, "command", c->command_id, short_action(c->state));
}

static bool show_read(struct cli_show *s, struct wsman_reader *reader, char direction, struct icm_slice status,
                      struct icm_slice envelope)
{
    struct wsman_message *whole = NULL;
    struct icm_error why = {0};
    enum icm_code code = wsman_reader_feed(reader, envelope, &why);

    if (code == ICM_OK)
        code = wsman_reader_finish(reader, &whole, &why);
    const struct wsman_message *m = whole ? whole : wsman_reader_partial(reader);
    bool is_envelope = whole || m->action.size > 0;
    char mark = direction != '-' ? direction : m->relates_to.size > 0 ? '<' : '>';

    if (is_envelope)
        show_summary(s, mark, status, m);
    /* icm's own trace leaves the streams out, which is no fault of theirs */
    if (is_envelope && !whole && !memmem(envelope.data, envelope.size, " characters]", 12))
        cli_show_line(s, '!', "the envelope goes wrong: %s", why.text);
    if (whole) {
        show_streams(s, mark, whole);
        show_items(s, whole);
    }
    icm_error_reset(&why);
    return is_envelope;
}

bool cli_show_envelope(struct cli_show *s, char direction, struct icm_slice status, struct icm_slice envelope)
{
    struct wsman_reader *reader;

    if (wsman_reader_new(&reader, ENVELOPE_MAX, NULL) != ICM_OK) {
        s->out.failed = true;
        return true;
    }
    bool is_envelope = show_read(s, reader, direction, status, envelope);
    s->has_understood = s->has_understood || is_envelope;
    wsman_reader_free(reader);
    return is_envelope;
}
