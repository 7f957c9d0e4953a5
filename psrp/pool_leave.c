/* Leaving the server's pool and coming back, as its client sees it. MS-PSRP 3.1.4.8, 3.1.4.9. */
#include "psrp/pool_private.h"

enum icm_code psrp_pool_leave(struct psrp_pool *p, struct icm_error *err)
{
    static const char section[] = "MS-PSRP 3.1.4.8";
    enum icm_code code = psrp_pool_check_opened(p, section, err);

    if (code != ICM_OK)
        return code;
    if (p->minor < PSRP_CONNECT_MINOR)
        return icm_fail(err, ICM_UNSUPPORTED, section,
                        "disconnecting needs a server of protocol 2.%d, and this one speaks 2.%d", PSRP_CONNECT_MINOR,
                        p->minor);
    p->is_leaving = true;
    return ICM_OK;
}

static void tell_turn(struct psrp_pool *p, struct psrp_turn *turn, const struct icm_error *why)
{
    if (turn->is_queued || psrp_pool_is_over(p) || p->end.is_told)
        return;
    turn->is_queued = true;
    icm_error_reset(&turn->why);
    if (why)
        icm_error_copy(&turn->why, why);
    psrp_pool_tell(p, &turn->news);
}

void psrp_pool_left(struct psrp_pool *p, const struct icm_error *why)
{
    tell_turn(p, &p->left, why);
}

/* A server that dropped output for want of room goes on at another message. */
void psrp_pool_rejoined(struct psrp_pool *p, const struct icm_error *why)
{
    if (!why) {
        psrp_defragmenter_allow_gap(p->target.in);
        for (struct psrp_pipeline *pipeline = p->pipelines; pipeline; pipeline = pipeline->next)
            psrp_defragmenter_allow_gap(pipeline->target.in);
    }
    tell_turn(p, &p->rejoined, why);
}

/* The pipelines that are in state @from get state @to, one event each, and then the pool: the news waits meanwhile. */
static enum icm_code turn_event(struct psrp_pool *p, struct psrp_turn *turn, enum psrp_pipeline_state from,
                                enum psrp_pipeline_state to, enum psrp_pool_state pool_state, struct psrp_event *out)
{
    if (psrp_pool_is_over(p))
        return ICM_AGAIN;
    for (struct psrp_pipeline *pipeline = p->pipelines; pipeline; pipeline = pipeline->next) {
        if (pipeline->state != from)
            continue;
        out->type = PSRP_EVENT_PIPELINE_STATE;
        out->pipeline = pipeline;
        out->pipeline_state = pipeline->state = to;
        psrp_pool_tell_first(p, &turn->news);
        return ICM_OK;
    }
    turn->is_queued = false;
    p->is_leaving = false;
    p->state = out->pool_state = pool_state;
    out->type = PSRP_EVENT_POOL_STATE;
    if (turn->why.code != ICM_OK)
        icm_error_copy(&out->warning, &turn->why);
    return ICM_OK;
}

enum icm_code psrp_pool_left_event(struct psrp_pool *p, struct psrp_news *news, struct psrp_event *out)
{
    (void)news;
    return turn_event(p, &p->left, PSRP_PIPELINE_RUNNING, PSRP_PIPELINE_DISCONNECTED, PSRP_POOL_DISCONNECTED, out);
}

enum icm_code psrp_pool_rejoined_event(struct psrp_pool *p, struct psrp_news *news, struct psrp_event *out)
{
    (void)news;
    return turn_event(p, &p->rejoined, PSRP_PIPELINE_DISCONNECTED, PSRP_PIPELINE_RUNNING, PSRP_POOL_OPENED, out);
}
