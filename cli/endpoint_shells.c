/* WAITS: for the service's own times, on one timer. */
#include "cli/endpoint_shells.h"

#include "cli/endpoint_log.h"
#include "wsman/fault.h"

#include <search.h>
#include <stdlib.h>
#include <uv.h>

enum {
    /* bytes of one shell's output that wait: over the upper mark its engine is read no more, under the lower one again */
    WAITING_HIGH = 4 * 1024 * 1024,
    WAITING_LOW = 1 * 1024 * 1024,
    /* an opening pool's messages come within this of one another; they go out in one answer */
    HOLD_MS = 2000,
};

/* A pipeline of a shell: its id for the engine, and as its client wrote it. */
struct served_command {
    struct icm_guid target;
    char command_id[64];
    struct served_command *next;
};

struct served_shell {
    uint64_t number; /* the service's */
    struct endpoint_shells *shells;
    struct endpoint_session *session;
    struct served_command *commands;
    bool is_open, is_paused;
};

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

struct endpoint_shells {
    uv_loop_t *loop;
    struct wsman_service *service;
    struct endpoint_engine *engine;
    struct endpoint_fault_plan *plan;
    struct endpoint_http *http; /* NULL once it is closed */
    void *shells;               /* search tree by number */
    struct planned_fault *faults;
    struct late_answer *late;
    uv_timer_t *timer;
    bool is_stirring, has_more;
};

static void stir(struct endpoint_shells *s);

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

static int64_t now_ms(const struct endpoint_shells *s)
{
    return (int64_t)uv_now(s->loop);
}

/* ---- news from the engine ---- */

static struct served_command *find_command(struct served_shell *shell, const struct icm_guid *target)
{
    struct served_command *c = shell->commands;

    while (c && !icm_guid_equal(&c->target, target))
        c = c->next;
    return c;
}

static void forget_command(struct served_shell *shell, const struct icm_guid *target)
{
    for (struct served_command **at = &shell->commands; *at; at = &(*at)->next)
        if (icm_guid_equal(&(*at)->target, target)) {
            struct served_command *c = *at;
            *at = c->next;
            free(c);
            return;
        }
}

static void press(struct served_shell *shell)
{
    size_t waiting = wsman_service_waiting(shell->shells->service, shell->number);
    bool pauses = waiting > (shell->is_paused ? WAITING_LOW : WAITING_HIGH);

    if (pauses == shell->is_paused || !shell->session)
        return;
    shell->is_paused = pauses;
    shell->session->ops->pause(shell->session, pauses);
}

static void on_output(void *up, const struct icm_guid *target, struct icm_slice fragments)
{
    struct served_shell *shell = up;
    struct endpoint_shells *s = shell->shells;
    struct served_command *c = icm_guid_is_zero(target) ? NULL : find_command(shell, target);

    if (!c && !icm_guid_is_zero(target)) /* of a command that is over for its client */
        return;
    if (!c && !shell->is_open)
        wsman_service_hold(s->service, shell->number, now_ms(s) + HOLD_MS);
    wsman_service_output(s->service, shell->number, c ? c->command_id : NULL, fragments, now_ms(s));
    press(shell);
    stir(s);
}

static void on_opened(void *up)
{
    struct served_shell *shell = up;

    shell->is_open = true;
    wsman_service_hold(shell->shells->service, shell->number, 0);
    stir(shell->shells);
}

static void on_ended(void *up, const struct icm_guid *target)
{
    struct served_shell *shell = up;
    struct served_command *c = find_command(shell, target);

    if (!c)
        return;
    wsman_service_command_done(shell->shells->service, shell->number, c->command_id, now_ms(shell->shells));
    forget_command(shell, target);
    stir(shell->shells);
}

static void on_done(void *up, uint64_t ticket)
{
    struct served_shell *shell = up;

    if (ticket)
        wsman_service_accept(shell->shells->service, ticket);
    stir(shell->shells);
}

static void on_failed(void *up, const char *text)
{
    struct served_shell *shell = up;

    endpoint_log("shell %llu: its engine is gone: %s", (unsigned long long)shell->number, text);
    wsman_service_shell_failed(shell->shells->service, shell->number, text, now_ms(shell->shells));
    stir(shell->shells);
}

static const struct endpoint_sink engine_sink = {
    .output = on_output, .opened = on_opened, .ended = on_ended, .done = on_done, .failed = on_failed};

/* ---- what the service asks for ---- */

static void close_shell(struct endpoint_shells *s, struct served_shell *shell)
{
    tdelete(shell, &s->shells, by_number);
    if (shell->session)
        shell->session->ops->close(shell->session);
    while (shell->commands) {
        struct served_command *c = shell->commands;
        shell->commands = c->next;
        free(c);
    }
    free(shell);
}

static enum icm_code open_shell(struct endpoint_shells *s, struct wsman_service_event *event, struct icm_error *err)
{
    static const struct icm_guid pool;
    struct served_shell *shell = calloc(1, sizeof *shell);

    if (!shell)
        return icm_nomem(err);
    shell->number = event->shell;
    shell->shells = s;
    if (!tsearch(shell, &s->shells, by_number)) {
        free(shell);
        return icm_nomem(err);
    }
    wsman_service_hold(s->service, shell->number, now_ms(s) + HOLD_MS);
    enum icm_code code = s->engine->ops->open(s->engine, &engine_sink, shell, &shell->session, err);
    if (code == ICM_OK && event->payload.size > 0)
        code = shell->session->ops->data(shell->session, 0, &pool, false, &event->payload, err);
    if (code != ICM_OK)
        close_shell(s, shell);
    return code;
}

static void on_create(struct endpoint_shells *s, struct wsman_service_event *event)
{
    struct icm_error err = {0};

    if (open_shell(s, event, &err) == ICM_OK)
        wsman_service_accept(s->service, event->request);
    else
        wsman_service_refuse(s->service, event->request, WSMAN_CODE_PLUGIN_FAILED, err.text);
    icm_error_reset(&err);
}

static enum icm_code add_command(struct served_shell *shell, const struct wsman_service_event *event,
                                 struct served_command **out, struct icm_error *err)
{
    struct served_command *c = calloc(1, sizeof *c);

    if (!c)
        return icm_nomem(err);
    if (!icm_guid_parse(icm_slice_text(event->command_id), &c->target)) {
        free(c);
        return icm_fail(err, ICM_SYNTAX, "MS-PSRP 3.1.5.3.3", "the CommandId is not a GUID");
    }
    memcpy(c->command_id, event->command_id, sizeof c->command_id);
    c->next = shell->commands;
    shell->commands = *out = c;
    return ICM_OK;
}

static void on_command(struct endpoint_shells *s, struct wsman_service_event *event)
{
    struct served_shell *shell = find_shell(s, event->shell);
    struct served_command *c = NULL;
    struct icm_error err = {0};
    enum icm_code code = shell ? add_command(shell, event, &c, &err)
                               : icm_fail(&err, ICM_STATE, NULL, "the shell is gone");

    if (code == ICM_OK)
        wsman_service_accept(s->service, event->request); /* before its output can come */
    if (code == ICM_OK &&
        shell->session->ops->command(shell->session, 0, &c->target, &event->payload, &err) != ICM_OK)
        wsman_service_shell_failed(s->service, shell->number, err.text, now_ms(s));
    if (code != ICM_OK)
        wsman_service_refuse(s->service, event->request, WSMAN_CODE_PLUGIN_FAILED, err.text);
    icm_error_reset(&err);
}

static void on_send(struct endpoint_shells *s, struct wsman_service_event *event)
{
    struct served_shell *shell = find_shell(s, event->shell);
    struct icm_guid target = {{0}};
    struct icm_error err = {0};

    if (event->command_id[0])
        icm_guid_parse(icm_slice_text(event->command_id), &target);
    enum icm_code code = shell ? shell->session->ops->data(shell->session, event->request, &target,
                                                           event->is_prompt_response, &event->payload, &err)
                               : icm_fail(&err, ICM_STATE, NULL, "the shell is gone");
    if (code != ICM_OK)
        wsman_service_refuse(s->service, event->request, WSMAN_CODE_PLUGIN_FAILED, err.text);
    icm_error_reset(&err);
}

static void on_signal(struct endpoint_shells *s, struct wsman_service_event *event)
{
    struct served_shell *shell = find_shell(s, event->shell);
    struct icm_guid target = {{0}};

    icm_guid_parse(icm_slice_text(event->command_id), &target);
    if (!shell || !find_command(shell, &target)) { /* it has ended meanwhile: nothing is left to signal */
        wsman_service_accept(s->service, event->request);
        return;
    }
    if (event->signal != WSMAN_SERVICE_TERMINATE) {
        shell->session->ops->stop(shell->session, event->request, &target);
        return;
    }
    forget_command(shell, &target);
    shell->session->ops->end(shell->session, event->request, &target);
}

static void on_delete(struct endpoint_shells *s, struct wsman_service_event *event)
{
    struct served_shell *shell = find_shell(s, event->shell);

    if (shell)
        close_shell(s, shell);
    if (event->request)
        wsman_service_accept(s->service, event->request);
}

static void (*const handlers[])(struct endpoint_shells *, struct wsman_service_event *) = {
    [WSMAN_SERVICE_CREATE] = on_create, [WSMAN_SERVICE_COMMAND] = on_command, [WSMAN_SERVICE_SEND] = on_send,
    [WSMAN_SERVICE_SIGNAL] = on_signal, [WSMAN_SERVICE_DELETE] = on_delete,
};

/* ---- planned faults ---- */

/* The service asks about each request: note what the plan has for it. */
static uint32_t judge(void *context, uint64_t request, const char *action)
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

static void give_answer(struct endpoint_shells *s, struct wsman_answer *answer)
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

/* ---- the service's turn ---- */

static void on_due(uv_timer_t *timer)
{
    stir(timer->data);
}

static void handle_events(struct endpoint_shells *s)
{
    struct wsman_service_event event;

    while (wsman_service_next_event(s->service, &event, NULL) == ICM_OK) {
        handlers[event.type](s, &event);
        wsman_service_event_reset(&event);
    }
}

static void give_answers(struct endpoint_shells *s)
{
    struct wsman_answer answer;

    while (s->http && wsman_service_next_answer(s->service, &answer, NULL) == ICM_OK)
        give_answer(s, &answer);
}

/* Something has changed: carry out what is asked for, give the answers that are there, and see when something is due. Called again
 * from inside (an engine that answers at once) it only notes that there is more to do. A due time that has passed means a
 * millisecond: a timer of none, begun in its own callback, would keep the loop from its sockets (libuv 1.44). */
static void stir(struct endpoint_shells *s)
{
    int64_t due = INT64_MAX;

    s->has_more = true;
    if (s->is_stirring || !s->timer)
        return;
    s->is_stirring = true;
    while (s->has_more) {
        s->has_more = false;
        handle_events(s);
        due = wsman_service_tick(s->service, now_ms(s));
        give_answers(s);
    }
    s->is_stirring = false;
    if (due == INT64_MAX)
        uv_timer_stop(s->timer);
    else
        uv_timer_start(s->timer, on_due, due > now_ms(s) ? (uint64_t)(due - now_ms(s)) : 1, 0);
}

/* ---- requests ---- */

static void on_request(void *up, uint64_t request, const char *user, struct icm_slice body)
{
    struct endpoint_shells *s = up;

    uv_update_time(s->loop);
    wsman_service_request(s->service, request, user, body, now_ms(s));
    stir(s);
}

static void on_hung_up(void *up, uint64_t request)
{
    struct endpoint_shells *s = up;

    wsman_service_hung_up(s->service, request);
    stir(s);
}

/* twalk has no context of its own: the shells whose engine may be read again are looked for one by one */
static void press_one(const void *node, VISIT order, int depth)
{
    (void)depth;
    if (order == preorder || order == leaf)
        press(*(struct served_shell *const *)node);
}

static void on_taken(void *up, uint64_t request, bool taken)
{
    struct endpoint_shells *s = up;

    wsman_service_taken(s->service, request, taken);
    twalk(s->shells, press_one);
    stir(s);
}

const struct endpoint_http_sink endpoint_shells_sink = {
    .request = on_request, .hung_up = on_hung_up, .taken = on_taken};

void endpoint_shells_serve(struct endpoint_shells *s, struct endpoint_http *http)
{
    s->http = http;
}

/* ---- life ---- */

enum icm_code endpoint_shells_new(struct endpoint_shells **out, struct uv_loop_s *loop,
                                  const struct wsman_service_options *service, struct endpoint_engine *engine,
                                  struct endpoint_fault_plan *plan, struct icm_error *err)
{
    struct wsman_service_options options = *service;
    struct endpoint_shells *s = calloc(1, sizeof *s);
    uv_timer_t *timer = calloc(1, sizeof *timer);

    if (plan) {
        options.judge = judge;
        options.judge_context = s;
    }
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
    while (s->late)
        drop_late(s->late);
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
    while (s->faults) {
        struct planned_fault *planned = s->faults;
        s->faults = planned->next;
        free(planned);
    }
    wsman_service_free(s->service);
    free(s);
}
