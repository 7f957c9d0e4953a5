/* The handlers of the service's actions, and their table. MS-WSMV 3.1.4.5, 3.1.4.11 to 3.1.4.14. */
#include "wsman/limits.h"
#include "wsman/names.h"
#include "wsman/service_state.h"

/* an event of @p about its shell */
static struct wsman_service_event event_of(const struct wsman_pending *p, enum wsman_service_event_type type)
{
    struct wsman_service_event event = {.type = type, .request = p->request, .shell = p->shell->number};

    memcpy(event.shell_id, p->shell->shell_id, sizeof event.shell_id);
    memcpy(event.command_id, p->command_id, sizeof event.command_id);
    return event;
}

/* The id that the client wants, or a fresh one. false: @p has its fault. */
static bool choose_id(struct wsman_service *s, struct wsman_pending *p, struct icm_slice wanted,
                      char out[WSMAN_ID_TEXT])
{
    struct icm_guid guid;

    if (wanted.size >= WSMAN_ID_TEXT) {
        wsman_reply_fault(s, p, WSMAN_FAULT_BAD_BODY, "An id of a shell or command is too long.");
        return false;
    }
    if (wanted.size > 0) {
        memcpy(out, wanted.data, wanted.size);
        out[wanted.size] = '\0';
        return true;
    }
    if (icm_guid_random(&guid, NULL) != ICM_OK) {
        wsman_reply_fault(s, p, WSMAN_FAULT_INTERNAL, NULL);
        return false;
    }
    icm_guid_format_upper(&guid, out);
    return true;
}

static void handle_create(struct wsman_service *s, struct wsman_pending *p, struct wsman_message *m)
{
    char shell_id[WSMAN_ID_TEXT];

    if (s->shell_count >= s->options.max_shells) {
        wsman_reply_fault(s, p, WSMAN_FAULT_QUOTA_SHELLS, NULL);
        return;
    }
    if (m->payload.size == 0) {
        wsman_reply_fault(s, p, WSMAN_FAULT_BAD_BODY, "A shell of PowerShell needs a creationXml.");
        return;
    }
    if (!choose_id(s, p, m->shell_id, shell_id))
        return;
    if (wsman_service_shell_by_id(s, icm_slice_text(shell_id))) {
        wsman_reply_fault(s, p, WSMAN_FAULT_INTERNAL, "A shell of this id exists already.");
        return;
    }
    struct wsman_served_shell *shell = wsman_service_shell_add(s, shell_id, p->user);
    if (!shell) {
        wsman_reply_fault(s, p, WSMAN_FAULT_INTERNAL, NULL);
        return;
    }
    p->idle_timeout_ms = m->idle_timeout_ms;
    wsman_service_pending_attach(p, shell);
    struct wsman_service_event event = event_of(p, WSMAN_SERVICE_CREATE);
    if (!wsman_service_event_add(s, p, &event, &m->payload))
        wsman_service_shell_remove(shell);
}

static void handle_command(struct wsman_service *s, struct wsman_pending *p, struct wsman_message *m)
{
    struct wsman_served_shell *shell = p->shell;

    if (shell->command_count >= s->options.max_commands) {
        wsman_reply_fault(s, p, WSMAN_FAULT_QUOTA_COMMANDS, NULL);
        return;
    }
    if (m->payload.size == 0) {
        wsman_reply_fault(s, p, WSMAN_FAULT_BAD_BODY, "A command of PowerShell needs Arguments.");
        return;
    }
    if (!choose_id(s, p, m->command_id, p->command_id))
        return;
    if (wsman_service_command_find(shell, icm_slice_text(p->command_id))) {
        wsman_reply_fault(s, p, WSMAN_FAULT_BAD_BODY, "A command of this id exists already.");
        return;
    }
    struct wsman_outlet *command = wsman_service_command_add(shell, p->command_id);
    if (!command) {
        wsman_reply_fault(s, p, WSMAN_FAULT_INTERNAL, NULL);
        return;
    }
    struct wsman_service_event event = event_of(p, WSMAN_SERVICE_COMMAND);
    if (!wsman_service_event_add(s, p, &event, &m->payload))
        wsman_service_command_remove(command, false);
}

/* The id of a command that there is goes to the pending request; an empty one is the shell itself. */
static bool take_command_id(struct wsman_service *s, struct wsman_pending *p, struct icm_slice command_id)
{
    if (command_id.size == 0)
        return true;
    struct wsman_outlet *command = wsman_service_command_find(p->shell, command_id);
    if (!command) {
        wsman_reply_fault(s, p, WSMAN_FAULT_NO_SUCH_COMMAND, NULL);
        return false;
    }
    memcpy(p->command_id, command->command_id, sizeof p->command_id);
    return true;
}

/* why the streams of a Send make no sense together, or NULL: they go to one stream of one command */
static const char *bad_streams(const struct wsman_message *m)
{
    const struct wsman_stream *first = m->streams;

    if (!first)
        return "A Send needs a Stream.";
    if (!icm_slice_is(first->name, "stdin") && !icm_slice_is(first->name, "pr"))
        return "The shell has no input stream of this name; it has stdin and pr.";
    for (const struct wsman_stream *other = first->next; other; other = other->next)
        if (!icm_slice_equal(other->name, first->name) || !icm_slice_equal(other->command_id, first->command_id))
            return "The Streams of a Send must have the same name and command.";
    return NULL;
}

static void handle_send(struct wsman_service *s, struct wsman_pending *p, struct wsman_message *m)
{
    const char *bad = bad_streams(m);

    if (bad) {
        wsman_reply_fault(s, p, WSMAN_FAULT_BAD_BODY, bad);
        return;
    }
    if (!take_command_id(s, p, m->streams->command_id))
        return;
    struct wsman_service_event event = event_of(p, WSMAN_SERVICE_SEND);
    event.is_prompt_response = icm_slice_is(m->streams->name, "pr");
    wsman_service_event_add(s, p, &event, &m->payload);
}

/* what an answer can hold beside its ends: within the client's limit and ours */
static bool fill_room(struct wsman_service *s, struct wsman_pending *p, const struct wsman_message *m,
                      const char *command_id)
{
    size_t limit = s->options.max_envelope_size;

    if (m->max_envelope_size > 0 && m->max_envelope_size < limit)
        limit = m->max_envelope_size;
    wsman_reply_receive_begin(p);
    wsman_reply_receive_end(&p->body, command_id, true);
    if (p->body.failed)
        return false;
    p->room = limit - p->body.size; /* ids are short enough for the smallest envelope */
    icm_buf_clear(&p->body);
    return true;
}

static void handle_receive(struct wsman_service *s, struct wsman_pending *p, struct wsman_message *m)
{
    int64_t timeout = m->operation_timeout_ms;

    if (!take_command_id(s, p, m->command_id))
        return;
    struct wsman_outlet *o = &p->shell->own;
    if (*p->command_id)
        o = wsman_service_command_find(p->shell, icm_slice_text(p->command_id));
    if (o->receive) {
        wsman_reply_fault(s, p, WSMAN_FAULT_RECEIVE_IN_PROGRESS, NULL);
        return;
    }
    if (timeout < 0 || timeout > WSMAN_RECEIVE_TIMEOUT_MS)
        timeout = WSMAN_RECEIVE_TIMEOUT_MS;
    p->deadline_ms = s->now_ms + timeout;
    if (fill_room(s, p, m, o->command_id))
        wsman_outlet_receive(o, p);
    else
        wsman_reply_fault(s, p, WSMAN_FAULT_INTERNAL, NULL);
}

/* by the last word of the code, in any case. MS-WSMV 2.2.4.38; MS-PSRP 3.1.5.3.9 for the swapped letters */
static const struct {
    const char *word;
    bool is_stop;
} signals[] = {{"terminate", false}, {"ctrl_c", true}, {"crtl_c", true}, {"ctrl_break", true}};

static int find_signal(struct icm_slice code)
{
    for (size_t i = 0; i < ICM_COUNT(signals); i++) {
        size_t size = strlen(signals[i].word);

        if (code.size < size || (code.size > size && code.data[code.size - size - 1] != '/'))
            continue;
        if (icm_slice_equal_nocase(icm_slice_from(code, code.size - size), icm_slice_text(signals[i].word)))
            return (int)i;
    }
    return -1;
}

static void handle_signal(struct wsman_service *s, struct wsman_pending *p, struct wsman_message *m)
{
    int found = find_signal(m->signal_code);

    if (found < 0 || m->command_id.size == 0) {
        wsman_reply_fault(s, p, WSMAN_FAULT_BAD_BODY, "A Signal needs a Code that is known, and a CommandId.");
        return;
    }
    /* the command may have ended while its last words were on their way */
    bool is_running = wsman_service_command_find(p->shell, m->command_id) != NULL;
    if (!is_running && !signals[found].is_stop && wsman_service_command_has_ended(p->shell, m->command_id)) {
        wsman_reply_accepted(s, p);
        return;
    }
    if (!take_command_id(s, p, m->command_id))
        return;
    struct wsman_service_event event = event_of(p, WSMAN_SERVICE_SIGNAL);
    event.is_stop = signals[found].is_stop;
    p->is_terminate = !event.is_stop;
    wsman_service_event_add(s, p, &event, NULL);
}

/* the shell is gone for its clients from now on */
static void handle_delete(struct wsman_service *s, struct wsman_pending *p, struct wsman_message *m)
{
    struct wsman_service_event event = event_of(p, WSMAN_SERVICE_DELETE);
    struct wsman_served_shell *shell = p->shell;

    (void)m;
    if (!wsman_service_event_add(s, p, &event, NULL))
        return;
    wsman_service_pending_detach(p);
    wsman_service_shell_remove(shell);
}

static void handle_identify(struct wsman_service *s, struct wsman_pending *p, struct wsman_message *m)
{
    (void)m;
    wsman_reply_identify(s, p, !*p->user);
}

const struct wsman_action wsman_actions[] = {
    /* URI                   name        body                     shell  handler */
    {"", "Identify", WSMAN_BODY_IDENTIFY, false, handle_identify}, /* it has no addressing */
    {WSMAN_ACTION_CREATE, "Create", WSMAN_BODY_SHELL, false, handle_create},
    {WSMAN_ACTION_COMMAND, "Command", WSMAN_BODY_COMMAND_LINE, true, handle_command},
    {WSMAN_ACTION_SEND, "Send", WSMAN_BODY_SEND, true, handle_send},
    {WSMAN_ACTION_RECEIVE, "Receive", WSMAN_BODY_RECEIVE, true, handle_receive},
    {WSMAN_ACTION_SIGNAL, "Signal", WSMAN_BODY_SIGNAL, true, handle_signal},
    {WSMAN_ACTION_DELETE, "Delete", WSMAN_BODY_EMPTY, true, handle_delete},
};
const size_t wsman_action_count = ICM_COUNT(wsman_actions);
