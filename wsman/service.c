/* The service as its application sees it. What a request means is in service_request.c. */
#include "wsman/service.h"

#include "wsman/limits.h"
#include "wsman/service_state.h"

#include <stdlib.h>

static bool fill_options(struct wsman_service *s, const struct wsman_service_options *options)
{
    s->options = *options;
    if (s->options.max_envelope_size == 0)
        s->options.max_envelope_size = WSMAN_ENVELOPE_LATER;
    if (s->options.max_envelope_size < WSMAN_ENVELOPE_MIN)
        s->options.max_envelope_size = WSMAN_ENVELOPE_MIN;
    if (s->options.max_shells == 0)
        s->options.max_shells = 1000;
    if (s->options.max_commands == 0)
        s->options.max_commands = 1000;
    if (s->options.idle_timeout_ms == 0)
        s->options.idle_timeout_ms = 2 * 3600 * 1000;
    if (s->options.max_idle_timeout_ms == 0)
        s->options.max_idle_timeout_ms = INT32_MAX; /* what Windows calls MaxIdleTimeOut */
    if (s->options.dropped_bytes == 0)
        s->options.dropped_bytes = 1024 * 1024;
    s->product_vendor = strdup(options->product_vendor ? options->product_vendor : "");
    s->product_version = strdup(options->product_version ? options->product_version : "");
    s->counts = calloc(wsman_action_count + 1, sizeof *s->counts);
    return s->product_vendor && s->product_version && s->counts;
}

enum icm_code wsman_service_new(struct wsman_service **out, const struct wsman_service_options *options,
                                struct icm_error *err)
{
    struct wsman_service *s = calloc(1, sizeof *s);

    if (!s || !fill_options(s, options)) {
        wsman_service_free(s);
        return icm_nomem(err);
    }
    s->idle_check_ms = INT64_MAX;
    s->answers_end = &s->answers;
    s->events_end = &s->events;
    enum icm_code code = wsman_reader_new(&s->reader, s->options.max_envelope_size, err);
    if (code != ICM_OK) {
        wsman_service_free(s);
        return code;
    }
    *out = s;
    return ICM_OK;
}

void wsman_service_free(struct wsman_service *s)
{
    struct wsman_service_event event;

    if (!s)
        return;
    wsman_service_shell_remove_all(s);
    wsman_service_pending_free_all(s);
    while (wsman_service_next_event(s, &event, NULL) == ICM_OK)
        wsman_service_event_reset(&event);
    wsman_reader_free(s->reader);
    free(s->heap);
    free(s->product_vendor);
    free(s->product_version);
    free(s->counts);
    free(s);
}

void wsman_service_request(struct wsman_service *s, uint64_t request, const char *user, struct icm_slice envelope,
                           int64_t now_ms)
{
    s->now_ms = now_ms;
    struct wsman_pending *p = wsman_service_pending_new(s, request);
    if (p)
        wsman_service_take_in(s, p, user, envelope);
    else if (s->unanswered_count < WSMAN_UNANSWERED_KEPT)
        s->unanswered[s->unanswered_count++] = request;
}

void wsman_service_taken(struct wsman_service *s, uint64_t request, bool taken)
{
    struct wsman_pending *p = wsman_service_pending_find(s, request);

    if (!p || p->status == 0 || !p->is_kept)
        return;
    struct wsman_served_shell *unknown = p->action->body == WSMAN_BODY_SHELL && !taken ? p->shell : NULL;
    if (p->action->body == WSMAN_BODY_CONNECT && !taken && p->shell)
        p->shell->is_left = true; /* nobody knows that it is his */
    if (p->outlet)
        wsman_outlet_landed(p->outlet, taken);
    wsman_service_pending_free(s, p);
    if (unknown)
        wsman_service_shell_abandon(unknown);
}

void wsman_service_hung_up(struct wsman_service *s, uint64_t request)
{
    struct wsman_pending *p = wsman_service_pending_find(s, request);

    if (!p)
        return;
    if (p->is_kept)
        wsman_service_taken(s, request, false);
    else if (p->status != 0 || p->outlet)
        wsman_service_pending_free(s, p);
    else
        p->is_gone = true; /* the application still says accept or refuse */
}

/* The command is over for its client: what was still queued is not wanted. A Receive that waits hears Done. */
static void terminate(struct wsman_served_shell *shell, const char *command_id)
{
    struct wsman_outlet *o = shell ? wsman_service_command_find(shell, icm_slice_text(command_id)) : NULL;

    if (!o)
        return;
    if (!o->receive) {
        wsman_service_command_remove(o, true);
        return;
    }
    wsman_outlet_clear(o);
    o->is_done = true;
    wsman_outlet_settle(o);
}

static struct wsman_outlet *asked_command(const struct wsman_pending *p)
{
    if (p->action->body != WSMAN_BODY_COMMAND_LINE || !p->shell)
        return NULL;
    return wsman_service_command_find(p->shell, icm_slice_text(p->command_id));
}

static struct wsman_pending *find_unanswered(const struct wsman_service *s, uint64_t request)
{
    struct wsman_pending *p = wsman_service_pending_find(s, request);

    return p && p->status == 0 && !p->outlet && p->action ? p : NULL;
}

void wsman_service_accept(struct wsman_service *s, uint64_t request)
{
    struct wsman_pending *p = find_unanswered(s, request);

    if (!p)
        return;
    bool is_create = p->action->body == WSMAN_BODY_SHELL;
    struct wsman_served_shell *unknown = is_create && p->is_gone ? p->shell : NULL;
    if (is_create) {
        p->shell->is_open = true;
        p->is_kept = !p->is_gone;
    }
    if (p->is_terminate)
        terminate(p->shell, p->command_id);
    wsman_reply_accepted(s, p);
    if (unknown)
        wsman_service_shell_abandon(unknown);
}

void wsman_service_refuse(struct wsman_service *s, uint64_t request, uint32_t code, const char *text)
{
    struct wsman_pending *p = find_unanswered(s, request);

    if (!p)
        return;
    struct wsman_served_shell *shell = p->action->body == WSMAN_BODY_SHELL ? p->shell : NULL;
    struct wsman_outlet *command = asked_command(p);
    wsman_reply_refused(s, p, code, text);
    if (command)
        wsman_service_command_remove(command, false);
    if (shell)
        wsman_service_shell_remove(shell);
}

static struct wsman_outlet *outlet_of(const struct wsman_service *s, uint64_t shell_number, const char *command_id)
{
    struct wsman_served_shell *shell = wsman_service_shell_by_number(s, shell_number);

    if (!shell)
        return NULL;
    return command_id ? wsman_service_command_find(shell, icm_slice_text(command_id)) : &shell->own;
}

void wsman_service_output(struct wsman_service *s, uint64_t shell, const char *command_id, struct icm_slice fragments,
                          int64_t now_ms)
{
    wsman_service_stream(s, shell, command_id, 0, fragments, now_ms);
}

void wsman_service_stream(struct wsman_service *s, uint64_t shell, const char *command_id, int stream,
                          struct icm_slice bytes, int64_t now_ms)
{
    struct wsman_outlet *o = outlet_of(s, shell, command_id);

    s->now_ms = now_ms;
    if (!o || o->is_done || bytes.size == 0)
        return;
    if (wsman_outlet_push(o, stream, bytes))
        wsman_outlet_settle(o);
    else
        wsman_service_shell_break(o->shell, "out of memory"); /* a stream with a hole is worse than none */
}

void wsman_service_hold(struct wsman_service *s, uint64_t shell, int64_t until_ms)
{
    struct wsman_outlet *o = outlet_of(s, shell, NULL);

    if (!o)
        return;
    o->shell->hold_until_ms = until_ms;
    wsman_outlet_settle(o);
}

void wsman_service_command_done(struct wsman_service *s, uint64_t shell, const char *command_id, int64_t now_ms)
{
    wsman_service_command_exited(s, shell, command_id, 0, now_ms);
}

void wsman_service_command_exited(struct wsman_service *s, uint64_t shell, const char *command_id, uint32_t exit_code,
                                  int64_t now_ms)
{
    struct wsman_outlet *o = outlet_of(s, shell, command_id);

    s->now_ms = now_ms;
    if (!o || !command_id)
        return;
    o->is_done = true;
    o->exit_code = exit_code;
    wsman_outlet_settle(o);
}

void wsman_service_shell_failed(struct wsman_service *s, uint64_t shell, const char *text, int64_t now_ms)
{
    struct wsman_served_shell *broken = wsman_service_shell_by_number(s, shell);

    s->now_ms = now_ms;
    if (broken)
        wsman_service_shell_break(broken, text);
}

size_t wsman_service_waiting(const struct wsman_service *s, uint64_t shell)
{
    const struct wsman_served_shell *found = wsman_service_shell_by_number(s, shell);

    return found ? found->waiting : 0;
}

int64_t wsman_service_tick(struct wsman_service *s, int64_t now_ms)
{
    s->now_ms = now_ms;
    while (s->heap_count > 0 && s->heap[1]->due_ms <= now_ms) {
        struct wsman_pending *p = s->heap[1];

        wsman_service_due_drop(s, p);
        wsman_outlet_settle(p->outlet);
    }
    if (s->idle_check_ms <= now_ms)
        wsman_service_shell_expire(s);
    if (s->heap_count > 0 && s->heap[1]->due_ms < s->idle_check_ms)
        return s->heap[1]->due_ms;
    return s->idle_check_ms;
}

bool wsman_service_count(const struct wsman_service *s, size_t index, const char **name, uint64_t *count)
{
    if (index > wsman_action_count)
        return false;
    *name = index < wsman_action_count ? wsman_actions[index].name : "?";
    *count = s->counts[index];
    return true;
}
