/* A turn of a session of the built-in engine: scripts run, output goes out, and who waited is told. Never from inside
 * an operation. */
#include "cli/endpoint_synthetic.h"
#include "psrp/message.h"

enum { PIECE_MAX = 32768 }; /* what a real engine's packet carries */

static void on_turn(uv_idle_t *turn);

void synthetic_want_turn(struct synthetic *s)
{
    if (s->sink)
        uv_idle_start(&s->turn, on_turn);
}

static void on_alarm(uv_timer_t *alarm)
{
    synthetic_want_turn(alarm->data);
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
    struct synthetic_command *c = synthetic_find(s, target);
    bool ends = c && has_state(&c->out, piece, PSRP_PIPELINE_STATE);

    if (ends)
        synthetic_remove(s, c);
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
        synthetic_break(s, &why);
    icm_error_reset(&why);
}

/* ---- a turn ---- */

static void run_scripts(struct synthetic *s)
{
    struct icm_error why = {0};
    enum icm_code code = ICM_OK;

    for (struct synthetic_command *c = s->commands; c && code == ICM_OK; c = c->next)
        if (c->script && c->state != ENDPOINT_SCRIPT_ENDED)
            code = endpoint_script_run(c->script, s->server, (int64_t)uv_now(s->loop), &c->state, &c->wake_ms, &why);
    if (code != ICM_OK)
        synthetic_break(s, &why);
    icm_error_reset(&why);
}

/* Who was first is last in the next turn: a script that fills the room takes it from the others once, not always. */
static void rotate(struct synthetic *s)
{
    struct synthetic_command *first = s->commands, **end = &s->commands;

    if (!first)
        return;
    while (*end)
        end = &(*end)->next;
    *end = first; /* a ring for a moment; that of one command is what is left of it */
    s->commands = first->next;
    first->next = NULL;
}

static bool needs(const struct synthetic_command *c, enum endpoint_script_state state)
{
    return c->script && c->state == state;
}

/* When there is something to do again. */
static void plan_next_turn(struct synthetic *s)
{
    bool has_more = psrp_server_waiting(s->server) > 0;
    int64_t wake_ms = INT64_MAX, now_ms = (int64_t)uv_now(s->loop);

    for (const struct synthetic_command *c = s->commands; c; c = c->next) {
        has_more |= needs(c, ENDPOINT_SCRIPT_NEEDS_ROOM);
        if (needs(c, ENDPOINT_SCRIPT_NEEDS_TIME) && c->wake_ms < wake_ms)
            wake_ms = c->wake_ms;
    }
    if (has_more && !s->is_paused)
        synthetic_want_turn(s);
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
    synthetic_tell_released(s);
    if (!s->sink)
        return;
    plan_next_turn(s);
    if (s->is_broken && !s->has_told_why && psrp_server_waiting(s->server) == 0) {
        s->has_told_why = true;
        s->sink->failed(s->up, s->why.text); /* behind the states that a real engine's client would see */
    }
}
