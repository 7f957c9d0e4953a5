/* The steps of a recording, each as the deed of ours that makes it. */
#include "tests/replay/driver_private.h"

/* ---- whether it is time ---- */

/* That something was refused or broke is still to be heard of. */
static bool is_bad_news_due(const struct replay_driver *d, const struct replay_step *s)
{
    const struct replay_live *l = &d->lives[s->target], *shell = &d->lives[replay_driver_shell_of(d, s)];
    enum replay_operation operation = s->request.operation;
    bool is_refused = operation == REPLAY_COMMAND && s->row->status != 200 && s->row->has_response;
    bool is_broken =
        !s->row->has_response && !d->capture->is_timed && operation >= REPLAY_CREATE && operation <= REPLAY_DELETE;

    if (!s->row->has_request || !shell->session || shell->has_ended)
        return false;
    return is_broken || (is_refused && l->pipeline && !l->has_ended) ||
           (operation == REPLAY_CREATE && s->row->status != 200);
}

/* What was left or come back to last is so for our client too. */
static bool is_where_it_belongs(const struct replay_driver *d, size_t index)
{
    const struct replay_live *shell = &d->lives[replay_driver_shell_of(d, &d->dialogue->steps[index])];

    for (size_t i = index; i-- > 0;) {
        const struct replay_step *s = &d->dialogue->steps[i];
        bool is_back = s->request.operation == REPLAY_RECONNECT || s->request.operation == REPLAY_CONNECT;
        bool is_left = s->request.operation == REPLAY_DISCONNECT;
        if ((!is_back && !is_left) || s->row->status != 200 || !s->is_answered ||
            &d->lives[replay_driver_shell_of(d, s)] != shell)
            continue;
        return !shell->session || shell->has_ended ||
               psrp_pool_state(psrp_session_pool(shell->session)) ==
                   (is_left ? PSRP_POOL_DISCONNECTED : PSRP_POOL_OPENED);
    }
    return true;
}

bool replay_driver_is_quiet(const struct replay_driver *d, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        const struct replay_step *s = &d->dialogue->steps[i];
        const struct replay_live *l = &d->lives[s->target];
        if (is_bad_news_due(d, s))
            return false;
        bool is_busy = l->pipeline && !l->has_ended && s->lane == REPLAY_COMMAND_RECEIVE && s->due_after < index &&
                       !replay_dialogue_is_waited_for(d->dialogue, s->target);
        if (is_busy)
            return false;
        struct psrp_pool *pool = l->session ? psrp_session_pool(l->session) : NULL;
        if (pool && !l->has_ended && s->lane == REPLAY_POOL_RECEIVE && s->due_after < index &&
            psrp_pool_expects_message(pool) && !replay_dialogue_is_waited_for(d->dialogue, s->target))
            return false;
    }
    return true;
}

static enum icm_code do_create(struct replay_driver *d, size_t index, struct icm_error *err)
{
    struct replay_step *s = &d->dialogue->steps[index];

    if (replay_winrs_can(d, index))
        return replay_winrs_start(d, index, err);
    if (!s->request.is_powershell || d->dialogue->targets[s->target].recorded.count < 2)
        return replay_driver_send_raw(d, index, err);
    return replay_driver_open(d, s, err);
}

/* Ours refuses to say it, and does not hear the answer: pypsrp_psrp_set_runspaces wants -1 runspaces, and
 * pypsrp_omi_input_none ends an input that it has not announced. */
void replay_driver_pass_over(struct replay_driver *d, size_t index, const struct icm_error *why)
{
    struct replay_step *s = &d->dialogue->steps[index];

    if (why)
        icm_buf_add_format(&d->lives[s->target].told, "  refused: %s\n", why->text);
    d->lives[s->target].said = s->end_message;
    if (!replay_dialogue_is_sent(d->dialogue, index))
        d->dialogue->targets[s->target].refused += s->end_message - s->first_message;
    s->is_optional = true;
    for (size_t k = index + 1;
         s->request.command_id.size == 0 && k < d->dialogue->count && d->dialogue->steps[k].lane == REPLAY_POOL_RECEIVE;
         k++)
        d->dialogue->steps[k].is_optional = true;
}

/* Everything that became whole by this step, and CREATE_PIPELINE by the step that begins it. */
static enum icm_code do_messages(struct replay_driver *d, size_t index, struct icm_error *err)
{
    struct replay_step *s = &d->dialogue->steps[index];
    const struct replay_target *t = &d->dialogue->targets[s->target];
    struct replay_live *l = &d->lives[s->target], *shell = &d->lives[replay_driver_shell_of(d, s)];
    bool begins = s->request.operation == REPLAY_COMMAND && t->recorded.count > s->first_message;
    size_t end = begins && s->end_message == s->first_message ? s->first_message + 1 : s->end_message;
    enum icm_code code;

    bool is_whole = begins || s->end_message > s->first_message || t->recorded.count > s->end_message;
    if (!shell->session || !is_whole)
        return replay_driver_send_raw(d, index, err);
    if (shell->has_ended) {
        s->is_optional = true;
        return ICM_OK;
    }
    for (; l->said < end; l->said++) {
        code = replay_driver_say(d, s, &t->recorded.messages[l->said], err);
        if (code == ICM_AGAIN &&
            t->live.count > l->said) /* ours has said as much by itself: an answer without a host */
            continue;
        if (code != ICM_OK)
            return code;
    }
    if (s->request.operation == REPLAY_SEND && l->has_ended)
        replay_driver_pass_over(d, index, NULL);
    return ICM_OK;
}

static enum icm_code do_signal(struct replay_driver *d, size_t index, struct icm_error *err)
{
    struct replay_step *s = &d->dialogue->steps[index];
    struct replay_live *l = &d->lives[s->target], *shell = &d->lives[replay_driver_shell_of(d, s)];

    if (!shell->session)
        return replay_driver_send_raw(d, index, err);
    if (l->pipeline && !l->has_ended && !psrp_pipeline_has_ended(l->pipeline))
        psrp_session_stop(shell->session, l->pipeline);
    else
        s->is_optional = true; /* it has ended before, and ours knows */
    return ICM_OK;
}

static enum icm_code do_delete(struct replay_driver *d, size_t index, struct icm_error *err)
{
    struct replay_step *s = &d->dialogue->steps[index];
    struct replay_live *l = &d->lives[s->target];

    if (l->winrs)
        return replay_winrs_close(l->winrs) ? ICM_OK : ICM_AGAIN;
    if (!l->session)
        return replay_driver_send_raw(d, index, err);
    if (l->has_ended) /* broken, as the recording wants it */
        s->is_optional = true;
    else
        psrp_session_close(l->session);
    return ICM_OK;
}

/* of a command that was never begun: pypsrp_psrp_receive_failure */
static bool is_for_nobody(const struct replay_driver *d, const struct replay_step *s)
{
    return s->lane == REPLAY_COMMAND_RECEIVE && !d->lives[s->target].has_begun;
}

/* A session asks by itself. */
static enum icm_code do_receive(struct replay_driver *d, size_t index, struct icm_error *err)
{
    struct replay_step *s = &d->dialogue->steps[index];

    if (d->lives[replay_driver_shell_of(d, s)].session && !is_for_nobody(d, s))
        return ICM_OK;
    return replay_driver_send_raw(d, index, err);
}

static enum icm_code (*const deeds[REPLAY_OPERATION_COUNT])(struct replay_driver *d, size_t index,
                                                            struct icm_error *err) = {
    [REPLAY_UNKNOWN] = replay_driver_send_raw,
    [REPLAY_IDENTIFY] = replay_driver_send_raw,
    [REPLAY_CREATE] = do_create,
    [REPLAY_COMMAND] = do_messages,
    [REPLAY_SEND] = do_messages,
    [REPLAY_RECEIVE] = do_receive,
    [REPLAY_SIGNAL] = do_signal,
    [REPLAY_DELETE] = do_delete,
    [REPLAY_DISCONNECT] = replay_driver_disconnect,
    [REPLAY_RECONNECT] = replay_driver_reconnect,
    [REPLAY_CONNECT] = replay_driver_connect,
    [REPLAY_ENUMERATE] = replay_driver_list,
    [REPLAY_PULL] = replay_driver_send_raw,
    [REPLAY_GET] = replay_driver_send_raw,
};

/* What has no session of its own is answered before the next step. */
static bool is_busy_beside(const struct replay_driver *d, const struct replay_step *s)
{
    bool is_listing = d->is_listing && s->request.operation != REPLAY_ENUMERATE;

    return is_listing || (d->lane && wsman_lane_is_busy(d->lane));
}

enum icm_code replay_driver_do(struct replay_driver *d, size_t index, struct icm_error *err)
{
    struct replay_step *s = &d->dialogue->steps[index];
    const struct replay_live *shell = &d->lives[replay_driver_shell_of(d, s)];
    bool is_last = s->request.operation == REPLAY_DELETE;

    if (!s->row->has_request || (shell->session && s->request.operation == REPLAY_RECEIVE && !is_for_nobody(d, s)))
        return ICM_OK;
    if (is_busy_beside(d, s))
        return ICM_AGAIN;
    if (shell->winrs && !is_last) /* it goes on by itself, to its end */
        return ICM_OK;
    if (shell->winrs) /* the recorded client's last signal is ours too, and comes with the close */
        return deeds[s->request.operation](d, index, err);
    if (!replay_dialogue_has_reached(d->dialogue, index) || !replay_driver_is_quiet(d, index) ||
        !is_where_it_belongs(d, index))
        return ICM_AGAIN;
    return deeds[s->request.operation](d, index, err);
}
