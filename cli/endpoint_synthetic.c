/* WAITS: for the scripts' sleeps. The built-in engine: each session is a psrp_server with scripts on its pipelines.
 * What comes in is taken in at once; scripts run and output goes out in turns of the loop, never from inside an
 * operation. */
#include "cli/endpoint_synthetic.h"

#include <stdlib.h>

struct synthetic_engine {
    struct endpoint_engine base;
    uv_loop_t *loop;
};

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
    struct synthetic_command *c = is_pools ? NULL : synthetic_find(s, target);

    if (!s->is_broken && (is_pools || c))
        synthetic_take_in(s, is_pools ? NULL : target, is_prompt_response, bytes);
    icm_buf_reset(bytes); /* late data for what has ended is dropped */
    if (ticket && c && c->script && endpoint_script_is_full(c->script) && synthetic_hold(c, ticket))
        return ICM_OK;
    synthetic_finish(s, ticket);
    return ICM_OK;
}

static enum icm_code synthetic_command(struct endpoint_session *session, uint64_t ticket, const struct icm_guid *target,
                                       struct icm_buf *bytes, struct icm_error *err)
{
    struct synthetic *s = synthetic_of(session);

    if (synthetic_find(s, target))
        return icm_fail(err, ICM_STATE, NULL, "a command with this CommandId is there already");
    enum icm_code code = s->is_broken ? ICM_OK : psrp_server_begin(s->server, target, err);
    if (code != ICM_OK)
        return code;
    if (!synthetic_add(s, target))
        return icm_nomem(err);
    return synthetic_data(session, ticket, target, false, bytes, err);
}

static void stop(struct synthetic *s, struct synthetic_command *c)
{
    c->is_stop_wanted = true;
    if (c->script)
        endpoint_script_stop(c->script);
    synthetic_want_turn(s);
}

static void synthetic_stop(struct endpoint_session *session, uint64_t ticket, const struct icm_guid *target)
{
    struct synthetic *s = synthetic_of(session);
    struct synthetic_command *c = synthetic_find(s, target);

    if (c)
        stop(s, c);
    synthetic_finish(s, ticket);
}

/* What has not begun cannot be stopped, and nobody will send the rest of it. */
static void synthetic_end(struct endpoint_session *session, uint64_t ticket, const struct icm_guid *target)
{
    struct synthetic *s = synthetic_of(session);
    struct synthetic_command *c = synthetic_find(s, target);

    if (c && c->script)
        stop(s, c);
    else if (c && psrp_server_pipeline_state(s->server, target, PSRP_PIPELINE_STOPPED, NULL, NULL) != ICM_OK)
        synthetic_remove(s, c); /* the server has not heard of it either */
    synthetic_want_turn(s);
    synthetic_finish(s, ticket);
}

static void synthetic_pause(struct endpoint_session *session, bool is_paused)
{
    synthetic_of(session)->is_paused = is_paused;
    if (!is_paused)
        synthetic_want_turn(synthetic_of(session));
}

static void free_session(struct synthetic *s)
{
    while (s->commands)
        synthetic_remove(s, s->commands);
    for (struct synthetic_ticket *ticket; (ticket = s->released);) {
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

static enum icm_code synthetic_open(struct endpoint_engine *base, const char *culture, const struct endpoint_sink *sink,
                                    void *up, struct endpoint_session **out, struct icm_error *err)
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

enum icm_code endpoint_synthetic_engine_new(struct endpoint_engine **out, struct uv_loop_s *loop, struct icm_error *err)
{
    struct synthetic_engine *e = calloc(1, sizeof *e);

    if (!e)
        return icm_nomem(err);
    e->base.ops = &ops;
    e->loop = loop;
    *out = &e->base;
    return ICM_OK;
}
