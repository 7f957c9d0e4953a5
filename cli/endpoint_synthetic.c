/* WAITS: for the scripts' sleeps. The built-in engine: each session is a psrp_server with scripts on its pipelines. What comes in is
 * taken in at once; scripts run and output goes out in turns of the loop, never from inside an operation. */
#include "cli/endpoint_engine.h"
#include "cli/endpoint_log.h"
#include "cli/endpoint_peek.h"
#include "cli/endpoint_script.h"
#include "psrp/message.h"

#include <stdlib.h>
#include <uv.h>

enum { PIECE_MAX = 32768, CATEGORY_NOT_IMPLEMENTED = 11 }; /* a piece is what a real engine's packet carries */

struct ticket {
    struct ticket *next;
    uint64_t number;
};

struct command {
    struct command *next;
    struct icm_guid target;
    struct endpoint_script *script; /* NULL: its CREATE_PIPELINE has not come */
    bool is_stop_wanted;            /* before it could be carried out */
    enum endpoint_script_state state;
    int64_t wake_ms;
    struct endpoint_peek out;
    struct ticket *held; /* who waits until the script has read some of its input */
};

struct synthetic {
    struct endpoint_session session;
    const struct endpoint_sink *sink; /* NULL: closed */
    void *up;
    uv_loop_t *loop;
    struct psrp_server *server;
    struct command *commands;
    struct ticket *released; /* held no longer, and not told yet */
    struct endpoint_peek out;
    uv_idle_t turn;   /* runs once in each round of the loop, which a timer of 0 ms may do without end (libuv before 1.45) */
    uv_timer_t alarm; /* the next sleep's end */
    bool has_opened, is_paused, is_broken, has_told_why;
    struct icm_error why; /* it is broken */
};

struct synthetic_engine {
    struct endpoint_engine base;
    uv_loop_t *loop;
};

static void on_turn(uv_idle_t *turn);

static void want_turn(struct synthetic *s)
{
    if (s->sink)
        uv_idle_start(&s->turn, on_turn);
}

static void on_alarm(uv_timer_t *alarm)
{
    want_turn(alarm->data);
}

/* ---- commands and tickets ---- */

static struct command *find(struct synthetic *s, const struct icm_guid *target)
{
    struct command *c = s->commands;

    while (c && !icm_guid_equal(&c->target, target))
        c = c->next;
    return c;
}

static struct command *add_command(struct synthetic *s, const struct icm_guid *target)
{
    struct command *c = calloc(1, sizeof *c);

    if (!c)
        return NULL;
    c->target = *target;
    c->state = ENDPOINT_SCRIPT_NEEDS_INPUT;
    c->next = s->commands;
    s->commands = c;
    return c;
}

static void release(struct synthetic *s, struct command *c)
{
    struct ticket **end = &s->released;

    while (*end)
        end = &(*end)->next;
    *end = c->held;
    c->held = NULL;
}

static void remove_command(struct synthetic *s, struct command *gone)
{
    struct command **at = &s->commands;

    while (*at != gone)
        at = &(*at)->next;
    *at = gone->next;
    release(s, gone);
    endpoint_script_free(gone->script);
    free(gone);
}

/* false: memory is short; then nobody waits, which costs memory but loses nothing */
static bool hold(struct command *c, uint64_t number)
{
    struct ticket *ticket = calloc(1, sizeof *ticket), **end = &c->held;

    if (!ticket)
        return false;
    ticket->number = number;
    while (*end)
        end = &(*end)->next;
    *end = ticket;
    return true;
}

/* The last thing that an operation does: whoever hears of it may close the session. */
static void finish(struct synthetic *s, uint64_t ticket)
{
    if (ticket)
        s->sink->done(s->up, ticket);
}

/* ---- in ---- */

static void break_session(struct synthetic *s, struct icm_error *why)
{
    endpoint_log("synthetic engine: %s", why->text);
    s->is_broken = true;
    icm_error_copy(&s->why, why);
    for (struct command *c = s->commands; c; c = c->next) {
        endpoint_script_free(c->script);
        c->script = NULL;
        release(s, c);
    }
}

static enum icm_code on_open(struct synthetic *s, struct psrp_server_event *event, struct icm_error *err)
{
    return psrp_server_accept(s->server, err);
}

static enum icm_code on_pipeline(struct synthetic *s, struct psrp_server_event *event, struct icm_error *err)
{
    struct command *c = find(s, &event->pipeline_id);

    if (!c || c->script)
        return ICM_OK;
    enum icm_code code = endpoint_script_new(&c->script, event, err);
    if (code == ICM_OK && c->is_stop_wanted)
        endpoint_script_stop(c->script);
    return code;
}

static enum icm_code on_input(struct synthetic *s, struct psrp_server_event *event, struct icm_error *err)
{
    struct command *c = find(s, &event->pipeline_id);

    return c && c->script ? endpoint_script_input(c->script, event, err) : ICM_OK;
}

static enum icm_code on_input_end(struct synthetic *s, struct psrp_server_event *event, struct icm_error *err)
{
    struct command *c = find(s, &event->pipeline_id);

    if (c && c->script)
        endpoint_script_end_input(c->script);
    return ICM_OK;
}

static enum icm_code on_host_response(struct synthetic *s, struct psrp_server_event *event, struct icm_error *err)
{
    return ICM_OK; /* to nothing that was asked */
}

/* Who asks which commands there are gets an answer, else they would wait for ever. */
static enum icm_code on_metadata(struct synthetic *s, struct psrp_server_event *event, struct icm_error *err)
{
    ICM_OWN(icm_arena_reset) struct icm_arena a = {0};
    struct psrp_value *reason =
        psrp_server_error_record(&a, icm_slice_text("the synthetic engine has no commands to describe"),
                                 "NotImplemented", CATEGORY_NOT_IMPLEMENTED);

    if (!reason)
        return icm_nomem(err);
    return psrp_server_pipeline_state(s->server, &event->pipeline_id, PSRP_PIPELINE_FAILED, reason, err);
}

/* There is no state that a script could leave behind. */
static enum icm_code on_reset(struct synthetic *s, struct psrp_server_event *event, struct icm_error *err)
{
    return psrp_server_answer_reset(s->server, event->call_id, true, err);
}

static enum icm_code on_news(struct synthetic *s, struct psrp_server_event *event, struct icm_error *err)
{
    return ICM_OK;
}

static enum icm_code (*const handlers[])(struct synthetic *, struct psrp_server_event *, struct icm_error *) = {
    [PSRP_SERVER_OPEN] = on_open,
    [PSRP_SERVER_CONNECT] = on_open,
    [PSRP_SERVER_PIPELINE] = on_pipeline,
    [PSRP_SERVER_METADATA] = on_metadata,
    [PSRP_SERVER_INPUT] = on_input,
    [PSRP_SERVER_INPUT_END] = on_input_end,
    [PSRP_SERVER_HOST_RESPONSE] = on_host_response,
    [PSRP_SERVER_RUNSPACES] = on_news,
    [PSRP_SERVER_RESET] = on_reset,
    [PSRP_SERVER_KEY] = on_news,
};

static enum icm_code take_events(struct synthetic *s, struct icm_error *err)
{
    struct psrp_server_event event;
    enum icm_code code;

    while ((code = psrp_server_next_event(s->server, &event, err)) == ICM_OK) {
        code = handlers[event.type](s, &event, err);
        psrp_server_event_reset(&event);
        if (code != ICM_OK)
            return code;
    }
    return code == ICM_AGAIN ? ICM_OK : code;
}

/* What breaks the rules of PSRP breaks the session, as it closes a real engine's; whoever sent it has been served all the same. */
static void take_in(struct synthetic *s, const struct icm_guid *pipeline_id, bool is_prompt_response,
                    struct icm_buf *bytes)
{
    struct icm_error why = {0};
    struct icm_slice fragments = icm_buf_slice(bytes);

    if (is_prompt_response)
        psrp_server_feed_responses(s->server, pipeline_id, fragments, NULL);
    else
        psrp_server_feed(s->server, pipeline_id, fragments, NULL);
    enum icm_code code = take_events(s, &why); /* what was whole before a stream broke, and then why it did */
    icm_buf_reset(bytes);
    if (code != ICM_OK)
        break_session(s, &why);
    icm_error_reset(&why);
    want_turn(s);
}

/* ---- out ---- */

/* What ends in @piece that somebody wants to hear of. */
static bool has_state(struct endpoint_peek *peek, struct icm_slice piece, uint32_t state)
{
    bool has = false;
    uint32_t type;

    while (endpoint_peek_message(peek, &piece, &type))
        has |= type == state;
    return has;
}

static void give_pool_piece(struct synthetic *s, const struct icm_guid *target, struct icm_slice piece)
{
    bool opens = has_state(&s->out, piece, PSRP_RUNSPACEPOOL_STATE) && !s->has_opened;

    s->has_opened |= opens;
    s->sink->output(s->up, target, piece);
    if (opens && s->sink)
        s->sink->opened(s->up);
}

static void give_piece(struct synthetic *s, const struct icm_guid *target, struct icm_slice piece)
{
    struct command *c = find(s, target);
    bool ends = c && has_state(&c->out, piece, PSRP_PIPELINE_STATE);

    if (ends)
        remove_command(s, c);
    s->sink->output(s->up, target, piece);
    if (ends && s->sink)
        s->sink->ended(s->up, target);
}

static void give_output(struct synthetic *s)
{
    ICM_OWN(icm_buf_reset) struct icm_buf piece = {0};
    struct icm_error why = {0};
    struct icm_guid target;
    enum icm_code code = ICM_OK;

    while (s->sink && !s->is_paused) {
        icm_buf_clear(&piece);
        code = psrp_server_pull(s->server, PIECE_MAX, &target, &piece, &why);
        if (code != ICM_OK)
            break;
        (icm_guid_is_zero(&target) ? give_pool_piece : give_piece)(s, &target, icm_buf_slice(&piece));
    }
    if (code != ICM_OK && code != ICM_AGAIN && !s->is_broken)
        break_session(s, &why);
    icm_error_reset(&why);
}

static void release_those_with_room(struct synthetic *s)
{
    for (struct command *c = s->commands; c; c = c->next)
        if (c->held && (!c->script || !endpoint_script_is_full(c->script)))
            release(s, c);
}

static void tell_released(struct synthetic *s)
{
    release_those_with_room(s);
    while (s->sink && s->released) {
        struct ticket *ticket = s->released;
        uint64_t number = ticket->number;
        s->released = ticket->next;
        free(ticket);
        finish(s, number);
    }
}

/* ---- a turn ---- */

static void run_scripts(struct synthetic *s)
{
    struct icm_error why = {0};
    enum icm_code code = ICM_OK;

    for (struct command *c = s->commands; c && code == ICM_OK; c = c->next)
        if (c->script && c->state != ENDPOINT_SCRIPT_ENDED)
            code = endpoint_script_run(c->script, s->server, (int64_t)uv_now(s->loop), &c->state, &c->wake_ms, &why);
    if (code != ICM_OK)
        break_session(s, &why);
    icm_error_reset(&why);
}

/* Who was first is last in the next turn: a script that fills the room takes it from the others once, not always. */
static void rotate(struct synthetic *s)
{
    struct command *first = s->commands, **end = &s->commands;

    if (!first)
        return;
    while (*end)
        end = &(*end)->next;
    *end = first; /* a ring for a moment; that of one command is what is left of it */
    s->commands = first->next;
    first->next = NULL;
}

static bool needs(const struct command *c, enum endpoint_script_state state)
{
    return c->script && c->state == state;
}

/* When there is something to do again. */
static void plan_next_turn(struct synthetic *s)
{
    bool has_more = psrp_server_waiting(s->server) > 0;
    int64_t wake_ms = INT64_MAX, now_ms = (int64_t)uv_now(s->loop);

    for (const struct command *c = s->commands; c; c = c->next) {
        has_more |= needs(c, ENDPOINT_SCRIPT_NEEDS_ROOM);
        if (needs(c, ENDPOINT_SCRIPT_NEEDS_TIME) && c->wake_ms < wake_ms)
            wake_ms = c->wake_ms;
    }
    if (has_more && !s->is_paused)
        want_turn(s);
    if (wake_ms < INT64_MAX)
        uv_timer_start(&s->alarm, on_alarm, wake_ms > now_ms ? (uint64_t)(wake_ms - now_ms) : 0, 0);
}

static void on_turn(uv_idle_t *turn)
{
    struct synthetic *s = turn->data;

    uv_idle_stop(turn);
    uv_timer_stop(&s->alarm);
    uv_update_time(s->loop); /* a round may have been long, and a sleep begins now */
    run_scripts(s);
    rotate(s);
    give_output(s);
    tell_released(s);
    if (!s->sink)
        return;
    plan_next_turn(s);
    if (s->is_broken && !s->has_told_why && psrp_server_waiting(s->server) == 0) {
        s->has_told_why = true;
        s->sink->failed(s->up, s->why.text); /* behind the states that a real engine's client would see */
    }
}

/* ---- the operations ---- */

static struct synthetic *synthetic_of(struct endpoint_session *s)
{
    return (struct synthetic *)s;
}

static enum icm_code synthetic_data(struct endpoint_session *session, uint64_t ticket, const struct icm_guid *target,
                                    bool is_prompt_response, struct icm_buf *bytes, struct icm_error *err)
{
    struct synthetic *s = synthetic_of(session);
    bool is_pools = icm_guid_is_zero(target);
    struct command *c = is_pools ? NULL : find(s, target);

    if (!s->is_broken && (is_pools || c))
        take_in(s, is_pools ? NULL : target, is_prompt_response, bytes);
    icm_buf_reset(bytes); /* late data for what has ended is dropped */
    if (ticket && c && c->script && endpoint_script_is_full(c->script) && hold(c, ticket))
        return ICM_OK;
    finish(s, ticket);
    return ICM_OK;
}

static enum icm_code synthetic_command(struct endpoint_session *session, uint64_t ticket,
                                       const struct icm_guid *target, struct icm_buf *bytes, struct icm_error *err)
{
    struct synthetic *s = synthetic_of(session);

    if (find(s, target))
        return icm_fail(err, ICM_STATE, NULL, "a command with this CommandId is there already");
    if (!add_command(s, target))
        return icm_nomem(err);
    return synthetic_data(session, ticket, target, false, bytes, err);
}

static void stop(struct synthetic *s, struct command *c)
{
    c->is_stop_wanted = true;
    if (c->script)
        endpoint_script_stop(c->script);
    want_turn(s);
}

static void synthetic_stop(struct endpoint_session *session, uint64_t ticket, const struct icm_guid *target)
{
    struct synthetic *s = synthetic_of(session);
    struct command *c = find(s, target);

    if (c)
        stop(s, c);
    finish(s, ticket);
}

/* What has not begun cannot be stopped, and nobody will send the rest of it. */
static void synthetic_end(struct endpoint_session *session, uint64_t ticket, const struct icm_guid *target)
{
    struct synthetic *s = synthetic_of(session);
    struct command *c = find(s, target);

    if (c && c->script)
        stop(s, c);
    else if (c && psrp_server_pipeline_state(s->server, target, PSRP_PIPELINE_STOPPED, NULL, NULL) != ICM_OK)
        remove_command(s, c); /* the server has not heard of it either */
    want_turn(s);
    finish(s, ticket);
}

static void synthetic_pause(struct endpoint_session *session, bool is_paused)
{
    synthetic_of(session)->is_paused = is_paused;
    if (!is_paused)
        want_turn(synthetic_of(session));
}

static void free_session(struct synthetic *s)
{
    while (s->commands)
        remove_command(s, s->commands);
    for (struct ticket *ticket; (ticket = s->released);) {
        s->released = ticket->next;
        free(ticket);
    }
    icm_error_reset(&s->why);
    psrp_server_free(s->server);
    free(s);
}

static void on_turn_closed(uv_handle_t *handle)
{
    free_session(handle->data);
}

static void on_alarm_closed(uv_handle_t *handle)
{
    struct synthetic *s = handle->data;

    uv_close((uv_handle_t *)&s->turn, on_turn_closed);
}

/* A turn may be under way, so that memory is freed only when the loop has let go of it. */
static void synthetic_close(struct endpoint_session *session)
{
    struct synthetic *s = synthetic_of(session);

    s->sink = NULL;
    uv_idle_stop(&s->turn);
    uv_close((uv_handle_t *)&s->alarm, on_alarm_closed);
}

static const struct endpoint_engine_ops ops;

static enum icm_code synthetic_open(struct endpoint_engine *base, const struct endpoint_sink *sink, void *up,
                                    struct endpoint_session **out, struct icm_error *err)
{
    struct synthetic *s = calloc(1, sizeof *s);

    if (!s)
        return icm_nomem(err);
    enum icm_code code = psrp_server_new(&s->server, err);
    if (code != ICM_OK) {
        free(s);
        return code;
    }
    s->session.ops = &ops;
    s->sink = sink;
    s->up = up;
    s->loop = ((struct synthetic_engine *)base)->loop;
    uv_idle_init(s->loop, &s->turn);
    uv_timer_init(s->loop, &s->alarm);
    s->turn.data = s->alarm.data = s;
    *out = &s->session;
    return ICM_OK;
}

static void synthetic_shut_down(struct endpoint_engine *base)
{
    (void)base; /* whatever there is belongs to the sessions */
}

static void synthetic_free(struct endpoint_engine *base)
{
    free(base);
}

static const struct endpoint_engine_ops ops = {
    .open = synthetic_open,
    .data = synthetic_data,
    .command = synthetic_command,
    .stop = synthetic_stop,
    .end = synthetic_end,
    .pause = synthetic_pause,
    .close = synthetic_close,
    .shut_down = synthetic_shut_down,
    .free = synthetic_free,
};

enum icm_code endpoint_synthetic_engine_new(struct endpoint_engine **out, struct uv_loop_s *loop,
                                            struct icm_error *err)
{
    struct synthetic_engine *e = calloc(1, sizeof *e);

    if (!e)
        return icm_nomem(err);
    e->base.ops = &ops;
    e->loop = loop;
    *out = &e->base;
    return ICM_OK;
}
