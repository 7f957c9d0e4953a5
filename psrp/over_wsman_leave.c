/* Leaving a shell, coming back to it, and taking over one that somebody else has left. MS-WSMV 3.1.4.15 to 3.1.4.17;
 * MS-PSRP 3.1.5.3.14 to 3.1.5.3.20. */
#include "psrp/over_wsman_state.h"

#include "wsman/fault.h"

/* ---- what goes out ---- */

/* All of it has to fit: there is no Send before the pool is connected. */
bool psrp_over_wsman_try_connect(struct over_wsman *o)
{
    struct wsman_request request = {0};
    struct icm_error err = {0};
    struct icm_buf fragments = {0};

    if (!o->connects || !o->pool || !psrp_over_wsman_pull(o, NULL, PSRP_STREAM_INPUT, WSMAN_CONNECT, &fragments))
        return false;
    enum icm_code code = ICM_OK;
    if (psrp_pool_waiting(o->pool, NULL, PSRP_STREAM_INPUT) > 0)
        code =
            icm_fail(&err, ICM_LIMIT, "MS-PSRP 3.1.5.3.18", "what connects to the session does not fit one envelope");
    if (code == ICM_OK)
        code = wsman_shell_connect(o->shell, icm_buf_slice(&fragments), &request, &err);
    icm_buf_reset(&fragments);
    o->state = SHELL_OPENING;
    return psrp_over_wsman_post_control(o, NULL, code, &request, &err);
}

bool psrp_over_wsman_try_join(struct over_wsman *o)
{
    struct psrp_over_command *c = o->commands;
    struct wsman_request request = {0};
    struct icm_error err = {0};

    while (c && !(c->state == COMMAND_NEW && c->pipeline && c->is_joined))
        c = c->next;
    if (!c)
        return false;
    icm_guid_format_upper(psrp_pipeline_id(c->pipeline), c->id);
    enum icm_code code = wsman_shell_connect_command(o->shell, c->id, &request, &err);
    c->state = COMMAND_BEGINNING;
    return psrp_over_wsman_post_control(o, c, code, &request, &err);
}

/* The last of all jobs: whatever was queued has been sent. A session key that is due is waited for. psrp.md 5 */
bool psrp_over_wsman_try_leave(struct over_wsman *o)
{
    struct wsman_request request = {0};
    struct icm_error err = {0};

    if (!o->wants_leave || (o->pool && psrp_pool_is_key_due(o->pool)))
        return false;
    enum icm_code code = wsman_shell_disconnect(o->shell, &o->leaving, &request, &err);
    o->wants_leave = false;
    o->state = SHELL_LEAVING;
    return psrp_over_wsman_post_control(o, NULL, code, &request, &err);
}

bool psrp_over_wsman_try_rejoin(struct over_wsman *o)
{
    struct wsman_request request = {0};
    struct icm_error err = {0};

    if (!o->wants_rejoin)
        return false;
    enum icm_code code = wsman_shell_reconnect(o->shell, NULL, &request, &err);
    o->wants_rejoin = false;
    o->state = SHELL_REJOINING;
    return psrp_over_wsman_post_control(o, NULL, code, &request, &err);
}

/* ---- what comes back ---- */

bool psrp_over_wsman_is_left_by(const struct icm_error *err)
{
    return err->fault && (err->fault->wsman_code == WSMAN_CODE_SHELL_DISCONNECTED ||
                          err->fault->wsman_code == WSMAN_CODE_STREAM_DISCONNECTED);
}

void psrp_over_wsman_left_by_server(struct over_wsman *o, const struct icm_error *why)
{
    if (o->state != SHELL_OPEN)
        return;
    o->state = SHELL_LEAVING;
    icm_error_reset(&o->left_why);
    icm_error_copy(&o->left_why, why);
}

void psrp_over_wsman_on_leave(struct over_wsman *o, enum icm_code code, const struct icm_error *err)
{
    if (code == ICM_OK) /* Receives may still bring something */
        return;
    o->state = SHELL_OPEN;
    if (!o->is_closing)
        o->sink->rejoined(o->up, err);
}

/* Without its shell there is nothing to come back to; else it may be tried again. */
void psrp_over_wsman_on_rejoin(struct over_wsman *o, enum icm_code code, const struct icm_error *err)
{
    bool is_gone = err->fault && err->fault->wsman_code == WSMAN_CODE_NO_SUCH_SHELL;

    o->state = code == ICM_OK ? SHELL_OPEN : is_gone ? SHELL_GONE : SHELL_LEFT;
    if (o->is_closing)
        return;
    if (is_gone)
        psrp_over_wsman_fail(o, err);
    else if (code == ICM_OK)
        o->sink->rejoined(o->up, NULL);
    else
        o->sink->left(o->up, err);
}

static bool has_receives(const struct over_wsman *o)
{
    if (wsman_lane_is_busy(o->pool_lane))
        return true;
    for (const struct psrp_over_command *c = o->commands; c; c = c->next)
        if (c->lane && wsman_lane_is_busy(c->lane))
            return true;
    return false;
}

void psrp_over_wsman_check_left(struct over_wsman *o)
{
    bool was_asked = o->left_why.code == ICM_OK;

    if (o->state != SHELL_LEAVING || wsman_lane_is_busy(o->control) || (has_receives(o) && !o->is_closing))
        return;
    o->state = SHELL_LEFT;
    o->wants_leave = false;
    if (!o->is_closing)
        o->sink->left(o->up, was_asked ? NULL : &o->left_why);
    icm_error_reset(&o->left_why);
    if (o->is_closing)
        psrp_over_wsman_advance(o); /* to delete it */
}
