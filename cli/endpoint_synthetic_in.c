/* What comes in for a session of the built-in engine: a server's events, and the scripts that they are for. */
#include "cli/endpoint_log.h"
#include "cli/endpoint_synthetic.h"

void synthetic_break(struct synthetic *s, struct icm_error *why)
{
    endpoint_log("synthetic engine: %s", why->text);
    s->is_broken = true;
    icm_error_copy(&s->why, why);
    for (struct synthetic_command *c = s->commands; c; c = c->next) {
        endpoint_script_free(c->script);
        c->script = NULL;
        synthetic_release(s, c);
    }
}

static enum icm_code on_open(struct synthetic *s, struct psrp_server_event *event, struct icm_error *err)
{
    return psrp_server_accept(s->server, err);
}

static enum icm_code on_pipeline(struct synthetic *s, struct psrp_server_event *event, struct icm_error *err)
{
    struct synthetic_command *c = synthetic_find(s, &event->pipeline_id);

    if (!c || c->script)
        return ICM_OK;
    enum icm_code code = endpoint_script_new(&c->script, event, err);
    if (code == ICM_OK && c->is_stop_wanted)
        endpoint_script_stop(c->script);
    return code;
}

static enum icm_code on_input(struct synthetic *s, struct psrp_server_event *event, struct icm_error *err)
{
    struct synthetic_command *c = synthetic_find(s, &event->pipeline_id);

    return c && c->script ? endpoint_script_input(c->script, event, err) : ICM_OK;
}

static enum icm_code on_input_end(struct synthetic *s, struct psrp_server_event *event, struct icm_error *err)
{
    struct synthetic_command *c = synthetic_find(s, &event->pipeline_id);

    if (c && c->script)
        endpoint_script_end_input(c->script);
    return ICM_OK;
}

static enum icm_code on_host_response(struct synthetic *s, struct psrp_server_event *event, struct icm_error *err)
{
    struct synthetic_command *c = synthetic_find(s, &event->pipeline_id);

    if (c && c->script)
        endpoint_script_answer(c->script, event);
    return ICM_OK;
}

static enum icm_code on_metadata(struct synthetic *s, struct psrp_server_event *event, struct icm_error *err)
{
    return synthetic_describe(s->server, event, err);
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

void synthetic_take_in(struct synthetic *s, const struct icm_guid *pipeline_id, bool is_prompt_response,
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
        synthetic_break(s, &why);
    icm_error_reset(&why);
    synthetic_want_turn(s);
}
