/* What the transport over WS-Man sends: the control lane's jobs, the most urgent first, and the Receives beside it. */
#include "psrp/over_wsman_state.h"

#include "wsman/names.h"
#include "wsman/trace.h"

#include <stdlib.h>

/* ---- sending ---- */

bool psrp_over_wsman_post(struct over_wsman *o, struct wsman_lane *lane, struct wsman_request *request)
{
    struct icm_error err = {0};

    wsman_trace_envelope(o->trace, o->computer, true, 0, icm_buf_slice(&request->envelope));
    bool is_posted = wsman_lane_post(lane, request, &err) == ICM_OK;
    if (!is_posted)
        psrp_over_wsman_fail(o, &err);
    wsman_request_reset(request);
    icm_error_reset(&err);
    return is_posted;
}

bool psrp_over_wsman_post_control(struct over_wsman *o, struct psrp_over_command *c, enum icm_code code,
                                  struct wsman_request *request, struct icm_error *err)
{
    if (code != ICM_OK) {
        psrp_over_wsman_fail(o, err);
        icm_error_reset(err);
        return true; /* nothing else is to be tried */
    }
    o->control_command = c;
    return psrp_over_wsman_post(o, o->control, request);
}

static void trace_sent(struct over_wsman *o, struct psrp_over_command *c, struct icm_slice fragments)
{
    char target[ICM_GUID_TEXT + 1] = "pool";

    if (c && c->pipeline)
        icm_guid_format_lower(psrp_pipeline_id(c->pipeline), target);
    psrp_trace_fragments(o->trace, c ? &c->sent : &o->sent, o->computer, true, target, fragments);
}

bool psrp_over_wsman_pull(struct over_wsman *o, struct psrp_over_command *c, enum psrp_stream stream,
                          enum wsman_operation operation, struct icm_buf *out)
{
    struct icm_error err = {0};

    if (psrp_pool_waiting(o->pool, c ? c->pipeline : NULL, stream) == 0)
        return false;
    size_t room = wsman_shell_payload_max(o->shell, operation);
    enum icm_code code = psrp_pool_pull(o->pool, c ? c->pipeline : NULL, stream, room, out, &err);

    if (code == ICM_OK)
        trace_sent(o, c, icm_buf_slice(out));
    else if (code != ICM_AGAIN)
        psrp_over_wsman_fail(o, &err);
    icm_error_reset(&err);
    return code == ICM_OK;
}

static bool try_config(struct over_wsman *o)
{
    struct wsman_request request = {0};
    struct icm_error err = {0};

    if (!o->wants_config || !o->pool)
        return false;
    enum icm_code code = wsman_shell_get_config(o->shell, &request, &err);
    o->wants_config = false;
    return psrp_over_wsman_post_control(o, NULL, code, &request, &err);
}

static bool try_create(struct over_wsman *o)
{
    struct wsman_request request = {0};
    struct icm_error err = {0};
    struct icm_buf fragments = {0};

    if (o->connects || !o->pool || !psrp_over_wsman_pull(o, NULL, PSRP_STREAM_INPUT, WSMAN_CREATE, &fragments))
        return false;
    enum icm_code code = wsman_shell_create(o->shell, icm_buf_slice(&fragments), &request, &err);
    icm_buf_reset(&fragments);
    o->state = SHELL_OPENING;
    return psrp_over_wsman_post_control(o, NULL, code, &request, &err);
}

static bool try_delete(struct over_wsman *o)
{
    struct wsman_request request = {0};
    struct icm_error err = {0};

    if (!o->is_closing)
        return false;
    enum icm_code code = wsman_shell_delete(o->shell, &request, &err);
    if (o->cancel_timeout_ms)
        request.timeout_ms = o->cancel_timeout_ms;
    o->state = SHELL_DELETING;
    if (code == ICM_OK && psrp_over_wsman_post_control(o, NULL, code, &request, &err))
        return true;
    o->state = SHELL_GONE;
    icm_error_reset(&err);
    return false;
}

static bool send_signal(struct over_wsman *o, struct psrp_over_command *c, const char *signal)
{
    struct wsman_request request = {0};
    struct icm_error err = {0};
    enum icm_code code = wsman_shell_signal(o->shell, c->id, signal, &request, &err);

    if (code == ICM_OK && o->cancel_timeout_ms)
        request.timeout_ms = o->cancel_timeout_ms;
    return psrp_over_wsman_post_control(o, c, code, &request, &err);
}

static bool try_signal(struct over_wsman *o)
{
    for (struct psrp_over_command *c = o->commands; c; c = c->next) {
        if (c->state != COMMAND_RUNNING || !(c->wants_stop || c->wants_terminate))
            continue;
        const char *signal = c->wants_stop ? WSMAN_SIGNAL_PIPELINE_STOP : WSMAN_SIGNAL_TERMINATE;
        if (c->wants_stop)
            c->was_stopped = true;
        c->wants_stop = c->wants_terminate = false;
        return send_signal(o, c, signal);
    }
    return false;
}

static bool send_stream(struct over_wsman *o, struct psrp_over_command *c, enum psrp_stream stream)
{
    static const char *const names[PSRP_STREAM_COUNT] = {"stdin", "pr"};
    struct wsman_request request = {0};
    struct icm_error err = {0};
    struct icm_buf fragments = {0};

    if (!psrp_over_wsman_pull(o, c, stream, WSMAN_SEND, &fragments))
        return false;
    enum icm_code code =
        wsman_shell_send(o->shell, c ? c->id : NULL, names[stream], icm_buf_slice(&fragments), &request, &err);
    icm_buf_reset(&fragments);
    return psrp_over_wsman_post_control(o, c, code, &request, &err);
}

static bool try_send(struct over_wsman *o, enum psrp_stream stream)
{
    if (!o->pool)
        return false;
    if (send_stream(o, NULL, stream))
        return true;
    for (struct psrp_over_command *c = o->commands; c; c = c->next)
        if (c->pipeline && c->state == COMMAND_RUNNING && send_stream(o, c, stream))
            return true;
    return false;
}

static bool try_answers(struct over_wsman *o)
{
    return try_send(o, PSRP_STREAM_PROMPT_RESPONSE);
}

static bool try_input(struct over_wsman *o)
{
    return try_send(o, PSRP_STREAM_INPUT);
}

/* CommandLine carries CREATE_PIPELINE's first fragments; what does not fit, and the input, goes by Send.
 * MS-PSRP 3.1.5.3.3 */
static bool try_command(struct over_wsman *o)
{
    struct wsman_request request = {0};
    struct icm_error err = {0};
    struct icm_buf fragments = {0};
    struct psrp_over_command *c = o->commands;

    while (c && !(c->state == COMMAND_NEW && c->pipeline && !c->is_joined))
        c = c->next;
    if (!o->pool || !c || !psrp_over_wsman_pull(o, c, PSRP_STREAM_INPUT, WSMAN_COMMAND, &fragments))
        return false;
    enum icm_code code = wsman_shell_command(o->shell, psrp_pipeline_id(c->pipeline), icm_slice_of(NULL, 0),
                                             icm_buf_slice(&fragments), &request, &err);
    icm_buf_reset(&fragments);
    c->state = COMMAND_BEGINNING;
    return psrp_over_wsman_post_control(o, c, code, &request, &err);
}

#define IN(state) (1u << SHELL_##state)

/* What the control lane does next, the most urgent first, and in which states of the shell. */
static const struct {
    bool (*attempt)(struct over_wsman *o);
    unsigned states;
    bool is_farewell; /* done when closing, or after a failure, and then alone */
} jobs[] = {
    {try_delete, IN(OPEN) | IN(LEFT), true},
    {try_config, IN(NONE), false},
    {try_create, IN(NONE), false},
    {psrp_over_wsman_try_connect, IN(NONE), false},
    {try_signal, IN(OPEN), false},
    {try_answers, IN(OPEN), false},
    {try_command, IN(OPEN), false},
    {psrp_over_wsman_try_join, IN(OPEN), false},
    {try_input, IN(OPEN), false},
    {psrp_over_wsman_try_leave, IN(OPEN), false},
    {psrp_over_wsman_try_rejoin, IN(LEFT), false},
};

static void advance_control(struct over_wsman *o)
{
    for (size_t i = 0; i < ICM_COUNT(jobs) && !wsman_lane_is_busy(o->control); i++) {
        bool may = (jobs[i].states & 1u << o->state) && (jobs[i].is_farewell || !(o->has_failed || o->is_closing));

        if (may && jobs[i].attempt(o))
            break;
    }
}

/* ---- asking for output ---- */

static void receive_for_pool(struct over_wsman *o)
{
    struct wsman_request request = {0};
    struct icm_error err = {0};

    if (!o->watches_pool || !o->may_receive || !o->pool || wsman_lane_is_busy(o->pool_lane))
        return;
    if (wsman_shell_receive(o->shell, NULL, &request, &err) == ICM_OK)
        psrp_over_wsman_post(o, o->pool_lane, &request);
    else
        psrp_over_wsman_fail(o, &err);
    icm_error_reset(&err);
}

/* A stopped command is read on whatever the back-pressure: its end is waited for. */
void psrp_over_wsman_receive(struct over_wsman *o, struct psrp_over_command *c)
{
    struct wsman_request request = {0};
    struct icm_error err = {0};
    bool may = o->may_receive || c->was_stopped;

    if (c->state != COMMAND_RUNNING || !c->pipeline || !may || !o->pool || wsman_lane_is_busy(c->lane))
        return;
    if (wsman_shell_receive(o->shell, c->id, &request, &err) == ICM_OK)
        psrp_over_wsman_post(o, c->lane, &request);
    else
        psrp_over_wsman_fail(o, &err);
    icm_error_reset(&err);
}

void psrp_over_wsman_command_free(struct psrp_over_command *c)
{
    psrp_over_wsman_lane_give(c->over, c->lane);
    icm_buf_reset(&c->payload);
    psrp_trace_stream_reset(&c->received);
    psrp_trace_stream_reset(&c->sent);
    free(c);
}

/* Commands that are over on both sides. The control lane's own stays until its exchange has ended. */
static void drop_ended_commands(struct over_wsman *o)
{
    for (struct psrp_over_command **at = &o->commands; *at;) {
        struct psrp_over_command *c = *at;
        bool is_idle = (!c->lane || !wsman_lane_is_busy(c->lane)) && o->control_command != c;

        if (c->pipeline || c->state != COMMAND_DONE || !is_idle) {
            at = &c->next;
            continue;
        }
        *at = c->next;
        psrp_over_wsman_command_free(c);
    }
}

void psrp_over_wsman_advance(struct over_wsman *o)
{
    if (!o->has_failed && o->state == SHELL_OPEN && !o->is_closing) {
        receive_for_pool(o);
        for (struct psrp_over_command *c = o->commands; c && !o->has_failed; c = c->next)
            psrp_over_wsman_receive(o, c);
    }
    advance_control(o);
    psrp_over_wsman_check_left(o);
    drop_ended_commands(o);
    if (o->is_closing && (o->state == SHELL_NONE || o->state == SHELL_GONE) && !wsman_lane_is_busy(o->control)) {
        psrp_over_wsman_cancel_receives(o);
        o->state = SHELL_GONE;
        o->is_closing = false;
        o->sink->closed(o->up);
    }
}
