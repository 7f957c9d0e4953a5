/* WAITS: for the service's own times, on one timer. */
#include "cli/endpoint_log.h"
#include "cli/endpoint_shells_private.h"
#include "wsman/fault.h"
#include "wsman/shell_kind.h"

#include <search.h>
#include <stdlib.h>

enum {
    /* bytes of one shell's output that wait: over the upper mark it gives no more, under the lower one again */
    WAITING_HIGH = 4 * 1024 * 1024,
    WAITING_LOW = 1 * 1024 * 1024,
};

static const struct endpoint_shell_kind *const kinds[WSMAN_SHELL_KIND_COUNT] = {
    [WSMAN_SHELL_POWERSHELL] = &endpoint_pool_kind, [WSMAN_SHELL_CMD] = &endpoint_cmd_kind};

static int by_number(const void *a, const void *b)
{
    const struct served_shell *x = a, *y = b;

    return (x->number > y->number) - (x->number < y->number);
}

static struct served_shell *find_shell(struct endpoint_shells *s, uint64_t number)
{
    struct served_shell key = {.number = number}, **found = tfind(&key, &s->shells, by_number);

    return found ? *found : NULL;
}

int64_t endpoint_shells_now_ms(const struct endpoint_shells *s)
{
    return (int64_t)uv_now(s->loop);
}

void endpoint_shells_press(struct served_shell *shell)
{
    size_t waiting = wsman_service_waiting(shell->shells->service, shell->number);
    bool pauses = waiting > (shell->is_paused ? WAITING_LOW : WAITING_HIGH);

    if (pauses == shell->is_paused)
        return;
    shell->is_paused = pauses;
    shell->kind->pause(shell, pauses);
}

/* ---- what the service asks for ---- */

static void close_shell(struct endpoint_shells *s, struct served_shell *shell)
{
    tdelete(shell, &s->shells, by_number);
    shell->kind->close(shell);
    free(shell);
}

static enum icm_code open_shell(struct endpoint_shells *s, struct wsman_service_event *event, struct icm_error *err)
{
    const struct endpoint_shell_kind *kind = kinds[event->kind];
    struct served_shell *shell = calloc(1, kind->size);

    if (!shell)
        return icm_nomem(err);
    shell->kind = kind;
    shell->number = event->shell;
    shell->shells = s;
    if (!tsearch(shell, &s->shells, by_number)) {
        free(shell);
        return icm_nomem(err);
    }
    enum icm_code code = kind->open(shell, event, err);
    if (code != ICM_OK)
        close_shell(s, shell);
    return code;
}

static enum icm_code on_create(struct endpoint_shells *s, struct wsman_service_event *event, struct icm_error *err)
{
    return open_shell(s, event, err);
}

static enum icm_code on_command(struct endpoint_shells *s, struct wsman_service_event *event, struct icm_error *err)
{
    struct served_shell *shell = find_shell(s, event->shell);

    return shell ? shell->kind->command(shell, event, err) : icm_fail(err, ICM_STATE, NULL, "the shell is gone");
}

static enum icm_code on_send(struct endpoint_shells *s, struct wsman_service_event *event, struct icm_error *err)
{
    struct served_shell *shell = find_shell(s, event->shell);

    return shell ? shell->kind->send(shell, event, err) : icm_fail(err, ICM_STATE, NULL, "the shell is gone");
}

static enum icm_code on_connect(struct endpoint_shells *s, struct wsman_service_event *event, struct icm_error *err)
{
    struct served_shell *shell = find_shell(s, event->shell);

    if (!shell)
        return icm_fail(err, ICM_STATE, NULL, "the shell is gone");
    if (!shell->kind->connect)
        return icm_fail(err, ICM_UNSUPPORTED, NULL, "a command shell cannot be connected to");
    return shell->kind->connect(shell, event, err);
}

static enum icm_code on_signal(struct endpoint_shells *s, struct wsman_service_event *event, struct icm_error *err)
{
    struct served_shell *shell = find_shell(s, event->shell);

    (void)err;
    if (shell)
        shell->kind->signal(shell, event);
    else /* it has ended meanwhile: nothing is left to signal */
        wsman_service_accept(s->service, event->request);
    return ICM_OK;
}

static enum icm_code on_delete(struct endpoint_shells *s, struct wsman_service_event *event, struct icm_error *err)
{
    struct served_shell *shell = find_shell(s, event->shell);

    (void)err;
    if (!event->request)
        endpoint_log("shell %llu: nobody asks about it any more", (unsigned long long)event->shell);
    if (shell)
        close_shell(s, shell);
    if (event->request)
        wsman_service_accept(s->service, event->request);
    return ICM_OK;
}

static enum icm_code (*const handlers[])(struct endpoint_shells *, struct wsman_service_event *, struct icm_error *) = {
    [WSMAN_SERVICE_CREATE] = on_create, [WSMAN_SERVICE_COMMAND] = on_command, [WSMAN_SERVICE_SEND] = on_send,
    [WSMAN_SERVICE_SIGNAL] = on_signal, [WSMAN_SERVICE_DELETE] = on_delete, [WSMAN_SERVICE_CONNECT] = on_connect,
};

/* ---- the service's turn ---- */

static void on_due(uv_timer_t *timer)
{
    endpoint_shells_stir(timer->data);
}

static void handle_event(struct endpoint_shells *s, struct wsman_service_event *event)
{
    struct icm_error err = {0};

    if (handlers[event->type](s, event, &err) != ICM_OK) {
        uint32_t code = err.fault && err.fault->wsman_code ? err.fault->wsman_code : WSMAN_CODE_PLUGIN_FAILED;
        wsman_service_refuse(s->service, event->request, code, err.text);
    }
    icm_error_reset(&err);
}

/* whether there were any */
static bool handle_events(struct endpoint_shells *s)
{
    struct wsman_service_event event;
    bool were_any = false;

    while (wsman_service_next_event(s->service, &event, NULL) == ICM_OK) {
        handle_event(s, &event);
        wsman_service_event_reset(&event);
        were_any = true;
    }
    return were_any;
}

static void give_answers(struct endpoint_shells *s)
{
    struct wsman_answer answer;

    while (s->http && wsman_service_next_answer(s->service, &answer, NULL) == ICM_OK)
        endpoint_shells_give_answer(s, &answer);
}

/* Something has changed: carry out what is asked for, give the answers that are there, and see when something is due. Called again
 * from inside (an engine that answers at once) it only notes that there is more to do. A due time that has passed means a
 * millisecond: a timer of none, begun in its own callback, would keep the loop from its sockets (libuv 1.44). */
void endpoint_shells_stir(struct endpoint_shells *s)
{
    int64_t due = INT64_MAX;

    s->has_more = true;
    if (s->is_stirring || !s->timer)
        return;
    s->is_stirring = true;
    while (s->has_more) {
        s->has_more = false;
        handle_events(s);
        due = wsman_service_tick(s->service, endpoint_shells_now_ms(s));
        if (handle_events(s)) /* a shell whose time is over */
            s->has_more = true;
        give_answers(s);
    }
    s->is_stirring = false;
    if (due == INT64_MAX)
        uv_timer_stop(s->timer);
    else
        uv_timer_start(s->timer, on_due, due > endpoint_shells_now_ms(s) ? (uint64_t)(due - endpoint_shells_now_ms(s)) : 1, 0);
}

/* ---- requests ---- */

static void on_request(void *up, uint64_t request, const char *user, struct icm_slice body)
{
    struct endpoint_shells *s = up;

    uv_update_time(s->loop);
    wsman_service_request(s->service, request, user, body, endpoint_shells_now_ms(s));
    endpoint_shells_stir(s);
}

static void on_hung_up(void *up, uint64_t request)
{
    struct endpoint_shells *s = up;

    wsman_service_hung_up(s->service, request);
    endpoint_shells_stir(s);
}

/* twalk has no context of its own: the shells whose engine may be read again are looked for one by one */
static void press_one(const void *node, VISIT order, int depth)
{
    (void)depth;
    if (order == preorder || order == leaf)
        endpoint_shells_press(*(struct served_shell *const *)node);
}

static void on_taken(void *up, uint64_t request, bool taken)
{
    struct endpoint_shells *s = up;

    wsman_service_taken(s->service, request, taken);
    twalk(s->shells, press_one);
    endpoint_shells_stir(s);
}

const struct endpoint_http_sink endpoint_shells_sink = {
    .request = on_request, .hung_up = on_hung_up, .taken = on_taken};

void endpoint_shells_serve(struct endpoint_shells *s, struct endpoint_http *http)
{
    s->http = http;
}

/* ---- life ---- */

static const char *address_of(void *context, uint64_t request)
{
    struct endpoint_shells *s = context;

    return s->http ? endpoint_http_client(s->http, request) : NULL;
}

enum icm_code endpoint_shells_new(struct endpoint_shells **out, struct uv_loop_s *loop,
                                  const struct wsman_service_options *service, struct endpoint_engine *engine,
                                  struct endpoint_fault_plan *plan, struct icm_error *err)
{
    struct wsman_service_options options = *service;
    struct endpoint_shells *s = calloc(1, sizeof *s);
    uv_timer_t *timer = calloc(1, sizeof *timer);

    if (plan) {
        options.judge = endpoint_shells_judge;
        options.judge_context = s;
    }
    options.address = address_of;
    options.address_context = s;
    enum icm_code code = s && timer ? wsman_service_new(&s->service, &options, err) : icm_nomem(err);
    if (code != ICM_OK) {
        free(s);
        free(timer);
        return code;
    }
    s->loop = loop;
    s->engine = engine;
    s->plan = plan;
    s->timer = timer;
    uv_timer_init(loop, timer);
    timer->data = s;
    *out = s;
    return ICM_OK;
}

static void free_handle(uv_handle_t *handle)
{
    free(handle);
}

void endpoint_shells_close(struct endpoint_shells *s)
{
    s->http = NULL;
    while (s->shells)
        close_shell(s, *(struct served_shell **)s->shells);
    endpoint_shells_drop_late(s);
    if (s->timer)
        uv_close((uv_handle_t *)s->timer, free_handle);
    s->timer = NULL;
}

void endpoint_shells_write_counts(const struct endpoint_shells *s, struct icm_buf *out)
{
    const char *name;
    uint64_t count;

    for (size_t i = 0; wsman_service_count(s->service, i, &name, &count); i++)
        if (count > 0)
            icm_buf_add_format(out, "%s%s %llu", out->size > 0 ? ", " : "", name, (unsigned long long)count);
}

void endpoint_shells_free(struct endpoint_shells *s)
{
    if (!s)
        return;
    endpoint_shells_drop_faults(s);
    wsman_service_free(s->service);
    free(s);
}
