#include "tests/replay/driver_private.h"

#include "psrp/message.h"
#include "tests/replay/match.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { PATIENCE_MS = 2000, FAREWELL_MS = 100, HURRY = 5 };

void replay_driver_complain(struct replay_driver *d, const char *format, ...)
{
    char line[1024];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    icm_buf_add_format(&d->outcome->complaints, "%s\n", line);
}

size_t replay_driver_shell_of(const struct replay_driver *d, const struct replay_step *s)
{
    struct icm_slice shell_id = d->dialogue->targets[s->target].shell_id;

    for (size_t i = 0; i < d->dialogue->target_count; i++)
        if (d->dialogue->targets[i].command_id.size == 0 &&
            icm_slice_equal_nocase(d->dialogue->targets[i].shell_id, shell_id))
            return i;
    return s->target;
}

static void count_event(struct replay_driver *d, enum psrp_event_type type);

/* ---- what comes ---- */

static struct replay_live *live_of(struct replay_driver *d, const struct psrp_pipeline *pipeline, size_t shell)
{
    for (size_t i = 0; pipeline && i < d->dialogue->target_count; i++)
        if (d->lives[i].pipeline == pipeline)
            return &d->lives[i];
    return &d->lives[shell];
}

static void keep_call(struct replay_driver *d, struct psrp_event *event)
{
    struct replay_call *call = calloc(1, sizeof *call), **end = &d->calls;

    if (!call)
        return;
    call->event = *event;
    *event = (struct psrp_event){.type = event->type};
    while (*end)
        end = &(*end)->next;
    *end = call;
}

/* one line, whatever is in it */
static void tell_text(struct icm_buf *out, const struct psrp_value *value)
{
    struct icm_buf text = {0};

    psrp_value_write_text(value, &text);
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] == '\n')
            icm_buf_add_text(out, "\\n");
        else if (text.data[i] != '\r')
            icm_buf_add_u8(out, text.data[i]);
    icm_buf_reset(&text);
}

static void tell_state(struct replay_live *l, const char *what, const char *state, const struct psrp_event *event)
{
    icm_buf_add_format(&l->told, "  %s %s", what, state ? state : "?");
    if (event->value) {
        icm_buf_add_text(&l->told, ": ");
        tell_text(&l->told, event->value);
    }
    if (event->warning.code != ICM_OK)
        icm_buf_add_format(&l->told, " (%s: %s)", icm_code_name(event->warning.code), event->warning.text);
    icm_buf_add_text(&l->told, "\n");
}

/* What we found wrong with bytes that a real server has sent. */
static void complain_of_ours(struct replay_driver *d, const struct psrp_event *event)
{
    static const enum icm_code ours[] = {ICM_SYNTAX, ICM_STATE, ICM_LIMIT, ICM_UNSUPPORTED};

    for (size_t i = 0; i < ICM_COUNT(ours); i++)
        if (event->warning.code == ours[i])
            replay_driver_complain(d, "%s: %s", icm_code_name(event->warning.code), event->warning.text);
}

static void tell_rendered(struct replay_driver *d, struct replay_live *l, const struct psrp_event *event)
{
    struct cli_sink sink = {0};

    cli_render_event(d->renderer, &sink, NULL, event);
    if (sink.out.size > 0) {
        icm_buf_add_text(&l->told, "  ");
        icm_buf_add(&l->told, icm_buf_slice(&sink.out));
    }
    icm_buf_reset(&sink.out);
    icm_buf_reset(&sink.err);
}

/* Nothing shows what is in a SecureString; here it matters that it can be opened. */
static void tell_secret(struct psrp_session *from, const struct replay_live *shell, struct replay_live *l,
                        const struct psrp_event *event)
{
    struct psrp_pool *pool = psrp_session_pool(from);
    struct icm_buf text = {0};
    bool has_key = shell->has_key || psrp_pool_protocol_minor(pool) >= 4;

    if (event->type != PSRP_EVENT_OUTPUT || event->value->kind != PSRP_SECURESTRING || !has_key)
        return;
    enum icm_code code = psrp_pool_reveal(pool, event->value, &text, NULL);
    icm_buf_add_format(&l->told, "  a secret of %zu bytes: %s\n", text.size, icm_code_name(code));
    icm_buf_reset(&text);
}

static void tell_call(struct replay_live *l, const struct psrp_event *event)
{
    icm_buf_add_format(&l->told, "  host %s", psrp_host_method_name(event->call.method));
    for (size_t i = 0; psrp_host_parameter(&event->call, i); i++) {
        icm_buf_add_text(&l->told, i == 0 ? ": " : ", ");
        tell_text(&l->told, psrp_host_parameter(&event->call, i));
    }
    icm_buf_add_text(&l->told, "\n");
}

void replay_driver_take(struct replay_driver *d, struct psrp_session *from, struct psrp_event *event)
{
    size_t shell = (size_t)psrp_session_tag(from);
    struct replay_live *l = live_of(d, event->pipeline, shell);

    d->progress++;
    complain_of_ours(d, event);
    count_event(d, event->type);
    switch (event->type) {
    case PSRP_EVENT_POOL_STATE:
        tell_state(l, "pool", psrp_pool_state_name(event->pool_state), event);
        l->has_ended = event->pool_state == PSRP_POOL_CLOSED || event->pool_state == PSRP_POOL_BROKEN;
        break;
    case PSRP_EVENT_PIPELINE_STATE:
        tell_state(l, "pipeline", psrp_pipeline_state_name(event->pipeline_state), event);
        l->has_ended = l->pipeline && psrp_pipeline_has_ended(l->pipeline); /* and not left */
        break;
    case PSRP_EVENT_HOST_CALL:
        tell_call(l, event);
        if (event->needs_answer)
            keep_call(d, event);
        break;
    case PSRP_EVENT_AVAILABILITY:
        icm_buf_add_format(&l->told, "  availability %lld\n", (long long)event->number);
        break;
    case PSRP_EVENT_KEY:
        l->has_key = true;
        icm_buf_add_text(&l->told, "  session key\n");
        break;
    case PSRP_EVENT_WARNED:
        icm_buf_add_format(&l->told, "  warned: %s\n", event->warning.text);
        break;
    default:
        tell_rendered(d, l, event);
        tell_secret(from, &d->lives[shell], l, event);
    }
}

/* ---- steps ---- */

/* That something was refused or broke is still to be heard of. */
static bool is_bad_news_due(const struct replay_driver *d, const struct replay_step *s)
{
    const struct replay_live *l = &d->lives[s->target], *shell = &d->lives[replay_driver_shell_of(d, s)];
    enum replay_operation operation = s->request.operation;
    bool is_refused = operation == REPLAY_COMMAND && s->row->status != 200 && s->row->has_response;
    bool is_broken =
        !s->row->has_response && !d->capture->is_timed && operation >= REPLAY_CREATE && operation <= REPLAY_DELETE;

    if (!s->row->has_request || !shell->session || shell->has_ended)
        return false;
    return is_broken || (is_refused && l->pipeline && !l->has_ended) ||
           (operation == REPLAY_CREATE && s->row->status != 200);
}

static bool is_quiet(const struct replay_driver *d, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        const struct replay_step *s = &d->dialogue->steps[i];
        const struct replay_live *l = &d->lives[s->target];
        if (is_bad_news_due(d, s))
            return false;
        bool is_busy = l->pipeline && !l->has_ended && s->lane == REPLAY_COMMAND_RECEIVE && s->due_after < index &&
                       !replay_dialogue_is_waited_for(d->dialogue, s->target);
        if (is_busy)
            return false;
        struct psrp_pool *pool = l->session ? psrp_session_pool(l->session) : NULL;
        if (pool && !l->has_ended && s->lane == REPLAY_POOL_RECEIVE && s->due_after < index &&
            psrp_pool_expects_message(pool) && !replay_dialogue_is_waited_for(d->dialogue, s->target))
            return false;
    }
    return true;
}

static enum icm_code do_create(struct replay_driver *d, size_t index, struct icm_error *err)
{
    struct replay_step *s = &d->dialogue->steps[index];

    if (replay_winrs_can(d, index))
        return replay_winrs_start(d, index, err);
    if (!s->request.is_powershell || d->dialogue->targets[s->target].recorded.count < 2)
        return replay_driver_send_raw(d, index, err);
    return replay_driver_open(d, s, err);
}

/* Ours refuses to say it, and does not hear the answer: pypsrp_psrp_set_runspaces wants -1 runspaces, and
 * pypsrp_omi_input_none ends an input that it has not announced. */
static void pass_over(struct replay_driver *d, size_t index, const struct icm_error *why)
{
    struct replay_step *s = &d->dialogue->steps[index];

    if (why)
        icm_buf_add_format(&d->lives[s->target].told, "  refused: %s\n", why->text);
    d->lives[s->target].said = s->end_message;
    if (!replay_dialogue_is_sent(d->dialogue, index))
        d->dialogue->targets[s->target].refused += s->end_message - s->first_message;
    s->is_optional = true;
    for (size_t k = index + 1;
         s->request.command_id.size == 0 && k < d->dialogue->count && d->dialogue->steps[k].lane == REPLAY_POOL_RECEIVE;
         k++)
        d->dialogue->steps[k].is_optional = true;
}

/* Everything that became whole by this step, and CREATE_PIPELINE by the step that begins it. */
static enum icm_code do_messages(struct replay_driver *d, size_t index, struct icm_error *err)
{
    struct replay_step *s = &d->dialogue->steps[index];
    const struct replay_target *t = &d->dialogue->targets[s->target];
    struct replay_live *l = &d->lives[s->target], *shell = &d->lives[replay_driver_shell_of(d, s)];
    bool begins = s->request.operation == REPLAY_COMMAND && t->recorded.count > s->first_message;
    size_t end = begins && s->end_message == s->first_message ? s->first_message + 1 : s->end_message;
    enum icm_code code;

    bool is_whole = begins || s->end_message > s->first_message || t->recorded.count > s->end_message;
    if (!shell->session || !is_whole)
        return replay_driver_send_raw(d, index, err);
    if (shell->has_ended) {
        s->is_optional = true;
        return ICM_OK;
    }
    for (; l->said < end; l->said++) {
        code = replay_driver_say(d, s, &t->recorded.messages[l->said], err);
        if (code == ICM_AGAIN &&
            t->live.count > l->said) /* ours has said as much by itself: an answer without a host */
            continue;
        if (code != ICM_OK)
            return code;
    }
    if (s->request.operation == REPLAY_SEND && l->has_ended)
        pass_over(d, index, NULL);
    return ICM_OK;
}

static enum icm_code do_signal(struct replay_driver *d, size_t index, struct icm_error *err)
{
    struct replay_step *s = &d->dialogue->steps[index];
    struct replay_live *l = &d->lives[s->target], *shell = &d->lives[replay_driver_shell_of(d, s)];

    if (!shell->session)
        return replay_driver_send_raw(d, index, err);
    if (l->pipeline && !l->has_ended && !psrp_pipeline_has_ended(l->pipeline))
        psrp_session_stop(shell->session, l->pipeline);
    else
        s->is_optional = true; /* it has ended before, and ours knows */
    return ICM_OK;
}

static enum icm_code do_delete(struct replay_driver *d, size_t index, struct icm_error *err)
{
    struct replay_step *s = &d->dialogue->steps[index];
    struct replay_live *l = &d->lives[s->target];

    if (l->winrs)
        return replay_winrs_close(l->winrs) ? ICM_OK : ICM_AGAIN;
    if (!l->session)
        return replay_driver_send_raw(d, index, err);
    if (l->has_ended) /* broken, as the recording wants it */
        s->is_optional = true;
    else
        psrp_session_close(l->session);
    return ICM_OK;
}

/* of a command that was never begun: pypsrp_psrp_receive_failure */
static bool is_for_nobody(const struct replay_driver *d, const struct replay_step *s)
{
    return s->lane == REPLAY_COMMAND_RECEIVE && !d->lives[s->target].has_begun;
}

/* A session asks by itself. */
static enum icm_code do_receive(struct replay_driver *d, size_t index, struct icm_error *err)
{
    struct replay_step *s = &d->dialogue->steps[index];

    if (d->lives[replay_driver_shell_of(d, s)].session && !is_for_nobody(d, s))
        return ICM_OK;
    return replay_driver_send_raw(d, index, err);
}

static enum icm_code (*const deeds[REPLAY_OPERATION_COUNT])(struct replay_driver *d, size_t index,
                                                            struct icm_error *err) = {
    [REPLAY_UNKNOWN] = replay_driver_send_raw,
    [REPLAY_IDENTIFY] = replay_driver_send_raw,
    [REPLAY_CREATE] = do_create,
    [REPLAY_COMMAND] = do_messages,
    [REPLAY_SEND] = do_messages,
    [REPLAY_RECEIVE] = do_receive,
    [REPLAY_SIGNAL] = do_signal,
    [REPLAY_DELETE] = do_delete,
    [REPLAY_DISCONNECT] = replay_driver_disconnect,
    [REPLAY_RECONNECT] = replay_driver_reconnect,
    [REPLAY_CONNECT] = replay_driver_connect,
    [REPLAY_ENUMERATE] = replay_driver_list,
    [REPLAY_PULL] = replay_driver_send_raw,
    [REPLAY_GET] = replay_driver_send_raw,
};

enum icm_code replay_driver_do(struct replay_driver *d, size_t index, struct icm_error *err)
{
    struct replay_step *s = &d->dialogue->steps[index];
    const struct replay_live *shell = &d->lives[replay_driver_shell_of(d, s)];
    bool is_last = s->request.operation == REPLAY_DELETE;

    if (!s->row->has_request || (shell->session && s->request.operation == REPLAY_RECEIVE && !is_for_nobody(d, s)))
        return ICM_OK;
    if (shell->winrs && !is_last) /* it goes on by itself, to its end */
        return ICM_OK;
    if (shell->winrs) /* the recorded client's last signal is ours too, and comes with the close */
        return deeds[s->request.operation](d, index, err);
    if (!replay_dialogue_has_reached(d->dialogue, index) || !is_quiet(d, index))
        return ICM_AGAIN;
    return deeds[s->request.operation](d, index, err);
}

static void do_steps(struct replay_driver *d)
{
    struct icm_error err = {0};

    while (d->next < d->dialogue->count) {
        enum icm_code code = replay_driver_do(d, d->next, &err);
        if (code == ICM_AGAIN)
            return;
        if (code == ICM_USAGE || code == ICM_STATE)
            pass_over(d, d->next, &err);
        else if (code != ICM_OK)
            replay_driver_complain(d, "%s cannot be done: %s",
                                   replay_operation_name(d->dialogue->steps[d->next].request.operation), err.text);
        icm_error_reset(&err);
        d->next++;
        d->progress++;
    }
}

/* ---- the loop ---- */

static void on_changed(void *context)
{
    struct replay_driver *d = context;

    d->progress++;
    psrp_drive_wake(d->drive);
}

static void on_watchdog(uv_timer_t *timer)
{
    struct replay_driver *d = timer->data;

    d->silence = d->progress == d->seen_progress ? d->silence + 1 : 0;
    d->is_stuck = d->silence > 1; /* a loop that was held up finds the timer due before all that has come meanwhile */
    d->seen_progress = d->progress;
    psrp_drive_wake(d->drive);
}

static bool has_sessions(const struct replay_driver *d)
{
    for (size_t i = 0; i < d->dialogue->target_count; i++)
        if (d->lives[i].session)
            return true;
    return false;
}

static void turn(struct replay_driver *d)
{
    struct psrp_session *from;
    struct psrp_event event = {0};

    if (!has_sessions(d))
        uv_run(&d->loop, UV_RUN_ONCE);
    else if (psrp_drive_next(d->drive, &from, &event, NULL) == ICM_OK)
        replay_driver_take(d, from, &event);
    psrp_event_reset(&event);
}

static bool is_raw_busy(const struct replay_driver *d)
{
    return d->lane && wsman_lane_is_busy(d->lane);
}

static bool is_done(const struct replay_driver *d)
{
    return d->next == d->dialogue->count && replay_dialogue_has_reached(d->dialogue, d->next) && is_quiet(d, d->next) &&
           !is_raw_busy(d);
}

/* A request whose answer never comes holds up what would be said behind it. */
static bool is_mute(const struct replay_driver *d)
{
    for (size_t i = 0; i < d->dialogue->count; i++) {
        const struct replay_step *s = &d->dialogue->steps[i];
        if (s->is_taken && !s->row->has_response && s->lane == REPLAY_CONTROL)
            return true;
    }
    return false;
}

static bool all_closed(struct replay_driver *d)
{
    bool are_closed = true;

    for (size_t i = 0; i < d->dialogue->target_count; i++)
        if (d->lives[i].winrs && !replay_winrs_is_closed(d->lives[i].winrs)) {
            replay_winrs_close(d->lives[i].winrs);
            are_closed = replay_winrs_is_closed(d->lives[i].winrs) && are_closed;
        }

    for (size_t i = 0; i < d->dialogue->target_count; i++) {
        if (!d->lives[i].session || d->lives[i].has_ended)
            continue;
        psrp_session_close(d->lives[i].session);
        are_closed = false;
    }
    return are_closed;
}

/* Where our calls do not come to what the recorded client did, it goes as it was recorded: once. */
static bool gets_unstuck(struct replay_driver *d)
{
    struct icm_error err = {0};

    if (d->next >= d->dialogue->count || d->tried_raw == d->next + 1)
        return false;
    d->tried_raw = d->next + 1;
    struct replay_step *s = &d->dialogue->steps[d->next];
    bool is_sent = s->row->has_request && replay_driver_send_raw(d, d->next, &err) == ICM_OK;
    icm_error_reset(&err);
    if (!is_sent)
        return false;
    icm_buf_add_format(&d->lives[s->target].told, "  %s is sent as it was recorded\n",
                       replay_operation_name(s->request.operation));
    d->next++;
    d->is_stuck = false;
    return true;
}

static void play(struct replay_driver *d)
{
    for (do_steps(d); !is_done(d) && (!d->is_stuck || gets_unstuck(d)); do_steps(d))
        turn(d);
    if (d->is_stuck)
        replay_driver_complain(d, "stuck at exchange %zu of %zu (%s)", d->next + 1, d->dialogue->count,
                               d->next < d->dialogue->count
                                   ? replay_operation_name(d->dialogue->steps[d->next].request.operation)
                                   : "end");
    while (!d->is_stuck && !is_mute(d) && !all_closed(d))
        turn(d);
}

/* ---- what is to be told ---- */

static void tell_requests(const struct replay_driver *d, size_t target, struct icm_buf *out)
{
    struct icm_buf last = {0}, line = {0};
    size_t times = 0;

    for (size_t i = 0; i <= d->dialogue->count; i++) {
        const struct replay_step *s = i < d->dialogue->count ? &d->dialogue->steps[i] : NULL;
        if (s && (s->target != target || !s->is_taken || (s->is_optional && s->lane != REPLAY_CONTROL)))
            continue; /* a Receive that brings nothing comes once more or less, as time has it */
        icm_buf_clear(&line);
        if (s)
            replay_tell(&s->asked, &line);
        if (s && times > 0 && icm_slice_equal(icm_buf_slice(&last), icm_buf_slice(&line))) {
            times++;
            continue;
        }
        if (times > 1)
            icm_buf_add_format(out, "  > %s x%zu\n", icm_buf_text(&last), times);
        else if (times == 1)
            icm_buf_add_format(out, "  > %s\n", icm_buf_text(&last));
        icm_buf_clear(&last);
        icm_buf_add(&last, icm_buf_slice(&line));
        times = 1;
    }
    icm_buf_reset(&last);
    icm_buf_reset(&line);
}

/* The server's port is another one in each run. */
static void add_without_port(const struct replay_driver *d, struct icm_slice text, struct icm_buf *out)
{
    char host[64] = "";
    const uint8_t *at;

    sscanf(replay_server_url(d->server), "http://%63[^/]", host);
    while (*host && text.size > 0 && (at = memmem(text.data, text.size, host, strlen(host)))) {
        icm_buf_add(out, icm_slice_of(text.data, (size_t)(at - text.data)));
        icm_buf_add_text(out, "server");
        text = icm_slice_from(text, (size_t)(at - text.data) + strlen(host));
    }
    icm_buf_add(out, text);
}

static void tell_all(struct replay_driver *d)
{
    size_t shells = 0, commands = 0;

    for (size_t i = 0; i < d->dialogue->target_count; i++) {
        bool is_shell = d->dialogue->targets[i].command_id.size == 0;
        icm_buf_add_format(&d->outcome->told, "%s %zu\n", is_shell ? "shell" : "command",
                           is_shell ? ++shells : ++commands);
        tell_requests(d, i, &d->outcome->told);
        add_without_port(d, icm_buf_slice(&d->lives[i].told), &d->outcome->told);
    }
    for (size_t i = 0; i < d->dialogue->count; i++)
        d->outcome->requests += d->dialogue->steps[i].is_taken;
}

/* what is counted on both sides: a message, and the event that it has to become */
static const struct {
    uint32_t type;
    enum psrp_event_type event;
} records[REPLAY_RECORD_COUNT] = {
    {PSRP_PIPELINE_OUTPUT, PSRP_EVENT_OUTPUT},   {PSRP_ERROR_RECORD, PSRP_EVENT_ERROR},
    {PSRP_WARNING_RECORD, PSRP_EVENT_WARNING},   {PSRP_VERBOSE_RECORD, PSRP_EVENT_VERBOSE},
    {PSRP_DEBUG_RECORD, PSRP_EVENT_DEBUG},       {PSRP_INFORMATION_RECORD, PSRP_EVENT_INFORMATION},
    {PSRP_PROGRESS_RECORD, PSRP_EVENT_PROGRESS}, {PSRP_PIPELINE_HOST_CALL, PSRP_EVENT_HOST_CALL},
};

static void count_event(struct replay_driver *d, enum psrp_event_type type)
{
    for (size_t i = 0; i < REPLAY_RECORD_COUNT; i++)
        d->came[i] += records[i].event == type;
}

static void count_message(void *context, uint32_t type, const uint8_t *message, size_t size)
{
    size_t *given = context;

    (void)message, (void)size;
    for (size_t i = 0; i < REPLAY_RECORD_COUNT; i++)
        given[i] += records[i].type == type;
}

static void count_answer(const struct replay_step *s, size_t *given)
{
    static const char path[] = "s:Body/rsp:ReceiveResponse/rsp:Stream";

    for (size_t i = 0; i < replay_envelope_count(&s->answer, path); i++) {
        struct icm_buf bytes = {0};
        if (icm_base64_read(replay_envelope_nth(&s->answer, path, i), &bytes, NULL) == ICM_OK)
            replay_each_message(icm_buf_slice(&bytes), count_message, given);
        icm_buf_reset(&bytes);
    }
}

/* Everything that was given has come, and nothing else. */
static void check_records(struct replay_driver *d)
{
    size_t given[REPLAY_RECORD_COUNT] = {0};

    for (size_t i = 0; i < d->dialogue->count; i++)
        if (d->dialogue->steps[i].is_answered && d->dialogue->steps[i].request.is_powershell)
            count_answer(&d->dialogue->steps[i], given);
    for (size_t i = 0; i < REPLAY_RECORD_COUNT; i++)
        if (given[i] != d->came[i])
            replay_driver_complain(d, "%zu of %s came, and %zu were given", d->came[i],
                                   psrp_message_name(records[i].type), given[i]);
    d->outcome->outputs = d->came[0];
}

/* ---- life ---- */

static enum icm_code make(struct replay_driver *d, struct icm_error *err)
{
    const struct replay_server_options server = {.piece = d->options->piece,
                                                 .piece_max = d->options->piece_max,
                                                 .cut_at = d->options->cut_at,
                                                 .packs = d->options->packs,
                                                 .twists = d->options->twists,
                                                 .hurry = HURRY,
                                                 .changed = on_changed,
                                                 .context = d};
    const struct cli_renderer_options renderer = {.format = CLI_OUTPUT_JSON, .hide_computer_name = true};

    enum icm_code code = psrp_drive_new(&d->drive, &d->loop, err);
    if (code == ICM_OK)
        code = psrp_wsman_new(&d->wsman, &d->loop, err);
    if (code == ICM_OK)
        code = cli_renderer_new(&d->renderer, &renderer, err);
    if (code == ICM_OK)
        code = psrp_clixml_reader_new(&d->reader, err);
    if (code == ICM_OK)
        code = replay_server_new(&d->server, &d->loop, d->capture, &server, err);
    if (code != ICM_OK)
        return code;
    d->dialogue = replay_server_dialogue(d->server);
    psrp_drive_set_farewell(d->drive, FAREWELL_MS);
    d->lives = calloc(d->dialogue->target_count + 1, sizeof *d->lives);
    return d->lives ? ICM_OK : icm_nomem(err);
}

static void unmake(struct replay_driver *d)
{
    while (d->calls) {
        struct replay_call *call = d->calls;
        d->calls = call->next;
        psrp_event_reset(&call->event);
        free(call);
    }
    if (d->lister)
        d->lister->ops->free(d->lister);
    psrp_drive_free(d->drive);
    for (size_t i = 0; d->lives && i < d->dialogue->target_count; i++)
        replay_winrs_free(d->lives[i].winrs);
    wsman_lane_free(d->lane);
    wsman_shell_free(d->shell);
    wsman_http_free(d->http);
    psrp_wsman_free(d->wsman);
    for (size_t i = 0; d->lives && i < d->dialogue->target_count; i++)
        icm_buf_reset(&d->lives[i].told);
    free(d->lives);
    replay_server_free(d->server);
    psrp_clixml_reader_free(d->reader);
    cli_renderer_free(d->renderer);
    uv_close((uv_handle_t *)&d->watchdog, NULL);
    while (uv_loop_close(&d->loop) == UV_EBUSY)
        uv_run(&d->loop, UV_RUN_ONCE);
}

enum icm_code replay_run(struct replay_outcome *out, const struct replay_capture *capture,
                         const struct replay_run_options *options, struct icm_error *err)
{
    struct replay_driver d = {.capture = capture, .options = options, .outcome = out};
    uint32_t patience_ms = options->patience_ms ? options->patience_ms : PATIENCE_MS;

    *out = (struct replay_outcome){0};
    if (uv_loop_init(&d.loop) != 0)
        return icm_fail(err, ICM_IO, NULL, "no loop");
    uv_timer_init(&d.loop, &d.watchdog);
    d.watchdog.data = &d;
    enum icm_code code = make(&d, err);
    if (code == ICM_OK) {
        uv_timer_start(&d.watchdog, on_watchdog, patience_ms, patience_ms);
        play(&d);
        replay_driver_read_answers(&d);
        replay_dialogue_compare(d.dialogue);
        check_records(&d);
        tell_all(&d);
        icm_buf_add(&out->complaints, icm_buf_slice(&d.dialogue->complaints));
        icm_buf_add(&out->extras, icm_buf_slice(&d.dialogue->extras));
    }
    unmake(&d);
    return code;
}

void replay_outcome_reset(struct replay_outcome *o)
{
    icm_buf_reset(&o->told);
    icm_buf_reset(&o->complaints);
    icm_buf_reset(&o->extras);
}
