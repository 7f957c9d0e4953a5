/* Requests that have come in, their answers, and the application's events. */
#include "wsman/service_state.h"

#include "wsman/encoding.h"

#include <stdlib.h>

struct wsman_pending *wsman_service_pending_new(struct wsman_service *s, uint64_t request)
{
    struct wsman_pending *p = calloc(1, sizeof *p);

    if (!p)
        return NULL;
    p->request = request;
    if (wsman_tree_add(&s->requests, &p->request, wsman_tree_by_number))
        return p;
    free(p);
    return NULL;
}

struct wsman_pending *wsman_service_pending_find(const struct wsman_service *s, uint64_t request)
{
    void *key = wsman_tree_find(s->requests, &request, wsman_tree_by_number);

    return key ? WSMAN_FROM_KEY(key, struct wsman_pending, request) : NULL;
}

void wsman_service_pending_attach(struct wsman_pending *p, struct wsman_served_shell *shell)
{
    p->shell = shell;
    p->after = shell->pendings;
    if (p->after)
        p->after->before = p;
    shell->pendings = p;
    shell->active_ms = shell->service->now_ms;
}

void wsman_service_pending_detach(struct wsman_pending *p)
{
    if (!p->shell)
        return;
    if (p->before)
        p->before->after = p->after;
    else
        p->shell->pendings = p->after;
    if (p->after)
        p->after->before = p->before;
    p->shell->active_ms = p->shell->service->now_ms;
    p->shell = NULL;
    p->before = p->after = NULL;
}

/* few answers wait to be fetched at a time */
static void unqueue(struct wsman_service *s, struct wsman_pending *p)
{
    struct wsman_pending **link = &s->answers;

    while (*link != p)
        link = &(*link)->next_answer;
    *link = p->next_answer;
    if (!*link)
        s->answers_end = link;
    p->is_queued = false;
}

void wsman_service_pending_free(struct wsman_service *s, struct wsman_pending *p)
{
    if (p->is_queued)
        unqueue(s, p);
    if (p->outlet && p->outlet->receive == p)
        p->outlet->receive = NULL;
    if (p->outlet && p->outlet->flight == p)
        p->outlet->flight = NULL;
    wsman_service_due_drop(s, p);
    wsman_service_pending_detach(p);
    wsman_tree_drop(&s->requests, &p->request, wsman_tree_by_number);
    icm_arena_reset(&p->arena);
    icm_buf_reset(&p->body);
    free(p);
}

void wsman_service_answer(struct wsman_service *s, struct wsman_pending *p, unsigned status)
{
    wsman_service_due_drop(s, p);
    if (p->outlet && p->outlet->receive == p)
        p->outlet->receive = NULL;
    if (!p->is_kept) {
        p->outlet = NULL;
        wsman_service_pending_detach(p);
    }
    if (p->is_gone) {
        wsman_service_pending_free(s, p);
        return;
    }
    p->status = p->body.failed ? 500 : status;
    if (p->body.failed)
        icm_buf_reset(&p->body); /* no memory for words: an empty 500 */
    p->is_queued = true;
    p->next_answer = NULL;
    *s->answers_end = p;
    s->answers_end = &p->next_answer;
}

void wsman_service_pending_free_all(struct wsman_service *s)
{
    while (s->requests)
        wsman_service_pending_free(s, WSMAN_FROM_KEY(wsman_tree_any(s->requests), struct wsman_pending, request));
}

enum icm_code wsman_service_next_answer(struct wsman_service *s, struct wsman_answer *out, struct icm_error *err)
{
    struct wsman_pending *p = s->answers;

    (void)err;
    if (s->unanswered_count > 0) {
        *out = (struct wsman_answer){.request = s->unanswered[--s->unanswered_count], .status = 500};
        return ICM_OK;
    }
    if (!p)
        return ICM_AGAIN;
    if (p->is_utf16 && p->body.size > 0 && wsman_encode_utf16(&p->body, NULL) != ICM_OK) {
        icm_buf_reset(&p->body);
        p->status = 500;
    }
    *out = (struct wsman_answer){p->request, p->status, p->body};
    memset(&p->body, 0, sizeof p->body);
    unqueue(s, p);
    if (!p->is_kept)
        wsman_service_pending_free(s, p);
    return ICM_OK;
}

void wsman_service_event_reset(struct wsman_service_event *e)
{
    icm_buf_reset(&e->payload);
    icm_arena_reset(&e->arena);
    memset(e, 0, sizeof *e);
}

bool wsman_service_event_add(struct wsman_service *s, struct wsman_pending *p, struct wsman_service_event *event,
                             struct icm_buf *payload)
{
    struct wsman_event_node *node = calloc(1, sizeof *node);

    if (!node && p)
        wsman_reply_fault(s, p, WSMAN_FAULT_INTERNAL, NULL);
    if (!node) {
        wsman_service_event_reset(event);
        return false;
    }
    node->event = *event;
    if (payload)
        icm_buf_move(&node->event.payload, payload);
    *s->events_end = node;
    s->events_end = &node->next;
    return true;
}

enum icm_code wsman_service_next_event(struct wsman_service *s, struct wsman_service_event *out, struct icm_error *err)
{
    struct wsman_event_node *node = s->events;

    (void)err;
    if (!node)
        return ICM_AGAIN;
    *out = node->event;
    s->events = node->next;
    if (!s->events)
        s->events_end = &s->events;
    free(node);
    return ICM_OK;
}
