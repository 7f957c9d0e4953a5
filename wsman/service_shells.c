/* The shells that the service has and their commands: search trees, so that a thousand cost little more than one. */
#include "wsman/limits.h"
#include "wsman/service_state.h"

#include <search.h>
#include <stdlib.h>

int wsman_tree_by_number(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

    return left < right ? -1 : left > right;
}

int wsman_tree_by_text(const void *a, const void *b)
{
    return strcmp(a, b);
}

bool wsman_tree_add(void **tree, const void *key, wsman_tree_order order)
{
    return tsearch(key, tree, order) != NULL;
}

void *wsman_tree_find(void *tree, const void *key, wsman_tree_order order)
{
    void *node = tfind(key, &tree, order);

    return node ? *(void **)node : NULL;
}

void wsman_tree_drop(void **tree, const void *key, wsman_tree_order order)
{
    tdelete(key, tree, order);
}

void *wsman_tree_any(void *tree)
{
    return *(void **)tree; /* an entry's first word is its key */
}

/* ids come from outside: as a terminated text, or not at all */
static bool id_text(char out[WSMAN_ID_TEXT], struct icm_slice id)
{
    if (id.size == 0 || id.size >= WSMAN_ID_TEXT)
        return false;
    memcpy(out, id.data, id.size);
    out[id.size] = '\0';
    return true;
}

struct wsman_served_shell *wsman_service_shell_by_id(const struct wsman_service *s, struct icm_slice shell_id)
{
    char text[WSMAN_ID_TEXT];
    void *key = id_text(text, shell_id) ? wsman_tree_find(s->shells_by_id, text, wsman_tree_by_text) : NULL;

    return key ? WSMAN_FROM_KEY(key, struct wsman_served_shell, shell_id) : NULL;
}

struct wsman_served_shell *wsman_service_shell_by_number(const struct wsman_service *s, uint64_t number)
{
    void *key = wsman_tree_find(s->shells_by_number, &number, wsman_tree_by_number);

    return key ? WSMAN_FROM_KEY(key, struct wsman_served_shell, number) : NULL;
}

struct wsman_outlet *wsman_service_command_find(const struct wsman_served_shell *shell, struct icm_slice command_id)
{
    char text[WSMAN_ID_TEXT];
    void *key = id_text(text, command_id) ? wsman_tree_find(shell->commands, text, wsman_tree_by_text) : NULL;

    return key ? WSMAN_FROM_KEY(key, struct wsman_outlet, command_id) : NULL;
}

static void outlet_init(struct wsman_outlet *o, struct wsman_served_shell *shell, const char *command_id)
{
    o->shell = shell;
    memcpy(o->command_id, command_id, strlen(command_id) + 1);
    o->stream_overhead = wsman_reply_stream_overhead(o);
}

struct wsman_outlet *wsman_service_command_add(struct wsman_served_shell *shell, const char *command_id)
{
    struct wsman_outlet *o = calloc(1, sizeof *o);

    if (!o)
        return NULL;
    outlet_init(o, shell, command_id);
    if (!wsman_tree_add(&shell->commands, o->command_id, wsman_tree_by_text)) {
        free(o);
        return NULL;
    }
    o->number = ++shell->service->last_number;
    o->after = shell->command_list;
    if (o->after)
        o->after->before = o;
    shell->command_list = o;
    shell->command_count++;
    return o;
}

/* let go of who waits and of what is on its way */
static void outlet_close(struct wsman_outlet *o, enum wsman_fault_form form)
{
    if (o->flight) {
        o->flight->outlet = NULL;
        o->flight = NULL;
    }
    if (o->receive)
        wsman_reply_fault(o->shell->service, o->receive, form, NULL);
    wsman_outlet_clear(o);
}

void wsman_service_command_remove(struct wsman_outlet *outlet, bool ended)
{
    struct wsman_served_shell *shell = outlet->shell;

    if (ended) {
        memcpy(shell->ended[shell->ended_next], outlet->command_id, WSMAN_ID_TEXT);
        shell->ended_next = (shell->ended_next + 1) % WSMAN_ENDED_KEPT;
    }
    outlet_close(outlet, WSMAN_FAULT_NO_SUCH_COMMAND);
    wsman_tree_drop(&shell->commands, outlet->command_id, wsman_tree_by_text);
    *(outlet->before ? &outlet->before->after : &shell->command_list) = outlet->after;
    if (outlet->after)
        outlet->after->before = outlet->before;
    shell->command_count--;
    free(outlet);
}

bool wsman_service_command_has_ended(const struct wsman_served_shell *shell, struct icm_slice command_id)
{
    for (size_t i = 0; i < WSMAN_ENDED_KEPT; i++)
        if (command_id.size > 0 && icm_slice_is(command_id, shell->ended[i]))
            return true;
    return false;
}

static void shell_free(struct wsman_served_shell *shell)
{
    free(shell->user);
    free(shell->name);
    free(shell->failure);
    free(shell);
}

/* an entry of both trees, or of none */
static bool add_to_trees(struct wsman_service *s, struct wsman_served_shell *shell)
{
    if (!wsman_tree_add(&s->shells_by_id, shell->shell_id, wsman_tree_by_text))
        return false;
    if (wsman_tree_add(&s->shells_by_number, &shell->number, wsman_tree_by_number))
        return true;
    wsman_tree_drop(&s->shells_by_id, shell->shell_id, wsman_tree_by_text);
    return false;
}

struct wsman_served_shell *wsman_service_shell_add(struct wsman_service *s, const struct wsman_shell_kind *kind,
                                                   const char *shell_id, const char *user)
{
    struct wsman_served_shell *shell = calloc(1, sizeof *shell);

    if (!shell)
        return NULL;
    shell->service = s;
    shell->kind = kind;
    shell->created_ms = s->now_ms;
    shell->number = ++s->last_number;
    memcpy(shell->shell_id, shell_id, strlen(shell_id) + 1);
    outlet_init(&shell->own, shell, "");
    shell->user = strdup(user);
    if (!shell->user || !add_to_trees(s, shell)) {
        shell_free(shell);
        return NULL;
    }
    shell->after = s->shells;
    if (shell->after)
        shell->after->before = shell;
    s->shells = shell;
    s->shell_count++;
    return shell;
}

static void leave_list(struct wsman_service *s, struct wsman_served_shell *shell)
{
    if (shell->before)
        shell->before->after = shell->after;
    else
        s->shells = shell->after;
    if (shell->after)
        shell->after->before = shell->before;
    s->shell_count--;
}

/* Fault what waits for the application. What has its answer only lets go of the shell. */
static void fault_pendings(struct wsman_served_shell *shell, enum wsman_fault_form form, const char *text)
{
    struct wsman_pending *p = shell->pendings, *after;

    for (; p; p = after) {
        after = p->after;
        if (p->status == 0 && !p->outlet)
            wsman_reply_fault(shell->service, p, form, text);
    }
}

void wsman_service_shell_remove(struct wsman_served_shell *shell)
{
    struct wsman_service *s = shell->service;

    wsman_tree_drop(&s->shells_by_id, shell->shell_id, wsman_tree_by_text);
    wsman_tree_drop(&s->shells_by_number, &shell->number, wsman_tree_by_number);
    leave_list(s, shell);
    outlet_close(&shell->own, WSMAN_FAULT_NO_SUCH_SHELL);
    while (shell->commands) {
        struct wsman_outlet *o = WSMAN_FROM_KEY(wsman_tree_any(shell->commands), struct wsman_outlet, command_id);

        outlet_close(o, WSMAN_FAULT_NO_SUCH_SHELL);
        wsman_service_command_remove(o, false);
    }
    fault_pendings(shell, WSMAN_FAULT_NO_SUCH_SHELL, NULL);
    while (shell->pendings)
        wsman_service_pending_detach(shell->pendings);
    shell_free(shell);
}

void wsman_service_shell_remove_all(struct wsman_service *s)
{
    while (s->shells)
        wsman_service_shell_remove(s->shells);
}

void wsman_service_shell_abandon(struct wsman_served_shell *shell)
{
    struct wsman_service_event event = {
        .type = WSMAN_SERVICE_DELETE, .kind = (int)(shell->kind - wsman_shell_kinds), .shell = shell->number};

    memcpy(event.shell_id, shell->shell_id, sizeof event.shell_id);
    if (wsman_service_event_add(shell->service, NULL, &event, NULL))
        wsman_service_shell_remove(shell);
}

static int64_t later(int64_t time_ms, int64_t ms)
{
    return time_ms > INT64_MAX - ms ? INT64_MAX : time_ms + ms;
}

/* A request that waits means that somebody asks: the earliest end of such a shell is a whole time-out away. */
void wsman_service_shell_expire(struct wsman_service *s)
{
    struct wsman_served_shell *shell = s->shells, *after;

    s->idle_check_ms = INT64_MAX;
    for (; shell; shell = after) {
        int64_t end_ms = later(shell->pendings ? s->now_ms : shell->active_ms, shell->idle_timeout_ms);

        after = shell->after;
        if (end_ms <= s->now_ms && !shell->pendings)
            wsman_service_shell_abandon(shell);
        else if (end_ms < s->idle_check_ms)
            s->idle_check_ms = end_ms;
    }
}

void wsman_service_shell_break(struct wsman_served_shell *shell, const char *text)
{
    struct wsman_pending *p, *after;

    shell->is_failed = true;
    icm_set_text(&shell->failure, text);
    fault_pendings(shell, WSMAN_FAULT_PLUGIN_FAILED, shell->failure);
    for (p = shell->pendings; p; p = after) {
        after = p->after;
        if (p->outlet && p->outlet->receive == p)
            wsman_outlet_settle(p->outlet);
    }
    if (!shell->is_open) /* its Create has just been faulted */
        wsman_service_shell_remove(shell);
}
