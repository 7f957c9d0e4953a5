/* Questions of a client to its pool, and RUNSPACE_AVAILABILITY, which answers them. MS-PSRP 2.2.2.6
 * to 2.2.2.8, 2.2.2.11, 2.2.2.31. */
#include "psrp/pool_private.h"

#include "psrp/payload.h"

#include <stdlib.h>

void psrp_pool_drop_questions(struct psrp_pool *p)
{
    for (struct psrp_question *q; (q = p->questions);) {
        p->questions = q->next;
        free(q);
    }
}

/* ---- asking ---- */

static enum icm_code send_question(struct psrp_pool *p, const struct psrp_question *q, const char *name,
                                   struct icm_error *err)
{
    ICM_OWN(icm_arena_reset) struct icm_arena a = {0};
    struct psrp_value *value = psrp_payload_question(&a, name, q->number, q->call_id);

    return value ? psrp_pool_send(p, NULL, PSRP_STREAM_INPUT, q->type, value, err) : icm_nomem(err);
}

/* @name: of the number; NULL: there is none */
static enum icm_code ask(struct psrp_pool *p, uint32_t type, const char *name, int32_t number, int64_t *call_id,
                         struct icm_error *err)
{
    struct psrp_question *q = calloc(1, sizeof *q);

    if (!q)
        return icm_nomem(err);
    *q = (struct psrp_question){p->questions, p->last_call_id + 1, type, number};
    enum icm_code code = send_question(p, q, name, err);
    if (code != ICM_OK) {
        free(q);
        return code;
    }
    p->questions = q;
    p->last_call_id = q->call_id;
    if (call_id)
        *call_id = q->call_id;
    return ICM_OK;
}

enum icm_code psrp_pool_set_max_runspaces(struct psrp_pool *p, int32_t number, int64_t *call_id, struct icm_error *err)
{
    static const char section[] = "MS-PSRP 2.2.2.6";

    if (number < 1 || number < p->min_runspaces)
        return icm_fail(err, ICM_USAGE, section, "at most %d runspaces, where at least %d are wanted", number,
                        p->min_runspaces > 1 ? p->min_runspaces : 1);
    enum icm_code code = psrp_pool_check_opened(p, section, err);
    return code == ICM_OK ? ask(p, PSRP_SET_MAX_RUNSPACES, "MaxRunspaces", number, call_id, err) : code;
}

enum icm_code psrp_pool_set_min_runspaces(struct psrp_pool *p, int32_t number, int64_t *call_id, struct icm_error *err)
{
    static const char section[] = "MS-PSRP 2.2.2.7";

    if (number < 1 || (p->max_runspaces > 0 && number > p->max_runspaces))
        return icm_fail(err, ICM_USAGE, section, "at least %d runspaces, from 1 to %d", number, p->max_runspaces);
    enum icm_code code = psrp_pool_check_opened(p, section, err);
    return code == ICM_OK ? ask(p, PSRP_SET_MIN_RUNSPACES, "MinRunspaces", number, call_id, err) : code;
}

enum icm_code psrp_pool_get_available(struct psrp_pool *p, int64_t *call_id, struct icm_error *err)
{
    enum icm_code code = psrp_pool_check_opened(p, "MS-PSRP 2.2.2.11", err);

    return code == ICM_OK ? ask(p, PSRP_GET_AVAILABLE_RUNSPACES, NULL, 0, call_id, err) : code;
}

enum icm_code psrp_pool_reset_runspace(struct psrp_pool *p, int64_t *call_id, struct icm_error *err)
{
    static const char section[] = "MS-PSRP 2.2.2.31";
    enum icm_code code = psrp_pool_check_opened(p, section, err);

    if (code != ICM_OK)
        return code;
    if (p->minor < PSRP_RESET_MINOR)
        return icm_fail(err, ICM_UNSUPPORTED, section,
                        "a fresh state needs a server of protocol 2.%d, and this one speaks 2.%d", PSRP_RESET_MINOR,
                        p->minor);
    return ask(p, PSRP_RESET_RUNSPACE_STATE, NULL, 0, call_id, err);
}

/* ---- the answer ---- */

static struct psrp_question **find(struct psrp_pool *p, int64_t call_id)
{
    struct psrp_question **link = &p->questions;

    while (*link && (*link)->call_id != call_id)
        link = &(*link)->next;
    return link;
}

/* how many are free is a number, whether something was done a boolean; @out is 1 or 0 then */
static bool read_answer(const struct psrp_value *answer, uint32_t type, int64_t *out)
{
    if (type == PSRP_GET_AVAILABLE_RUNSPACES)
        return psrp_value_integer(answer, out) && *out >= 0;
    if (!answer || answer->kind != PSRP_BOOL)
        return false;
    *out = answer->as.boolean;
    return true;
}

static void remember(struct psrp_pool *p, const struct psrp_question *q)
{
    if (q->type == PSRP_SET_MAX_RUNSPACES)
        p->max_runspaces = q->number;
    if (q->type == PSRP_SET_MIN_RUNSPACES)
        p->min_runspaces = q->number;
}

enum icm_code psrp_receive_availability(struct psrp_received *m, struct icm_error *err)
{
    struct psrp_event *event = m->event;

    if (!m->pool->questions)
        return psrp_receive_unasked(m);
    if (!psrp_value_integer(psrp_value_member(m->value, "ci"), &event->call_id))
        return icm_fail(err, ICM_SYNTAX, m->type->section, "RUNSPACE_AVAILABILITY without its number (ci)");
    struct psrp_question **link = find(m->pool, event->call_id), *q = *link;
    if (!q)
        return psrp_receive_unasked(m);
    if (!read_answer(psrp_value_member(m->value, "SetMinMaxRunspacesResponse"), q->type, &event->number))
        return icm_fail(err, ICM_SYNTAX, m->type->section, "RUNSPACE_AVAILABILITY that does not answer %s",
                        psrp_message_name(q->type));
    if (event->number)
        remember(m->pool, q);
    *link = q->next;
    free(q);
    event->value = NULL;
    return ICM_OK;
}
