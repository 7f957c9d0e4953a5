/* A client leaves its shell, comes back to it, or another one of the same user takes it over. MS-WSMV 3.1.4.15
 * to 3.1.4.17. */
#include "base/xml.h"
#include "wsman/names.h"
#include "wsman/service_state.h"

enum { IDLE_TIMEOUT_MIN_MS = 60 * 1000 }; /* Windows takes no less; wsman.md 6 */

void wsman_service_copy_client(char out[WSMAN_SESSION_ID_MAX], const struct wsman_message *m)
{
    size_t size = m->session_id.size < WSMAN_SESSION_ID_MAX ? m->session_id.size : WSMAN_SESSION_ID_MAX - 1;

    if (size > 0)
        memcpy(out, m->session_id.data, size);
    out[size] = '\0';
}

static bool is_client(const char *client, const struct wsman_message *m)
{
    char asking[WSMAN_SESSION_ID_MAX];

    wsman_service_copy_client(asking, m);
    return strcmp(client, asking) == 0;
}

/* Who names another session than the one that created the shell may still use it: clients do so with one of their
 * connections. Not so the one from whom it was taken. */
bool wsman_service_check_client(struct wsman_service *s, struct wsman_pending *p, const struct wsman_message *m)
{
    bool was_taken = p->shell && *p->shell->former && is_client(p->shell->former, m);

    if (!p->shell || (!p->shell->is_left && !was_taken) || p->action->when_left)
        return true;
    wsman_reply_fault(s, p, p->shell->is_left ? WSMAN_FAULT_SHELL_DISCONNECTED : WSMAN_FAULT_CONNECTED_ELSEWHERE, NULL);
    return false;
}

/* ---- Disconnect ---- */

/* Receives that wait end with a fault; output stays for whoever comes. */
static void end_receives(struct wsman_service *s, struct wsman_served_shell *shell)
{
    if (shell->own.receive)
        wsman_reply_fault(s, shell->own.receive, WSMAN_FAULT_SHELL_DISCONNECTED, NULL);
    for (struct wsman_outlet *o = shell->command_list; o; o = o->after)
        if (o->receive)
            wsman_reply_fault(s, o->receive, WSMAN_FAULT_SHELL_DISCONNECTED, NULL);
}

static void set_idle_timeout(struct wsman_service *s, struct wsman_served_shell *shell, int64_t ms)
{
    if (ms > 0)
        shell->idle_timeout_ms = ms;
    if (s->now_ms + shell->idle_timeout_ms < s->idle_check_ms)
        s->idle_check_ms = s->now_ms + shell->idle_timeout_ms;
}

void wsman_service_handle_disconnect(struct wsman_service *s, struct wsman_pending *p, struct wsman_message *m)
{
    struct wsman_served_shell *shell = p->shell;
    bool is_said = m->idle_timeout_ms >= 0;
    const struct {
        bool is_bad;
        enum wsman_fault_form form;
    } rules[] = {
        {!shell->kind->has_pool, WSMAN_FAULT_DISCONNECT_NOT_SUPPORTED},
        {shell->is_left, WSMAN_FAULT_DISCONNECT_NOT_VALID},
        {*shell->former && is_client(shell->former, m), WSMAN_FAULT_CONNECTED_ELSEWHERE},
        {is_said && m->idle_timeout_ms < IDLE_TIMEOUT_MIN_MS, WSMAN_FAULT_IDLE_TIMEOUT},
        {is_said && m->idle_timeout_ms > s->options.max_idle_timeout_ms, WSMAN_FAULT_IDLE_TIMEOUT},
    };

    for (size_t i = 0; i < ICM_COUNT(rules); i++)
        if (rules[i].is_bad) {
            wsman_reply_fault(s, p, rules[i].form, NULL);
            return;
        }
    shell->is_left = true;
    wsman_service_copy_client(shell->client, m);
    shell->drops_output = icm_slice_equal_nocase(m->buffer_mode, icm_slice_text("Drop"));
    set_idle_timeout(s, shell, m->idle_timeout_ms);
    end_receives(s, shell);
    wsman_reply_accepted(s, p);
}

/* ---- Reconnect ---- */

static void connected(struct wsman_served_shell *shell)
{
    shell->is_left = false;
    shell->drops_output = false;
}

/* a command comes back with its shell: there is nothing to be done but to say whether it is there */
static void reconnect_command(struct wsman_service *s, struct wsman_pending *p, struct icm_slice command_id)
{
    if (p->shell->is_left)
        wsman_reply_fault(s, p, WSMAN_FAULT_SHELL_DISCONNECTED, NULL);
    else if (!wsman_service_command_find(p->shell, command_id))
        wsman_reply_fault(s, p, WSMAN_FAULT_NO_SUCH_COMMAND, NULL);
    else
        wsman_reply_accepted(s, p);
}

void wsman_service_handle_reconnect(struct wsman_service *s, struct wsman_pending *p, struct wsman_message *m)
{
    struct wsman_served_shell *shell = p->shell;

    if (m->command_id.size > 0) {
        reconnect_command(s, p, m->command_id);
    } else if (is_client(shell->client, m)) {
        connected(shell); /* who is connected stays so */
        wsman_reply_accepted(s, p);
    } else {
        wsman_reply_fault(s, p, shell->is_left ? WSMAN_FAULT_OTHER_CLIENT : WSMAN_FAULT_CONNECTED_ELSEWHERE, NULL);
    }
}

/* ---- Connect ---- */

static void add_response(struct wsman_pending *p, struct icm_slice payload)
{
    struct icm_buf *out = &p->body;

    wsman_reply_open(p);
    icm_buf_add_text(out, "<rsp:ConnectResponse>");
    wsman_reply_element(out, "rsp:InputStreams", p->kind->input_streams);
    wsman_reply_element(out, "rsp:OutputStreams", p->kind->output_streams);
    if (payload.size > 0) {
        icm_buf_add_text(out, "<connectResponseXml xmlns=\"" WSMAN_NS_POWERSHELL "\">");
        icm_base64_write(out, payload);
        icm_buf_add_text(out, "</connectResponseXml>");
    }
    icm_buf_add_text(out, "</rsp:ConnectResponse>");
}

static void connect_command(struct wsman_service *s, struct wsman_pending *p, struct icm_slice command_id)
{
    if (p->shell->is_left) {
        wsman_reply_fault(s, p, WSMAN_FAULT_SHELL_DISCONNECTED, NULL);
    } else if (!wsman_service_command_find(p->shell, command_id)) {
        wsman_reply_fault(s, p, WSMAN_FAULT_NO_SUCH_COMMAND, NULL);
    } else {
        add_response(p, icm_slice_of(NULL, 0));
        wsman_reply_close(s, p);
    }
}

void wsman_service_handle_connect(struct wsman_service *s, struct wsman_pending *p, struct wsman_message *m)
{
    if (m->command_id.size > 0) {
        connect_command(s, p, m->command_id);
        return;
    }
    if (!p->shell->is_left) {
        wsman_reply_fault(s, p, WSMAN_FAULT_CONNECTED_ELSEWHERE, NULL);
        return;
    }
    if (m->payload.size == 0) {
        wsman_reply_fault(s, p, WSMAN_FAULT_BAD_BODY, "Who connects to a shell of PowerShell needs a connectXml.");
        return;
    }
    wsman_service_copy_client(p->client, m);
    struct wsman_service_event event = wsman_service_event_of(p, WSMAN_SERVICE_CONNECT);
    wsman_service_event_add(s, p, &event, &m->payload);
}

static void take_over(struct wsman_served_shell *shell, const char *client)
{
    bool is_other = strcmp(shell->client, client) != 0;

    connected(shell);
    if (is_other) {
        memcpy(shell->former, shell->client, sizeof shell->former);
        memcpy(shell->client, client, sizeof shell->client);
    }
    if (strcmp(shell->former, client) == 0) /* back again */
        *shell->former = '\0';
    wsman_outlet_rewind(&shell->own);
    for (struct wsman_outlet *o = shell->command_list; o; o = o->after)
        wsman_outlet_rewind(o);
}

void wsman_service_accept_connect(struct wsman_service *s, uint64_t request, struct icm_slice response)
{
    struct wsman_pending *p = wsman_service_pending_find(s, request);

    if (!p || p->status != 0 || !p->action || p->action->body != WSMAN_BODY_CONNECT || !p->shell)
        return;
    if (!p->is_gone) {
        take_over(p->shell, p->client);
        p->is_kept = true;
    }
    add_response(p, response);
    wsman_reply_close(s, p);
}
