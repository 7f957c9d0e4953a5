/* What a client learns from its runspace pool, one event at a time. */
#ifndef PSRP_EVENT_H
#define PSRP_EVENT_H

#include "psrp/host.h"

enum psrp_event_type {
    PSRP_EVENT_POOL_STATE,   /* @pool_state; @value: the ErrorRecord of the reason, or NULL */
    PSRP_EVENT_PRIVATE_DATA, /* @value: APPLICATION_PRIVATE_DATA's dictionary */
    PSRP_EVENT_OUTPUT,       /* @value */
    PSRP_EVENT_ERROR,        /* @value: an ErrorRecord */
    PSRP_EVENT_WARNING,      /* @value: the record; its text is InformationalRecord_Message */
    PSRP_EVENT_VERBOSE,
    PSRP_EVENT_DEBUG,
    PSRP_EVENT_INFORMATION,    /* @value: MessageData, Source, Tags … */
    PSRP_EVENT_PROGRESS,       /* @value: Activity, StatusDescription, PercentComplete … */
    PSRP_EVENT_PIPELINE_STATE, /* @pipeline_state; @value: the ErrorRecord of the reason, or NULL */
    PSRP_EVENT_HOST_CALL,      /* @call; @value: mi, mp, ci; answered with psrp_pool_answer where it @needs_answer */
    PSRP_EVENT_USER_EVENT,     /* @value: the PSEventArgs; a debugger's stop is one, MS-PSRP 2.2.2.12 */
    PSRP_EVENT_AVAILABILITY,   /* the answer to set_max, set_min, get_available and reset: @call_id, @number */
    PSRP_EVENT_INIT_DATA,      /* of a connected pool: @min_runspaces, @max_runspaces; its state Opened follows */
    PSRP_EVENT_KEY,            /* the session key is there: psrp_pool_reveal works */
    PSRP_EVENT_WARNED,         /* the peer did something odd that was passed over; @warning says what */
};

/* MS-PSRP 2.2.3.4 */
enum psrp_pool_state {
    PSRP_POOL_BEFORE_OPEN,
    PSRP_POOL_OPENING,
    PSRP_POOL_OPENED,
    PSRP_POOL_CLOSED,
    PSRP_POOL_CLOSING,
    PSRP_POOL_BROKEN,
    PSRP_POOL_NEGOTIATION_SENT,
    PSRP_POOL_NEGOTIATION_SUCCEEDED,
    PSRP_POOL_DISCONNECTED, /* ours alone: the server's pool lives on without us. Not on the wire */
};

/* MS-PSRP 2.2.3.5 */
enum psrp_pipeline_state {
    PSRP_PIPELINE_NOT_STARTED,
    PSRP_PIPELINE_RUNNING,
    PSRP_PIPELINE_STOPPING,
    PSRP_PIPELINE_STOPPED,
    PSRP_PIPELINE_COMPLETED,
    PSRP_PIPELINE_FAILED,
    PSRP_PIPELINE_DISCONNECTED,
};

/** "Opened" for 2 …, "Completed" for 4 …; NULL for a number that is no state's. */
const char *psrp_pool_state_name(int64_t state);
const char *psrp_pipeline_state_name(int64_t state);

struct psrp_pipeline;

/** One event. Whoever took it resets it, which frees the message's values. */
struct psrp_event {
    enum psrp_event_type type;
    struct icm_guid pool_id;
    struct psrp_pipeline *pipeline; /* NULL for the pool's own */
    enum psrp_pool_state pool_state;
    enum psrp_pipeline_state pipeline_state;
    const struct psrp_value *value;       /* in @arena */
    struct psrp_host_call call;           /* PSRP_EVENT_HOST_CALL */
    bool needs_answer;                    /* … which the caller owes: there is a host, and the server waits for it */
    int64_t call_id, number;              /* PSRP_EVENT_AVAILABILITY: true is 1, false 0 */
    int32_t min_runspaces, max_runspaces; /* PSRP_EVENT_INIT_DATA */
    struct icm_arena arena;
    struct icm_error warning; /* PSRP_EVENT_WARNED; why a pool or pipeline failed, where we found it */
};

void psrp_event_reset(struct psrp_event *e);

#endif
