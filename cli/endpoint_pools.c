/* PowerShell's shells: a runspace pool in an engine's session; its commands are pipelines. */
#include "cli/endpoint_log.h"
#include "cli/endpoint_memory.h"
#include "cli/endpoint_shells_private.h"
#include "cli/host_about.h"
#include "psrp/fragment.h"
#include "psrp/message.h"
#include "wsman/fault.h"

#include <stdlib.h>
#include <strings.h>

enum { HOLD_MS = 2000 /* an opening pool's messages come within this of one another; they go out in one answer */ };

/* A pipeline of a shell: its id for the engine, which is the one in its messages, and as its client wrote it. */
struct served_command {
    struct icm_guid target;
    char command_id[64];
    struct served_command *next;
};

struct pool_shell {
    struct served_shell base;
    struct endpoint_session *session;
    struct endpoint_memory *memory;
    struct served_command *commands;
    bool is_open;
};

static struct served_command *find_command(struct pool_shell *shell, const struct icm_guid *target)
{
    struct served_command *c = shell->commands;

    while (c && !icm_guid_equal(&c->target, target))
        c = c->next;
    return c;
}

static struct served_command *command_by_id(struct pool_shell *shell, const char *command_id)
{
    struct served_command *c = shell->commands;

    while (c && strcmp(c->command_id, command_id) != 0)
        c = c->next;
    return c;
}

static void forget_command(struct pool_shell *shell, const struct icm_guid *target)
{
    for (struct served_command **at = &shell->commands; *at; at = &(*at)->next)
        if (icm_guid_equal(&(*at)->target, target)) {
            struct served_command *c = *at;
            *at = c->next;
            free(c);
            return;
        }
}

/* ---- news from the engine ---- */

static void on_output(void *up, const struct icm_guid *target, struct icm_slice fragments)
{
    struct pool_shell *shell = up;
    struct endpoint_shells *s = shell->base.shells;
    struct served_command *c = icm_guid_is_zero(target) ? NULL : find_command(shell, target);

    if (!c && !icm_guid_is_zero(target)) /* of a command that is over for its client */
        return;
    if (!c)
        endpoint_memory_heard(shell->memory, fragments);
    if (!c && !shell->is_open)
        wsman_service_hold(s->service, shell->base.number, endpoint_shells_now_ms(s) + HOLD_MS);
    wsman_service_output(s->service, shell->base.number, c ? c->command_id : NULL, fragments,
                         endpoint_shells_now_ms(s));
    endpoint_shells_press(&shell->base);
    endpoint_shells_stir(s);
}

static void on_opened(void *up)
{
    struct pool_shell *shell = up;

    shell->is_open = true;
    wsman_service_hold(shell->base.shells->service, shell->base.number, 0);
    endpoint_shells_stir(shell->base.shells);
}

static void on_ended(void *up, const struct icm_guid *target)
{
    struct pool_shell *shell = up;
    struct endpoint_shells *s = shell->base.shells;
    struct served_command *c = find_command(shell, target);

    if (!c)
        return;
    wsman_service_command_done(s->service, shell->base.number, c->command_id, endpoint_shells_now_ms(s));
    forget_command(shell, target);
    endpoint_shells_stir(s);
}

static void on_done(void *up, uint64_t ticket)
{
    struct pool_shell *shell = up;

    if (ticket)
        wsman_service_accept(shell->base.shells->service, ticket);
    endpoint_shells_stir(shell->base.shells);
}

static void on_failed(void *up, const char *text)
{
    struct pool_shell *shell = up;
    struct endpoint_shells *s = shell->base.shells;

    endpoint_log("shell %llu: its engine is gone: %s", (unsigned long long)shell->base.number, text);
    wsman_service_shell_failed(s->service, shell->base.number, text, endpoint_shells_now_ms(s));
    endpoint_shells_stir(s);
}

static const struct endpoint_sink engine_sink = {
    .output = on_output, .opened = on_opened, .ended = on_ended, .done = on_done, .failed = on_failed};

/* ---- what is asked for ---- */

static struct pool_shell *pool_of(struct served_shell *shell)
{
    return (struct pool_shell *)shell;
}

/* en-US is what clients say that nobody has asked; and what the engine has anyhow needs no engine of its own. */
static const char *culture_of(const struct wsman_service_start *start)
{
    char own[CLI_CULTURE_MAX];

    cli_about_own_culture(false, own, sizeof own);
    bool is_usual = strcasecmp(start->data_locale, "en-US") == 0 || strcasecmp(start->data_locale, own) == 0;
    return is_usual ? NULL : start->data_locale;
}

static enum icm_code pool_open(struct served_shell *base, struct wsman_service_event *event, struct icm_error *err)
{
    static const struct icm_guid pool;
    struct pool_shell *shell = pool_of(base);
    struct endpoint_shells *s = base->shells;

    wsman_service_hold(s->service, base->number, endpoint_shells_now_ms(s) + HOLD_MS);
    enum icm_code code = endpoint_memory_new(&shell->memory, err);
    if (code == ICM_OK)
        code = s->engine->ops->open(s->engine, culture_of(&event->start), &engine_sink, shell, &shell->session, err);
    if (code == ICM_OK)
        endpoint_memory_said(shell->memory, icm_buf_slice(&event->payload));
    if (code == ICM_OK && event->payload.size > 0)
        code = shell->session->ops->data(shell->session, 0, &pool, false, &event->payload, err);
    if (code == ICM_OK)
        wsman_service_accept(s->service, event->request);
    return code;
}

/* Messages name their pipeline, and a client may write the bytes of its GUID in another order than the CommandId's text
 * says: Windows takes that, and gives back the bytes. shared/captures/pypsrp_psrp_error_failed */
static void name_by_message(struct pool_shell *shell, struct served_command *c, struct icm_slice fragments)
{
    struct psrp_fragment first;
    struct psrp_message m;

    if (psrp_fragment_read(&fragments, &first, NULL) == ICM_OK &&
        psrp_message_read(first.blob, &m, NULL) == ICM_OK && !icm_guid_is_zero(&m.pipeline_id) &&
        !find_command(shell, &m.pipeline_id))
        c->target = m.pipeline_id;
}

static enum icm_code add_command(struct pool_shell *shell, const struct wsman_service_event *event,
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
    name_by_message(shell, c, icm_buf_slice(&event->payload));
    c->next = shell->commands;
    shell->commands = *out = c;
    return ICM_OK;
}

static enum icm_code pool_command(struct served_shell *base, struct wsman_service_event *event, struct icm_error *err)
{
    struct pool_shell *shell = pool_of(base);
    struct endpoint_shells *s = base->shells;
    struct served_command *c = NULL;
    enum icm_code code = add_command(shell, event, &c, err);

    if (code != ICM_OK)
        return code;
    wsman_service_accept(s->service, event->request); /* before its output can come */
    if (shell->session->ops->command(shell->session, 0, &c->target, &event->payload, err) != ICM_OK)
        wsman_service_shell_failed(s->service, base->number, err->text, endpoint_shells_now_ms(s));
    return ICM_OK;
}

static enum icm_code pool_send(struct served_shell *base, struct wsman_service_event *event, struct icm_error *err)
{
    struct pool_shell *shell = pool_of(base);
    const struct served_command *c = command_by_id(shell, event->command_id);
    struct icm_guid target = {{0}};

    if (c)
        target = c->target;
    else if (event->command_id[0]) /* it has ended, and the engine will drop it */
        icm_guid_parse(icm_slice_text(event->command_id), &target);
    else if (!event->is_prompt_response)
        endpoint_memory_said(shell->memory, icm_buf_slice(&event->payload));
    return shell->session->ops->data(shell->session, event->request, &target, event->is_prompt_response,
                                     &event->payload, err);
}

/* The engine hears nothing of it. */
static enum icm_code pool_connect(struct served_shell *base, struct wsman_service_event *event, struct icm_error *err)
{
    ICM_OWN(icm_buf_reset) struct icm_buf response = {0}, later = {0};
    struct pool_shell *shell = pool_of(base);
    struct endpoint_shells *s = base->shells;
    enum icm_code code =
        endpoint_memory_connect(shell->memory, icm_buf_slice(&event->payload), &response, &later, err);

    if (code != ICM_OK) {
        struct icm_fault *fault = icm_error_fault(err);
        if (fault)
            fault->wsman_code = WSMAN_CODE_RECONNECT_NOT_VALID;
        return code;
    }
    wsman_service_accept_connect(s->service, event->request, icm_buf_slice(&response));
    wsman_service_output(s->service, base->number, NULL, icm_buf_slice(&later), endpoint_shells_now_ms(s));
    return ICM_OK;
}

static void pool_signal(struct served_shell *base, struct wsman_service_event *event)
{
    struct pool_shell *shell = pool_of(base);
    const struct served_command *c = command_by_id(shell, event->command_id);

    if (!c) { /* it has ended meanwhile: nothing is left to signal */
        wsman_service_accept(base->shells->service, event->request);
        return;
    }
    struct icm_guid target = c->target;
    if (event->signal != WSMAN_SERVICE_TERMINATE) {
        shell->session->ops->stop(shell->session, event->request, &target);
        return;
    }
    forget_command(shell, &target);
    shell->session->ops->end(shell->session, event->request, &target);
}

static void pool_pause(struct served_shell *base, bool is_paused)
{
    struct endpoint_session *session = pool_of(base)->session;

    session->ops->pause(session, is_paused);
}

static void pool_close(struct served_shell *base)
{
    struct pool_shell *shell = pool_of(base);

    if (shell->session)
        shell->session->ops->close(shell->session);
    endpoint_memory_free(shell->memory);
    while (shell->commands) {
        struct served_command *c = shell->commands;
        shell->commands = c->next;
        free(c);
    }
}

const struct endpoint_shell_kind endpoint_pool_kind = {
    .size = sizeof(struct pool_shell),
    .open = pool_open,
    .command = pool_command,
    .send = pool_send,
    .connect = pool_connect,
    .signal = pool_signal,
    .pause = pool_pause,
    .close = pool_close,
};
