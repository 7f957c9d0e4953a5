/* What a client makes of each message: the handlers of the table in message.c, each of which fills in one event. Scope,
 * destination and state have been checked. */
#include "psrp/pool_private.h"

#include "psrp/payload.h"

#define FROM(state) (1u << PSRP_POOL_##state)
enum {
    LIVE = FROM(NEGOTIATION_SENT) | FROM(NEGOTIATION_SUCCEEDED) | FROM(OPENING) | FROM(OPENED) | FROM(CLOSING),
};

/* where a server may send us by RUNSPACEPOOL_STATE; to a state that has no row it may not. MS-PSRP 3.1.5.4.9 */
static const struct {
    enum psrp_pool_state to;
    unsigned from;
} pool_moves[] = {
    {PSRP_POOL_OPENING, FROM(NEGOTIATION_SUCCEEDED)},
    {PSRP_POOL_OPENED, FROM(NEGOTIATION_SUCCEEDED) | FROM(OPENING)},
    {PSRP_POOL_CLOSING, LIVE},
    {PSRP_POOL_CLOSED, LIVE},
    {PSRP_POOL_BROKEN, LIVE},
};

static bool may_move(enum psrp_pool_state from, int64_t to)
{
    for (size_t i = 0; i < ICM_COUNT(pool_moves); i++)
        if ((int64_t)pool_moves[i].to == to)
            return pool_moves[i].from & 1u << from;
    return false;
}

static enum icm_code check_same(const struct psrp_value *capability, const char *name, const char *wanted,
                                struct icm_error *err)
{
    struct icm_slice text = psrp_value_text_of(psrp_value_member(capability, name));

    if (icm_slice_is(text, wanted))
        return ICM_OK;
    return icm_fail(err, ICM_UNSUPPORTED, "MS-PSRP 3.1.5.4.1", "the server's %s is %.*s, and only %s is spoken here",
                    name, (int)text.size, text.size > 0 ? (const char *)text.data : "", wanted);
}

enum icm_code psrp_receive_warning(struct psrp_received *m)
{
    m->event->type = PSRP_EVENT_WARNED;
    m->event->value = NULL;
    return ICM_OK;
}

enum icm_code psrp_receive_unasked(struct psrp_received *m)
{
    icm_fail(&m->event->warning, ICM_STATE, m->type->section, "%s from the server, which was not asked for",
             m->type->name);
    return psrp_receive_warning(m);
}

/* A server answers with our version, or one of 2.0 to 2.3, or an older minor one of the same major. */
enum icm_code psrp_receive_capability(struct psrp_received *m, struct icm_error *err)
{
    int64_t major, minor;

    if (!psrp_payload_read_version(psrp_value_member(m->value, "protocolversion"), &major, &minor))
        return icm_fail(err, ICM_SYNTAX, m->type->section, "the server does not say its protocol version");
    if (major != 2 || (minor > 3 && minor > m->pool->announced_minor))
        return icm_fail(err, ICM_UNSUPPORTED, "MS-PSRP 3.1.5.4.1",
                        "the server speaks protocol version %lld.%lld, and only 2.0 to 2.%d are spoken here",
                        (long long)major, (long long)minor,
                        m->pool->announced_minor > 3 ? m->pool->announced_minor : 3);
    enum icm_code code = check_same(m->value, "PSVersion", PSRP_PS_VERSION, err);
    if (code == ICM_OK)
        code = check_same(m->value, "SerializationVersion", PSRP_SERIALIZATION_VERSION, err);
    if (code == ICM_OK && m->pool->is_connecting && minor < PSRP_CONNECT_MINOR)
        return icm_fail(err, ICM_UNSUPPORTED, "MS-PSRP 3.1.5.4.1",
                        "the server speaks protocol version 2.%d, and connecting takes 2.%d", (int)minor,
                        PSRP_CONNECT_MINOR);
    if (code != ICM_OK)
        return code;

    m->pool->minor = (int)minor;
    m->pool->state = m->event->pool_state = PSRP_POOL_NEGOTIATION_SUCCEEDED;
    m->event->value = NULL;
    return ICM_OK;
}

/* where an ErrorRecord came with a state, its text is the reason */
static void word_reason(const struct psrp_value *reason, const char *what, struct icm_error *out)
{
    struct icm_buf text = {0};

    if (reason)
        psrp_value_write_text(reason, &text);
    icm_fail(out, ICM_FAULT, NULL, "%s%s%s", what, reason ? ": " : "", icm_buf_text(&text));
    icm_buf_reset(&text);
}

enum icm_code psrp_receive_pool_state(struct psrp_received *m, struct icm_error *err)
{
    struct psrp_pool *p = m->pool;
    int64_t state;

    if (!psrp_value_integer(psrp_value_member(m->value, "RunspaceState"), &state))
        return icm_fail(err, ICM_SYNTAX, m->type->section, "RUNSPACEPOOL_STATE without a state");
    if (state == (int64_t)p->state)
        return ICM_AGAIN;
    if (!may_move(p->state, state))
        return icm_fail(err, ICM_STATE, m->type->section, "the server moves the runspace pool from %s to state %lld",
                        psrp_pool_state_name(p->state), (long long)state);

    m->event->pool_state = (enum psrp_pool_state)state;
    m->event->value = psrp_value_member(m->value, "ExceptionAsErrorRecord");
    if (state == PSRP_POOL_BROKEN)
        word_reason(m->event->value, "the server broke the runspace pool", &m->event->warning);
    if (state != PSRP_POOL_BROKEN && state != PSRP_POOL_CLOSED) {
        p->state = m->event->pool_state;
        return ICM_OK;
    }
    psrp_pool_begin_ending(p, m->event);
    return ICM_AGAIN;
}

enum icm_code psrp_receive_private_data(struct psrp_received *m, struct icm_error *err)
{
    m->pool->expects_private_data = false;
    m->event->value = psrp_value_member(m->value, "ApplicationPrivateData");
    if (!m->event->value)
        return icm_fail(err, ICM_SYNTAX, m->type->section, "APPLICATION_PRIVATE_DATA without its data");
    return ICM_OK;
}

/* Real servers mix the two up where somebody connects. */
enum icm_code psrp_receive_init_data(struct psrp_received *m, struct icm_error *err)
{
    struct psrp_pool *p = m->pool;
    int64_t min, max;

    if (!p->is_connecting)
        return psrp_receive_unasked(m);
    if (!psrp_value_integer(psrp_value_member(m->value, "MinRunspaces"), &min) ||
        !psrp_value_integer(psrp_value_member(m->value, "MaxRunspaces"), &max) || min < 1 || max < 1 ||
        min > INT32_MAX || max > INT32_MAX)
        return icm_fail(err, ICM_SYNTAX, m->type->section, "RUNSPACEPOOL_INIT_DATA without its numbers of runspaces");
    p->is_connecting = false;
    p->min_runspaces = m->event->min_runspaces = (int32_t)(min < max ? min : max);
    p->max_runspaces = m->event->max_runspaces = (int32_t)(min < max ? max : min);
    psrp_pool_tell_first(p, &p->connected);
    return ICM_OK;
}

enum icm_code psrp_receive_value(struct psrp_received *m, struct icm_error *err)
{
    return ICM_OK; /* the value is the event */
}

enum icm_code psrp_receive_pipeline_state(struct psrp_received *m, struct icm_error *err)
{
    int64_t state;

    if (!psrp_value_integer(psrp_value_member(m->value, "PipelineState"), &state))
        return icm_fail(err, ICM_SYNTAX, m->type->section, "PIPELINE_STATE without a state");
    if (state == PSRP_PIPELINE_RUNNING || state == PSRP_PIPELINE_STOPPING) /* it says nothing that we do not know */
        return ICM_AGAIN;
    if (state != PSRP_PIPELINE_STOPPED && state != PSRP_PIPELINE_COMPLETED && state != PSRP_PIPELINE_FAILED)
        return icm_fail(err, ICM_SYNTAX, m->type->section, "the server puts a pipeline into state %lld",
                        (long long)state);

    psrp_pipeline_set_ended(m->pipeline, (enum psrp_pipeline_state)state);
    m->event->pipeline_state = m->pipeline->state;
    m->event->value = psrp_value_member(m->value, "ExceptionAsErrorRecord");
    return ICM_OK;
}
