/* Leaving a pool, coming back, taking one over, and lists of them: what a recorded client did, by our calls. */
#include "psrp/message.h"
#include "tests/replay/driver_private.h"

#include <stdlib.h>

/* What was listed is told by shell; the ids are the recorded ones or ours, so they are not told. */
static void on_listed(void *context, const struct psrp_listed_pool *pools, size_t count, const struct icm_error *why)
{
    struct replay_driver *d = context;
    struct icm_buf *told = &d->lives[d->listing_target].told;

    d->is_listing = false;
    d->progress++;
    psrp_drive_wake(d->drive);
    icm_buf_add_format(told, "  %zu pools listed%s%s\n", count, why ? ": " : "", why ? why->text : "");
    for (size_t i = 0; i < count; i++)
        icm_buf_add_format(told, "  pool of %s from %s, %s%s, idle %lld ms, %zu pipelines\n", pools[i].owner,
                           pools[i].client_ip, pools[i].state, pools[i].is_disconnected ? " (may be connected to)" : "",
                           (long long)pools[i].idle_timeout_ms, pools[i].pipeline_count);
}

enum icm_code replay_driver_list(struct replay_driver *d, size_t index, struct icm_error *err)
{
    struct replay_step *s = &d->dialogue->steps[index];
    const struct psrp_over_wsman_options over = {
        .url = replay_server_url(d->server),
        .computer = "server",
        .authentication = "Basic",
        .user = REPLAY_USER,
        .password = icm_slice_text(REPLAY_PASSWORD),
        .allow_unencrypted = true,
    };

    if (d->is_listing || s->is_taken) /* one list asks for shells, and then for the commands of each */
        return s->is_taken ? ICM_OK : ICM_AGAIN;
    if (d->lister)
        d->lister->ops->free(d->lister);
    d->lister = NULL;
    enum icm_code code = psrp_over_wsman_new(&d->lister, d->wsman, &over, err);
    if (code != ICM_OK)
        return code;
    d->is_listing = true;
    d->listing_target = s->target;
    return psrp_over_wsman_list(d->lister, on_listed, d, err);
}

/* ---- a session ---- */

static struct replay_live *session_of(struct replay_driver *d, const struct replay_step *s)
{
    return &d->lives[replay_driver_shell_of(d, s)];
}

enum icm_code replay_driver_disconnect(struct replay_driver *d, size_t index, struct icm_error *err)
{
    struct replay_step *s = &d->dialogue->steps[index];
    struct psrp_session *session = session_of(d, s)->session;
    struct psrp_leaving how = {0};

    if (!session)
        return replay_driver_send_raw(d, index, err);
    if (psrp_pool_state(psrp_session_pool(session)) != PSRP_POOL_OPENED)
        return ICM_AGAIN;
    wsman_duration_read(replay_envelope_get(&s->request.envelope, "s:Body/rsp:Disconnect/rsp:IdleTimeOut"),
                        &how.idle_timeout_ms);
    how.drops_output =
        icm_slice_is(replay_envelope_get(&s->request.envelope, "s:Body/rsp:Disconnect/rsp:BufferMode"), "Drop");
    return psrp_session_disconnect(session, &how, err);
}

enum icm_code replay_driver_reconnect(struct replay_driver *d, size_t index, struct icm_error *err)
{
    struct replay_live *l = session_of(d, &d->dialogue->steps[index]);

    if (!l->session)
        return replay_driver_send_raw(d, index, err);
    if (psrp_pool_state(psrp_session_pool(l->session)) != PSRP_POOL_DISCONNECTED)
        return ICM_AGAIN;
    return psrp_session_reconnect(l->session, err);
}

/* The pool that Connect is for: the one that a session of ours has left, or another client's. */
static bool pool_id_of(const struct replay_live *l, const struct replay_step *s, struct icm_guid *out)
{
    if (l->session)
        *out = *psrp_pool_id(psrp_session_pool(l->session));
    return l->session || icm_guid_parse(s->request.shell_id, out);
}

/* Take over a command of a pool that was connected to. */
static enum icm_code join(struct replay_driver *d, size_t index, struct icm_error *err)
{
    struct replay_step *s = &d->dialogue->steps[index];
    struct replay_live *l = &d->lives[s->target], *shell = session_of(d, s);
    struct icm_guid pipeline_id;

    if (!shell->session || !icm_guid_parse(replay_ids_live(&d->dialogue->ids, s->request.command_id), &pipeline_id))
        return replay_driver_send_raw(d, index, err);
    if (psrp_pool_state(psrp_session_pool(shell->session)) != PSRP_POOL_OPENED)
        return ICM_AGAIN;
    enum icm_code code = psrp_session_join(shell->session, &pipeline_id, &l->pipeline, err);
    l->has_begun = code == ICM_OK;
    return code;
}

/* The session goes, and with it the pipelines that it knew. */
static void forget(struct replay_driver *d, size_t shell)
{
    for (size_t i = 0; i < d->dialogue->target_count; i++)
        if (icm_slice_equal_nocase(d->dialogue->targets[i].shell_id, d->dialogue->targets[shell].shell_id)) {
            d->lives[i].pipeline = NULL;
            d->lives[i].has_ended = false;
        }
    psrp_session_free(d->lives[shell].session);
    d->lives[shell].session = NULL;
}

enum icm_code replay_driver_connect(struct replay_driver *d, size_t index, struct icm_error *err)
{
    struct replay_step *s = &d->dialogue->steps[index];
    struct replay_live *l = session_of(d, s);
    struct icm_guid pool_id;

    if (s->request.command_id.size > 0)
        return join(d, index, err);
    if (!pool_id_of(l, s, &pool_id))
        return replay_driver_send_raw(d, index, err);
    if (l->session && psrp_pool_state(psrp_session_pool(l->session)) != PSRP_POOL_DISCONNECTED)
        return ICM_AGAIN;
    forget(d, replay_driver_shell_of(d, s));
    return replay_driver_connect_pool(d, s, &pool_id, err);
}
