/* What a fault plan does to single answers. WAITS: for answers that come late on purpose. */
#include "cli/endpoint_log.h"
#include "cli/endpoint_shells_private.h"
#include "wsman/fault.h"

#include <stdlib.h>

/* What is to go wrong with one request. */
struct planned_fault {
    uint64_t request;
    struct endpoint_fault fault;
    struct planned_fault *next;
};

/* An answer that comes late on purpose. */
struct late_answer {
    struct endpoint_shells *shells;
    struct wsman_answer answer;
    uv_timer_t timer;
    struct late_answer *next;
};

/* The service asks about each request: note what the plan has for it. */
uint32_t endpoint_shells_judge(void *context, uint64_t request, const char *action)
{
    struct endpoint_shells *s = context;
    const struct endpoint_fault *fault = endpoint_fault_plan_next(s->plan, icm_slice_text(action));
    struct planned_fault *planned = fault ? calloc(1, sizeof *planned) : NULL;

    if (!planned)
        return 0;
    endpoint_log("planned fault for this %s", action);
    *planned = (struct planned_fault){.request = request, .fault = *fault, .next = s->faults};
    s->faults = planned;
    if (fault->kind == ENDPOINT_FAULT_FAULT)
        return fault->argument ? fault->argument : WSMAN_CODE_INTERNAL;
    return fault->kind == ENDPOINT_FAULT_STATUS ? WSMAN_CODE_INTERNAL : 0;
}

static bool take_fault(struct endpoint_shells *s, uint64_t request, struct endpoint_fault *out)
{
    for (struct planned_fault **at = &s->faults; *at; at = &(*at)->next)
        if ((*at)->request == request) {
            struct planned_fault *planned = *at;
            *at = planned->next;
            *out = planned->fault;
            free(planned);
            return true;
        }
    return false;
}

static void on_late_closed(uv_handle_t *handle)
{
    struct late_answer *late = handle->data;

    icm_buf_reset(&late->answer.body);
    free(late);
}

static void drop_late(struct late_answer *late)
{
    struct late_answer **at = &late->shells->late;

    while (*at != late)
        at = &(*at)->next;
    *at = late->next;
    uv_close((uv_handle_t *)&late->timer, on_late_closed);
}

static void on_late(uv_timer_t *timer)
{
    struct late_answer *late = timer->data;
    struct endpoint_shells *s = late->shells;

    if (s->http)
        endpoint_http_answer(s->http, late->answer.request, late->answer.status, &late->answer.body, NULL);
    drop_late(late);
}

static bool delay(struct endpoint_shells *s, struct wsman_answer *answer, uint32_t delay_ms)
{
    struct late_answer *late = calloc(1, sizeof *late);

    if (!late)
        return false;
    late->shells = s;
    late->answer = *answer;
    memset(&answer->body, 0, sizeof answer->body);
    uv_timer_init(s->loop, &late->timer);
    late->timer.data = late;
    late->next = s->late;
    s->late = late;
    uv_timer_start(&late->timer, on_late, delay_ms, 0);
    return true;
}

void endpoint_shells_give_answer(struct endpoint_shells *s, struct wsman_answer *answer)
{
    struct endpoint_fault fault;
    bool is_faulty = take_fault(s, answer->request, &fault);

    if (is_faulty && fault.kind == ENDPOINT_FAULT_DELAY && delay(s, answer, fault.argument))
        return;
    if (is_faulty && fault.kind == ENDPOINT_FAULT_STATUS) {
        answer->status = fault.argument;
        icm_buf_reset(&answer->body);
    }
    endpoint_http_answer(s->http, answer->request, answer->status, &answer->body, is_faulty ? &fault : NULL);
    icm_buf_reset(&answer->body);
}

void endpoint_shells_drop_faults(struct endpoint_shells *s)
{
    while (s->faults) {
        struct planned_fault *planned = s->faults;
        s->faults = planned->next;
        free(planned);
    }
}

void endpoint_shells_drop_late(struct endpoint_shells *s)
{
    while (s->late)
        drop_late(s->late);
}
