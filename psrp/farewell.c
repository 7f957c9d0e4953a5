/* WAITS: for peers to hear that we are gone. */
#include "psrp/farewell.h"

#include <stdlib.h>
#include <uv.h>

struct psrp_farewell {
    const struct psrp_farewells *all;
    struct psrp_transport *transport;
    bool is_said;
    struct psrp_farewell *next;
};

static void ignore_received(void *up, struct psrp_pipeline *pipeline, struct icm_slice fragments)
{
    (void)up, (void)pipeline, (void)fragments;
}

static void ignore_ended(void *up, struct psrp_pipeline *pipeline)
{
    (void)up, (void)pipeline;
}

static void ignore_pipeline_failed(void *up, struct psrp_pipeline *pipeline, const struct icm_error *why)
{
    (void)up, (void)pipeline, (void)why;
}

static void ignore_failed(void *up, const struct icm_error *why)
{
    (void)up, (void)why;
}

static void on_farewell_said(void *up)
{
    struct psrp_farewell *f = up;

    f->is_said = true;
    if (f->all->is_waiting) /* else it would be the next run that stops, whoever's it is */
        uv_stop(f->all->loop);
}

static void ignore_turn(void *up, const struct icm_error *why)
{
    (void)up, (void)why;
}

static const struct psrp_transport_sink farewell_sink = {
    .received = ignore_received,
    .pipeline_ended = ignore_ended,
    .pipeline_failed = ignore_pipeline_failed,
    .closed = on_farewell_said,
    .failed = ignore_failed,
    .left = ignore_turn,
    .rejoined = ignore_turn,
};

void psrp_farewells_say(struct psrp_farewells *all, struct psrp_transport *transport)
{
    struct psrp_farewell *f = calloc(1, sizeof *f);

    if (!f) {
        transport->ops->free(transport);
        return;
    }
    *f = (struct psrp_farewell){.all = all, .transport = transport, .next = all->first};
    all->first = f;
    transport->ops->attach(transport, &farewell_sink, f);
    transport->ops->close(transport);
}

static void drop(struct psrp_farewells *all, bool unsaid_too)
{
    for (struct psrp_farewell **at = &all->first; *at;) {
        struct psrp_farewell *f = *at;

        if (!unsaid_too && !f->is_said) {
            at = &f->next;
            continue;
        }
        *at = f->next;
        f->transport->ops->free(f->transport);
        free(f);
    }
}

static void on_deadline(uv_timer_t *timer)
{
    *(bool *)timer->data = true;
}

static void on_deadline_gone(uv_handle_t *timer)
{
    *(bool *)timer->data = true;
}

void psrp_farewells_drop_said(struct psrp_farewells *all)
{
    drop(all, false);
}

void psrp_farewells_run(struct psrp_farewells *all, uint32_t time_ms)
{
    bool is_late = false, is_gone = false;
    uv_timer_t deadline;

    drop(all, false);
    if (!all->first)
        return;
    uv_timer_init(all->loop, &deadline);
    deadline.data = &is_late;
    uv_timer_start(&deadline, on_deadline, time_ms, 0);
    all->is_waiting = true;
    while (all->first && !is_late) {
        uv_run(all->loop, UV_RUN_ONCE);
        drop(all, false);
    }
    all->is_waiting = false;
    drop(all, true);
    deadline.data = &is_gone;
    uv_close((uv_handle_t *)&deadline, on_deadline_gone);
    while (!is_gone) /* the handle is on our stack */
        uv_run(all->loop, UV_RUN_NOWAIT);
}
