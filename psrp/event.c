#include "psrp/event.h"

void psrp_event_reset(struct psrp_event *e)
{
    icm_arena_reset(&e->arena);
    icm_error_reset(&e->warning);
    memset(e, 0, sizeof *e);
}

static const char *const pool_states[] = {
    [PSRP_POOL_BEFORE_OPEN] = "BeforeOpen",
    [PSRP_POOL_OPENING] = "Opening",
    [PSRP_POOL_OPENED] = "Opened",
    [PSRP_POOL_CLOSED] = "Closed",
    [PSRP_POOL_CLOSING] = "Closing",
    [PSRP_POOL_BROKEN] = "Broken",
    [PSRP_POOL_NEGOTIATION_SENT] = "NegotiationSent",
    [PSRP_POOL_NEGOTIATION_SUCCEEDED] = "NegotiationSucceeded",
    [PSRP_POOL_DISCONNECTED] = "Disconnected",
};

static const char *const pipeline_states[] = {
    [PSRP_PIPELINE_NOT_STARTED] = "NotStarted",    [PSRP_PIPELINE_RUNNING] = "Running",
    [PSRP_PIPELINE_STOPPING] = "Stopping",         [PSRP_PIPELINE_STOPPED] = "Stopped",
    [PSRP_PIPELINE_COMPLETED] = "Completed",       [PSRP_PIPELINE_FAILED] = "Failed",
    [PSRP_PIPELINE_DISCONNECTED] = "Disconnected",
};

const char *psrp_pool_state_name(int64_t state)
{
    return state >= 0 && state < (int64_t)ICM_COUNT(pool_states) ? pool_states[state] : NULL;
}

const char *psrp_pipeline_state_name(int64_t state)
{
    return state >= 0 && state < (int64_t)ICM_COUNT(pipeline_states) ? pipeline_states[state] : NULL;
}
