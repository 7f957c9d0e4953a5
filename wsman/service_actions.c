/* The handlers of the service's actions, and their table. MS-WSMV 3.1.4.5, 3.1.4.11 to 3.1.4.14. */
#include "wsman/limits.h"
#include "wsman/names.h"
#include "wsman/service_state.h"

#include <ctype.h>

enum { EXIT_CODE_DIGITS = 10 };

struct wsman_service_event wsman_service_event_of(const struct wsman_pending *p, enum wsman_service_event_type type)
{
    struct wsman_service_event event = {.type = type,
                                        .kind = (int)(p->kind - wsman_shell_kinds),
                                        .request = p->request,
                                        .shell = p->shell->number};

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

static bool copy_pairs(struct icm_arena *arena, const struct wsman_pair *pair, struct wsman_pair **out)
{
    for (; pair; pair = pair->next, out = &(*out)->next) {
        *out = icm_arena_take(arena, sizeof **out);
        if (!*out || !icm_arena_copy(arena, pair->name, &(*out)->name) ||
            !icm_arena_copy(arena, pair->value, &(*out)->value))
            return false;
    }
    return true;
}

static bool is_true(const struct wsman_message *m, const char *option)
{
    struct icm_slice value = wsman_pair_value(m->options, option);

    return icm_slice_is(value, "1") || icm_slice_equal_nocase(value, icm_slice_text("true"));
}

/* what a command shell is to be like, for the application and for the answer */
static bool copy_start(struct wsman_pending *p, struct wsman_service_event *event, const struct wsman_message *m)
{
    uint64_t code_page = 0;

    icm_parse_u64(wsman_pair_value(m->options, "WINRS_CODEPAGE"), UINT32_MAX, &code_page);
    event->start.code_page = (uint32_t)code_page;
    event->start.no_profile = is_true(m, "WINRS_NOPROFILE");
    event->start.locale = p->shell->locale;
    event->start.data_locale = p->shell->data_locale;
    return icm_arena_copy(&event->arena, m->working_directory, &event->start.working_directory) &&
           copy_pairs(&event->arena, m->environment, &event->start.environment) &&
           icm_arena_copy(&p->arena, m->working_directory, &p->working_directory) &&
           copy_pairs(&p->arena, m->environment, &p->environment);
}

static bool copy_line(struct wsman_service_event *event, const struct wsman_message *m)
{
    event->line.console_stdin = is_true(m, "WINRS_CONSOLEMODE_STDIN");
    event->line.skips_cmd_shell = is_true(m, "WINRS_SKIP_CMD_SHELL");
    return icm_arena_copy(&event->arena, m->command, &event->line.command) &&
           copy_pairs(&event->arena, m->arguments, &event->line.arguments);
}

/* whether @names, with blanks between them, are all names of @streams */
static bool are_streams(const char *streams, struct icm_slice names)
{
    while (names.size > 0) {
        const uint8_t *blank = memchr(names.data, ' ', names.size);
        size_t size = blank ? (size_t)(blank - names.data) : names.size;

        if (size > 0 && wsman_stream_number(streams, icm_slice_of(names.data, size)) < 0)
            return false;
        names = icm_slice_from(names, blank ? size + 1 : size);
    }
    return true;
}

/* why there is to be no such shell, or NULL */
static const char *bad_create(const struct wsman_pending *p, const struct wsman_message *m)
{
    if (p->kind->needs_create && m->payload.size == 0)
        return p->kind->needs_create;
    if (!are_streams(p->kind->input_streams, m->input_streams) ||
        !are_streams(p->kind->output_streams, m->output_streams))
        return "A shell of this kind has no stream of such a name.";
    return NULL;
}

/* who created the shell and what he calls it; a name that there is no memory for is none */
static void remember_client(struct wsman_service *s, const struct wsman_pending *p, struct wsman_served_shell *shell,
                            const struct wsman_message *m)
{
    const char *address = s->options.address ? s->options.address(s->options.address_context, p->request) : NULL;
    size_t size = m->shell_name.size < WSMAN_SHELL_NAME_MAX ? m->shell_name.size : WSMAN_SHELL_NAME_MAX;

    wsman_service_copy_client(shell->client, m);
    if (size > 0)
        shell->name = strndup((const char *)m->shell_name.data, size);
    if (address && strlen(address) < sizeof shell->address)
        memcpy(shell->address, address, strlen(address) + 1);
}

/* RFC 5646 2.1, near enough for a text that is told back, and may become an engine's environment */
static bool is_language(struct icm_slice text)
{
    for (size_t i = 0; i < text.size; i++)
        if (!isalnum(text.data[i]) && (text.data[i] != '-' || i < 2))
            return false;
    return text.size >= 2 && text.size < WSMAN_LANGUAGE_MAX;
}

static void set_language(char *out, struct icm_slice wanted)
{
    if (!is_language(wanted))
        wanted = icm_slice_text("en-US");
    memcpy(out, wanted.data, wanted.size);
}

/* a shell of @p's kind, which @p waits for; NULL: @p has its fault */
static struct wsman_served_shell *add_shell(struct wsman_service *s, struct wsman_pending *p,
                                            const struct wsman_message *m)
{
    char shell_id[WSMAN_ID_TEXT];

    if (!choose_id(s, p, m->shell_id, shell_id))
        return NULL;
    if (wsman_service_shell_by_id(s, icm_slice_text(shell_id))) {
        wsman_reply_fault(s, p, WSMAN_FAULT_INTERNAL, "A shell of this id exists already.");
        return NULL;
    }
    struct wsman_served_shell *shell = wsman_service_shell_add(s, p->kind, shell_id, p->user);
    if (!shell) {
        wsman_reply_fault(s, p, WSMAN_FAULT_INTERNAL, NULL);
        return NULL;
    }
    remember_client(s, p, shell, m);
    set_language(shell->locale, m->locale);
    set_language(shell->data_locale, m->data_locale);
    shell->idle_timeout_ms = m->idle_timeout_ms > 0 ? m->idle_timeout_ms : s->options.idle_timeout_ms;
    if (shell->idle_timeout_ms > s->options.max_idle_timeout_ms)
        shell->idle_timeout_ms = s->options.max_idle_timeout_ms;
    if (s->now_ms + shell->idle_timeout_ms < s->idle_check_ms)
        s->idle_check_ms = s->now_ms + shell->idle_timeout_ms;
    wsman_service_pending_attach(p, shell);
    return shell;
}

static void handle_create(struct wsman_service *s, struct wsman_pending *p, struct wsman_message *m)
{
    const char *bad = bad_create(p, m);

    if (s->shell_count >= s->options.max_shells) {
        wsman_reply_fault(s, p, WSMAN_FAULT_QUOTA_SHELLS, NULL);
        return;
    }
    if (bad) {
        wsman_reply_fault(s, p, WSMAN_FAULT_BAD_BODY, bad);
        return;
    }
    struct wsman_served_shell *shell = add_shell(s, p, m);
    if (!shell)
        return;
    struct wsman_service_event event = wsman_service_event_of(p, WSMAN_SERVICE_CREATE);
    if (!copy_start(p, &event, m)) {
        wsman_service_event_reset(&event);
        wsman_reply_fault(s, p, WSMAN_FAULT_INTERNAL, NULL);
        wsman_service_shell_remove(shell);
    } else if (!wsman_service_event_add(s, p, &event, &m->payload)) {
        wsman_service_shell_remove(shell);
    }
}

/* why there is to be no such command, or NULL */
static const char *bad_command(const struct wsman_pending *p, const struct wsman_message *m)
{
    if (p->kind->needs_command && m->payload.size == 0)
        return p->kind->needs_command;
    if (!p->kind->needs_command && m->command.size == 0)
        return "A command shell needs a Command.";
    return NULL;
}

static struct wsman_outlet *add_command(struct wsman_service *s, struct wsman_pending *p, const struct wsman_message *m)
{
    if (!choose_id(s, p, m->command_id, p->command_id))
        return NULL;
    if (wsman_service_command_find(p->shell, icm_slice_text(p->command_id))) {
        wsman_reply_fault(s, p, WSMAN_FAULT_BAD_BODY, "A command of this id exists already.");
        return NULL;
    }
    struct wsman_outlet *command = wsman_service_command_add(p->shell, p->command_id);
    if (!command)
        wsman_reply_fault(s, p, WSMAN_FAULT_INTERNAL, NULL);
    return command;
}

static void handle_command(struct wsman_service *s, struct wsman_pending *p, struct wsman_message *m)
{
    const char *bad = bad_command(p, m);

    if (p->shell->command_count >= s->options.max_commands) {
        wsman_reply_fault(s, p, WSMAN_FAULT_QUOTA_COMMANDS, NULL);
        return;
    }
    if (bad) {
        wsman_reply_fault(s, p, WSMAN_FAULT_BAD_BODY, bad);
        return;
    }
    struct wsman_outlet *command = add_command(s, p, m);
    if (!command)
        return;
    struct wsman_service_event event = wsman_service_event_of(p, WSMAN_SERVICE_COMMAND);
    if (!copy_line(&event, m)) {
        wsman_service_event_reset(&event);
        wsman_reply_fault(s, p, WSMAN_FAULT_INTERNAL, NULL);
        wsman_service_command_remove(command, false);
    } else if (!wsman_service_event_add(s, p, &event, &m->payload)) {
        wsman_service_command_remove(command, false);
    }
}

/* The id of a command that there is goes to the pending request; an empty one is the shell itself, where it has
 * streams. Windows: shared/captures/pypsrp_winrs_fail_poll_process, pypsrp_winrs_bad_cmd_id. */
static bool take_command_id(struct wsman_service *s, struct wsman_pending *p, struct icm_slice command_id)
{
    if (command_id.size == 0 && p->kind->has_pool)
        return true;
    if (command_id.size == 0) {
        wsman_reply_fault(s, p, WSMAN_FAULT_BAD_PARAMETER, NULL);
        return false;
    }
    struct wsman_outlet *command = wsman_service_command_find(p->shell, command_id);
    if (!command) {
        wsman_reply_fault(s, p, WSMAN_FAULT_NO_SUCH_COMMAND, NULL);
        return false;
    }
    memcpy(p->command_id, command->command_id, sizeof p->command_id);
    return true;
}

/* why the streams of a Send make no sense together, or NULL: they go to one stream of one command */
static const char *bad_streams(const struct wsman_pending *p, const struct wsman_message *m)
{
    const struct wsman_stream *first = m->streams;

    if (!first)
        return "A Send needs a Stream.";
    if (wsman_stream_number(p->kind->input_streams, first->name) < 0)
        return p->kind->has_pool ? "The shell has no input stream of this name; it has stdin and pr."
                                 : "The shell has no input stream of this name; it has stdin.";
    for (const struct wsman_stream *other = first->next; other; other = other->next)
        if (!icm_slice_equal(other->name, first->name) || !icm_slice_equal(other->command_id, first->command_id))
            return "The Streams of a Send must have the same name and command.";
    return NULL;
}

static void handle_send(struct wsman_service *s, struct wsman_pending *p, struct wsman_message *m)
{
    const char *bad = bad_streams(p, m);

    if (bad) {
        wsman_reply_fault(s, p, WSMAN_FAULT_BAD_BODY, bad);
        return;
    }
    if (!take_command_id(s, p, m->streams->command_id))
        return;
    struct wsman_service_event event = wsman_service_event_of(p, WSMAN_SERVICE_SEND);
    event.is_prompt_response = icm_slice_is(m->streams->name, "pr");
    for (const struct wsman_stream *stream = m->streams; stream; stream = stream->next)
        event.is_last = event.is_last || stream->is_end;
    wsman_service_event_add(s, p, &event, &m->payload);
}

/* what an answer can hold beside its ends: within the client's limit and ours */
static bool fill_room(struct wsman_service *s, struct wsman_pending *p, const struct wsman_message *m,
                      const struct wsman_outlet *o)
{
    size_t limit = s->options.max_envelope_size;

    if (m->max_envelope_size > 0 && m->max_envelope_size < limit)
        limit = m->max_envelope_size;
    wsman_reply_receive_begin(p);
    wsman_reply_receive_end(&p->body, o, true);
    if (p->body.failed)
        return false;
    p->room = limit - p->body.size - EXIT_CODE_DIGITS; /* ids are short enough for the smallest envelope */
    icm_buf_clear(&p->body);
    return true;
}

static void handle_receive(struct wsman_service *s, struct wsman_pending *p, struct wsman_message *m)
{
    int64_t timeout = m->operation_timeout_ms;

    if (!take_command_id(s, p, m->command_id))
        return;
    if (m->desired_streams.size > 0 && !icm_slice_is(m->desired_streams, p->kind->output_streams)) {
        wsman_reply_fault(s, p, WSMAN_FAULT_BAD_PARAMETER, "A Receive asks for all output streams of the shell.");
        return;
    }
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
    if (fill_room(s, p, m, o))
        wsman_outlet_receive(o, p);
    else
        wsman_reply_fault(s, p, WSMAN_FAULT_INTERNAL, NULL);
}

/* by the last word of the code, in any case. MS-WSMV 2.2.4.38; MS-PSRP 3.1.5.3.9 for the swapped letters */
static const struct {
    const char *word;
    enum wsman_service_signal signal;
} signals[] = {{"terminate", WSMAN_SERVICE_TERMINATE},
               {"ctrl_c", WSMAN_SERVICE_CTRL_C},
               {"crtl_c", WSMAN_SERVICE_CTRL_C},
               {"ctrl_break", WSMAN_SERVICE_CTRL_BREAK}};

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
    p->is_terminate = signals[found].signal == WSMAN_SERVICE_TERMINATE;
    if (!is_running && (p->is_terminate || p->kind->signals_ended) &&
        wsman_service_command_has_ended(p->shell, m->command_id)) {
        wsman_reply_accepted(s, p);
        return;
    }
    if (!take_command_id(s, p, m->command_id))
        return;
    struct wsman_service_event event = wsman_service_event_of(p, WSMAN_SERVICE_SIGNAL);
    event.signal = signals[found].signal;
    wsman_service_event_add(s, p, &event, NULL);
}

/* the shell is gone for its clients from now on */
static void handle_delete(struct wsman_service *s, struct wsman_pending *p, struct wsman_message *m)
{
    struct wsman_service_event event = wsman_service_event_of(p, WSMAN_SERVICE_DELETE);
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

/* rows of the usual kinds */
#define OF_SHELL {NULL, NULL}
#define ONLY(body) WSMAN_BODY_##body, WSMAN_BODY_##body
#define LISTS {WSMAN_RESOURCE_SHELLS, WSMAN_RESOURCE_COMMANDS}

const struct wsman_action wsman_actions[] = {
    /* URI, name, resources; the body, or another; whether there has to be a shell, and it may be left; handler */
    {"", "Identify", OF_SHELL, ONLY(IDENTIFY), false, false, handle_identify}, /* it has no addressing */
    {WSMAN_ACTION_CREATE, "Create", OF_SHELL, ONLY(SHELL), false, false, handle_create},
    {WSMAN_ACTION_COMMAND, "Command", OF_SHELL, ONLY(COMMAND_LINE), true, false, handle_command},
    {WSMAN_ACTION_SEND, "Send", OF_SHELL, ONLY(SEND), true, false, handle_send},
    {WSMAN_ACTION_RECEIVE, "Receive", OF_SHELL, ONLY(RECEIVE), true, false, handle_receive},
    {WSMAN_ACTION_SIGNAL, "Signal", OF_SHELL, ONLY(SIGNAL), true, false, handle_signal},
    {WSMAN_ACTION_DELETE, "Delete", OF_SHELL, ONLY(EMPTY), true, true, handle_delete},
    {WSMAN_ACTION_DISCONNECT, "Disconnect", OF_SHELL, ONLY(DISCONNECT), true, true, wsman_service_handle_disconnect},
    {WSMAN_ACTION_RECONNECT, "Reconnect", OF_SHELL, WSMAN_BODY_EMPTY, WSMAN_BODY_RECONNECT, true, true,
     wsman_service_handle_reconnect},
    {WSMAN_ACTION_CONNECT, "Connect", OF_SHELL, ONLY(CONNECT), true, true, wsman_service_handle_connect},
    {WSMAN_ACTION_GET, "Get", {WSMAN_RESOURCE_CONFIG, NULL}, ONLY(EMPTY), false, false,
     wsman_service_handle_get_config},
    {WSMAN_ACTION_GET, "Get", {WSMAN_RESOURCE_SHELLS, NULL}, ONLY(EMPTY), true, true, wsman_service_handle_get_shell},
    {WSMAN_ACTION_ENUMERATE, "Enumerate", LISTS, ONLY(ENUMERATE), false, false, wsman_service_handle_enumerate},
    {WSMAN_ACTION_PULL, "Pull", LISTS, ONLY(PULL), false, false, wsman_service_handle_pull},
    {WSMAN_ACTION_RELEASE, "Release", LISTS, ONLY(RELEASE), false, false, wsman_service_handle_release},
};
const size_t wsman_action_count = ICM_COUNT(wsman_actions);
