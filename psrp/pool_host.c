/* Calls to the client's host: told to who has one, answered at once where there is none.
 * MS-PSRP 2.2.2.15, 2.2.2.16, 2.2.2.27, 2.2.2.28. */
#include "psrp/pool_private.h"

static enum icm_code send_answer(struct psrp_pool *p, struct psrp_pipeline *pipeline, const struct psrp_value *answer,
                                 struct icm_error *err)
{
    uint32_t type = pipeline ? PSRP_PIPELINE_HOST_RESPONSE : PSRP_RUNSPACEPOOL_HOST_RESPONSE;

    return answer ? psrp_pool_send(p, pipeline, PSRP_STREAM_PROMPT_RESPONSE, type, answer, err) : icm_nomem(err);
}

/* A call that is not as its method has it is the server's own fault: it is told so, and its client warned. */
static enum icm_code refuse(struct psrp_received *m, const struct icm_error *why, struct icm_error *err)
{
    ICM_OWN(icm_arena_reset) struct icm_arena a = {0};
    struct psrp_host_call call = {0};

    if (!psrp_value_integer(psrp_value_member(m->value, "ci"), &call.call_id) ||
        !psrp_value_integer(psrp_value_member(m->value, "mi"), &call.method)) {
        icm_error_copy(err, why);
        return why->code;
    }
    icm_error_copy(&m->event->warning, why);
    enum icm_code code = ICM_OK;
    if (psrp_host_wants_answer(&call))
        code = send_answer(m->pool, m->pipeline, psrp_host_refusal(&a, &call, why->text), err);
    return code == ICM_OK ? psrp_receive_warning(m) : code;
}

/* A server that waits for an answer does nothing else: where nobody else gives one, it has it before the caller hears
 * of the call. */
static enum icm_code answer_at_once(struct psrp_received *m, struct icm_error *err)
{
    ICM_OWN(icm_arena_reset) struct icm_arena a = {0};

    return send_answer(m->pool, m->pipeline, psrp_host_answer(&a, &m->event->call, &m->pool->id), err);
}

enum icm_code psrp_receive_host_call(struct psrp_received *m, struct icm_error *err)
{
    struct psrp_host_call *call = &m->event->call;
    bool has_host = m->pipeline ? m->pipeline->has_host : m->pool->has_host;
    struct icm_error why = {0};

    enum icm_code code = psrp_host_call_read(m->value, call, &why);
    if (code != ICM_OK) {
        code = code == ICM_SYNTAX ? refuse(m, &why, err) : icm_nomem(err);
        icm_error_reset(&why);
        return code;
    }
    if (!psrp_host_wants_answer(call))
        return ICM_OK;
    m->event->needs_answer = has_host && psrp_host_method_name(call->method);
    return m->event->needs_answer ? ICM_OK : answer_at_once(m, err);
}

/* ---- the caller's answers ---- */

static bool is_there(const struct psrp_pool *p, const struct psrp_pipeline *wanted)
{
    for (const struct psrp_pipeline *pipeline = p->pipelines; pipeline; pipeline = pipeline->next)
        if (pipeline == wanted)
            return true;
    return false;
}

/* Whether the server still waits for it: the user may have thought for long. */
static bool is_wanted(const struct psrp_pool *p, const struct psrp_event *event)
{
    const struct psrp_pipeline *pipeline = event->pipeline;

    if (!event->needs_answer || psrp_pool_is_over(p) || p->end.is_told)
        return false;
    return !pipeline || (is_there(p, pipeline) && !psrp_pipeline_has_ended(pipeline) && !pipeline->end.is_told);
}

enum icm_code psrp_pool_answer(struct psrp_pool *p, const struct psrp_event *event, const struct psrp_value *result,
                               const char *why, struct icm_error *err)
{
    ICM_OWN(icm_arena_reset) struct icm_arena a = {0};

    if (!is_wanted(p, event))
        return ICM_OK;
    struct psrp_value *answer =
        why ? psrp_host_refusal(&a, &event->call, why) : psrp_host_result(&a, &event->call, result);
    return send_answer(p, event->pipeline, answer, err);
}
