/* What comes back to the transport over WS-Man, and what goes wrong. */
#include "psrp/over_wsman_state.h"

#include "wsman/names.h"
#include "wsman/trace.h"

/* ---- failures ---- */

void psrp_over_wsman_cancel_receives(struct over_wsman *o)
{
    if (o->pool_lane)
        wsman_lane_cancel(o->pool_lane);
    for (struct psrp_over_command *c = o->commands; c; c = c->next)
        if (c->lane)
            wsman_lane_cancel(c->lane);
}

/* The connection or the protocol broke: nothing more will come. */
void psrp_over_wsman_fail(struct over_wsman *o, const struct icm_error *why)
{
    if (o->has_failed || o->is_closing)
        return;
    o->has_failed = true;
    if (o->state == SHELL_LEAVING || o->state == SHELL_REJOINING)
        o->state = SHELL_GONE; /* a shell that is to outlive us is not deleted behind our back */
    psrp_over_wsman_cancel_receives(o);
    wsman_lane_cancel(o->control);
    o->sink->failed(o->up, why);
}

/* A fault that one command got. Once the pipeline has its final state, late requests for it meet one: nobody minds. */
static void command_fault(struct over_wsman *o, struct psrp_over_command *c, const struct icm_error *why)
{
    struct psrp_pipeline *pipeline = c->pipeline;

    c->state = COMMAND_DONE;
    c->wants_stop = c->wants_terminate = false;
    if (pipeline && !psrp_pipeline_has_ended(pipeline))
        o->sink->pipeline_failed(o->up, pipeline, why);
}

/* ---- exchanges that ended ---- */

static void trace_exchange(struct over_wsman *o, const struct wsman_exchange *exchange)
{
    if (o->trace && exchange->body.size > 0)
        wsman_trace_envelope(o->trace, o->computer, false, exchange->status, exchange->body);
}

/* The server does not take us for who we are any more. The shell is out of reach, and each further request, its Delete
 * too, would be one more logon that fails: some of them lock the account. */
static void lose_shell(struct over_wsman *o, const struct icm_error *why)
{
    if (o->state == SHELL_OPEN)
        o->state = SHELL_GONE;
    psrp_over_wsman_fail(o, why);
}

static enum icm_code judge(struct over_wsman *o, const struct wsman_exchange *exchange, struct icm_error *err)
{
    trace_exchange(o, exchange);
    if (exchange->code != ICM_OK) {
        icm_error_copy(err, exchange->err);
        if (exchange->code == ICM_DENIED && exchange->status == 401)
            lose_shell(o, err);
        return exchange->code;
    }
    return wsman_shell_take(o->shell, exchange->request, exchange->status, exchange->reply, err);
}

static void command_began(struct over_wsman *o, struct psrp_over_command *c, const struct wsman_message *reply)
{
    c->state = COMMAND_RUNNING;
    if (reply->command_id.size > 0 && reply->command_id.size < sizeof c->id) {
        memcpy(c->id, reply->command_id.data, reply->command_id.size);
        c->id[reply->command_id.size] = '\0';
    } else if (c->pipeline) {
        icm_guid_format_upper(psrp_pipeline_id(c->pipeline), c->id);
    }
    if (!c->pipeline) /* given up while it began */
        c->wants_terminate = true;
    (void)o;
}

/* What a control exchange's failure means: the shell's own break everything, a command's fault only that command. */
static void control_failed(struct over_wsman *o, struct psrp_over_command *c, enum icm_code code,
                           const struct icm_error *err)
{
    if (o->state == SHELL_OPENING || o->state == SHELL_DELETING)
        o->state = SHELL_GONE;
    if (code == ICM_FAULT && psrp_over_wsman_is_left_by(err))
        psrp_over_wsman_left_by_server(o, err);
    else if (c && code == ICM_FAULT)
        command_fault(o, c, err);
    else
        psrp_over_wsman_fail(o, err);
}

/* The answer's bytes leave the reader before the next request begins, which is on its way before they are looked at.
 * The reader gets the last answer's memory for them: two buffers serve an output of any length, and none grows anew. */
static void take_payload(struct icm_buf *to, struct wsman_message *reply)
{
    struct icm_buf last = *to;

    icm_buf_clear(&last);
    *to = reply->payload;
    reply->payload = last;
}

/* what the server has to say at once is in the answer */
static void connected(struct over_wsman *o, struct wsman_message *reply)
{
    o->state = SHELL_OPEN;
    take_payload(&o->payload, reply);
    psrp_trace_fragments(o->trace, &o->received, o->computer, false, "pool", icm_buf_slice(&o->payload));
    if (o->pool && o->payload.size > 0)
        o->sink->received(o->up, NULL, icm_buf_slice(&o->payload));
}

static void control_done(struct over_wsman *o, struct psrp_over_command *c, const struct wsman_exchange *exchange)
{
    enum wsman_operation operation = exchange->request->operation;

    if (operation == WSMAN_CREATE)
        o->state = SHELL_OPEN;
    else if (operation == WSMAN_DELETE)
        o->state = SHELL_GONE;
    else if (operation == WSMAN_CONNECT && !c)
        connected(o, exchange->reply);
    else if (operation == WSMAN_COMMAND || operation == WSMAN_CONNECT)
        command_began(o, c, exchange->reply);
    else if (operation == WSMAN_SIGNAL && !c->pipeline)
        c->state = COMMAND_DONE; /* terminated: the server forgets it */
}

void psrp_over_wsman_on_control(void *context, const struct wsman_exchange *exchange)
{
    struct over_wsman *o = context;
    struct psrp_over_command *c = o->control_command;
    struct icm_error err = {0};
    enum wsman_operation operation = exchange->request->operation;
    enum icm_code code = judge(o, exchange, &err);

    o->control_command = NULL;
    if (operation == WSMAN_DISCONNECT)
        psrp_over_wsman_on_leave(o, code, &err);
    else if (operation == WSMAN_RECONNECT)
        psrp_over_wsman_on_rejoin(o, code, &err);
    else if (code != ICM_OK && !(operation == WSMAN_GET_CONFIG && code == ICM_FAULT)) /* only administrators are told */
        control_failed(o, c, code, &err);
    else
        control_done(o, c, exchange);
    icm_error_reset(&err);
    psrp_over_wsman_advance(o);
}

/* A Receive of the pool's. Those that wait when the shell is left end so. */
static void receive_failed(struct over_wsman *o, enum icm_code code, const struct icm_error *err)
{
    if (code == ICM_FAULT && psrp_over_wsman_is_left_by(err))
        psrp_over_wsman_left_by_server(o, err);
    else if (o->state == SHELL_OPEN && !o->is_closing && o->watches_pool)
        psrp_over_wsman_fail(o, err);
}

void psrp_over_wsman_on_pool_reply(void *context, const struct wsman_exchange *exchange)
{
    struct over_wsman *o = context;
    struct icm_error err = {0};
    enum icm_code code = judge(o, exchange, &err);

    icm_buf_clear(&o->payload);
    if (code != ICM_OK && code != ICM_AGAIN) {
        receive_failed(o, code, &err);
        icm_error_reset(&err);
        psrp_over_wsman_advance(o);
        return;
    }
    if (code == ICM_OK)
        take_payload(&o->payload, exchange->reply);
    psrp_trace_fragments(o->trace, &o->received, o->computer, false, "pool", icm_buf_slice(&o->payload));
    if (o->pool && !o->has_failed && o->payload.size > 0)
        o->sink->received(o->up, NULL, icm_buf_slice(&o->payload));
    icm_error_reset(&err);
    if (code == ICM_AGAIN) /* with output the drive decides first: Opened may be in it */
        psrp_over_wsman_advance(o);
}

/* what came goes up, and that the command has ended where it has */
static void deliver(struct over_wsman *o, struct psrp_over_command *c)
{
    struct icm_slice bytes = icm_buf_slice(&c->payload);
    char target[ICM_GUID_TEXT + 1];

    if (!c->pipeline || o->has_failed)
        return;
    icm_guid_format_lower(psrp_pipeline_id(c->pipeline), target);
    psrp_trace_fragments(o->trace, &c->received, o->computer, false, target, bytes);
    if (bytes.size > 0)
        o->sink->received(o->up, c->pipeline, bytes);
    if (c->state == COMMAND_DONE && c->pipeline)
        o->sink->pipeline_ended(o->up, c->pipeline);
}

void psrp_over_wsman_on_command_reply(void *context, const struct wsman_exchange *exchange)
{
    struct psrp_over_command *c = context;
    struct over_wsman *o = c->over;
    struct icm_error err = {0};
    enum icm_code code = judge(o, exchange, &err);

    icm_buf_clear(&c->payload);
    if (code == ICM_OK) {
        take_payload(&c->payload, exchange->reply);
        if (icm_slice_is(exchange->reply->command_state, WSMAN_COMMAND_STATE_DONE))
            c->state = COMMAND_DONE;
    } else if (code == ICM_FAULT && psrp_over_wsman_is_left_by(&err)) {
        psrp_over_wsman_left_by_server(o, &err);
    } else if (code != ICM_AGAIN && o->state == SHELL_LEAVING) {
        /* it is asked for again when we are back */
    } else if (code == ICM_FAULT) {
        command_fault(o, c, &err);
    } else if (code != ICM_AGAIN) {
        if (c->pipeline && psrp_pipeline_has_ended(c->pipeline))
            c->state = COMMAND_DONE;
        else
            psrp_over_wsman_fail(o, &err);
    }
    if (c->state == COMMAND_RUNNING && !c->pipeline)
        c->wants_terminate = true; /* over for us, and the server does not know */
    if (!o->has_failed && !o->is_closing && o->state == SHELL_OPEN)
        psrp_over_wsman_receive(o, c);
    deliver(o, c);
    icm_error_reset(&err);
    psrp_over_wsman_advance(o);
}
